"""The constants by which a kernel knows how its operands lie in memory (``halves.h``)."""

from __future__ import annotations

from collections.abc import Mapping

from tinsmith.dtypes import DType

STORED: Mapping[DType, str] = {DType.F32: "TIN_F32", DType.BF16: "TIN_BF16"}

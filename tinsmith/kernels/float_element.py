"""The macros of a template header that computes in float or double."""

from __future__ import annotations

from tinsmith.dtypes import DType
from tinsmith.kernels.plain import element


def float_element(prefix: str, dtype: DType, arithmetic: DType | None = None,
                  ) -> tuple[tuple[str, str], ...]:
    """``element``, and ``T_CALL(name)``: the function of ``scalar.h`` for the arithmetic type.

    ``arithmetic`` replaces that type; ``prefix`` replaces the T.
    """
    kind = arithmetic or (DType.F64 if dtype is DType.F64 else DType.F32)
    found = [(key, kind.c if key == f"{prefix}_ARITH" else value)
             for key, value in element(prefix, dtype)]
    return (*found, (f"{prefix}_CALL(name)", f"tin_##name##_{kind.short}"))

"""Element types, with their names in numpy and C."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple, TypeAlias

import ml_dtypes
import numpy as np

from tinsmith.errors import UnsupportedError

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class Ends(NamedTuple):
    """The largest number of a floating-point type, its smallest normal one, and the one next to 0.
    """

    largest: float
    normal: float
    smallest: float


class DType(Enum):
    """An element type. The value is its name in numpy (and in ``ml_dtypes``)."""

    F32 = "float32"
    F64 = "float64"
    F16 = "float16"
    BF16 = "bfloat16"
    I8 = "int8"
    I16 = "int16"
    I32 = "int32"
    I64 = "int64"
    U8 = "uint8"
    U16 = "uint16"
    U32 = "uint32"
    U64 = "uint64"
    BOOL = "bool"

    @property
    def numpy(self) -> np.dtype[Any]:
        """The numpy type of one element."""
        return _NUMPY[self]

    @property
    def size_bytes(self) -> int:
        """Bytes of one element in memory."""
        return self.numpy.itemsize

    @property
    def short(self) -> str:
        """The name used in kernels and symbols: ``f32``, ``i64``, ``bool``."""
        return self.name.lower()

    @property
    def c(self) -> str:
        """The C type that stores one element. Half types are stored as their 16 bits."""
        return _C_NAMES[self]

    @property
    def is_float(self) -> bool:
        """Whether this is a floating-point type."""
        return self in (DType.F32, DType.F64, DType.F16, DType.BF16)

    @property
    def is_signed_integer(self) -> bool:
        """Whether this is a signed integer type."""
        return self in (DType.I8, DType.I16, DType.I32, DType.I64)

    @property
    def is_unsigned_integer(self) -> bool:
        """Whether this is an unsigned integer type (bool is none)."""
        return self in (DType.U8, DType.U16, DType.U32, DType.U64)

    @staticmethod
    def of(array: Array) -> DType:
        """The element type of a numpy array; ``UnsupportedError`` for all others."""
        try:
            return _OF_NUMPY[array.dtype]
        except KeyError:
            raise UnsupportedError(
                f"types: numpy type '{array.dtype}': expected one of "
                f"{', '.join(d.value for d in DType)}, got {array.dtype}; convert the array"
            ) from None

    @property
    def ends(self) -> Ends:
        """The largest and smallest numbers of a floating-point type."""
        found = ml_dtypes.finfo(self.numpy)
        return Ends(float(found.max), float(found.smallest_normal),
                    float(found.smallest_subnormal))


_NUMPY: dict[DType, np.dtype[Any]] = {
    d: np.dtype(ml_dtypes.bfloat16 if d is DType.BF16 else d.value) for d in DType}
_OF_NUMPY = {kind: d for d, kind in _NUMPY.items()}
_C_NAMES = {
    DType.F32: "float",
    DType.F64: "double",
    DType.F16: "uint16_t",
    DType.BF16: "uint16_t",
    DType.I8: "int8_t",
    DType.I16: "int16_t",
    DType.I32: "int32_t",
    DType.I64: "int64_t",
    DType.U8: "uint8_t",
    DType.U16: "uint16_t",
    DType.U32: "uint32_t",
    DType.U64: "uint64_t",
    DType.BOOL: "uint8_t",
}

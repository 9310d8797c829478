"""Cast between all element types, and BitCast."""

import ml_dtypes
import numpy as np

from tests.cases.case import Case, random
from tinsmith.dtypes import Array, DType
from tinsmith.ops.cast import BitCast, Cast

REALS = [0.0, -0.0, 0.4, 0.5, 0.6, -0.6, 1.0, 1.5, -1.5, 127.0, 127.9, 128.0, -128.9, -129.0, 255.5,
         256.0, 32767.9, -32768.9, 65504.0, 65519.0, 65520.0, 65536.0, 1e-7, 6e-8, 2.9e-8, 3.1e-8,
         6.1e-5, 1.00048828125, 1.001464843, 2147483520.0, 2147483648.0, -2147483648.0,
         -2147483904.0, 4294967040.0, 4294967296.0, 9.2233715e18, 9.223372036854775807e18, -9.3e18,
         1.8446742e19, 1.8446744073709551616e19, 1e30, -1e30, np.inf, -np.inf, np.nan, 3.3895314e38]


def values(dtype: DType) -> Array:
    """Interesting values of a type."""
    if dtype is DType.BOOL:
        return np.array([False, True, True])
    with np.errstate(over="ignore"):
        if dtype.is_float:
            return np.array(REALS, np.float64).astype(dtype.numpy)
    limits = np.iinfo(dtype.numpy)
    drawn = np.random.default_rng(0).integers(limits.min, limits.max, 40, dtype.numpy)
    ends = [limits.min, limits.max, 0, 1, 100, limits.max - 1, limits.min + 1]
    return np.concatenate([np.array(ends, dtype.numpy), drawn])


def halves() -> Array:
    """Every float16, and float32 numbers around each."""
    every = np.arange(1 << 16, dtype=np.uint16)
    wide = (every.astype(np.uint32) << 16)[:, None] + np.array(
        [0, 1, 0xfff, 0x1000, 0x1001, 0x2fff, 0x3000, 0x7fff, 0x8000, 0x8001], np.uint32)
    return wide.reshape(-1).view(np.float32)


EVERY = np.arange(1 << 16, dtype=np.uint16)

CASES = (
    *(Case(f"cast_{a.short}_{b.short}", Cast(b), (values(a),)) for a in DType for b in DType),
    Case("cast_every_f16", Cast(DType.F32), (EVERY.view(np.float16),)),
    Case("cast_every_bf16", Cast(DType.F32), (EVERY.view(ml_dtypes.bfloat16),)),
    Case("cast_to_f16", Cast(DType.F16), (halves(),)),
    Case("cast_to_bf16", Cast(DType.BF16), (halves(),)),
    Case("bitcast_f32_u32", BitCast(DType.U32), (random(3, 5),)),
    Case("bitcast_i64_f64", BitCast(DType.F64), (random(3, 5, dtype="int64", high=9),)),
    Case("bitcast_bool_u8", BitCast(DType.U8), (random(3, 5) > 0,)),
    Case("bitcast_bf16_i16", BitCast(DType.I16), (random(3, 5, dtype="bfloat16"),)),
)

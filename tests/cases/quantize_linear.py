"""QuantizeLinear and DequantizeLinear."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.dtypes import DType
from tinsmith.ops.quantize_linear import SCALES, STORED, DequantizeLinear, QuantizeLinear

X = random(3, 5, 7, low=-40, high=40)
HALVES = (np.arange(-600, 600) / 2).astype(np.float32)
WILD = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 0, -0.0], np.float32)
ONE = np.array(0.21, np.float32)


def _integers(*shape, dtype, seed=0):
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(seed)
    return rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)


def _zero(dtype, *shape):
    return _integers(*shape, dtype=dtype, seed=1) // 3


FORMS = {"axis0": (0, 0, (3,)), "axis1": (1, 0, (5,)), "axis2": (2, 0, (7,)),
         "block0": (0, 2, (2, 5, 7)), "block1": (1, 2, (3, 3, 7)), "block2": (2, 3, (3, 5, 3))}

CASES = (
    *(Case(f"quantize_{to.short}", QuantizeLinear(to), (X, ONE, _zero(to.numpy)))
      for to in STORED),
    *(Case(f"quantize_{name}", QuantizeLinear(DType.I8, axis, block),
           (X, random(*shape, low=0.1, high=0.5), _zero("int8", *shape)), weights=(1, 2))
      for name, (axis, block, shape) in FORMS.items()),
    Case("quantize_ties", QuantizeLinear(DType.I8), (HALVES, np.array(1, np.float32),
                                                     np.array(3, np.int8))),
    Case("quantize_wild", QuantizeLinear(DType.U8), (WILD, np.array([0.5], np.float32))),
    Case("quantize_f16", QuantizeLinear(DType.I8, precision=DType.F16),
         (X.astype("float16"), ONE.astype("float16"))),
    Case("quantize_f16_in_f32", QuantizeLinear(DType.I8), (X.astype("float16"), ONE)),
    Case("quantize_bf16", QuantizeLinear(DType.U16, precision=DType.BF16),
         (X.astype(DType.BF16.numpy), ONE.astype(DType.BF16.numpy))),
    Case("quantize_empty", QuantizeLinear(DType.U8), (X[:0], ONE)),
    *(Case(f"dequantize_{kind.short}", DequantizeLinear(DType.F32),
           (_integers(3, 50, dtype=kind.numpy), ONE, _zero(kind.numpy)))
      for kind in (*STORED, DType.I32)),
    *(Case(f"dequantize_to_{kind.short}", DequantizeLinear(kind),
           (_integers(3, 50, dtype="int8"), ONE.astype(kind.numpy))) for kind in SCALES),
    *(Case(f"dequantize_{name}", DequantizeLinear(DType.F32, axis, block),
           (_integers(3, 5, 7, dtype="uint8"), random(*shape, low=0.1, high=0.5),
            _zero("uint8", *shape)), weights=(1, 2))
      for name, (axis, block, shape) in FORMS.items()),
    Case("dequantize_scalar", DequantizeLinear(DType.F32), (np.array(5, np.int8), ONE)),
)

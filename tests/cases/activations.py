"""Activation functions."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.ir.op import Op
from tinsmith.ops import activations as ops

EDGES = np.array([0.0, -0.0, 1e-8, -1e-8, 1e-3, -1e-3, 0.5, -0.5, 3.0, -3.0, 9.0, -9.0, 30.0, -30.0,
                  87.0, -87.0, 100.0, -100.0, np.inf, np.nan], np.float32)
EXACT = (ops.Relu(), ops.Clip(-0.5, 0.75), ops.Clip(0.0, 6.0), ops.Clip(None, 1.0), ops.Clip(-1.0),
         ops.Clip(), ops.LeakyRelu(0.1), ops.ThresholdedRelu(0.6), ops.Shrink(0.1, 0.4),
         ops.Softsign())
SMOOTH = (ops.Sigmoid(), ops.HardSigmoid(0.2, 0.5), ops.HardSwish(), ops.Tanh(), ops.Elu(1.5),
          ops.Selu(), ops.Celu(0.7), ops.Celu(2.0), ops.Mish(), ops.Softplus(), ops.Swish(),
          ops.Swish(1.7), ops.Gelu(), ops.Gelu(tanh=True))
TOLERANCES = {"float32": 2e-6, "float64": 1e-14, "float16": 1e-3, "bfloat16": 8e-3}


def _all(dtype: str) -> tuple[Case, ...]:
    return tuple(
        Case(f"{op.name.lower()}_{dtype}_{i}", op, (random(3, 5, 7, low=-4, high=4, dtype=dtype),),
             tolerance=TOLERANCES[dtype])
        for i, op in enumerate(EXACT + SMOOTH))


def _edges(op: Op, i: int) -> Case:
    values = EDGES if not isinstance(op, ops.Swish | ops.HardSwish) else EDGES[:-2]
    return Case(f"{op.name.lower()}_edges_{i}", op, (values,), tolerance=2e-6)


CASES = (
    *_all("float32"), *_all("float64"), *_all("float16"), *_all("bfloat16"),
    *(_edges(op, i) for i, op in enumerate(EXACT + SMOOTH)),
    Case("relu_empty", ops.Relu(), (random(2, 0, 3),)),
    Case("relu_scalar", ops.Relu(), (random(),)),
    Case("relu_large", ops.Relu(), (random(3, 40000),)),
    *(Case(f"relu_{dtype}", ops.Relu(), (random(5, 9, dtype=dtype, low=-100, high=100),))
      for dtype in ("int8", "int16", "int32", "int64")),
    *(Case(f"clip_{dtype}", ops.Clip(3, 77), (random(5, 9, dtype=dtype, low=0, high=100),))
      for dtype in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")),
    Case("clip_int64_limits", ops.Clip(-2**63, 5), (random(5, 9, dtype="int64", low=-9, high=9),)),
    Case("clip_crossed", ops.Clip(2.0, -2.0), (random(5, 9),)),
    Case("shrink_int32", ops.Shrink(1.5, 2.5), (random(50, dtype="int32", low=-9, high=9),)),
    Case("shrink_uint8", ops.Shrink(1.5, 2.5), (random(50, dtype="uint8", low=0, high=9),)),
    Case("prelu", ops.PRelu(), (random(2, 5, 7), random(5, 1, seed=1)), weights=(1,)),
    Case("prelu_scalar", ops.PRelu(), (random(2, 5, 7), random(1, seed=1)), weights=(1,)),
    Case("prelu_full", ops.PRelu(), (random(2, 5, 7), random(2, 5, 7, seed=1))),
    Case("prelu_f16", ops.PRelu(), (random(2, 5, 7, dtype="float16"),
                                    random(7, seed=1, dtype="float16"))),
    Case("prelu_int32", ops.PRelu(), (random(5, 7, dtype="int32", low=-9, high=9),
                                      random(7, seed=1, dtype="int32", low=-9, high=9))),
    Case("prelu_uint64", ops.PRelu(), (random(5, 7, dtype="uint64", high=9),
                                       random(7, seed=1, dtype="uint64", high=9))),
)

"""Fused chains of elementwise operators."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.dtypes import DType
from tinsmith.ir.graph import Node
from tinsmith.ops.activations import Clip, Relu, Sigmoid
from tinsmith.ops.arithmetic import Add, Mul, Sub
from tinsmith.ops.cast import Cast
from tinsmith.ops.comparison import Greater, Where
from tinsmith.ops.fused import Fused

SCALE_SHIFT = Fused(
    (Node("scale", Mul(), ("x", "a"), ("s",)), Node("shift", Add(), ("s", "b"), ("t",)),
     Node("relu", Relu(), ("t",), ("y",))), ("x", "a", "b"), ("y",))
SWISH = Fused(
    (Node("gate", Sigmoid(), ("x",), ("g",)), Node("mul", Mul(), ("x", "g"), ("y",))),
    ("x",), ("y",))
TWO = Fused(
    (Node("sum", Add(), ("a", "b"), ("s",)), Node("difference", Sub(), ("s", "a"), ("d",)),
     Node("clip", Clip(-0.5, 0.5), ("d",), ("c",))), ("a", "b"), ("s", "c"))
MIXED = Fused(
    (Node("test", Greater(), ("a", "b"), ("t",)), Node("choose", Where(), ("t", "a", "b"), ("m",)),
     Node("cast", Cast(DType.I32), ("m",), ("i",)), Node("twice", Add(), ("i", "i"), ("y",))),
    ("a", "b"), ("y", "t"))

CASES = (
    Case("fused_two_first", TWO, (random(3, 50), random(3, 50, seed=1)), outputs=(0,)),
    Case("fused_scale_shift", SCALE_SHIFT,
         (random(2, 5, 6, 7), random(5, 1, 1, seed=1), random(1, 5, 1, 1, seed=2)), weights=(1, 2),
         tolerance=1e-6),
    Case("fused_scale_shift_scalar", SCALE_SHIFT,
         (random(2, 5, 6, 7), np.float32(3), random(7, seed=2)), weights=(1,), tolerance=1e-6),
    Case("fused_scale_shift_f16", SCALE_SHIFT,
         (random(2, 5, 6, 7, dtype="float16"), random(5, 1, 1, seed=1, dtype="float16"),
          random(1, 5, 1, 1, seed=2, dtype="float16"))),
    Case("fused_scale_shift_bf16", SCALE_SHIFT,
         (random(2, 5, 6, 7, dtype="bfloat16"), random(5, 1, 1, seed=1, dtype="bfloat16"),
          random(1, 5, 1, 1, seed=2, dtype="bfloat16"))),
    Case("fused_swish", SWISH, (random(3, 50, low=-9, high=9),), tolerance=1e-6),
    Case("fused_two", TWO, (random(3, 50), random(3, 50, seed=1)), tolerance=1e-6),
    Case("fused_two_second", TWO, (random(3, 50), random(3, 1, seed=1)), outputs=(1,),
         tolerance=1e-6),
    Case("fused_mixed", MIXED, (random(3, 50, low=-9, high=9), random(50, low=-9, high=9, seed=1))),
)

"""Operators that read or give halves beside float32, and the kernels made for them."""

import numpy as np

from tests.cases.case import Case, random
from tests.cases.conv import ACTIVATIONS
from tinsmith.dtypes import DType
from tinsmith.ir.graph import Node
from tinsmith.ir.op import TensorType
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.cast import Cast
from tinsmith.ops.concat import Concat
from tinsmith.ops.conv import Conv
from tinsmith.ops.fused import Fused
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalMaxPool
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.pool import AveragePool, MaxPool

BF16 = "bfloat16"
DIRECT, DEPTHWISE = "conv2d_direct", "conv2d_depthwise"
WINOGRAD, ROW = "conv2d_winograd F(2,3)", "fully_connected"
ROUNDED = 8e-3  # twice to bfloat16: what is stored, and what a costly activation reads
TRANSFORMED = 2e-2


def bf16(*shape: int, seed: int = 0):
    """Random values as bfloat16."""
    return random(*shape, seed=seed).astype(DType.BF16.numpy)


def conv(name: str, x: tuple[int, ...], w: tuple[int, ...], pads: tuple[int, ...] = (1, 1, 1, 1),
         strides: tuple[int, ...] = (1, 1), dilations: tuple[int, ...] = (1, 1), group: int = 1,
         activation: Activation | None = None, residual: bool = False, after: bool = False,
         filters: str = BF16, bias: bool = True, kernel: str = DIRECT,
         tolerance: float = ROUNDED) -> Case:
    """A convolution of bfloat16 with float32 bias."""
    op = Conv(strides, pads, dilations, group, activation, after, mixed=True)
    weights = random(*w, seed=1).astype(bf16(1).dtype if filters == BF16 else filters)
    operands = [bf16(*x), weights, random(w[0], seed=2) if bias else None]
    if residual:
        kinds = [TensorType(a.shape, DType.of(a)) for a in operands[:2]]
        operands.append(bf16(*op.infer(*kinds)[0].shape, seed=3))
    while operands[-1] is None:
        operands.pop()
    constants = tuple(i for i in (1, 2) if i < len(operands) and operands[i] is not None)
    return Case(f"bf16_{name}", op, tuple(operands), constants, tolerance, kernel=kernel)


def winograd(name: str, x: tuple[int, ...], channels: int, **more: object) -> Case:
    """A 3x3 convolution to so many channels, its filters float32."""
    return conv(f"winograd_{name}", x, (channels, x[1], 3, 3), kernel=WINOGRAD, filters="float32",
                tolerance=TRANSFORMED, **more)


def widened(*operands: str) -> tuple[Node, ...]:
    """Casts to float32 for the body of a loop."""
    return tuple(Node(f"{v}.f32", Cast(DType.F32), (v,), (f"{v}.f32",)) for v in operands)


LOOP = Fused(
    (*widened("a", "b"), Node("p", Mul(), ("a.f32", "s"), ("p",)),
     Node("q", Add(), ("p", "b.f32"), ("q",)), Node("r", Cast(DType.BF16), ("q",), ("r",))),
    ("a", "s", "b"), ("r", "q"))


def row(name: str, op: Gemm | MatMul, x: tuple[int, ...], w: tuple[int, ...], half: DType,
        bias: int | None = None) -> Case:
    """A row of float32 by weights of a half type."""
    operands = [random(*x), random(*w, seed=1).astype(half.numpy)]
    if bias is not None:
        operands.append(random(bias, seed=2))
    constants = tuple(range(1, len(operands)))
    return Case(f"{half.short}_row_{name}", op, tuple(operands), constants, 1e-5, kernel=ROW)


def pixel(half: DType) -> Case:
    """A 1x1 convolution of one pixel."""
    op = Conv((1, 1), (0, 0, 0, 0), (1, 1), 1, Activation("hard_swish"), mixed=True)
    operands = (random(1, 37, 1, 1), random(53, 37, 1, 1, seed=1).astype(half.numpy),
                random(53, seed=2))
    return Case(f"{half.short}_pixel", op, operands, (1, 2), 1e-5, kernel=ROW)


CASES = (
    conv("3x3", (1, 16, 14, 14), (32, 16, 3, 3)),
    conv("3x3_batch", (2, 37, 9, 7), (50, 37, 3, 3)),
    conv("1x1", (1, 24, 7, 7), (40, 24, 1, 1), pads=(0, 0, 0, 0)),
    conv("1x1_wide", (1, 64, 14, 14), (96, 64, 1, 1), pads=(0, 0, 0, 0)),
    conv("1x1_stride", (1, 21, 7, 9), (35, 21, 1, 1), pads=(0, 0, 0, 0), strides=(2, 2)),
    conv("5x3", (1, 33, 11, 12), (20, 33, 5, 3), pads=(0, 1, 2, 3), strides=(2, 1),
         dilations=(1, 2)),
    conv("odd_channels", (1, 7, 13, 13), (19, 7, 3, 3)),
    conv("all_padding", (1, 9, 1, 1), (3, 9, 3, 3), pads=(2, 2, 2, 2)),
    conv("no_bias", (1, 8, 6, 6), (8, 8, 3, 3), bias=False),
    conv("float_filters", (1, 20, 9, 9), (24, 20, 3, 3), filters="float32", tolerance=1e-2),
    conv("groups", (1, 64, 9, 9), (96, 32, 3, 3), group=2),
    conv("odd_groups", (1, 21, 9, 9), (48, 7, 3, 3), group=3),
    conv("merged_groups", (1, 20, 9, 9), (24, 5, 3, 3), group=4),
    conv("residual", (1, 24, 12, 12), (40, 24, 3, 3), residual=True,
         activation=Activation("relu")),
    *(conv(f"residual_after_{kind}", (1, 24, 12, 12), (40, 24, 3, 3), residual=True, after=True,
           activation=Activation(kind)) for kind in ("relu", "silu")),
    *(conv(f"{kind}_{i}", (1, 16, 7, 8), (20, 16, 3, 3), activation=Activation(kind, a, b))
      for i, (kind, a, b) in enumerate(ACTIVATIONS)),
    *(conv(f"depthwise_{name}", (2, 37, 14, 13), (37, 1, *size), pads=pads, strides=strides,
           group=37, kernel=DEPTHWISE, filters="float32", activation=activation,
           residual=residual)
      for name, size, pads, strides, activation, residual in (
          ("3x3", (3, 3), (1, 1, 1, 1), (1, 1), None, False),
          ("stride", (3, 3), (1, 1, 1, 1), (2, 2), Activation("relu"), False),
          ("5x5", (5, 5), (2, 2, 2, 2), (1, 1), Activation("clip", 0, 6), True),
          ("silu", (3, 3), (0, 1, 2, 0), (1, 1), Activation("silu"), False))),
    conv("line", (1, 24, 40), (32, 24, 5), pads=(2, 2), strides=(1,), dilations=(1,)),
    winograd("even", (1, 32, 16, 16), 64),
    winograd("odd", (1, 48, 13, 15), 80),
    winograd("odd_channels", (1, 45, 14, 14), 70),
    winograd("valid", (1, 32, 19, 18), 48, pads=(0, 0, 0, 0)),
    winograd("asymmetric", (1, 32, 15, 14), 48, pads=(2, 0, 1, 2)),
    winograd("batch", (2, 37, 7, 9), 50),
    winograd("tiny", (1, 40, 1, 2), 33),
    winograd("residual_relu", (2, 40, 13, 14), 56, residual=True, activation=Activation("relu")),
    winograd("residual_silu", (1, 40, 13, 14), 56, residual=True, activation=Activation("silu")),
    winograd("gelu", (1, 40, 13, 14), 56, activation=Activation("gelu")),
    *(row(f"gemm_{int(turned)}", Gemm(trans_b=turned, mixed=True), (1, 83),
          (75, 83) if turned else (83, 75), half, bias=75)
      for turned in (False, True) for half in (DType.F16, DType.BF16)),
    row("relu", Gemm(beta=0.5, activation=Activation("relu"), mixed=True), (1, 128), (128, 64),
        DType.F16, bias=1),
    row("matmul", MatMul(mixed=True), (1, 1, 40), (40, 17), DType.BF16),
    pixel(DType.F16),
    pixel(DType.BF16),
    *(Case(f"bf16_{name}", op, (bf16(1, 37, 9, 11),), (), ROUNDED) for name, op in (
        ("max_pool", MaxPool((3, 3), (2, 2), (1, 1, 1, 1), (1, 1))),
        ("average_pool", AveragePool((3, 2), (1, 2), (1, 0, 1, 0), (1, 1))),
        ("average_pool_silu", AveragePool((2, 2), (2, 2), (0, 0, 0, 0), (1, 1),
                                          activation=Activation("silu"))),
        ("global_average", GlobalAveragePool()),
        ("global_max", GlobalMaxPool()),
        ("global_average_wide", GlobalAveragePool(to=DType.F32)))),
    Case("bf16_concat", Concat(1), (bf16(1, 32, 5, 6), bf16(1, 40, 5, 6, seed=1))),
    Case("bf16_concat_batch", Concat(1), (bf16(2, 30, 5, 6), bf16(2, 7, 5, 6, seed=1))),
    Case("bf16_loop", LOOP, (bf16(1, 37, 6, 7), random(1, 37, 1, 1, seed=1),
                             bf16(1, 37, 6, 7, seed=2)), (1,), ROUNDED),
    Case("f16_plain_weights", Conv((1, 1), (1, 1, 1, 1), (1, 1), mixed=True),
         (random(1, 5, 6, 6), random(7, 5, 3, 3, seed=1).astype(np.float16)), (1,), 1e-5),
    Case("bf16_plain_weights", Gemm(mixed=True),
         (random(3, 5), random(5, 7, seed=1).astype(DType.BF16.numpy), bf16(7)), (1, 2), 1e-5),
)

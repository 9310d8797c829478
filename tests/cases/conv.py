"""Conv."""

from tests.cases.case import Case, random
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.conv import Conv


def conv(name: str, x: tuple[int, ...], w: tuple[int, ...], strides: tuple[int, ...] = (1, 1),
         pads: tuple[int, ...] = (0, 0, 0, 0), dilations: tuple[int, ...] = (1, 1), group: int = 1,
         activation: Activation | None = None, bias: bool = True, residual: bool = False,
         dtype: str = "float32", tolerance: float = 1e-5, weights: bool = True,
         after: bool = False, kernel: str = "", field: str = "", least: int = 1) -> Case:
    """A case with seeded operands."""
    op = Conv(strides, pads, dilations, group, activation, after)
    operands = [random(*x, dtype=dtype), random(*w, dtype=dtype, seed=1),
                random(w[0], dtype=dtype, seed=2) if bias else None]
    if residual:
        y = op.infer(*(None if a is None else _kind(a) for a in operands[:2]))[0]
        operands.append(random(*y.shape, dtype=dtype, seed=3))
    while operands[-1] is None:
        operands.pop()
    positions = tuple(i for i in (1, 2) if i < len(operands) and operands[i] is not None)
    return Case(f"conv_{name}", op, tuple(operands), positions if weights else (), tolerance,
                kernel=kernel, field=field, least=least)


def _kind(array):
    from tinsmith.dtypes import DType
    from tinsmith.ir.op import TensorType
    return TensorType(array.shape, DType.of(array))


ACTIVATIONS: tuple[tuple[str, float, float], ...] = (
    ("relu", 0, 0), ("clip", 0, 6), ("clip", -0.5, 0.25), ("leaky_relu", 0.1, 0),
    ("leaky_relu", 1.5, 0), ("sigmoid", 0, 0), ("silu", 0, 0), ("hard_sigmoid", 0.2, 0.5),
    ("hard_swish", 0, 0), ("tanh", 0, 0), ("elu", 0.7, 0), ("selu", 1.7, 1.1),
    ("celu", 0.4, 0), ("gelu", 0, 0), ("gelu_tanh", 0, 0), ("mish", 0, 0), ("softplus", 0, 0))

CASES = (
    conv("3x3", (1, 16, 14, 14), (32, 16, 3, 3), pads=(1, 1, 1, 1)),
    conv("3x3_batch", (2, 5, 9, 7), (7, 5, 3, 3), pads=(1, 1, 1, 1)),
    conv("1x1", (1, 24, 7, 7), (40, 24, 1, 1)),
    conv("1x1_stride", (1, 8, 7, 9), (16, 8, 1, 1), strides=(2, 2)),
    conv("1x1_image", (1, 64, 1, 1), (10, 64, 1, 1)),
    conv("7x7_first", (1, 3, 33, 31), (16, 3, 7, 7), strides=(2, 2), pads=(3, 3, 3, 3)),
    conv("asymmetric", (1, 4, 10, 12), (8, 4, 3, 5), strides=(2, 1), pads=(0, 1, 2, 3),
         dilations=(1, 2)),
    conv("dilated", (1, 8, 15, 15), (8, 8, 3, 3), pads=(4, 4, 4, 4), dilations=(4, 4)),
    conv("all_padding", (1, 2, 1, 1), (3, 2, 3, 3), pads=(2, 2, 2, 2)),
    conv("no_bias", (1, 8, 6, 6), (8, 8, 3, 3), bias=False),
    conv("residual", (1, 8, 6, 6), (8, 8, 3, 3), pads=(1, 1, 1, 1), residual=True,
         activation=Activation("relu")),
    conv("residual_no_bias", (1, 8, 6, 6), (12, 8, 1, 1), bias=False, residual=True),
    *(conv(f"residual_after_{kind}_{i}", x, w, pads=pads, group=group, residual=True, after=True,
           activation=Activation(kind), dtype=dtype)
      for kind in ("relu", "silu") for i, (x, w, pads, group, dtype) in enumerate((
          ((1, 8, 6, 6), (9, 8, 3, 3), (1, 1, 1, 1), 1, "float32"),
          ((1, 24, 12, 12), (40, 24, 3, 3), (1, 1, 1, 1), 1, "float32"),
          ((1, 20, 13, 11), (20, 1, 3, 3), (1, 1, 1, 1), 20, "float32"),
          ((1, 3, 5, 5), (4, 3, 3, 3), (0, 0, 0, 0), 1, "float64")))),
    conv("depthwise", (1, 20, 13, 11), (20, 1, 3, 3), pads=(1, 1, 1, 1), group=20),
    conv("depthwise_stride", (2, 9, 13, 11), (9, 1, 5, 5), strides=(2, 2), pads=(2, 2, 2, 2),
         group=9),
    conv("depthwise_twice", (1, 6, 8, 8), (12, 1, 3, 3), pads=(1, 1, 1, 1), group=6),
    conv("grouped", (1, 12, 9, 9), (24, 4, 3, 3), pads=(1, 1, 1, 1), group=3),
    conv("grouped_wide", (1, 32, 5, 5), (64, 16, 1, 1), group=2),
    *(conv(f"half_empty_{name}", x, w, kernel="conv2d_direct", field="inner", least=2,
           **rest)
      for name, x, w, rest in (
          ("1x1", (1, 24, 9, 11), (24, 24, 1, 1), {}),
          ("1x1_batch", (3, 16, 7, 7), (40, 16, 1, 1), {"bias": False}),
          ("few", (1, 6, 5, 5), (3, 6, 1, 1), {"activation": Activation("relu")}),
          ("many", (1, 20, 14, 14), (200, 20, 1, 1), {"activation": Activation("clip", 0, 6)}),
          ("1x1_more", (2, 12, 6, 7), (20, 12, 1, 1), {}),
          ("3x3", (1, 24, 15, 17), (72, 24, 3, 3), {"pads": (1, 1, 1, 1)}),
          ("3x3_more", (1, 18, 9, 10), (36, 18, 3, 3), {"pads": (1, 1, 1, 1)}),
          ("3x3_stride", (2, 34, 13, 12), (24, 34, 3, 3), {
              "pads": (0, 1, 1, 1), "strides": (2, 2), "activation": Activation("silu")}),
          ("5x5_dilated", (1, 8, 14, 9), (8, 8, 5, 5), {
              "pads": (4, 4, 4, 4), "dilations": (2, 2)}),
          ("residual", (1, 32, 8, 8), (56, 32, 1, 1), {
              "residual": True, "activation": Activation("relu")}),
          ("residual_after", (1, 10, 12, 9), (24, 10, 3, 3), {
              "pads": (1, 1, 1, 1), "residual": True, "after": True,
              "activation": Activation("hard_swish")}))),
    conv("1d", (2, 6, 20), (8, 6, 5), strides=(2,), pads=(2, 2), dilations=(1,)),
    conv("no_channels", (1, 0, 4, 5), (2, 0, 3, 3), pads=(1, 1, 1, 1), tolerance=0),
    conv("no_channels_no_bias", (2, 0, 4, 5), (3, 0, 1, 1), bias=False, tolerance=0),
    conv("3d", (1, 3, 5, 6, 7), (4, 3, 3, 2, 3), strides=(1, 2, 1), pads=(1, 0, 1, 1, 1, 1),
         dilations=(1, 1, 2)),
    *(conv(f"3d_{name}", x, w, strides, pads, dilations, group, kernel="conv2d_direct", **rest)
      for name, x, w, strides, pads, dilations, group, rest in (
          ("same", (1, 16, 5, 7, 9), (32, 16, 3, 3, 3), (1, 1, 1), (1,) * 6, (1, 1, 1), 1, {}),
          ("first", (2, 3, 8, 13, 15), (24, 3, 3, 7, 7), (1, 2, 2), (1, 3, 3, 1, 3, 3), (1, 1, 1),
           1, {"activation": Activation("relu")}),
          ("stride", (1, 20, 9, 8, 11), (40, 20, 3, 3, 3), (2, 2, 2), (1,) * 6, (1, 1, 1), 1, {}),
          ("dilated", (1, 8, 11, 10, 9), (10, 8, 3, 2, 3), (1, 1, 2), (2, 0, 3, 4, 1, 0),
           (2, 3, 1), 1, {"bias": False}),
          ("in_time", (1, 24, 7, 6, 6), (36, 24, 3, 1, 1), (1, 1, 1), (1, 0, 0, 1, 0, 0),
           (1, 1, 1), 1, {}),
          ("1x1x1", (2, 18, 3, 5, 6), (33, 18, 1, 1, 1), (1, 1, 1), (0,) * 6, (1, 1, 1), 1, {}),
          ("1x1x1_stride", (1, 18, 5, 5, 6), (33, 18, 1, 1, 1), (2, 2, 2), (0,) * 6, (1, 1, 1), 1,
           {}),
          ("all_padding", (1, 5, 1, 1, 1), (7, 5, 3, 3, 3), (1, 1, 1), (3,) * 6, (1, 1, 1), 1, {}),
          ("groups", (1, 32, 4, 5, 6), (64, 16, 3, 3, 3), (1, 1, 1), (1,) * 6, (1, 1, 1), 2, {}),
          ("odd_groups", (1, 9, 4, 5, 6), (12, 3, 2, 3, 3), (1, 1, 1), (1,) * 6, (1, 1, 1), 3, {}),
          ("residual", (1, 16, 4, 5, 6), (16, 16, 3, 3, 3), (1, 1, 1), (1,) * 6, (1, 1, 1), 1,
           {"residual": True, "activation": Activation("relu")}),
          ("half_empty", (1, 16, 4, 7, 6), (24, 16, 3, 3, 3), (1, 1, 1), (1,) * 6, (1, 1, 1), 1,
           {"residual": True, "after": True, "activation": Activation("silu")}))),
    *(conv(f"3d_depthwise_{name}", x, w, strides, pads, dilations, w[0],
           kernel="conv2d_depthwise", **rest)
      for name, x, w, strides, pads, dilations, rest in (
          ("same", (2, 20, 4, 9, 11), (20, 1, 3, 3, 3), (1, 1, 1), (1,) * 6, (1, 1, 1), {}),
          ("stride", (1, 37, 5, 8, 7), (37, 1, 3, 5, 3), (2, 2, 2), (1, 2, 1, 0, 2, 1), (1, 1, 1),
           {"activation": Activation("silu")}),
          ("dilated", (1, 6, 7, 6, 9), (6, 1, 2, 3, 3), (1, 1, 1), (2, 1, 2, 0, 1, 2), (3, 1, 2),
           {"residual": True, "activation": Activation("relu")}),
          ("1x1x1", (1, 9, 3, 4, 5), (9, 1, 1, 1, 1), (1, 1, 1), (0,) * 6, (1, 1, 1), {}))),
    conv("4d", (1, 2, 3, 4, 3, 4), (3, 2, 2, 2, 2, 2), strides=(1, 1, 1, 2), pads=(0,) * 8,
         dilations=(1, 1, 1, 1)),
    conv("runtime_weights", (1, 4, 6, 6), (5, 4, 3, 3), weights=False),
    conv("no_images", (0, 4, 6, 6), (5, 4, 3, 3)),
    conv("f64", (1, 4, 6, 6), (5, 4, 3, 3), dtype="float64", tolerance=1e-12,
         activation=Activation("silu")),
    conv("f16", (1, 4, 6, 6), (5, 4, 3, 3), dtype="float16", tolerance=1e-3),
    conv("bf16", (1, 4, 6, 6), (5, 4, 3, 3), dtype="bfloat16", tolerance=8e-3),
    *(conv(f"act_{kind}_{i}", (1, 8, 5, 5), (9, 8, 3, 3), pads=(1, 1, 1, 1),
           activation=Activation(kind, a, b)) for i, (kind, a, b) in enumerate(ACTIVATIONS)),
    *(conv(f"f64_{kind}_{i}", (1, 3, 5, 5), (4, 3, 3, 3), activation=Activation(kind, a, b),
           dtype="float64", tolerance=1e-12)
      for i, (kind, a, b) in enumerate(ACTIVATIONS)),
)

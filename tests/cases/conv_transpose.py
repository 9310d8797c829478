"""ConvTranspose."""

from tests.cases.case import Case, random
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.conv_transpose import ConvTranspose


def conv_transpose(
        name: str, x: tuple[int, ...], w: tuple[int, ...], strides: tuple[int, ...] = (2, 2),
        pads: tuple[int, ...] = (0, 0, 0, 0), dilations: tuple[int, ...] = (1, 1),
        output_padding: tuple[int, ...] = (0, 0), group: int = 1,
        activation: Activation | None = None, bias: bool = True, dtype: str = "float32",
        tolerance: float = 1e-5, weights: bool = True, kernel: str = "") -> Case:
    """A case with seeded operands."""
    op = ConvTranspose(strides, pads, dilations, output_padding, group, activation)
    operands = (random(*x, dtype=dtype), random(*w, dtype=dtype, seed=1))
    if bias:
        operands += (random(w[1] * group, dtype=dtype, seed=2),)
    return Case(f"conv_transpose_{name}", op, operands,
                tuple(range(1, len(operands))) if weights else (), tolerance, kernel=kernel)


def scatter(name: str, x: tuple[int, ...], w: tuple[int, ...], **more: object) -> Case:
    """A case of one group for the kernel that scatters."""
    return conv_transpose(f"scatter_{name}", x, w, kernel="conv_transpose2d_scatter_f32", **more)


SCATTERED = (
    scatter("2x2", (1, 16, 7, 7), (16, 8, 2, 2)),
    scatter("3x3", (1, 6, 7, 5), (6, 70, 3, 3), pads=(1, 1, 1, 1), output_padding=(1, 1)),
    scatter("4x4", (2, 37, 6, 6), (37, 50, 4, 4), pads=(1, 1, 1, 1)),
    scatter("stride1", (1, 32, 6, 6), (32, 48, 3, 3), strides=(1, 1), pads=(1, 1, 1, 1)),
    scatter("stride3", (1, 4, 4, 4), (4, 35, 2, 2), strides=(3, 3), output_padding=(2, 1)),
    scatter("uneven", (1, 20, 5, 6), (20, 33, 3, 5), strides=(1, 2), pads=(0, 1, 2, 3),
            dilations=(2, 1)),
    scatter("dilated", (1, 3, 5, 5), (3, 40, 3, 3), dilations=(2, 3), pads=(2, 2, 1, 1)),
    scatter("far_pads", (1, 16, 4, 4), (16, 16, 4, 4), pads=(3, 3, 3, 3)),
    scatter("1d", (1, 40, 9), (40, 50, 4), strides=(2,), pads=(1, 1), dilations=(1,),
            output_padding=(0,)),
    scatter("no_bias", (1, 32, 8, 6), (32, 32, 4, 4), pads=(1, 1, 1, 1), bias=False),
    scatter("relu", (1, 32, 8, 6), (32, 32, 4, 4), pads=(1, 1, 1, 1),
            activation=Activation("relu")),
    scatter("silu", (1, 32, 8, 6), (32, 32, 4, 4), pads=(1, 1, 1, 1),
            activation=Activation("silu")),
)


def winograd(name: str, x: tuple[int, ...], channels: int, size: int = 4,
             pads: tuple[int, ...] = (1, 1, 1, 1), **more: object) -> Case:
    """A case of stride 2 for the kernel of Winograd's algorithm."""
    return conv_transpose(
        f"winograd_{name}", x, (x[1], channels, size, size), pads=pads, tolerance=1e-4,
        kernel="conv_transpose2d_winograd_f32", **more)


TRANSFORMED = (
    winograd("even", (1, 32, 8, 8), 64),
    winograd("odd", (1, 48, 7, 13), 80),
    winograd("lanes", (1, 37, 9, 6), 50),
    winograd("batch", (3, 32, 5, 6), 40),
    winograd("large", (1, 32, 33, 29), 48),
    winograd("no_pads", (1, 32, 6, 7), 33, pads=(0, 0, 0, 0)),
    winograd("far_pads", (1, 32, 6, 7), 33, pads=(3, 2, 1, 2)),
    winograd("asymmetric", (1, 32, 8, 7), 48, pads=(2, 1, 0, 3)),
    winograd("3x3", (1, 32, 7, 5), 48, 3, (1, 1, 1, 1), output_padding=(1, 1)),
    winograd("no_bias", (1, 32, 8, 6), 32, bias=False),
    winograd("relu", (1, 32, 8, 6), 32, activation=Activation("relu")),
    winograd("silu", (1, 32, 8, 6), 40, activation=Activation("silu")),
)

CASES = (
    *SCATTERED,
    *TRANSFORMED,
    conv_transpose("2x2", (1, 16, 7, 7), (16, 8, 2, 2)),
    conv_transpose("3x3", (1, 6, 7, 5), (6, 9, 3, 3), pads=(1, 1, 1, 1), output_padding=(1, 1)),
    conv_transpose("4x4", (2, 5, 6, 6), (5, 7, 4, 4), pads=(1, 1, 1, 1)),
    conv_transpose("stride1", (1, 4, 6, 6), (4, 4, 3, 3), strides=(1, 1), pads=(1, 1, 1, 1)),
    conv_transpose("stride3", (1, 4, 4, 4), (4, 3, 2, 2), strides=(3, 3), output_padding=(2, 1)),
    conv_transpose("uneven", (1, 4, 5, 6), (4, 3, 3, 5), strides=(1, 2), pads=(0, 1, 2, 3),
                   dilations=(2, 1)),
    conv_transpose("dilated", (1, 3, 5, 5), (3, 4, 3, 3), dilations=(2, 3), pads=(2, 2, 1, 1)),
    conv_transpose("grouped", (1, 6, 5, 5), (6, 4, 3, 3), group=3),
    conv_transpose("depthwise", (1, 10, 5, 5), (10, 1, 4, 4), pads=(1, 1, 1, 1), group=10),
    conv_transpose("bilinear_no_bias", (1, 3, 4, 4), (3, 1, 4, 4), group=3, bias=False),
    conv_transpose("1d", (1, 4, 9), (4, 5, 4), strides=(2,), pads=(1, 1), dilations=(1,),
                   output_padding=(0,)),
    conv_transpose("3d", (1, 2, 3, 4, 3), (2, 3, 2, 3, 2), strides=(2, 1, 2), pads=(0,) * 6,
                   dilations=(1, 1, 1), output_padding=(0, 0, 1)),
    conv_transpose("no_channels", (1, 0, 4, 5), (0, 2, 2, 2), tolerance=0),
    conv_transpose("runtime_weights", (1, 4, 5, 5), (4, 3, 3, 3), weights=False),
    conv_transpose("relu", (1, 4, 5, 5), (4, 3, 3, 3), activation=Activation("relu")),
    conv_transpose("f64", (1, 4, 5, 5), (4, 3, 3, 3), dtype="float64", tolerance=1e-12),
    conv_transpose("f16", (1, 4, 5, 5), (4, 3, 3, 3), dtype="float16", tolerance=1e-3),
    conv_transpose("bf16", (1, 4, 5, 5), (4, 3, 3, 3), dtype="bfloat16", tolerance=8e-3),
)

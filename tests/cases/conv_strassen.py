"""Conv 1x1 by Strassen's algorithm."""

from tests.cases.case import Case
from tests.cases.conv import ACTIVATIONS, conv
from tinsmith.ops.activation_function import Activation


def strassen(name: str, x: tuple[int, ...], channels: int, **more: object) -> Case:
    """A 1x1 convolution to so many channels."""
    return conv(f"strassen_{name}", x, (channels, x[1], 1, 1), tolerance=1e-4,
                kernel="conv2d_strassen_f32", **more)


CASES = (
    strassen("square", (1, 64, 14, 14), 64),
    strassen("wide", (1, 64, 6, 7), 288),
    strassen("deep", (1, 512, 7, 6), 96),
    strassen("batch", (3, 96, 9, 10), 160),
    strassen("many_pixels", (1, 32, 40, 41), 32),
    strassen("two_pixels", (1, 64, 1, 2), 64),
    strassen("no_bias", (1, 64, 8, 8), 64, bias=False),
    strassen("residual", (1, 64, 8, 8), 96, residual=True),
    strassen("residual_relu", (2, 64, 8, 7), 96, residual=True, activation=Activation("relu")),
    strassen("residual_after", (1, 64, 8, 8), 96, residual=True, after=True,
             activation=Activation("silu")),
    *(strassen(f"{kind}_{i}", (1, 32, 6, 5), 32, activation=Activation(kind, a, b))
      for i, (kind, a, b) in enumerate(ACTIVATIONS)),
)

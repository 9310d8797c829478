"""Conv 3x3 at stride 1, of sizes that Winograd wins."""

from tests.cases.case import Case
from tests.cases.conv import ACTIVATIONS, conv
from tinsmith.ops.activation_function import Activation


def winograd(name: str, x: tuple[int, ...], channels: int, pads: tuple[int, ...] = (1, 1, 1, 1),
             **more: object) -> Case:
    """A 3x3 convolution to so many channels."""
    return conv(f"winograd_{name}", x, (channels, x[1], 3, 3), pads=pads, tolerance=1e-4, **more)


CASES = (
    winograd("even", (1, 32, 16, 16), 64),
    winograd("odd", (1, 48, 13, 15), 80),
    winograd("valid", (1, 32, 19, 18), 48, pads=(0, 0, 0, 0)),
    winograd("wide_pads", (1, 32, 12, 13), 48, pads=(2, 2, 2, 2)),
    winograd("asymmetric", (1, 32, 14, 17), 48, pads=(0, 1, 2, 0)),
    winograd("asymmetric_too", (1, 32, 15, 14), 48, pads=(2, 0, 1, 2)),
    winograd("lanes", (1, 45, 14, 14), 70),
    winograd("batch", (2, 37, 13, 11), 50),
    winograd("batch_of_small", (3, 64, 7, 7), 64),
    winograd("large", (1, 32, 53, 47), 48),
    winograd("deep", (1, 256, 15, 15), 96),
    winograd("no_bias", (1, 32, 16, 16), 64, bias=False),
    winograd("residual", (1, 48, 14, 13), 48, residual=True),
    winograd("residual_relu", (2, 40, 13, 14), 56, residual=True, activation=Activation("relu")),
    winograd("residual_silu", (1, 40, 13, 14), 56, residual=True, activation=Activation("silu")),
    *(winograd(f"{kind}_{i}", (1, 32, 14, 13), 40, activation=Activation(kind, a, b))
      for i, (kind, a, b) in enumerate(ACTIVATIONS)),
)

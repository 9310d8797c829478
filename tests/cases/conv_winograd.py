"""Conv by each of Winograd's algorithms."""

from functools import partial

from tests.cases.case import Case
from tests.cases.conv import ACTIVATIONS, conv
from tinsmith.kernels.conv.conv2d_winograd import Conv2dWinograd
from tinsmith.kernels.conv.winograd_algorithms import F43, F44, F63, STRIDED, Algorithm
from tinsmith.ops.activation_function import Activation


def winograd(name: str, x: tuple[int, ...], channels: int, pads: tuple[int, ...] = (1, 1, 1, 1),
             algorithm: Algorithm = F43, lean: bool = False, **more: object) -> Case:
    """A 3x3 convolution to so many channels."""
    kernel = Conv2dWinograd(algorithm, lean=lean).label
    short = f"{algorithm.inputs}_{'lean_' if lean else ''}{name}"
    return conv(f"winograd_{short}", x, (channels, x[1], 3, 3), strides=(algorithm.stride,) * 2,
                pads=pads, tolerance=1e-4, kernel=kernel, **more)


def deep(name: str, x: tuple[int, ...], channels: int, size: int, step: int,
         pads: tuple[int, ...], algorithm: Algorithm, **more: object) -> Case:
    """A strided convolution of few channels, size x size."""
    return conv(f"winograd_deep_{name}", x, (channels, x[1], size, size), strides=(step, step),
                pads=pads, tolerance=1e-4, kernel=Conv2dWinograd(algorithm, deep=True).label,
                **more)


def shapes(algorithm: Algorithm, lean: bool = False) -> tuple[Case, ...]:
    """Sizes, paddings and channels that meet every branch."""
    make = partial(winograd, algorithm=algorithm, lean=lean)
    return (
        make("even", (1, 32, 16, 16), 64),
        make("odd", (1, 48, 13, 15), 80),
        make("valid", (1, 32, 19, 18), 48, pads=(0, 0, 0, 0)),
        make("wide_pads", (1, 32, 12, 13), 48, pads=(2, 2, 2, 2)),
        make("asymmetric", (1, 32, 14, 17), 48, pads=(0, 1, 2, 0)),
        make("asymmetric_too", (1, 32, 15, 14), 48, pads=(2, 0, 1, 2)),
        make("lanes", (1, 45, 14, 14), 70),
        make("batch", (2, 37, 13, 11), 50),
        make("batch_of_small", (3, 64, 7, 7), 64),
        make("large", (1, 32, 53, 47), 48),
        make("no_bias", (1, 32, 16, 16), 64, bias=False),
    )


CASES = (
    *(case for algorithm in (F43, F63, STRIDED) for case in shapes(algorithm)),
    *shapes(F43, lean=True),
    winograd("deep", (1, 256, 15, 15), 96),
    winograd("deep", (1, 256, 15, 15), 96, lean=True),
    winograd("slabs", (1, 149, 7, 8), 40, lean=True),
    winograd("turns", (1, 100, 14, 14), 256, lean=True, activation=Activation("relu")),
    winograd("turns_residual", (1, 128, 7, 7), 512, lean=True, residual=True),
    winograd("residual_silu", (1, 40, 13, 14), 56, residual=True, activation=Activation("silu"),
             lean=True),
    winograd("residual", (1, 48, 14, 13), 48, residual=True),
    winograd("residual_relu", (2, 40, 13, 14), 56, residual=True, activation=Activation("relu")),
    winograd("residual_silu", (1, 40, 13, 14), 56, residual=True, activation=Activation("silu")),
    winograd("residual_relu", (2, 40, 13, 14), 56, residual=True, activation=Activation("relu"),
             algorithm=F63),
    winograd("residual_silu", (1, 40, 13, 14), 56, residual=True, activation=Activation("silu"),
             algorithm=STRIDED),
    *(winograd(f"{kind}_{i}", (1, 32, 14, 13), 40, activation=Activation(kind, a, b))
      for i, (kind, a, b) in enumerate(ACTIVATIONS)),
    deep("7x7", (1, 3, 33, 33), 64, 7, 2, (3, 3, 3, 3), F44, activation=Activation("relu")),
    deep("7x7_valid", (1, 3, 47, 45), 40, 7, 2, (0, 0, 0, 0), F44),
    deep("7x7_batch", (2, 4, 30, 37), 40, 7, 2, (0, 1, 2, 3), F44),
    deep("7x7_far_pads", (1, 1, 9, 11), 40, 7, 2, (6, 9, 7, 8), F44),
    deep("8x7", (1, 2, 31, 40), 48, 8, 2, (1, 2, 3, 4), F44),
    deep("5x5", (1, 3, 33, 33), 64, 5, 2, (2, 2, 2, 2), F43),
    deep("6x6_batch", (2, 3, 30, 37), 40, 6, 2, (2, 2, 2, 2), F43, activation=Activation("silu")),
)

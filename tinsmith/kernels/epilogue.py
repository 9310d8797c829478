"""The constants by which a kernel knows its epilogue (``epilogue.h``)."""

from __future__ import annotations

from tinsmith.kernels.kernel import Constant
from tinsmith.ops.activation_function import Activation

_ENUM = {
    "relu": "TIN_ACT_RELU",
    "clip": "TIN_ACT_CLIP",
    "leaky_relu": "TIN_ACT_LEAKY",
    "sigmoid": "TIN_ACT_SIGMOID",
    "silu": "TIN_ACT_SILU",
    "hard_sigmoid": "TIN_ACT_HARDSIGMOID",
    "hard_swish": "TIN_ACT_HARDSWISH",
    "tanh": "TIN_ACT_TANH",
    "elu": "TIN_ACT_ELU",
    "gelu": "TIN_ACT_GELU",
    "mish": "TIN_ACT_MISH",
    "softplus": "TIN_ACT_SOFTPLUS",
}


def epilogue(
    activation: Activation | None, residual: bool = False, after: bool = False
) -> tuple[tuple[str, Constant], ...]:
    """The fields ``residual``, ``act``, ``alpha`` and ``beta`` of a kernel's struct.

    ``after``: a residual is added to what the activation gives.
    """
    place = "AFTER" if after else "BEFORE"
    return (
        ("residual", f"TIN_RES_{place if residual else 'NONE'}"),
        ("act", _ENUM[activation.kind] if activation else "TIN_ACT_NONE"),
        ("alpha", activation.alpha if activation else 0.0),
        ("beta", activation.beta if activation else 0.0),
    )

"""The table of activations and its rows in C name the same ones."""

import pytest

from tinsmith.errors import InternalError
from tinsmith.kernels.epilogue import HEADER, check, epilogue
from tinsmith.kernels.registry import header
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.activation_table import KINDS


def test_a_row_that_only_one_side_has() -> None:
    text = header(HEADER)
    check(KINDS, text)
    with pytest.raises(InternalError, match=(
            r"row 'ELU' of ops/activation_table.py: expected one in kernels/c/activations.h too")):
        check(KINDS, text.replace("    ROW(ELU,", "    ROW_(ELU,"))
    fewer = {kind: fusing for kind, fusing in KINDS.items() if kind != "mish"}
    with pytest.raises(InternalError, match=(
            r"row 'MISH' of kernels/c/activations.h: expected one in ops/activation_table.py too")):
        check(fewer, text)


def test_constants_of_an_epilogue() -> None:
    assert epilogue(None) == (("residual", "TIN_RES_NONE"), ("act", "TIN_ACT_NONE"),
                              ("alpha", 0.0), ("beta", 0.0))
    assert epilogue(Activation("leaky_relu", 0.1), residual=True, after=True) == (
        ("residual", "TIN_RES_AFTER"), ("act", "TIN_ACT_LEAKY"), ("alpha", 0.1), ("beta", 0.0))

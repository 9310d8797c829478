"""The constants by which a kernel knows its epilogue (``epilogue.h``, ``activations.h``)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tinsmith.errors import InternalError
from tinsmith.kernels.kernel import Constant
from tinsmith.kernels.registry import header
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.activation_table import KINDS, Fusing

HEADER = "c/activations.h"
_ROW = re.compile(r"^    ROW\((\w+),", re.MULTILINE)


def check(kinds: Mapping[str, Fusing], text: str) -> None:
    """Compares the table of activations with the rows of ``activations.h``.

    Raises:
        InternalError: one has a row that the other lacks.
    """
    named, written = {fusing.c for fusing in kinds.values()}, set(_ROW.findall(text))
    for name in sorted(named ^ written):
        here, there = "ops/activation_table.py", f"kernels/{HEADER}"
        has, lacks = (here, there) if name in named else (there, here)
        raise InternalError(f"activations: row '{name}' of {has}: expected one in {lacks} too, "
                            "got none; write it")


check(KINDS, header(HEADER))


def epilogue(
    activation: Activation | None, residual: bool = False, after: bool = False
) -> tuple[tuple[str, Constant], ...]:
    """The fields ``residual``, ``act``, ``alpha`` and ``beta`` of a kernel's struct.

    ``after``: a residual is added to what the activation gives.
    """
    place = "AFTER" if after else "BEFORE"
    return (
        ("residual", f"TIN_RES_{place if residual else 'NONE'}"),
        ("act", f"TIN_ACT_{KINDS[activation.kind].c if activation else 'NONE'}"),
        ("alpha", activation.alpha if activation else 0.0),
        ("beta", activation.beta if activation else 0.0),
    )

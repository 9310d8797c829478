"""LiteRT, once TensorFlow Lite: a .tflite file of float32 operators, channels last inside.

``map_*.py`` hold one function for each operator, in a table by the operator's class.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from tinsmith.exporters.tflite.writer import Mappings, write
from tinsmith.ir.graph import Graph


def export(graph: Graph) -> bytes:
    """The file.

    Give it a graph after ``passes.standard.STANDARD``, before ``FUSIONS``: batch normalisation is
    folded then, and activations still stand apart; those that LiteRT can fuse are fused here.
    Inputs and outputs have the graph's order, shapes and layout.

    Raises:
        UnsupportedError: a node has no equivalent, or a value is not float32.
    """
    return write(graph, mappings())


@cache
def mappings() -> Mappings:
    """All operators that can be exported."""
    found: dict[type, object] = {}
    for info in pkgutil.iter_modules(__path__):
        if info.name.startswith("map_"):
            found |= importlib.import_module(f"{__name__}.{info.name}").OPERATORS
    return found  # type: ignore[return-value]

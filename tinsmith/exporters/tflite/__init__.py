"""LiteRT, once TensorFlow Lite: a .tflite file of float32 operators, channels last inside."""

from __future__ import annotations

from tinsmith.exporters import mappings_of
from tinsmith.exporters.tflite.writer import write
from tinsmith.ir.graph import Graph


def export(graph: Graph) -> bytes:
    """The file.

    Give it a graph after ``passes.standard.STANDARD``, before ``FUSIONS``: batch normalisation is
    folded then, and activations still stand apart; those that LiteRT can fuse are fused here.
    Inputs and outputs have the graph's order, shapes and layout; state is an input, its update an
    output.

    Raises:
        UnsupportedError: a node has no equivalent, or a value is not float32.
    """
    return write(graph.opened(), mappings_of(__name__, __path__))

"""PyTorch: a module as a practitioner would write it, of functional calls with static shapes."""

from __future__ import annotations

from torch import fx

from tinsmith.exporters import mappings_of
from tinsmith.exporters.torch.writer import write
from tinsmith.ir.graph import Graph


def export(graph: Graph) -> fx.GraphModule:
    """The module that computes ``graph``: its forward is a flat list of calls.

    Give it a graph after ``passes.standard.STANDARD``, before ``FUSIONS``: batch normalisation is
    folded then, and activations still stand apart. It takes the inputs in their order and gives a
    tuple of the outputs in theirs; weights are parameters. State is an input, its update an output.

    Raises:
        UnsupportedError: a node has no equivalent.
    """
    return write(graph.opened(), mappings_of(__name__, __path__))

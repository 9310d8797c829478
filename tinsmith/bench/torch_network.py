"""A model file as a PyTorch module: what the engines that start from PyTorch are given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import fx

from tinsmith.exporters.torch import export
from tinsmith.exporters.torch.node import ELEMENT_TYPES
from tinsmith.importers import load
from tinsmith.passes.manager import run
from tinsmith.passes.standard import STANDARD


@dataclass(frozen=True, slots=True)
class TorchNetwork:
    """A module with the names of its inputs and outputs, and inputs of zeros to trace it with."""

    module: fx.GraphModule
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    zeros: tuple[torch.Tensor, ...]


def torch_network(model: Path, precision: str = "f32") -> TorchNetwork:
    """The module of a model file, in bfloat16 if ``precision`` is bf16."""
    graph = load(model)
    module = export(run(graph, STANDARD).graph)
    zeros = tuple(
        torch.zeros(graph.types[value].shape, dtype=ELEMENT_TYPES[graph.types[value].dtype])
        for value in graph.inputs)
    if precision == "bf16":
        module = module.bfloat16()
        zeros = tuple(x.bfloat16() if x.is_floating_point() else x for x in zeros)
    return TorchNetwork(module, graph.inputs, graph.outputs, zeros)

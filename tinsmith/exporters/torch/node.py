"""What a mapping sees of a node beside its tensors, and what mappings share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import nn

from tinsmith.dtypes import Array, DType
from tinsmith.errors import UnsupportedError
from tinsmith.exporters import refusal
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op, TensorType

Tensor: TypeAlias = torch.Tensor
Mapped: TypeAlias = Callable[..., Tensor | tuple[Tensor, ...]]
"""Takes a ``NodeExport``, the operator, and a tensor for each input (None for an absent one)."""
Mappings: TypeAlias = Mapping[type[Op], Mapped]

ELEMENT_TYPES = {
    DType.F32: torch.float32, DType.F64: torch.float64, DType.F16: torch.float16,
    DType.BF16: torch.bfloat16, DType.I8: torch.int8, DType.I16: torch.int16,
    DType.I32: torch.int32, DType.I64: torch.int64, DType.U8: torch.uint8,
    DType.BOOL: torch.bool}


@dataclass(frozen=True, slots=True)
class NodeExport:
    """Where an operator stands, for what its tensors do not say.

    Attributes:
        node: of the graph.
        kinds: the types of its inputs, None for absent ones.
        result: the type of its first output.
        constants: the arrays of those inputs that are weights, else None.
        last: whether nobody else reads the first input, and the node before has just made it.
        layer: puts a module into the network and gives what calls it.
    """

    node: Node
    kinds: tuple[TensorType | None, ...]
    result: TensorType
    constants: tuple[Array | None, ...]
    last: bool
    layer: Callable[[nn.Module], Callable[..., Any]]

    @property
    def axes(self) -> int:
        """Spatial axes of the first input."""
        kind = self.kinds[0]
        return kind.rank - 2 if kind else 0

    def refuse(self, expected: str) -> UnsupportedError:
        """The error of an operator that PyTorch has no function for."""
        return refusal("torch", self.node, expected, self.node.op)


def plain(function: Callable[..., Tensor]) -> Mapped:
    """An operator without attributes, which is one function of PyTorch."""
    return lambda node, op, *inputs: function(*inputs)


def parameter(array: Array) -> nn.Parameter:
    """A parameter with a copy of ``array``."""
    return nn.Parameter(torch.from_numpy(np.array(array, order="C")), requires_grad=False)


def outwards(pads: Sequence[int]) -> list[int]:
    """``pads`` (all befores, all afters) as PyTorch's: pairs, from the last axis on."""
    d = len(pads) // 2
    return [p for i in reversed(range(d)) for p in (pads[i], pads[d + i])]

"""Activations, in place where nobody else reads the operand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields

import torch
from torch.nn import functional as F

from tinsmith.exporters.torch.node import Mapped, Mappings, NodeExport, Tensor
from tinsmith.ir.op import Op
from tinsmith.ops.activation_table import NONE, OWN, ROWS, check_own
from tinsmith.ops.activations import (
    Clip,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    PRelu,
    Relu,
    Selu,
    Swish,
)


def activation(function: Callable[..., Tensor]) -> Mapped:
    """An activation that is one function of PyTorch, which takes our attributes in their order."""
    return lambda node, op, x: function(x, *(getattr(op, f.name) for f in fields(op)))


def relu(node: NodeExport, op: Relu, x: Tensor) -> Tensor:
    """max(x, 0)."""
    return F.relu(x, inplace=node.last)


def clip(node: NodeExport, op: Clip, x: Tensor) -> Tensor:
    """Relu6 is the clip that every exporter knows."""
    if (op.low, op.high) == (0.0, 6.0):
        return F.relu6(x, inplace=node.last)
    return torch.clamp(x, op.low, op.high)


def leaky_relu(node: NodeExport, op: LeakyRelu, x: Tensor) -> Tensor:
    """alpha x below 0."""
    return F.leaky_relu(x, op.alpha, inplace=node.last)


def hard_sigmoid(node: NodeExport, op: HardSigmoid, x: Tensor) -> Tensor:
    """PyTorch's own has a slope of 1/6."""
    if math.isclose(op.alpha, 1 / 6, rel_tol=1e-6) and op.beta == 0.5:
        return F.hardsigmoid(x, inplace=node.last)
    return torch.clamp(x * op.alpha + op.beta, 0, 1)


def hard_swish(node: NodeExport, op: HardSwish, x: Tensor) -> Tensor:
    """x hardsigmoid(x)."""
    return F.hardswish(x, inplace=node.last)


def swish(node: NodeExport, op: Swish, x: Tensor) -> Tensor:
    """SiLU, or with a factor."""
    return F.silu(x, inplace=node.last) if op.alpha == 1 else x * torch.sigmoid(x * op.alpha)


def gelu(node: NodeExport, op: Gelu, x: Tensor) -> Tensor:
    """Exact, or by tanh."""
    return F.gelu(x, approximate="tanh" if op.tanh else "none")


def prelu(node: NodeExport, op: PRelu, x: Tensor, slope: Tensor) -> Tensor:
    """Any slope that broadcasts."""
    return torch.where(x < 0, x * slope, x)


def selu(node: NodeExport, op: Selu, x: Tensor) -> Tensor:
    """With any constants."""
    return torch.where(x < 0, op.alpha * torch.expm1(x), x) * op.gamma


FUNCTIONS: Mapping[type[Op], Mapped] = {
    operator: activation(getattr(F, row.torch)) for operator, row in ROWS.items()
    if row.torch not in (OWN, NONE)}
OPERATORS: Mappings = {
    Clip: clip,
    Gelu: gelu,
    HardSigmoid: hard_sigmoid,
    HardSwish: hard_swish,
    LeakyRelu: leaky_relu,
    PRelu: prelu,
    Relu: relu,
    Selu: selu,
    Swish: swish,
    **FUNCTIONS,
}
check_own("torch", OPERATORS.keys() - FUNCTIONS.keys(), "exporters/torch/map_activations.py")

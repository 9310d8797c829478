"""Arithmetic, element by element."""

from __future__ import annotations

import torch

from tinsmith.exporters.torch.node import ELEMENT_TYPES, Mappings, NodeExport, Tensor, plain
from tinsmith.ops.arithmetic import (
    Abs,
    Add,
    Div,
    Erf,
    Exp,
    Log,
    Max,
    Min,
    Mul,
    Neg,
    Pow,
    Reciprocal,
    Sqrt,
    Sub,
)
from tinsmith.ops.cast import Cast


def add(node: NodeExport, op: Add, a: Tensor, b: Tensor) -> Tensor:
    """a + b, into a where nobody else wants it."""
    return a.add_(b) if node.last and node.kinds[0] == node.result else a + b


def cast(node: NodeExport, op: Cast, x: Tensor) -> Tensor:
    """x.to."""
    return x.to(ELEMENT_TYPES[op.to])


OPERATORS: Mappings = {
    Abs: plain(torch.abs),
    Add: add,
    Cast: cast,
    Div: plain(torch.div),
    Erf: plain(torch.erf),
    Exp: plain(torch.exp),
    Log: plain(torch.log),
    Max: plain(torch.maximum),
    Min: plain(torch.minimum),
    Mul: plain(torch.mul),
    Neg: plain(torch.neg),
    Pow: plain(torch.pow),
    Reciprocal: plain(torch.reciprocal),
    Sqrt: plain(torch.sqrt),
    Sub: plain(torch.sub),
}

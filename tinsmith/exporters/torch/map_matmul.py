"""Gemm and MatMul."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from tinsmith.exporters.torch.node import Mappings, NodeExport, Tensor, parameter
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul


def gemm(node: NodeExport, op: Gemm, a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
    """``nn.Linear`` where the weights are known, else matrix product and scaling."""
    weight, kind = node.constants[1], node.kinds[2] if c is not None else None
    if op.trans_a or op.alpha != 1 or op.beta != 1 or weight is None or (kind and kind.rank > 1):
        y = (a.t() if op.trans_a else a) @ (b.t() if op.trans_b else b)
        y = y if op.alpha == 1 else y * op.alpha
        return y if c is None else y + (c if op.beta == 1 else c * op.beta)
    known = node.constants[2] if c is not None else None
    filters = weight if op.trans_b else weight.T
    rows, columns = filters.shape
    if c is not None and (known is None or known.shape != (rows,)):
        return F.linear(a, b if op.trans_b else b.t()) + c
    linear = nn.Linear(columns, rows, bias=known is not None, device="meta")
    linear.weight = parameter(filters)
    if known is not None:
        linear.bias = parameter(known)
    result: Tensor = node.layer(linear)(a)
    return result


def mat_mul(node: NodeExport, op: MatMul, a: Tensor, b: Tensor) -> Tensor:
    """numpy.matmul."""
    return torch.matmul(a, b)


OPERATORS: Mappings = {
    Gemm: gemm,
    MatMul: mat_mul,
}

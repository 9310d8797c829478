"""Reductions and Softmax: what runs along axes."""

from __future__ import annotations

from collections.abc import Callable

import torch

from tinsmith.exporters.torch.node import Mappings, Tensor
from tinsmith.ops.reduce import ReduceL2, ReduceMax, ReduceMean, ReduceMin, ReduceSum
from tinsmith.ops.softmax import LogSoftmax, Softmax


def reduction(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """An operator that reduces axes by one function of PyTorch."""
    return lambda node, op, x: function(x, list(op.axes), keepdim=op.keepdims)


OPERATORS: Mappings = {
    LogSoftmax: lambda node, op, x: torch.log_softmax(x, op.axis),
    ReduceL2: reduction(torch.linalg.vector_norm),
    ReduceMax: reduction(torch.amax),
    ReduceMean: reduction(torch.mean),
    ReduceMin: reduction(torch.amin),
    ReduceSum: reduction(torch.sum),
    Softmax: lambda node, op, x: torch.softmax(x, op.axis),
}

"""Normalisation by known or computed statistics."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from tinsmith.exporters.torch.node import Mappings, NodeExport, Tensor
from tinsmith.ops.batch_normalization import BatchNormalization
from tinsmith.ops.lrn import LRN
from tinsmith.ops.normalization import GroupNormalization, InstanceNormalization, LayerNormalization


def batch_normalization(node: NodeExport, op: BatchNormalization, x: Tensor, scale: Tensor,
                        bias: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    """With known statistics."""
    return F.batch_norm(x, mean, variance, scale, bias, eps=op.epsilon)


def layer_normalization(node: NodeExport, op: LayerNormalization, x: Tensor, scale: Tensor,
                        bias: Tensor | None = None) -> Tensor:
    """The first output; nobody asks for the statistics."""
    return F.layer_norm(x, list(node.result.shape[op.axis:]), scale, bias, op.epsilon)


def group_normalization(node: NodeExport, op: GroupNormalization, x: Tensor, scale: Tensor,
                        bias: Tensor) -> Tensor:
    """Group and instance normalisation."""
    return F.group_norm(x, op.group_count(node.result), scale, bias, op.epsilon)


def lrn(node: NodeExport, op: LRN, x: Tensor) -> Tensor:
    """A sum of shifted squares: a quarter of the time of ``F.local_response_norm`` on a CPU."""
    before, channels = (op.size - 1) // 2, node.result.shape[1]
    squares = F.pad(x * x, (*(0, 0) * node.axes, before, op.size - 1 - before))
    total = squares[:, :channels]
    for shift in range(1, op.size):
        total = total + squares[:, shift:shift + channels]
    return x * torch.pow(total * (op.alpha / op.size) + op.bias, -op.beta)


OPERATORS: Mappings = {
    BatchNormalization: batch_normalization,
    GroupNormalization: group_normalization,
    InstanceNormalization: group_normalization,
    LRN: lrn,
    LayerNormalization: layer_normalization,
}

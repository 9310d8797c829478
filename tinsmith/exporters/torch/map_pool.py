"""Pools over one, two or three axes, and over all."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch.nn import functional as F

from tinsmith.exporters.torch.node import Mappings, NodeExport, Tensor, outwards
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalMaxPool
from tinsmith.ops.pool import AveragePool, MaxPool, Pool

MAX_POOLS = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE_POOLS = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def max_pool(node: NodeExport, op: MaxPool, x: Tensor) -> Tensor:
    """A max pool; padding that PyTorch's own does not take comes before it."""
    if op.indices:
        raise node.refuse("no indices from a max pool")
    d = node.axes
    padding: Sequence[int] = op.pads[:d]
    if not inside(op, d):
        x, padding = F.pad(x, outwards(op.pads), value=-math.inf), (0,) * d
    return MAX_POOLS[d](x, op.kernel, op.strides, padding, op.dilations, op.ceil)


def average_pool(node: NodeExport, op: AveragePool, x: Tensor) -> Tensor:
    """An average pool without dilation."""
    d = node.axes
    padding: Sequence[int] = op.pads[:d]
    if set(op.dilations) != {1}:
        raise node.refuse("an average pool without dilation")
    if not inside(op, d):
        if not op.count_include_pad or op.ceil:
            raise node.refuse("symmetric padding of an average pool")
        x, padding = F.pad(x, outwards(op.pads)), (0,) * d
    return AVERAGE_POOLS[d](x, op.kernel, op.strides, padding, op.ceil, op.count_include_pad)


def inside(op: Pool, d: int) -> bool:
    """Whether PyTorch's pools take the padding: symmetric, at most half the kernel."""
    return op.pads[:d] == op.pads[d:] and all(
        2 * p <= k for p, k in zip(op.pads, op.kernel, strict=False))


def global_average_pool(node: NodeExport, op: GlobalAveragePool, x: Tensor) -> Tensor:
    """The mean over the spatial axes."""
    return F.adaptive_avg_pool2d(x, 1) if node.axes == 2 else x.mean(spatial(node), keepdim=True)


def global_max_pool(node: NodeExport, op: GlobalMaxPool, x: Tensor) -> Tensor:
    """The largest element over the spatial axes."""
    return x.amax(spatial(node), keepdim=True)


def spatial(node: NodeExport) -> list[int]:
    """The spatial axes."""
    return list(range(2, 2 + node.axes))


OPERATORS: Mappings = {
    MaxPool: max_pool,
    AveragePool: average_pool,
    GlobalAveragePool: global_average_pool,
    GlobalMaxPool: global_max_pool,
}

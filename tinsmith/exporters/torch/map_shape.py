"""What moves elements."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from tinsmith.exporters.torch.node import Mappings, NodeExport, Tensor, outwards
from tinsmith.ops.concat import Concat
from tinsmith.ops.expand import Expand, Tile
from tinsmith.ops.gather import Gather
from tinsmith.ops.identity import Identity
from tinsmith.ops.pad import Pad
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.slice import Slice
from tinsmith.ops.transpose import Transpose


def concat(node: NodeExport, op: Concat, *parts: Tensor) -> Tensor:
    """torch.cat."""
    return torch.cat(list(parts), op.axis)


def reshape(node: NodeExport, op: Reshape, x: Tensor) -> Tensor:
    """x.reshape."""
    return x.reshape(op.shape)


def transpose(node: NodeExport, op: Transpose, x: Tensor) -> Tensor:
    """x.permute."""
    return x.permute(op.perm)


def slice_(node: NodeExport, op: Slice, x: Tensor) -> Tensor:
    """The axes that change, one at a time."""
    kind = node.kinds[0]
    for axis, (start, size, step) in enumerate(zip(op.starts, op.sizes, op.steps, strict=True)):
        if kind and (start, size, step) != (0, kind.shape[axis], 1):
            if step < 0:
                raise node.refuse("a slice with positive steps")
            place = (slice(None),) * axis
            x = x[(*place, slice(start, start + (size - 1) * step + 1, step))]
    return x


def pad(node: NodeExport, op: Pad, x: Tensor, value: Tensor | None = None) -> Tensor:
    """Constants anywhere, other modes on the spatial axes."""
    pads = outwards((*op.before, *op.after))
    if op.mode == "constant":
        fill = node.constants[1] if value is not None else np.zeros(())
        if fill is None:
            raise node.refuse("a pad by a known value")
        return F.pad(x, pads, value=float(fill.reshape(())))
    while pads and not any(pads[-2:]):
        pads = pads[:-2]
    return F.pad(x, pads, mode={"reflect": "reflect", "edge": "replicate",
                                "wrap": "circular"}[op.mode])


def expand(node: NodeExport, op: Expand, x: Tensor) -> Tensor:
    """x.expand."""
    return x.expand(op.shape)


def tile(node: NodeExport, op: Tile, x: Tensor) -> Tensor:
    """x.repeat."""
    return x.repeat(op.repeats)


def gather(node: NodeExport, op: Gather, x: Tensor, indices: Tensor) -> Tensor:
    """Known indices only: PyTorch has no value for those out of range."""
    known, kind = node.constants[1], node.kinds[0]
    if known is None or kind is None:
        raise node.refuse("a gather at known indices")
    extent = kind.shape[op.axis]
    if known.size and not (known.min() >= -extent and known.max() < extent):
        raise node.refuse("indices inside the data")
    if known.ndim == 0:
        return x.select(op.axis, int(known) % extent)
    return x[(*(slice(None),) * op.axis, indices % extent)]


OPERATORS: Mappings = {
    Concat: concat,
    Expand: expand,
    Gather: gather,
    Identity: lambda node, op, x: x,
    Pad: pad,
    Reshape: reshape,
    Slice: slice_,
    Tile: tile,
    Transpose: transpose,
}

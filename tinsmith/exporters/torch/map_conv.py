"""Convolutions over one, two or three axes."""

from __future__ import annotations

from collections.abc import Sequence

from torch.nn import functional as F

from tinsmith.exporters.torch.node import Mappings, NodeExport, Tensor, outwards
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose

CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def conv(node: NodeExport, op: Conv, x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """A convolution; asymmetric padding comes before it."""
    d = node.axes
    padding: Sequence[int] = op.pads[:d]
    if op.pads[:d] != op.pads[d:]:
        x, padding = F.pad(x, outwards(op.pads)), (0,) * d
    return CONVOLUTIONS[d](x, w, bias, op.strides, padding, op.dilations, op.group)


def conv_transpose(node: NodeExport, op: ConvTranspose, x: Tensor, w: Tensor,
                   bias: Tensor | None = None) -> Tensor:
    """A transposed convolution; what asymmetric padding cuts off more is cut off after it."""
    d = node.axes
    if op.pads[:d] == op.pads[d:] and all(map(int.__lt__, op.output_padding, op.strides)):
        return TRANSPOSED[d](x, w, bias, op.strides, op.pads[:d], op.output_padding, op.group,
                             op.dilations)
    raise node.refuse("symmetric padding of a transposed convolution")


OPERATORS: Mappings = {
    Conv: conv,
    ConvTranspose: conv_transpose,
}

"""Split a ConvTranspose of few channels into a 1x1 Conv and a rearrangement of its results.

    ConvTranspose(x, w)[n, m, s i + p]  =  Conv(x, w')[n, (m, p), i]        kernel = stride = s

Where windows neither overlap nor leave gaps, each input pixel gives its own block of outputs: one
1x1 Conv gives them all, its channels being (channel, place in the block). That pays where there are
fewer output channels than the vectors of any machine have lanes: kernels compute whole vectors of
channels, and the blocks fill them. With more the rearrangement costs what is gained. Runs after
``fuse_activation``: the Conv takes the activation.
"""

from __future__ import annotations

import math

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.transpose import Transpose

FEWEST_LANES = 4  # of all machines


def split_conv_transpose(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all ConvTransposes."""
    return rewrite(graph, ConvTranspose, split, on_skip)


def split(graph: Graph, node: Node) -> Patch | Skip | None:
    """Conv, Reshape, Transpose, Reshape."""
    op, (source, filters, *rest) = node.op, node.inputs
    assert isinstance(op, ConvTranspose)
    w = graph.weights.get(filters)
    bias = graph.weights.get(rest[0]) if rest and rest[0] else None
    if w is None or (rest and rest[0] and bias is None):
        return Skip("its weights are not constant")
    m, *kernel = w.shape[1:]
    if not w.size:
        return Skip("it has no weights")
    if m >= FEWEST_LANES or op.group != 1:
        return Skip("its channels fill vectors as they are")
    if tuple(kernel) != op.strides or any((*op.pads, *op.output_padding)) or max(op.dilations) > 1:
        return Skip("its windows overlap, leave gaps or are cut")
    d = len(kernel)
    x, y = graph.types[source], graph.types[node.outputs[0]]
    conv = Conv((1,) * d, (0,) * 2 * d, (1,) * d, 1, op.activation)
    blocks = Reshape((x.shape[0], m, *kernel, *x.shape[2:]))
    places = tuple(axis for i in range(d) for axis in (2 + d + i, 2 + i))
    values = [graph.unique(f"{node.outputs[0]}.{part}") for part in ("blocks", "split", "places")]
    weights = _weights(w, bias, graph.unique(f"{node.name}.w"), graph.unique(f"{node.name}.bias"))
    steps = ((conv, (source, *weights), values[0]), (blocks, (values[0],), values[1]),
             (Transpose((0, 1, *places)), (values[1],), values[2]),
             (Reshape(y.shape), (values[2],), node.outputs[0]))
    return Patch(remove=(node,), weights=weights, add=tuple(
        Node(graph.unique(f"{node.name}.{i}") if i else node.name, op, inputs, (output,),
             node.origin)
        for i, (op, inputs, output) in enumerate(steps)))


def _weights(w: Array, bias: Array | None, w_name: str, bias_name: str) -> dict[str, Array]:
    """Filters [C, M, ...kernel] as [M kernel, C, 1 ...], and the bias of every place."""
    taps = math.prod(w.shape[2:])
    flat = np.ascontiguousarray(w.reshape(w.shape[0], -1).T)
    found = {w_name: flat.reshape(*flat.shape, *(1,) * (w.ndim - 2))}
    return found if bias is None else found | {bias_name: np.repeat(bias, taps)}

"""Lift an activation above Concat and MaxPool, to where a convolution applies it for nothing.

    f(Concat(conv(x), conv(y)))  =  Concat(f(conv(x)), f(conv(y)))
    f(MaxPool(conv(x)))          =  MaxPool(f(conv(x)))        f rising and cheap

Needs that nobody else reads the values in between, that each part comes from a Conv, ConvTranspose
or Gemm that has no activation yet, and that no window of the MaxPool lies in the padding alone.
``fuse_activation`` takes it from there.
"""

from __future__ import annotations

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.activation_function import activation_of
from tinsmith.ops.activations import Clip, LeakyRelu, Relu
from tinsmith.ops.concat import Concat
from tinsmith.ops.elementwise import Unary
from tinsmith.ops.pool import MaxPool
from tinsmith.passes.affine import LINEAR
from tinsmith.passes.match import origins, producer_of

_RISING = (Relu, Clip, LeakyRelu)


def hoist_activations(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all activations."""
    return rewrite(graph, Unary, hoist, on_skip)


def hoist(graph: Graph, node: Node) -> Patch | None:
    """The activation of every part, then what joined the parts."""
    if activation_of(node.op) is None:
        return None
    below = producer_of(graph, node.inputs[0], Concat, MaxPool)
    if below is None or len(below.outputs) > 1 or len(set(below.inputs)) != len(below.inputs):
        return None
    if isinstance(below.op, MaxPool) and not _may_pass(graph, node, below.inputs[0], below.op):
        return None
    for value in below.inputs:
        above = producer_of(graph, value, *LINEAR)
        if above is None or not isinstance(above.op, LINEAR) or above.op.activation is not None:
            return None
    parts = tuple(
        node.replace(name=graph.unique(f"{node.name}.{i}") if i else node.name, inputs=(value,),
                     outputs=(graph.unique(f"{value}.active"),))
        for i, value in enumerate(below.inputs))
    joined = below.replace(inputs=tuple(part.outputs[0] for part in parts), outputs=node.outputs,
                           origin=origins((below, node)))
    return Patch(remove=(below, node), add=(*parts, joined))


def _may_pass(graph: Graph, node: Node, source: str, pool: MaxPool) -> bool:
    """Whether the largest of all f is the f of the largest; the padding, -inf, sees no f."""
    op = node.op
    rises = isinstance(op, _RISING) and not (isinstance(op, LeakyRelu) and op.alpha < 0)
    return rises and pool.activation is None and pool.always_inside(graph.types[source])

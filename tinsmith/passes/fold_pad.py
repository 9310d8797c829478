"""Let a Conv or a pool pad by itself what a Pad puts around its input.

    Conv(Pad(x, zeros); pads)  =  Conv(x; pads + those)

Needs a constant Pad of spatial axes only. Conv: zeros. AveragePool: zeros, counted as elements,
and no padding of its own that is not. MaxPool: -inf, or zeros around what is never negative, no
window that lies in the padding alone, and nobody who asks where the maxima lie. Leaves the Pad to
others that read it.
"""

from __future__ import annotations

import math
from dataclasses import replace

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.conv import Conv
from tinsmith.ops.pad import Pad
from tinsmith.ops.pool import AveragePool, MaxPool
from tinsmith.passes.bounds import bounds
from tinsmith.passes.match import origins, scalar


def fold_pad(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all Conv, AveragePool and MaxPool."""
    return rewrite(graph, (Conv, AveragePool, MaxPool), absorb, on_skip)


def absorb(graph: Graph, node: Node) -> Patch | Skip | None:
    """Reads the input of the Pad and takes over its pads."""
    before = graph.producer(node.inputs[0])
    if before is None or not isinstance(before.op, Pad):
        return None
    pad = before.op
    if pad.mode != "constant":
        return Skip(f"'{before.name}' pads by {pad.mode}")
    if any((*pad.before[:2], *pad.after[:2])):
        return Skip(f"'{before.name}' pads images or channels")
    padded = len(before.inputs) > 1 and before.inputs[1]
    fill = scalar(graph, before.inputs[1]) if padded else 0.0
    op = _padded(graph, node, pad, before.inputs[0], fill)
    if isinstance(op, Skip):
        return op
    inputs = (before.inputs[0], *node.inputs[1:])
    return Patch(remove=(node,),
                 add=(node.replace(op=op, inputs=inputs, origin=origins((before, node))),))


def _padded(graph: Graph, node: Node, pad: Pad, source: str, fill: float | None) -> Op | Skip:
    """The operator with the pads added, or why it cannot have them."""
    op = node.op
    assert isinstance(op, Conv | AveragePool | MaxPool)
    more = (*pad.before[2:], *pad.after[2:])
    pads = tuple(a + b for a, b in zip(op.pads, more, strict=True))
    if isinstance(op, Conv):
        return replace(op, pads=pads) if fill == 0 else Skip(f"it pads with zeros, not {fill}")
    if op.ceil:
        return Skip("its last window may hang over the end")
    if isinstance(op, AveragePool):
        if fill != 0:
            return Skip(f"it pads with zeros, not {fill}")
        if any(op.pads) and not op.count_include_pad:
            return Skip("it does not count its own padding")
        return replace(op, pads=pads, count_include_pad=True)
    if len(node.outputs) > 1:
        return Skip("its indices count what is padded")
    if fill != -math.inf and not (fill == 0 and bounds(graph, source)[0] >= 0):
        return Skip(f"it pads with -inf, not {fill}")
    wider = replace(op, pads=pads)
    inside = wider.always_inside(graph.types[source])
    return wider if inside else Skip("a window may lie in the padding alone")

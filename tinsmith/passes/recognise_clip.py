"""Min and Max by a number become Clip, and Clips in a row become one.

    Max(x, a) = Clip(x; a, -)      Min(x, b) = Clip(x; -, b)      Relu(x) = Clip(x; 0, -)
    Clip(Clip(x; a, b); c, d)  =  Clip(x; clip(a; c, d), clip(b; c, d))

Needs constant numbers of the type of x. Only a result nobody else reads is taken in. Leaves Relu
where it stands alone.
"""

from __future__ import annotations

import math

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.activations import Clip, Relu
from tinsmith.ops.arithmetic import Max, Min
from tinsmith.passes.match import by_constant, producer_of, replaced


def recognise_clip(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over Min, Max, Relu and Clip."""
    return rewrite(graph, (Min, Max, Relu, Clip), recognise, on_skip)


def recognise(graph: Graph, node: Node) -> Patch | None:
    """One Clip for this node and the one before it."""
    found = _limits(graph, node)
    if found is None:
        return None
    value, low, high = found
    before = producer_of(graph, value, Min, Max, Relu, Clip)
    inner = _limits(graph, before) if before else None
    if before is not None and inner is not None:
        source, inner_low, inner_high = inner
        op = _clip(min(max(inner_low, low), high), min(max(inner_high, low), high))
        return replaced(op, (source,), node.outputs[0], before, node)
    if isinstance(node.op, Min | Max):
        return replaced(_clip(low, high), (value,), node.outputs[0], node)
    return None


def _limits(graph: Graph, node: Node) -> tuple[str, float, float] | None:
    """What a node limits, and to what."""
    if isinstance(node.op, Relu):
        return node.inputs[0], 0, math.inf
    if isinstance(node.op, Clip):
        low = -math.inf if node.op.low is None else node.op.low
        high = math.inf if node.op.high is None else node.op.high
        return node.inputs[0], low, high
    if not graph.types[node.outputs[0]].dtype.is_float:
        return None
    found = by_constant(graph, node)
    if found is None or math.isnan(found[1]):
        return None
    value, number = found
    return (value, number, math.inf) if isinstance(node.op, Max) else (value, -math.inf, number)


def _clip(low: float, high: float) -> Op:
    if (low, high) == (0, math.inf):
        return Relu()
    return Clip(None if low == -math.inf else low, None if high == math.inf else high)

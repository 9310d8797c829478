"""Jumps behind a change: a last bit that differs there is a whole step here.

    Floor(x / 41)  is not  Floor(x * (1 / 41)):    82 / 41 = 2, and 82 * (1 / 41) is a little less

Looked for behind elementwise operators and moves; a sum (of a convolution, a mean) on the way makes
the last bits of its operands no one's business.
"""

from __future__ import annotations

from tinsmith.dtypes import DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ops.arithmetic import Mod, Sign
from tinsmith.ops.cast import Cast
from tinsmith.ops.comparison import Comparison
from tinsmith.ops.concat import Concat
from tinsmith.ops.elementwise import Elementwise
from tinsmith.ops.fused import Fused
from tinsmith.ops.identity import Identity
from tinsmith.ops.quantize_linear import QuantizeLinear
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.rounding import Ceil, Floor, Round
from tinsmith.ops.slice import Slice
from tinsmith.ops.topk import ArgReduce, TopK
from tinsmith.ops.transpose import Transpose
from tinsmith.proof.change import Change, Target
from tinsmith.proof.region import Region, cut

JUMPS = (Floor, Ceil, Round, Mod, Sign, Comparison, ArgReduce, TopK, QuantizeLinear)
MOVES = (Elementwise, Fused, Identity, Reshape, Transpose, Slice, Concat)


def jumps_behind(change: Change, targets: tuple[Target, ...], stops: frozenset[str]
                 ) -> Region | None:
    """The region of the targets with the jumps behind it, whose results are its targets."""
    path, found = {t.after for t in targets}, dict[Target, None]()
    read = set[str]()
    for node in change.after.nodes:  # in order: what a node reads is known to be on the way or not
        if path.isdisjoint(node.inputs) or any(t.after in node.outputs for t in targets):
            continue
        results = [v for v in node.outputs if v]
        if not all(map(change.shared, results)):
            continue
        if jumps(change.after, node):
            found.update(dict.fromkeys(Target(v, v) for v in results))
        elif isinstance(node.op, MOVES):
            path.update(results)
        else:
            continue
        read.update(v for v in node.inputs if v and v not in change.after.weights)
    beside = {v for v in read - path if change.shared(v)}
    return cut(change, tuple(found), (stops | beside) - path) if found else None


def jumps(graph: Graph, node: Node) -> bool:
    """Whether the result of a node may leap where an operand hardly moves."""
    if isinstance(node.op, Cast):
        return graph.types[node.inputs[0]].dtype.is_float and (
            not node.op.to.is_float or node.op.to in (DType.F16, DType.BF16))
    if isinstance(node.op, Fused):
        return any(isinstance(part.op, JUMPS) or (
            isinstance(part.op, Cast) and not part.op.to.is_float) for part in node.op.body)
    return isinstance(node.op, JUMPS)

"""Compute networks of halves in float32; only what is stored in the file stays half.

    y = Conv(x, w), all float16   becomes   y = Conv(Cast(x, f32), w as float32), of float32

Operators on halves are defined as float32 arithmetic whose result is rounded (docs/numerics.md).
Here results are not rounded but where the network itself asks for it (a Cast to a half type), at
the outputs of the graph, and where a rounding decides more than a last digit (``exactness.py``):
what a jumping operator (Floor, a comparison, TopK, a Cast to integers ...) reads is rounded as it
would have been, and so is each step of the arithmetic before it, as far back as the last operator
whose own last digit nobody promises (a convolution, say). So is what large constants round that are
added and taken away.

Inputs and outputs of the graph keep their types. A graph without products, pools, means and the
like is left alone: loops and copies serve halves as they are. Runs first, so that all other passes
see float32.
"""

from __future__ import annotations

from tinsmith.dtypes import DType
from tinsmith.errors import ModelError
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ir.patch import OnSkip
from tinsmith.ops.cast import BitCast
from tinsmith.ops.concat import Concat
from tinsmith.ops.elementwise import HALVES, Elementwise
from tinsmith.ops.expand import Expand, Tile
from tinsmith.ops.fused import Fused
from tinsmith.ops.gather import Gather, GatherElements, GatherND
from tinsmith.ops.identity import Identity
from tinsmith.ops.pad import Pad
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.reverse import ReverseSequence
from tinsmith.ops.slice import Slice
from tinsmith.ops.transpose import Transpose
from tinsmith.ops.trilu import Trilu
from tinsmith.passes.exactness import adds_coarse, exact_values, jumps
from tinsmith.passes.retyping import Retyping, with_dtype
from tinsmith.widen import ENDING

MOVERS: tuple[type[Op], ...] = (
    Concat, Expand, Gather, GatherElements, GatherND, Identity, Pad, Reshape, ReverseSequence,
    Slice, Tile, Transpose, Trilu)


def widen_halves(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """The whole graph at once; the same graph when it holds no products of halves and the like."""
    if not any(kind.dtype in HALVES for kind in graph.types.values()):
        return graph
    kept = exact_nodes(graph)
    wide = wide_nodes(graph, kept)
    if on_skip is not None:
        for node in graph.nodes:
            if node.name in kept and touches_halves(graph, node):
                on_skip(node, "it jumps, or decides what jumps: each step is rounded")
    if all(is_light(node) for node in graph.nodes if node.name in wide):
        return graph
    changed = {value for node in graph.nodes if node.name in wide for value in node.outputs
               if value and graph.types[value].dtype in HALVES}

    def convert_node(built: Retyping, node: Node) -> Node:
        def operand(value: str) -> str:
            if not value:
                return ""
            dtype = graph.types[value].dtype
            return built.read(value, widened(dtype) if node.name in wide else dtype)

        return node.replace(inputs=tuple(map(operand, node.inputs)),
                            outputs=tuple(map(built.name, node.outputs)))

    return with_dtype(graph, changed, DType.F32, convert_node)


def widened(dtype: DType) -> DType:
    """float32 for halves, otherwise the type itself."""
    return DType.F32 if dtype in HALVES else dtype


def touches_halves(graph: Graph, node: Node) -> bool:
    """Whether a node reads or gives halves."""
    return any(graph.types[v].dtype in HALVES for v in (*node.inputs, *node.outputs) if v)


def is_light(node: Node) -> bool:
    """Whether a node is a loop or a copy, which serve halves as they are."""
    return isinstance(node.op, (Elementwise, *MOVERS))


def wide_nodes(graph: Graph, kept: set[str]) -> set[str]:
    """The names of the nodes to compute in float32, less those in ``kept``.

    A node that only moves values does where most of what it moves is float32 by then.
    """
    found: set[str] = set()
    changed: set[str] = set()
    for node in graph.nodes:
        if node.name in kept or not can_widen(graph, node):
            continue
        if isinstance(node.op, MOVERS):
            sizes = [(graph.types[v].size, v in changed) for v in node.inputs
                     if v and v not in graph.weights and graph.types[v].dtype in HALVES]
            if 2 * sum(size for size, is_wide in sizes if is_wide) <= sum(s for s, _ in sizes):
                continue
        found.add(node.name)
        changed.update(node.outputs)
    return found


def can_widen(graph: Graph, node: Node) -> bool:
    """Whether a node takes float32 in place of halves, and gives float32 in place of halves.

    Not those that name a half type themselves, or whose types were lowered already.
    """
    if isinstance(node.op, BitCast | Fused) or not touches_halves(graph, node) or (
            getattr(node.op, "mixed", False) or getattr(node.op, "to", None) in HALVES):
        return False
    kinds = tuple(_wide_type(kind) for kind in graph.input_types(node))
    try:
        given = node.op.infer(*kinds)
    except ModelError:
        return False
    return all(kind is None or _wide_type(kind) == found
               for kind, found in zip(graph.output_types(node), given, strict=False))


def _wide_type(kind: TensorType | None) -> TensorType | None:
    return kind and TensorType(kind.shape, widened(kind.dtype))


def exact_nodes(graph: Graph) -> set[str]:
    """The names of the nodes that jump, and of those that compute what these read, back to sums.

    Those that end at 0 (roots, quotients) do not count: what is rounded less comes nearer to it.
    """
    exact = exact_values(graph, but=ENDING)
    return {node.name for node in graph.nodes
            if jumps(graph, node, but=ENDING) or adds_coarse(graph, node)
            or not (node.op.approximate or exact.isdisjoint(node.outputs))}

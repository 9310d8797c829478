"""Drop a Cast whose value comes from another Cast that lost nothing.

    Cast(Cast(x: A -> B) -> C)  =  Cast(x: A -> C)      when every A is exactly one B

Needs that B holds every value of A, and that C takes them as it takes A's: floats saturate where
integers wrap. (A Cast to its own type is dropped by ``fold_neutral``.)
"""

from __future__ import annotations

from tinsmith.dtypes import DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.cast import Cast
from tinsmith.passes.match import replaced

_EXACT_BITS = {DType.F16: 11, DType.BF16: 8, DType.F32: 24, DType.F64: 53}


def eliminate_cast(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all Casts."""
    return rewrite(graph, Cast, shorten, on_skip)


def shorten(graph: Graph, node: Node) -> Patch | Skip | None:
    """Reads the source of the Cast before it."""
    before = graph.producer(node.inputs[0])
    if before is None or not isinstance(before.op, Cast):
        return None
    source, last = before.inputs[0], graph.types[node.outputs[0]].dtype
    first, middle = graph.types[source].dtype, before.op.to
    if not holds(middle, first):
        return Skip(f"'{before.name}' may round or wrap from {first.value} to {middle.value}")
    if middle.is_float and _is_integer(first) and _is_integer(last) and not holds(last, first):
        return Skip(f"{middle.value} saturates in {last.value}, {first.value} wraps")
    return replaced(node.op, (source,), node.outputs[0], node)


def _is_integer(dtype: DType) -> bool:
    return dtype.is_signed_integer or dtype.is_unsigned_integer


def holds(wide: DType, narrow: DType) -> bool:
    """Whether every value of ``narrow`` is exactly one of ``wide``."""
    if wide is narrow or narrow is DType.BOOL:
        return True
    if wide is DType.BOOL or (narrow.is_float and not wide.is_float):
        return False
    if narrow.is_float:
        return wide is DType.F64 or (wide is DType.F32 and narrow is not DType.F64)
    bits = 8 * narrow.size_bytes - (1 if narrow.is_signed_integer else 0)
    if wide.is_float:
        return bits <= _EXACT_BITS[wide] and (bits < 16 or wide is not DType.F16)
    if narrow.is_signed_integer and wide.is_unsigned_integer:
        return False
    return bits <= 8 * wide.size_bytes - (1 if wide.is_signed_integer else 0)

"""Jumps behind a change: a last bit that differs there is a whole step here.

    Floor(x / 41)  is not  Floor(x * (1 / 41)):    82 / 41 = 2, and 82 * (1 / 41) is a little less

Looked for behind operators whose results are settled to the last bit; behind a sum (of a
convolution, a mean) the last bits are no one's business.
"""

from __future__ import annotations

from tinsmith.dtypes import DType
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul
from tinsmith.proof.change import Change, Target
from tinsmith.proof.region import Region, cut, float_types
from tinsmith.widen import jumps

SUMS = (Conv, ConvTranspose, Gemm, MatMul)


def leaping(change: Change, targets: tuple[Target, ...], stops: frozenset[str]) -> list[Region]:
    """The regions whose results may leap: that of the targets, and with the jumps behind it."""
    own = cut(change, targets, stops)
    if not _is_settled(own):
        return []
    behind = _jumps_behind(change, targets, stops)
    return [*([own] if leaps_itself(own) else []), *([behind] if behind is not None else [])]


def leaps_itself(region: Region) -> bool:
    """Whether a region has jumps, and all that it computes is settled to the last bit."""
    return _is_settled(region) and any(jumps(region.before, n) for n in region.before.nodes)


def _is_settled(region: Region) -> bool:
    """Whether a right result is one number. A sum may be exact, where float64 can tell."""
    told = DType.F64 not in float_types(region)
    return all((told and isinstance(node.op, SUMS)) or not node.op.approximate
               for node in region.before.nodes)


def _jumps_behind(change: Change, targets: tuple[Target, ...],
                  stops: frozenset[str]) -> Region | None:
    path, found = {t.after for t in targets}, dict[Target, None]()
    made, read = set(path), set[str]()
    for node in change.after.nodes:  # in order: what a node reads is known to be on the way or not
        results = [v for v in node.outputs if v]
        if path.isdisjoint(node.inputs) or not made.isdisjoint(results) or not all(
                map(change.shared, results)):
            continue
        if jumps(change.after, node):
            found.update(dict.fromkeys(Target(v, v) for v in results))
        elif not node.op.approximate:
            path.update(results)
        else:
            continue
        read.update(v for v in node.inputs if v and v not in change.after.weights)
    beside = {v for v in read - path if change.shared(v)}
    return cut(change, tuple(found), (stops | beside) - path) if found else None

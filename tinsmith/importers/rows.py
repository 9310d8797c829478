"""Values some of whose rows are only filling, behind a NonZero with a bound (``--rows``).

Which rows are real is known at run time only, so every operator behind it must treat each row for
itself: then the filling reaches no real row, and is hidden where it reaches an output. What mixes
rows (a sum over them, TopK, a shape that is read) is refused: its answer would be wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tinsmith.errors import UnsupportedError
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops import (
    along_axis,
    concat,
    elementwise,
    gather,
    gemm,
    identity,
    matmul,
    reduce,
    reshape,
    scatter,
    slice,
    topk,
    transpose,
)


@dataclass(frozen=True, slots=True)
class Rows:
    """``axis`` of a value has ``count`` (a value of the graph) real entries, filling behind.

    ``exact``: it holds coordinates as NonZero gave them, out of range in the filling.
    """

    axis: int
    count: str
    exact: bool = False


class MixedError(Exception):
    """An operator does not treat each row for itself."""


def mixed(operator: str, name: str) -> UnsupportedError:
    """What is said of an operator that mixes real rows with filling."""
    return UnsupportedError(
        f"import: {operator} '{name}': expected an operator that treats each row for itself, as "
        f"--rows asks for, got {operator}; end the model before it, or do without --rows")


def rows_behind(
    op: Op, inputs: Sequence[Rows | None], types: Sequence[TensorType | None], output: TensorType
) -> Rows | None:
    """The rows of the first output of an operator; ``MixedError`` where it mixes them."""
    counts = {rows.count for rows in inputs if rows}
    if not counts:
        return None
    if len(counts) > 1:
        raise MixedError
    if isinstance(op, elementwise.Elementwise):
        return _broadcast(inputs, types, output)
    rule = next((rule for kind, rule in RULES.items() if isinstance(op, kind)), None)
    if rule is None:
        raise MixedError
    return rule(op, inputs, types, output)


Rule = Callable[[Op, Sequence[Rows | None], Sequence[TensorType | None], TensorType], Rows | None]


def _broadcast(inputs: Sequence[Rows | None], types: Sequence[TensorType | None],
               output: TensorType) -> Rows:
    """Operands meet at the end of their shapes; all rows must come to lie on one axis."""
    found = {replace(rows, axis=rows.axis + output.rank - kind.rank, exact=False)
             for rows, kind in zip(inputs, types, strict=True) if rows and kind}
    if len(found) != 1:
        raise MixedError
    (rows,) = found
    for other, kind in zip(inputs, types, strict=True):
        at = rows.axis - (output.rank - kind.rank) if kind else -1
        if kind and not other and at >= 0 and kind.shape[at] != 1:
            raise MixedError  # one number for each row, real or not: which belongs to which?
    return rows


def _only_first(inputs: Sequence[Rows | None]) -> Rows:
    """The rows of the first input; no other may have any."""
    first, *rest = inputs
    if first is None or any(rest):
        raise MixedError
    return first


def _along(op: Op, inputs: Sequence[Rows | None], types: Sequence[TensorType | None],
           output: TensorType) -> Rows:
    """Operators along one axis, which must be another one."""
    rows, kind = _only_first(inputs), types[0]
    axes = op.axes if isinstance(op, reduce.Reduce) else (getattr(op, "axis", rows.axis),)
    if rows.axis in axes or kind is None:
        raise MixedError
    gone = output.rank < kind.rank
    return Rows(rows.axis - (sum(a < rows.axis for a in axes) if gone else 0), rows.count)


def _transpose(op: Op, inputs: Sequence[Rows | None], types: Sequence[TensorType | None],
               output: TensorType) -> Rows:
    assert isinstance(op, transpose.Transpose)
    rows = _only_first(inputs)
    return replace(rows, axis=op.perm.index(rows.axis))


def _reshape(op: Op, inputs: Sequence[Rows | None], types: Sequence[TensorType | None],
             output: TensorType) -> Rows:
    """The axis stays where as much lies before it, and it is as long."""
    rows, kind = _only_first(inputs), types[0]
    assert kind is not None
    before = math.prod(kind.shape[:rows.axis])
    for axis, extent in enumerate(output.shape):
        if math.prod(output.shape[:axis]) == before and extent == kind.shape[rows.axis]:
            return replace(rows, axis=axis)
    raise MixedError


def _slice(op: Op, inputs: Sequence[Rows | None], types: Sequence[TensorType | None],
           output: TensorType) -> Rows:
    assert isinstance(op, slice.Slice)
    rows, kind = _only_first(inputs), types[0]
    assert kind is not None
    at = rows.axis
    if (op.starts[at], op.sizes[at], op.steps[at]) != (0, kind.shape[at], 1):
        raise MixedError
    return rows


def _gather(op: Op, inputs: Sequence[Rows | None], types: Sequence[TensorType | None],
            output: TensorType) -> Rows:
    """Rows of the data on another axis, or one place for each row."""
    assert isinstance(op, gather.Gather)
    data, places = inputs
    if data and not places and data.axis != op.axis:
        places_rank = types[1].rank if types[1] else 0
        return replace(data, axis=data.axis + (places_rank - 1) * (data.axis > op.axis))
    if places and not data:
        return Rows(places.axis + op.axis, places.count)
    raise MixedError


def _gather_nd(op: Op, inputs: Sequence[Rows | None], types: Sequence[TensorType | None],
               output: TensorType) -> Rows:
    assert isinstance(op, gather.GatherND)
    data, places = inputs
    if data or not places or op.batch_dims or not types[1] or places.axis == types[1].rank - 1:
        raise MixedError
    return Rows(places.axis, places.count)


def _concat(op: Op, inputs: Sequence[Rows | None], types: Sequence[TensorType | None],
            output: TensorType) -> Rows:
    """Along another axis; all parts must have rows, on the same axis."""
    assert isinstance(op, concat.Concat)
    found = set(inputs)
    rows = next(iter(inputs))
    if len(found) != 1 or rows is None or rows.axis == op.axis:
        raise MixedError
    return rows


def _product(op: Op, inputs: Sequence[Rows | None], types: Sequence[TensorType | None],
             output: TensorType) -> Rows:
    """Rows of the left matrix, by a matrix that has none."""
    rows, kind = _only_first(inputs), types[0]
    turned = isinstance(op, gemm.Gemm) and op.trans_a
    if kind is None or turned or rows.axis == kind.rank - 1 or output.rank != kind.rank:
        raise MixedError
    return Rows(rows.axis, rows.count)


def _scatter(op: Op, inputs: Sequence[Rows | None], types: Sequence[TensorType | None],
             output: TensorType) -> None:
    """Coordinates out of range write nothing, so that the result has no filling."""
    data, places, updates = inputs
    kind = types[1]
    if data or not places or not places.exact or kind is None or places.axis == kind.rank - 1:
        raise MixedError
    if updates and updates.axis != places.axis:
        raise MixedError


RULES: Mapping[type[Op], Rule] = {
    identity.Identity: lambda op, inputs, types, output: _only_first(inputs),
    transpose.Transpose: _transpose,
    reshape.Reshape: _reshape,
    slice.Slice: _slice,
    gather.Gather: _gather,
    gather.GatherND: _gather_nd,
    concat.Concat: _concat,
    matmul.MatMul: _product,
    gemm.Gemm: _product,
    reduce.Reduce: _along,
    along_axis.AlongAxis: _along,
    topk.ArgReduce: _along,
    topk.TopK: _along,
    scatter.ScatterND: _scatter,
}

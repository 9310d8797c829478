"""Sequences and optional values: resolved while the model is read, they leave no node behind.

A sequence is a list of values that the import keeps (``GraphBuilder.sequences``); how many there
are, and which is meant, must be known when the model is compiled.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinsmith.importers.onnx.axes import front_axis
from tinsmith.importers.onnx.map_slice import concatenate, part_of
from tinsmith.importers.onnx.node import SEQUENCE_LIMIT, NodeImport
from tinsmith.ops import reshape


def SequenceConstruct(node: NodeImport) -> None:
    """The values in order."""
    node.emit_sequence(node.values())


def SequenceEmpty(node: NodeImport) -> None:
    """No value yet; ``dtype`` says of which type they would be."""
    node.emit_sequence(())


def SequenceAt(node: NodeImport) -> None:
    """One of the values."""
    items = node.sequence(0)
    node.alias(items[_place(node, 1, len(items), len(items) - 1)])


def SequenceInsert(node: NodeImport) -> None:
    """A value more, before ``position`` or at the end."""
    items = list(node.sequence(0))
    at = _place(node, 2, len(items), len(items)) if node.has_input(2) else len(items)
    items.insert(at, node.value(1))
    node.emit_sequence(items)


def SequenceErase(node: NodeImport) -> None:
    """A value less: that at ``position``, or the last."""
    items = list(node.sequence(0))
    last = len(items) - 1
    del items[_place(node, 1, len(items), last) if node.has_input(1) else last]
    node.emit_sequence(items)


def SequenceLength(node: NodeImport) -> None:
    """A constant."""
    node.emit_constant(np.array(len(node.sequence(0)), np.int64))


def SplitToSequence(node: NodeImport) -> None:
    """Parts of the given lengths, or single slices, without their axis where ``keepdims`` is 0."""
    x = node.type(0)
    axis = front_axis(node, node.attribute_int("axis", 0), x.rank)
    extent, keep = x.shape[axis], True
    if not node.has_input(1):
        lengths, keep = (1,) * extent, node.attribute_int("keepdims", 1) != 0
    elif node.require(1, "split").ndim:
        lengths = node.ints(1, "split")
    else:
        (each,) = node.ints(1, "split")
        lengths = tuple(min(each, extent - at) for at in range(0, extent, max(each, 1)))
    if sum(lengths) != extent or min(lengths, default=1) < 0 or len(lengths) > SEQUENCE_LIMIT:
        raise node.unsupported("split", f"at most {SEQUENCE_LIMIT} lengths with a sum of {extent}",
                               list(lengths[:8]), "check the model")
    parts, at = [], 0
    for length in lengths:
        part = node.temporary(part_of(x, axis, at, length), node.value(0))
        if not keep:
            part = node.temporary(reshape.Reshape(x.shape[:axis] + x.shape[axis + 1:]), part)
        parts.append(part)
        at += length
    node.emit_sequence(parts)


def ConcatFromSequence(node: NodeImport) -> None:
    """All values behind each other along an axis, a new one where ``new_axis`` is set."""
    items: Sequence[str] = node.sequence(0)
    if not items:
        raise node.unsupported("sequence", "one value or more", 0, "check the model")
    shape = node.builder.types[items[0]].shape
    new = node.attribute_int("new_axis", 0) != 0
    axis = front_axis(node, node.attribute_int("axis", 0), len(shape) + new)
    if new:
        unit = reshape.Reshape((*shape[:axis], 1, *shape[axis:]))
        items = [node.temporary(unit, item) for item in items]
    concatenate(node, axis, items)


def Optional(node: NodeImport) -> None:
    """Another name of its value; one that holds nothing is refused."""
    if not node.has_input(0):
        raise node.unsupported("value", "one", "none", "export without it")
    node.alias(node.value(0))


def OptionalHasElement(node: NodeImport) -> None:
    """Whether there is an operand: known, because optional inputs of the network are refused."""
    node.emit_constant(np.array(node.has_input(0)))


def OptionalGetElement(node: NodeImport) -> None:
    """Another name of the operand."""
    node.alias(node.value(0))


def _place(node: NodeImport, index: int, count: int, last: int) -> int:
    """The position in input ``index``, counted from the front."""
    at = node.ints(index, "position")[0]
    if not -count <= at <= last:
        raise node.unsupported("position", f"{-count} to {last}", at, "check the model")
    return at + count if at < 0 else at

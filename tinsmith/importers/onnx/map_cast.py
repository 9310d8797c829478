"""Cast, CastLike and BitCast."""

from __future__ import annotations

from tinsmith.dtypes import DType
from tinsmith.importers.onnx.node import NodeImport, dtype_of
from tinsmith.ops import cast


def Cast(node: NodeImport) -> None:
    """To any type of ours; ``saturate`` and ``round_mode`` only concern types that are not."""
    _cast(node, _target(node))


def CastLike(node: NodeImport) -> None:
    """To the type of the second operand."""
    _cast(node, node.type(1).dtype)


def BitCast(node: NodeImport) -> None:
    """To a type of the same size."""
    to = _target(node)
    if node.type(0).dtype is to:
        node.alias(node.value(0))
    else:
        node.emit(cast.BitCast(to), node.value(0))


def _target(node: NodeImport) -> DType:
    return dtype_of(node.attribute_int("to", 0), node.raw.outputs[0])


def _cast(node: NodeImport, to: DType) -> None:
    if node.type(0).dtype is to:
        node.alias(node.value(0))
    else:
        node.emit(cast.Cast(to), node.value(0))

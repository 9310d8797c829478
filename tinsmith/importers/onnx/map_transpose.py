"""Transpose."""

from __future__ import annotations

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import transpose


def Transpose(node: NodeImport) -> None:
    """Reverses the axes unless ``perm`` says otherwise."""
    rank = node.type(0).rank
    perm = node.attribute_ints("perm", tuple(reversed(range(rank))))
    node.emit(transpose.Transpose(tuple(p % rank if -rank <= p < rank else p for p in perm)),
              node.value(0))

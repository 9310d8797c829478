"""Space and depth: DepthToSpace and SpaceToDepth become Reshape and Transpose."""

from __future__ import annotations

from tinsmith.errors import ModelError
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.transpose import Transpose


def DepthToSpace(node: NodeImport) -> None:
    """Channels to blocks of pixels, in ``DCR`` or ``CRD`` order."""
    block = node.attribute_int("blocksize", 0)
    mode = node.attribute_str("mode", "DCR")
    if mode not in ("DCR", "CRD"):
        raise node.unsupported("mode", "DCR or CRD", mode, "check the model")
    n, c, h, w = _image(node, block, block * block, 1)
    depth = c // (block * block)
    split = (n, block, block, depth, h, w) if mode == "DCR" else (n, depth, block, block, h, w)
    order = (0, 3, 4, 1, 5, 2) if mode == "DCR" else (0, 1, 4, 2, 5, 3)
    _shuffle(node, split, order, (n, depth, h * block, w * block))


def SpaceToDepth(node: NodeImport) -> None:
    """Blocks of pixels to channels."""
    block = node.attribute_int("blocksize", 0)
    n, c, h, w = _image(node, block, 1, block)
    _shuffle(node, (n, c, h // block, block, w // block, block), (0, 3, 5, 1, 2, 4),
             (n, c * block * block, h // block, w // block))


def _image(node: NodeImport, block: int, channels: int, pixels: int) -> tuple[int, ...]:
    """The four extents, which must divide by the block."""
    x = node.type(0)
    if block < 1 or x.rank != 4 or x.shape[1] % channels or x.shape[2] % pixels \
            or x.shape[3] % pixels:
        raise ModelError(f"import: {node.raw.op_type} '{node.raw.name}' input: expected an image "
                         f"that divides into blocks of {block}, got {x}; check the model")
    return x.shape


def _shuffle(node: NodeImport, split: tuple[int, ...], order: tuple[int, ...],
             shape: tuple[int, ...]) -> None:
    """Axes split, reordered and joined again."""
    parts = node.temporary(Reshape(split), node.value(0))
    node.emit(Reshape(shape), node.temporary(Transpose(order), parts))

"""Where the elements of an image lie: extents and strides of [N, C, H, W] in each layout."""

from __future__ import annotations

from dataclasses import dataclass

from tinsmith.ir.op import TensorType
from tinsmith.kernels.kernel import Layout


@dataclass(frozen=True, slots=True)
class Image:
    """Extents of an image tensor and the strides, in elements, by which a kernel walks it.

    ``block`` steps to the next channel block (blocked) or the next channel (row-major).
    """

    n: int
    c: int
    h: int
    w: int
    image: int
    block: int
    row: int
    pixel: int


def image(kind: TensorType, layout: Layout) -> Image:
    """A value [N, C, W] or [N, C, H, W] as an image; a missing H is 1."""
    n, c, *spatial = kind.shape
    h, w = (1, *spatial)[-2:] if len(spatial) < 2 else spatial
    if not layout.block:
        return Image(n, c, h, w, c * h * w, h * w, w, 1)
    blocks = -(-c // layout.block)
    area = h * w * layout.block
    return Image(n, c, h, w, blocks * area, area, w * layout.block, layout.block)


def is_image(kind: TensorType | None) -> bool:
    """Whether a value is [N, C, W] or [N, C, H, W] with something in it."""
    return kind is not None and kind.rank in (3, 4) and kind.size > 0

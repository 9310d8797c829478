"""Where the elements of an image lie: extents and strides of [N, C, H, W] in each layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinsmith.ir.op import TensorType
from tinsmith.kernels.kernel import Constant, Layout, Options

CHUNKS_PER_THREAD = 6
BANDS_PER_THREAD = 4


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


def strides(prefix: str, view: Image | None) -> dict[str, Constant]:
    """The fields ``<prefix>_n``, ``_block``, ``_row``, ``_pixel`` of a struct; None: all zero."""
    names = ("n", "block", "row", "pixel")
    values = (view.image, view.block, view.row, view.pixel) if view else (0, 0, 0, 0)
    return {f"{prefix}_{name}": value for name, value in zip(names, values, strict=True)}


def window_fields(
    kernel: Sequence[int], window_strides: Sequence[int], dilations: Sequence[int],
    pads: Sequence[int],
) -> dict[str, Constant]:
    """A window over one or two axes as struct fields; along one axis the height is 1."""
    axes = len(kernel)
    kh, kw = (1, *kernel)[-2:]
    stride_h, stride_w = (1, *window_strides)[-2:]
    dil_h, dil_w = (1, *dilations)[-2:]
    top, left = (0, *pads[:axes])[-2:]
    return {"kh": kh, "kw": kw, "stride_h": stride_h, "stride_w": stride_w, "dil_h": dil_h,
            "dil_w": dil_w, "pad_top": top, "pad_left": left}


def row_bands(n: int, blocks: int, rows: int, options: Options,
              by_rows: bool = True) -> tuple[int, int]:
    """Rows of a band, and the number of chunks, when work splits by image, band and block.

    ``by_rows``: every thread gets rows of its own, as in the step before, and finds them in its
    cache; else the blocks are shared first (where weights are the larger part of the traffic).
    """
    if options.threads == 1:
        parts = 1
    elif by_rows:
        parts = -(-BANDS_PER_THREAD * options.threads // n)
    else:
        parts = -(-CHUNKS_PER_THREAD * options.threads // max(1, n * blocks))
    band = -(-rows // max(1, min(rows, parts)))
    return band, n * blocks * -(-rows // band)

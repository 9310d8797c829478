"""Where the elements of an image lie: extents and strides of [N, C, H, W] in each layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tinsmith.ir.op import TensorType
from tinsmith.kernels.kernel import Constant, Form
from tinsmith.request import Request

CHUNKS_PER_THREAD = 6
BANDS_PER_THREAD = 4
EVEN = 1.03  # the largest share over an equal one, that will do


@dataclass(frozen=True, slots=True)
class Image:
    """Extents of an image tensor and the strides, in elements, by which a kernel walks it.

    ``block`` steps to the next channel block (blocked) or the next channel (row-major). ``d``
    planes of a volume lie one after the other.
    """

    n: int
    c: int
    h: int
    w: int
    image: int
    block: int
    row: int
    pixel: int
    d: int = 1


def image(kind: TensorType, form: Form) -> Image:
    """A value [N, C, W], [N, C, H, W] or [N, C, D, H, W] as an image; a missing extent is 1."""
    n, c, *spatial = kind.shape
    d, h, w = (1, 1, *spatial)[-3:]
    if not form.block:
        return Image(n, c, h, w, c * d * h * w, d * h * w, w, 1, d)
    blocks = -(-c // form.block)
    area = d * h * w * form.block
    return Image(n, c, h, w, blocks * area, area, w * form.block, form.block, d)


def is_image(kind: TensorType | None) -> bool:
    """Whether a value is [N, C, W] or [N, C, H, W] with something in it."""
    return kind is not None and kind.rank in (3, 4) and kind.size > 0


def is_volume(kind: TensorType | None) -> bool:
    """Whether a value is [N, C, D, H, W] with something in it."""
    return kind is not None and kind.rank == 5 and kind.size > 0


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


def row_bands(n: int, blocks: int, rows: int, request: Request,
              by_rows: bool = True) -> tuple[int, int]:
    """Bands that rows are cut into, and chunks, when work splits by image, band and block.

    ``by_rows``: every thread gets rows of its own, as in the step before, and finds them in its
    cache; else the blocks are shared first (where weights are the larger part of the traffic).
    """
    if request.threads == 1:
        bands = 1
    else:
        wanted = (-(-BANDS_PER_THREAD * request.threads // n) if by_rows else
                  -(-CHUNKS_PER_THREAD * request.threads // max(1, n * blocks)))
        bands = even_parts(n, max(1, rows), blocks, wanted, request.threads)
    return bands, n * bands * blocks


def even_parts(outer: int, units: int, inner: int, wanted: int, threads: int) -> int:
    """In how many parts to cut units: about as many as wanted, the threads' shares about equal.

    The chunks are outer x parts x inner, dealt to the threads in this order, as ``threads.h`` does.
    """
    choice = range(min(units, -(-wanted // 2)), min(units, 2 * wanted) + 1)
    return min(choice, key=lambda parts: (
        max(largest_share(outer, units, inner, parts, threads), EVEN), abs(parts - wanted), -parts))


def largest_share(outer: int, units: int, inner: int, parts: int, threads: int) -> float:
    """The largest share of a thread over an equal one, of units that are cut into so many parts."""
    def place(chunk: int) -> float:
        """The units before a chunk, over all of outer."""
        whole, rest = divmod(chunk, parts * inner)
        part, fraction = divmod(rest, inner)
        first = chunk_start(units, parts, part)
        size = chunk_start(units, parts, part + 1) - first if fraction else 0
        return whole * units + first + size * fraction / inner

    chunks = outer * parts * inner
    places = [place(chunk_start(chunks, threads, t)) for t in range(threads + 1)]
    return max(b - a for a, b in pairwise(places)) * threads / (outer * units)


def chunk_start(size: int, chunks: int, chunk: int) -> int:
    """The first of ``size`` items of a chunk: ``tin_chunk`` of task.h."""
    return chunk * size // chunks


def unevenness(units: int, threads: int, piece: int = 1) -> float:
    """The largest share over an equal one, where threads share units in whole pieces of so many."""
    return min(units, -(-units // (piece * threads)) * piece) * threads / units

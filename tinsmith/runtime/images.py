"""Images as network inputs: scaled, cropped, normalised, in the order the network wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.errors import DataError
from tinsmith.schedule.plan import Port

SUFFIXES = frozenset((".avif", ".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".pbm", ".pgm", ".png",
                      ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp"))
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True, slots=True)
class Preprocess:
    """How pixels in 0..255 become numbers: (pixel - mean) / std, one of each or one per channel.

    Attributes:
        size: height and width that the model asks for, where its input does not say.
        crop: the share of the shorter side that the centred crop keeps; None stretches the image.
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (255.0,)
    size: tuple[int, int] | None = None
    crop: float | None = None


def from_metadata(metadata: Mapping[str, str]) -> Preprocess | None:
    """What the model says about its images (``tinsmith.mean`` and so on); None if nothing.

    Raises:
        DataError: it is not made of numbers.
    """
    found = {key: metadata[f"tinsmith.{key}"] for key in ("mean", "std", "size", "crop")
             if f"tinsmith.{key}" in metadata}
    if not found:
        return None
    try:
        values = {key: tuple(float(n) for n in text.split(",")) for key, text in found.items()}
        height, width = values.get("size", (0.0, 0.0))
        return Preprocess(
            values.get("mean", (0.0,)), values.get("std", (255.0,)),
            (int(height), int(width)) if height and width else None,
            values["crop"][0] if "crop" in values else None)
    except ValueError as error:
        raise DataError(f"input: metadata 'tinsmith.*': expected numbers with commas, got "
                        f"{found}; set --mean, --std and --size") from error


def image_axes(port: Port) -> tuple[int, int, int, bool] | None:
    """Channels, height, width, and whether channels come first; None if it takes no images."""
    shape = port.type.shape
    if len(shape) != 4:
        return None
    if shape[1] in MODES:
        return shape[1], shape[2], shape[3], True
    return (shape[3], shape[1], shape[2], False) if shape[3] in MODES else None


def read_image(path: Path, port: Port, how: Preprocess) -> Array:
    """One image as one element of the batch that ``port`` takes (without the batch axis).

    Raises:
        DataError: the file is no image, or the input takes none.
    """
    axes = image_axes(port)
    if axes is None:
        raise DataError(f"input: '{path}' for '{port.name}': expected {port.type}, got an image, "
                        "which fits [N,C,H,W] and [N,H,W,C] only; give a .npy file")
    channels, height, width, first = axes
    pixels = open_pixels(path, MODES[channels], (height, width), how)
    pixels = normalised(pixels, how, channels, path)
    if not port.type.dtype.is_float:
        limits = np.iinfo(port.type.dtype.numpy)
        pixels = np.clip(np.rint(pixels), limits.min, limits.max)
    pixels = pixels.transpose(2, 0, 1) if first else pixels
    return np.ascontiguousarray(pixels.astype(port.type.dtype.numpy))


def normalised(pixels: Array, how: Preprocess, channels: int, path: Path) -> Array:
    """(pixel - mean) / std, channel by channel."""
    for what, values in (("mean", how.mean), ("std", how.std)):
        if len(values) not in (1, channels):
            raise DataError(f"input: '{path}' {what}: expected 1 or {channels} numbers, got "
                            f"{len(values)}; set --{what}")
    if not all(how.std):
        raise DataError(f"input: '{path}' std: expected numbers other than 0, got "
                        f"{how.std}; set --std")
    mean, std = np.array(how.mean, np.float32), np.array(how.std, np.float32)
    return (pixels.astype(np.float32) - mean) / std


def open_pixels(path: Path, mode: str, size: tuple[int, int], how: Preprocess) -> Array:
    """The pixels [height, width, channels] of an image file, scaled and cropped to ``size``.

    Raises:
        DataError: the file is missing or damaged.
    """
    from PIL import Image, ImageOps

    height, width = size
    try:
        with Image.open(path) as opened:
            image = ImageOps.exif_transpose(opened).convert(mode)
        whole = (0.0, 0.0, float(image.width), float(image.height))
        box = cropped(image.width, image.height, size, how.crop) if how.crop else whole
        scaled = image.resize((width, height), Image.Resampling.BICUBIC, box=box,
                              reducing_gap=None)
    except FileNotFoundError as error:
        raise DataError(f"input: file '{path}': expected an image, got no file; check the "
                        "path") from error
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, OverflowError,
            MemoryError, EOFError, Image.DecompressionBombError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"input: file '{path}': expected an image, got '{str(reason)[:200]}'; "
                        "convert it to PNG or JPEG") from error
    return np.asarray(scaled).reshape(height, width, -1)


def cropped(width: int, height: int, size: tuple[int, int],
            crop: float) -> tuple[float, float, float, float]:
    """The centred box of an image that becomes ``size``: ``crop`` of the largest that fits."""
    share = min(height / size[0], width / size[1]) * min(crop, 1.0)
    w, h = size[1] * share, size[0] * share
    left, top = (width - w) / 2, (height - h) / 2
    return left, top, left + w, top + h

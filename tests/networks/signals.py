"""Pictures and sound as network inputs, and network outputs as words and boxes."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tinsmith.dtypes import Array

RGB_MEAN, RGB_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def picture(path: Path) -> Image.Image:
    """A picture file in colours."""
    return Image.open(path).convert("RGB")


def centre(image: Image.Image, size: int, crop: float) -> Image.Image:
    """The centred square that keeps ``crop`` of the shorter side, ``size`` pixels wide."""
    side = min(image.size) * crop
    left, top = (image.width - side) / 2, (image.height - side) / 2
    return image.resize((size, size), Image.Resampling.BICUBIC,
                        (left, top, left + side, top + side))


def fitted(image: Image.Image, height: int, width: int, colour: int,
           middle: bool = False) -> Image.Image:
    """The picture, as large as fits, in the upper left corner of a canvas or in its middle."""
    scale = min(height / image.height, width / image.width)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    canvas = Image.new("RGB", (width, height), (colour,) * 3)
    corner = ((width - size[0]) // 2, (height - size[1]) // 2) if middle else (0, 0)
    canvas.paste(image.resize(size, Image.Resampling.BILINEAR), corner)
    return canvas


def through_jpeg(image: Image.Image) -> Image.Image:
    """The picture after it was stored as JPEG."""
    stored = io.BytesIO()
    image.save(stored, format="JPEG")
    return Image.open(stored)


def planes(image: Image.Image, mean: Sequence[float], std: Sequence[float],
           order: str = "RGB") -> Array:
    """[1, 3, H, W] of (pixel / 255 - mean) / std."""
    pixels = np.asarray(image, np.float32) / np.float32(255)
    pixels = (pixels - np.float32(mean)) / np.float32(std)
    if order == "BGR":
        pixels = pixels[..., ::-1]
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32)


def pixels(image: Image.Image) -> Array:
    """[1, 3, H, W] of red, green and blue from 0 to 255."""
    return np.ascontiguousarray(np.asarray(image, np.float32).transpose(2, 0, 1)[None])


def word(path: Path, height: int, width: int) -> Array:
    """A line of text as recognisers take it: scaled to the height, zeros to its right."""
    image = picture(path)
    shown = min(width, -(-height * image.width // image.height))
    pixels = planes(image.resize((shown, height), Image.Resampling.BILINEAR), [0.5] * 3, [0.5] * 3,
                    "BGR")
    return np.pad(pixels, ((0, 0), (0, 0), (0, 0), (0, width - shown)))


def sound(path: Path) -> Array:
    """The samples of a 16-bit mono file, in -1 to 1."""
    with wave.open(str(path), "rb") as file:
        assert file.getsampwidth() == 2 and file.getnchannels() == 1, path
        data = file.readframes(file.getnframes())
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32767)


def tone(hertz: float, seconds: float, rate: int) -> Array:
    """A note of five partials, each half as loud as the one before."""
    t = np.arange(round(seconds * rate)) / rate
    parts = [np.sin(2 * np.pi * hertz * k * t) / 2**k for k in (1, 2, 3, 4, 5)]
    return np.sum(parts, 0).astype(np.float32)


def letters(scores: Array, alphabet: Sequence[str]) -> str:
    """Greedy CTC decoding of [1, T, 1 + letters]: class 0 is the blank."""
    best = scores[0].argmax(-1)
    kept = [c for i, c in enumerate(best) if c and (i == 0 or c != best[i - 1])]
    return "".join(alphabet[c - 1] for c in kept)


def regions(mask: Array, smallest: int) -> int:
    """How many connected areas of at least ``smallest`` pixels a map has (4 neighbours)."""
    left = mask.copy()
    count = 0
    for start in np.argwhere(mask):
        stack, size = [tuple(start)], 0
        while stack:
            y, x = stack.pop()
            if 0 <= y < left.shape[0] and 0 <= x < left.shape[1] and left[y, x]:
                left[y, x] = False
                size += 1
                stack += [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
        count += size >= smallest
    return count


def distinct(boxes: Array, scores: Array, overlap: float) -> list[int]:
    """Non-maximum suppression: the best boxes [x0, y0, x1, y1] that overlap no better one."""
    kept: list[int] = []
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    for i in np.argsort(-scores, kind="stable"):
        low = np.maximum(boxes[kept, :2], boxes[i, :2])
        high = np.minimum(boxes[kept, 2:], boxes[i, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        if not (shared > overlap * (area[kept] + area[i] - shared)).any():
            kept.append(int(i))
    return kept

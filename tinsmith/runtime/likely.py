"""Inputs that look like those a network was made for, as far as its first layers show them.

Images are smooth like photographs, in the range that the network's own preprocessing, the
statistics of its first normalisation or the biases of its first convolution fit. Integers that
become indices have the range of what they index.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ops.arithmetic import Add, Div, Mul, Sub
from tinsmith.ops.batch_normalization import BatchNormalization
from tinsmith.ops.cast import Cast
from tinsmith.ops.comparison import Equal
from tinsmith.ops.conv import Conv
from tinsmith.ops.gather import Gather, GatherElements
from tinsmith.ops.identity import Identity
from tinsmith.ops.onehot import OneHot
from tinsmith.ops.pad import Pad
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.resize import Resize
from tinsmith.ops.slice import Slice
from tinsmith.ops.transpose import Transpose
from tinsmith.runtime.images import Preprocess, from_metadata, image_axes
from tinsmith.runtime.seeded import seeded_feeds
from tinsmith.schedule.plan import Port

MOVES = (Cast, Identity, Pad, Reshape, Resize, Slice, Transpose)
AFFINE = (Add, Div, Mul, Sub)
PIXELS = Preprocess(std=(1.0,))
PHOTOGRAPHS = Preprocess((114.75,), (57.375,))  # mean and standard deviation of common sets
FOR_PIXELS = 20.0
"""From this ratio of what a first convolution gives or adds to its filters on, its input is not
around 1: images are as good as always around 1 or around 128."""


def likely_feeds(graph: Graph) -> Iterator[tuple[str, dict[str, Array]]]:
    """Inputs to try one after the other, each with a word on what they are."""
    ports = [Port(value, graph.types[value]) for value in graph.inputs]
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        yield f"like the network's own, seed {seed}", {
            port.name: likely(graph, port, rng) for port in ports}
    yield "normal numbers", seeded_feeds(ports, 0)


def likely(graph: Graph, port: Port, rng: np.random.Generator) -> Array:
    """One input."""
    kind, axes = port.type, image_axes(port)
    if axes is not None and (kind.dtype.is_float or kind.dtype is DType.U8):
        channels, height, width, first = axes
        pixels = 255 * np.stack([photograph(rng, channels, height, width)
                                 for _ in range(kind.shape[0])])
        how = preprocess(graph, port)
        shape = (-1, 1, 1)
        array = (pixels - np.reshape(how.mean, shape)) / np.reshape(how.std, shape)
        array = array if first else np.moveaxis(array, 1, -1)
    elif kind.dtype.is_float:
        (array,) = seeded_feeds([port], int(rng.integers(1 << 31))).values()
        scale, shift = affine(graph, port.name).inverse
        array = array.astype(np.float64) * scale + shift
    else:
        array = rng.integers(0, index_bound(graph, port.name), kind.shape)
    limit = np.iinfo(kind.dtype.numpy).max if kind.dtype is DType.U8 else None
    array = np.clip(np.rint(array), 0, limit) if limit else array
    with np.errstate(over="ignore"):
        return np.asarray(array).astype(kind.dtype.numpy)


def photograph(rng: np.random.Generator, channels: int, height: int, width: int) -> Array:
    """Smooth noise from 0 to 1 [channels, height, width]: its spectrum falls with frequency."""
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    falling = 1 / np.maximum(np.hypot(rows, columns), 1 / max(height, width)) ** 1.2
    noise = rng.standard_normal((channels + 1, height, width))
    smooth = np.fft.irfft2(np.fft.rfft2(noise) * falling, s=(height, width))
    smooth = 0.8 * smooth[:1] + 0.6 * smooth[1:]  # channels go together
    return np.clip(0.45 + 0.225 * smooth / max(float(smooth.std()), 1e-30), 0, 1)


def preprocess(graph: Graph, port: Port) -> Preprocess:
    """How pixels become this input: as the model says, else as its first layers show."""
    told = from_metadata(graph.metadata)
    if told is not None:
        return told
    if port.type.dtype is DType.U8:
        return PIXELS
    first = affine(graph, port.name)
    if first.scale != 1 or first.shift != 0:
        if first.shift == 0:  # x / 255 and the like: from 0 to 1
            return Preprocess((0.0,), (255 * first.scale,))
        (mean,), (std,) = PHOTOGRAPHS.mean, PHOTOGRAPHS.std
        return Preprocess((mean + first.shift * std,), (std * first.scale,))
    return PIXELS if takes_pixels(graph, first.reader, first.value) else PHOTOGRAPHS


@dataclass(frozen=True, slots=True)
class Affine:
    """What the first layers make of an input: ``scale`` x + ``shift`` in ``value``.

    ``reader`` is the one node that reads that, if it is one.
    """

    scale: float
    shift: float
    value: str
    reader: Node | None

    @property
    def inverse(self) -> tuple[float, float]:
        """Scale and shift of an input that comes out with mean 0 and deviation 1."""
        return 1 / self.scale, -self.shift / self.scale


def affine(graph: Graph, value: str) -> Affine:
    """Follows an input through operators that move it, and arithmetic with constants."""
    scale, shift = 1.0, 0.0
    while True:
        reader = graph.sole_consumer(value)
        if reader is None or len([v for v in reader.outputs if v]) != 1:
            return Affine(scale, shift, value, reader)
        if isinstance(reader.op, BatchNormalization) and reader.inputs[0] == value:
            deviation = float(np.sqrt(np.median(graph.weights[reader.inputs[4]]))) if (
                reader.inputs[4] in graph.weights) else 1.0
            mean = float(np.mean(graph.weights.get(reader.inputs[3], np.zeros(1))))
            deviation = deviation if deviation > 0 else 1.0
            return Affine(scale / deviation, (shift - mean) / deviation, value, reader)
        if isinstance(reader.op, AFFINE):
            step = constant_step(graph, reader, value)
            if step is None:
                return Affine(scale, shift, value, reader)
            scale, shift = scale * step[0], shift * step[0] + step[1]
        elif not isinstance(reader.op, MOVES) or reader.inputs[0] != value:
            return Affine(scale, shift, value, reader)
        (value,) = reader.outputs


def constant_step(graph: Graph, node: Node, value: str) -> tuple[float, float] | None:
    """Scale and shift of arithmetic with a constant (its mean); None where it is none."""
    other = node.inputs[1] if node.inputs[0] == value else node.inputs[0]
    if other not in graph.weights or not graph.types[other].dtype.is_float:
        return None
    number = float(np.mean(graph.weights[other], dtype=np.float64))
    if not np.isfinite(number) or (number == 0 and isinstance(node.op, Div | Mul)):
        return None
    swapped = node.inputs[0] != value
    if isinstance(node.op, Div):
        return None if swapped else (1 / number, 0.0)
    if isinstance(node.op, Sub):
        return (-1.0, number) if swapped else (1.0, -number)
    return (number, 0.0) if isinstance(node.op, Mul) else (1.0, number)


def takes_pixels(graph: Graph, reader: Node | None, value: str) -> bool:
    """Whether a first convolution looks like one of numbers around 128, not around 1."""
    if reader is None or not isinstance(reader.op, Conv) or reader.inputs[1] not in graph.weights:
        return False
    filters = graph.weights[reader.inputs[1]].astype(np.float64)
    norms = np.sqrt((filters.reshape(len(filters), -1) ** 2).sum(1))
    after = graph.sole_consumer(reader.outputs[0])
    if after is not None and isinstance(after.op, BatchNormalization):
        seen = np.sqrt(np.maximum(graph.weights.get(after.inputs[4], np.zeros(1)), 0))
    elif len(reader.inputs) > 2 and reader.inputs[2] in graph.weights:
        seen = np.abs(graph.weights[reader.inputs[2]].astype(np.float64))
    else:
        return False
    return bool(np.median(seen) > FOR_PIXELS * max(float(np.median(norms)), 1e-30))


def index_bound(graph: Graph, value: str) -> int:
    """One more than the largest integer that makes sense for an input: 2 where nothing says so."""
    bounds, waiting = [], [value]
    while waiting:
        value = waiting.pop()
        for node in graph.consumers.get(value, ()):
            if isinstance(node.op, Gather | GatherElements) and node.inputs[1] == value:
                bounds.append(graph.types[node.inputs[0]].shape[node.op.axis])
            elif isinstance(node.op, OneHot) and node.inputs[0] == value:
                bounds.append(node.op.depth)
            elif isinstance(node.op, Equal):  # with 0, 1, 2 ...: a one-hot code
                other = node.inputs[1] if node.inputs[0] == value else node.inputs[0]
                classes = graph.weights.get(other, np.zeros(1))
                bounds.extend([int(classes.max()) + 1] if classes.size > 1 else [])
            elif isinstance(node.op, MOVES):
                waiting.extend(v for v in node.outputs if v)
    return max(1, min(bounds)) if bounds else 2

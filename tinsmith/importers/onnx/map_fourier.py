"""DFT and STFT: a transform of constant length is a product with a constant matrix."""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.importers.onnx.axes import front_axis
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops.arithmetic import Mul
from tinsmith.ops.gather import Gather
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.transpose import Transpose

MAX_MATRIX_BYTES = 1 << 27


def DFT(node: NodeImport) -> None:
    """The axis is an attribute (1 by default) before opset 20, an input (-2) since."""
    x = node.type(0)
    if node.opset >= 20:
        axis = node.ints(2, "axis")[0] if node.has_input(2) else -2
    else:
        axis = node.attribute_int("axis", 1)
    axis = front_axis(node, axis, x.rank, x.rank - 2)
    inverse = bool(node.attribute_int("inverse", 0))
    onesided = bool(node.attribute_int("onesided", 0))
    if node.has_input(1):
        length = node.ints(1, "dft_length")[0]
    else:
        length = 2 * (x.shape[axis] - 1) if inverse and onesided else x.shape[axis]
    matrix = _matrix(node, x.shape[axis], x.shape[-1], length, inverse, onesided)
    order = (*(a for a in range(x.rank - 1) if a != axis), axis, x.rank - 1)
    moved = order != tuple(range(x.rank))
    last = node.temporary(Transpose(order), node.value(0)) if moved else node.value(0)
    shape = tuple(x.shape[a] for a in order[:-2])
    product = _product(node, last, shape, matrix)
    if moved:
        back = Transpose(tuple(order.index(a) for a in range(x.rank)))
        node.emit(back, node.temporary(Reshape((*shape, *matrix.shape[2:])), product))
    else:
        node.emit(Reshape((*shape, *matrix.shape[2:])), product)


def STFT(node: NodeImport) -> None:
    """Frames gathered from the signal, times the window, transformed."""
    x = node.type(0)
    step = node.ints(1, "frame_step")[0]
    window = node.value(2)
    size = node.builder.types[window].size if window else 0
    length = node.ints(3, "frame_length")[0] if node.has_input(3) else size or x.shape[1]
    if x.rank != 3 or step < 1 or not 0 < length <= x.shape[1] or (size and size != length):
        raise node.unsupported("frames", "a signal [batch, length, 1 or 2] not shorter than a "
                               "frame, and a window as long", (x, step, length, size),
                               "check the model")
    frames = 1 + (x.shape[1] - length) // step
    node.check_size(frames * length, 8)
    places = step * np.arange(frames)[:, None] + np.arange(length)
    index = node.builder.add_weight(node.builder.fresh(f"{node.raw.name}/frames"), places)
    values = node.temporary(Gather(1), node.value(0), index)
    matrix = _matrix(node, length, x.shape[2], length, False,
                     bool(node.attribute_int("onesided", 1)))
    if window:
        values = node.temporary(Mul(), values, node.temporary(Reshape((length, 1)), window))
    shape = (x.shape[0], frames)
    node.emit(Reshape((*shape, *matrix.shape[2:])), _product(node, values, shape, matrix))


def _product(node: NodeImport, value: str, shape: tuple[int, ...], matrix: Array) -> str:
    """[*shape, n, c] times [n, c, m, d] as [*shape, m * d]."""
    rows, columns = (int(np.prod(part)) for part in (matrix.shape[:2], matrix.shape[2:]))
    flat = node.temporary(Reshape((*shape, rows)), value)
    weight = node.builder.add_weight(node.builder.fresh(f"{node.raw.name}/transform"),
                                     matrix.reshape(rows, columns))
    return node.temporary(MatMul(), flat, weight)


def _matrix(
    node: NodeImport, size: int, parts: int, length: int, inverse: bool, onesided: bool
) -> Array:
    """The transform as [size, real and imaginary, results, real and imaginary].

    Found by transforming unit vectors, cut or zero-filled to ``length``.
    """
    x = node.type(0)
    results = 2 * (length // 2 + 1 if onesided and not inverse else length)
    if not x.dtype.is_float or parts not in (1, 2) or length < 1 or size < 1:
        raise node.unsupported("input", "floating-point [..., length, 1 or 2]", x,
                               "check the model")
    if onesided and not inverse and parts == 2:
        raise node.unsupported("onesided", "a real input", x, "transform both sides")
    count = size * parts * results
    if count * x.dtype.size_bytes > MAX_MATRIX_BYTES or not node.builder.budget.afford(count):
        raise node.unsupported("length", f"a matrix of at most {MAX_MATRIX_BYTES} bytes",
                               f"{size * parts} x {results}", "use shorter frames")
    units = np.eye(size)
    signals = np.stack([units, 1j * units][:parts], 1)
    if inverse and onesided:
        found = np.fft.irfft(signals, length, axis=-1)[..., None]
    else:
        spectrum = (np.fft.ifft if inverse else np.fft.fft)(signals, length, axis=-1)
        if onesided:
            spectrum = spectrum[..., :length // 2 + 1]
        found = np.stack([spectrum.real, spectrum.imag], -1)
    return found.astype(x.dtype.numpy)

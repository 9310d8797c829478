"""Tensors from files and into files: .npy, .npz and images."""

from __future__ import annotations

import shlex
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.errors import DataError
from tinsmith.schedule.plan import Port

_DAMAGE = (OSError, ValueError, EOFError, KeyError, TypeError, MemoryError, OverflowError,
           zipfile.BadZipFile, NotImplementedError, SyntaxError, RuntimeError)


def read_npy(path: Path) -> Array:
    """The array in a .npy file; ``DataError`` when there is none."""
    loaded = _load(path)
    if not isinstance(loaded, np.ndarray):
        raise DataError(f"input: file '{path}': expected one array (.npy), got an archive of "
                        "several; save it with numpy.save")
    return loaded


def read_npz(path: Path) -> dict[str, Array]:
    """The arrays in a .npz file, by name; ``DataError`` when there are none."""
    loaded = _load(path)
    if isinstance(loaded, np.ndarray):
        raise DataError(f"input: file '{path}': expected an archive of arrays (.npz), got one "
                        "array; call it .npy")
    return dict(loaded)


def _load(path: Path) -> Array | Mapping[str, Array]:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except FileNotFoundError as error:
        raise DataError(f"input: file '{path}': expected a file of arrays, got none; check the "
                        "path") from error
    except _DAMAGE as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"input: file '{path}': expected arrays as numpy.save writes them, got "
                        f"'{str(reason)[:200]}'; save it again") from error


def write_npz(path: Path, arrays: Mapping[str, Array]) -> None:
    """Writes arrays by name: all of them, or nothing."""
    part = path.with_name(f".{path.name}.part.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file, zipfile.ZipFile(file, "w") as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                    np.lib.format.write_array(entry, np.asanyarray(array), allow_pickle=False)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise DataError(f"output: file '{path}': expected to write arrays there, got "
                        f"'{error.strerror}'; choose another place") from error


def as_input(array: Array, port: Port, where: object) -> Array:
    """An array as an input takes it: same kind of numbers, same number of elements.

    A float or integer of another width is converted; an axis of 1 in front may be missing.

    Raises:
        DataError: the shape or type does not fit, or a value does not or is not finite.
    """
    kind = port.type
    if array.shape != kind.shape and array.shape == kind.shape[1:] and kind.shape[0] == 1:
        array = array[None]
    if array.shape != kind.shape:
        shape = f"{port.name}={'x'.join(map(str, array.shape))}"
        advice = (f", or compile with --shape {shlex.quote(shape)}"
                  if array.ndim == len(kind.shape) and array.size else "")
        raise DataError(f"input: '{where}' for '{port.name}': expected {kind}, got "
                        f"{array.dtype}{list(array.shape)}; reshape it{advice}")
    if array.dtype != kind.dtype.numpy:
        same_kind = kind.dtype.is_float or array.dtype.kind == kind.dtype.numpy.kind
        if array.dtype.kind not in "fiub" or not same_kind:
            raise DataError(f"input: '{where}' for '{port.name}': expected {kind}, got "
                            f"{array.dtype}; convert it")
        with np.errstate(all="ignore"):
            converted = array.astype(kind.dtype.numpy)
        if not kind.dtype.is_float and not np.array_equal(converted, array):
            at = [int(i) for i in np.argwhere(converted != array)[0]]
            raise DataError(f"input: '{where}' for '{port.name}': expected values that "
                            f"{kind.dtype.value} holds, got {array[tuple(at)]} at {at}; check "
                            "the data")
        array = converted
    check_finite(array, port, where)
    return array


def check_finite(array: Array, port: Port, where: object) -> None:
    """``DataError`` when a value of a floating-point input is NaN or infinite."""
    if not port.type.dtype.is_float:
        return
    finite = np.isfinite(array.astype(np.float32) if port.type.dtype.size_bytes < 4 else array)
    if not finite.all():
        at = [int(i) for i in np.argwhere(~finite)[0]]
        raise DataError(f"input: '{where}' for '{port.name}': expected finite values, got "
                        f"{array[tuple(at)]} at {at} ({int((~finite).sum())} in all); "
                        "clean the data")

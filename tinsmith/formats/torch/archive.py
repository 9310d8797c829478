"""Reads a PyTorch state_dict (name -> tensor) without PyTorch, and without running what is in it.

Its pickles go through the restricted machine of ``pickles``. Two containers exist:
since PyTorch 1.6 a zip archive (``*/data.pkl`` and one file ``*/data/<key>`` for each storage);
before it a row of pickles (magic number, version, machine, contents, list of storage keys)
followed by the storages: a 64-bit count of elements, then the elements, little-endian.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from tinsmith.errors import ModelError
from tinsmith.formats.torch.pickles import Unpickler, check_keys
from tinsmith.formats.torch.storages import Storage, TensorRef, check_total, materialise

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001

# What pickle, zipfile and the rebuilding functions raise on bytes that make no sense.
DAMAGE = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    struct.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)


def load_state_dict(path: Path) -> dict[str, np.ndarray]:
    """All tensors of a state_dict, by name, in the file's order.

    Raises:
        ModelError: the file cannot be read, is damaged, holds something else than tensors by
            name, or asks for any other function than those that rebuild a tensor.
    """
    try:
        # In memory, no length that the file claims can ask for more than the file has.
        file = io.BytesIO(path.read_bytes())
        read = _read_zip if zipfile.is_zipfile(file) else _read_legacy
        file.seek(0)
        contents, storages = read(file)
        tensors = _tensors(contents)
        check_total(tensors)
        return {name: materialise(name, ref, storages) for name, ref in tensors}
    except ModelError as error:
        raise ModelError(f"read: weights '{path}': {error}") from error
    except OSError as error:
        raise ModelError(
            f"read: weights '{path}': expected a readable file, got {error.strerror or error}; "
            "check the path"
        ) from error
    except DAMAGE as error:
        raise ModelError(
            f"read: weights '{path}': expected a PyTorch state_dict, got a damaged file "
            f"({type(error).__name__}: {error}); fetch it again"
        ) from error


def _read_zip(file: BinaryIO) -> tuple[object, dict[str, np.ndarray]]:
    """Contents and storages of the container since PyTorch 1.6."""
    with zipfile.ZipFile(file) as archive:
        (index,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = index.removesuffix("data.pkl")
        order = f"{folder}byteorder"
        if order in archive.namelist() and archive.read(archive.getinfo(order)) != b"little":
            raise ValueError("big-endian storages")
        unpickler = Unpickler(_member(archive, index))
        contents = unpickler.load()
        storages = {}
        for key, storage in unpickler.storages.items():
            size_bytes = archive.getinfo(f"{folder}data/{key}").file_size
            if size_bytes != storage.count * storage.dtype.itemsize:
                raise ValueError(
                    f"storage {key} of {size_bytes} bytes for {storage.count} elements"
                )
            storages[key] = _elements(_member(archive, f"{folder}data/{key}"), storage)
    return contents, storages


def _member(archive: zipfile.ZipFile, name: str) -> BinaryIO:
    """A file of the archive; torch stores them uncompressed, and a bomb has to be compressed."""
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name} is compressed")
    return archive.open(name)  # type: ignore[return-value]  # IO[bytes] serves as BinaryIO


def _read_legacy(file: BinaryIO) -> tuple[object, dict[str, np.ndarray]]:
    """Contents and storages of the container before PyTorch 1.6."""
    if Unpickler(file).load() != MAGIC or Unpickler(file).load() != PROTOCOL:
        raise ValueError("no magic number of PyTorch")
    machine = Unpickler(file).load()
    if not (isinstance(machine, dict) and machine.get("little_endian") is True):
        raise ValueError("big-endian storages")
    unpickler = Unpickler(file)
    contents = unpickler.load()
    keys = Unpickler(file).load()
    check_keys(keys if isinstance(keys, list) else [keys])
    if not isinstance(keys, list) or set(keys) != set(unpickler.storages):
        raise ValueError("the list of storages differs from those in use")
    storages = {}
    for key in keys:
        storage = unpickler.storages[key]
        (count,) = struct.unpack("<q", file.read(8))
        if count != storage.count:
            raise ValueError(f"storage {key} of {count} elements in place of {storage.count}")
        storages[key] = _elements(file, storage)
    return contents, storages


def _elements(file: BinaryIO, storage: Storage) -> np.ndarray:
    size_bytes = storage.count * storage.dtype.itemsize
    data = file.read(size_bytes)
    if len(data) != size_bytes:
        raise EOFError(f"storage {storage.key} ends after {len(data)} of {size_bytes} bytes")
    return np.frombuffer(data, storage.dtype)


def _tensors(contents: object) -> list[tuple[str, TensorRef]]:
    if not isinstance(contents, dict) or not contents:
        raise ModelError(
            f"expected a dictionary of tensors, got {type(contents).__name__}; "
            "save model.state_dict()"
        )
    for name, ref in contents.items():
        if not (isinstance(name, str) and isinstance(ref, TensorRef)):
            raise ModelError(
                f"expected a tensor under each name, got {type(ref).__name__} under '{name}'; "
                "save model.state_dict() alone"
            )
    return list(contents.items())

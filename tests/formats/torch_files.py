"""Writes PyTorch files by hand, in both containers, so that no test needs PyTorch."""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

KINDS = {
    np.dtype(np.float32): "FloatStorage",
    np.dtype(np.float64): "DoubleStorage",
    np.dtype(np.float16): "HalfStorage",
    np.dtype(np.int64): "LongStorage",
    np.dtype(np.bool_): "BoolStorage",
}
MAGIC = 0x1950A86A20F9469CFC6C


def plain(value: object) -> bytes:
    """The instructions that make a plain value."""
    return pickle.dumps(value, 2)[2:-1]


def named(module: str, name: str) -> bytes:
    """The instruction that resolves a name."""
    return f"c{module}\n{name}\n".encode()


def call(function: bytes, *arguments: bytes) -> bytes:
    """Instructions that call a function."""
    return function + b"(" + b"".join(arguments) + b"tR"


def tensor(
    key: str,
    count: int,
    shape: object,
    strides: object,
    offset: object = 0,
    kind: str = "FloatStorage",
) -> bytes:
    """Instructions that rebuild a tensor, as torch writes them."""
    parts = (plain("storage"), named("torch", kind), plain(key), plain("cpu"), plain(count))
    storage = b"(" + b"".join(parts) + b"tQ"
    hooks = call(named("collections", "OrderedDict"))
    return call(
        named("torch._utils", "_rebuild_tensor_v2"),
        storage,
        plain(offset),
        plain(shape),
        plain(strides),
        plain(False),
        hooks,
    )


def names(entries: Mapping[str, bytes], attributes: bytes = b"") -> bytes:
    """An OrderedDict of instructions, as a whole pickle."""
    body = call(named("collections", "OrderedDict"))
    body += b"".join(plain(name) + value + b"s" for name, value in entries.items())
    return b"\x80\x02" + body + attributes + b"."


def write_legacy(path: Path, contents: bytes, storages: Mapping[str, np.ndarray]) -> Path:
    """The container before PyTorch 1.6."""
    machine = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}
    head = b"".join(pickle.dumps(part, 2) for part in (MAGIC, 1001, machine))
    body = b"".join(struct.pack("<q", s.size) + s.tobytes() for s in storages.values())
    path.write_bytes(head + contents + pickle.dumps(list(storages), 2) + body)
    return path


def write_zip(
    path: Path,
    contents: bytes,
    storages: Mapping[str, np.ndarray],
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    """The container since PyTorch 1.6."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("model/data.pkl", contents)
        archive.writestr("model/byteorder", b"little")
        for key, storage in storages.items():
            archive.writestr(f"model/data/{key}", storage.tobytes())
    return path


def state_dict(arrays: Mapping[str, np.ndarray]) -> tuple[bytes, dict[str, np.ndarray]]:
    """Contents and storages of a state_dict, with a storage for each array."""
    entries, storages = {}, {}
    for index, (name, array) in enumerate(arrays.items()):
        strides = tuple(step // array.itemsize for step in array.copy(order="C").strides)
        key, kind = str(index), KINDS[array.dtype]
        entries[name] = tensor(key, array.size, array.shape, strides, kind=kind)
        storages[key] = array.reshape(-1)
    return names(entries), storages

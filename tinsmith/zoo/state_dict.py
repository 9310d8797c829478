"""Reads a PyTorch state_dict (name -> tensor) without PyTorch, and without running what is in it.

A .pth file is a pickle, and a pickle is a program. This reader knows only the instructions that
make plain data, and resolves only the names that rebuild a tensor, to functions of its own; every
other instruction or name is refused. Two containers exist:
since PyTorch 1.6 a zip archive (``*/data.pkl`` and one file ``*/data/<key>`` for each storage);
before it a row of pickles (magic number, version, machine, contents, list of storage keys)
followed by the storages: a 64-bit count of elements, then the elements, little-endian.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO, ClassVar

import ml_dtypes
import numpy as np

from tinsmith.errors import ModelError

__all__ = ["load_state_dict"]

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_RANK_LIMIT = 32
_PICKLE_LIMIT_BYTES = 1 << 22  # of instructions; those of ten thousand tensors are 2 MB
_SHARED_LIMIT_BYTES = 1 << 24  # that tensors may have beyond twice what is stored

_STORAGES = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "BFloat16Storage": np.dtype(ml_dtypes.bfloat16),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("i1"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}

# All that makes plain data, refers to it, and calls a function by name. Left out is what could
# reach into an object (INST, OBJ, NEWOBJ, EXT) or change one after its check (BUILD: see below).
_INSTRUCTIONS = """
    PROTO FRAME STOP MARK POP POP_MARK DUP NONE NEWTRUE NEWFALSE
    INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT
    UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8
    EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST LIST APPEND APPENDS
    EMPTY_DICT DICT SETITEM SETITEMS GET BINGET LONG_BINGET PUT BINPUT LONG_BINPUT MEMOIZE
    GLOBAL STACK_GLOBAL REDUCE BINPERSID
"""

# What pickle, zipfile and the rebuilding functions raise on bytes that make no sense.
_DAMAGE = (
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
        _check_total(tensors)
        return {name: _materialise(name, ref, storages) for name, ref in tensors}
    except ModelError as error:
        raise ModelError(f"zoo: weights '{path}': {error}") from error
    except OSError as error:
        raise ModelError(
            f"zoo: weights '{path}': expected a readable file, got {error.strerror or error}; "
            "check the path"
        ) from error
    except _DAMAGE as error:
        raise ModelError(
            f"zoo: weights '{path}': expected a PyTorch state_dict, got a damaged file "
            f"({type(error).__name__}: {error}); fetch it again"
        ) from error


@dataclass(frozen=True, slots=True)
class _Storage:
    """A run of elements, as the pickle announces it."""

    key: str
    dtype: np.dtype[np.generic]
    count: int


@dataclass(frozen=True, slots=True)
class _TensorRef:
    """A tensor as the pickle describes it: a view of a storage."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Names(dict[object, object]):
    """Stands for an OrderedDict."""


class _Callable:
    """A function as the pickle sees it: it can be called, and nothing else."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    def __call__(self, *args: object) -> object:
        return self._function(*args)


@dataclass(frozen=True, slots=True)
class _StorageType:
    """The element type of a storage, by torch's name."""

    name: str


class _Head:
    """A file of which only so many bytes are read: an instruction takes about a microsecond."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _PICKLE_LIMIT_BYTES

    def read(self, size: int) -> bytes:
        return self._counted(self._file.read(size))

    def readline(self) -> bytes:
        return self._counted(self._file.readline())

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise pickle.UnpicklingError(f"more than {_PICKLE_LIMIT_BYTES} bytes of instructions")
        return data


# The machine written in Python, not the one in C: its instructions can be chosen, and its memory
# of objects is a dictionary, so that a huge index is no huge allocation.
class _Unpickler(pickle._Unpickler):
    """A pickle machine that knows tensors, storages and dictionaries, and nothing else."""

    stack: list[object]

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(_Head(file))
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> object:
        """Resolve an allowed name to a function of this module; refuse any other."""
        if module == "torch" and name in _STORAGES:
            return _StorageType(name)
        function = _ALLOWED.get((module, name))
        if function is None:
            raise ModelError(
                f"expected only tensors, got a call of '{module}.{name}'; "
                "such a file can run any program: save model.state_dict() alone"
            )
        return _Callable(function)

    def persistent_load(self, pid: object) -> _Storage:
        """Announce a storage; its elements are read later."""
        if not (isinstance(pid, tuple) and len(pid) in (5, 6) and pid[0] == "storage"):
            raise pickle.UnpicklingError("a reference to something that is not a storage")
        if len(pid) == 6 and pid[5] is not None:
            raise pickle.UnpicklingError("a storage that is a view of another")
        _, kind, key, _, count = pid[:5]
        if not (isinstance(kind, _StorageType) and isinstance(key, str) and _is_count(count)):
            raise pickle.UnpicklingError("a storage without type, key or size")
        storage = _Storage(key, _STORAGES[kind.name], count)
        if self.storages.setdefault(key, storage) != storage:
            raise pickle.UnpicklingError(f"storage {key} announced in two ways")
        return storage

    def load_setitem(self) -> None:
        """Put one entry into a dictionary."""
        _check_keys(self.stack[-2:-1])
        super().load_setitem()  # type: ignore[misc]  # typeshed leaves the instructions out

    def load_setitems(self) -> None:
        """Put entries into a dictionary."""
        _check_keys(self.stack[::2])
        super().load_setitems()  # type: ignore[misc]

    def load_dict(self) -> None:
        """Make a dictionary of entries."""
        _check_keys(self.stack[::2])
        super().load_dict()  # type: ignore[misc]

    def load_build(self) -> None:
        """Drop the attributes that torch hangs on its dictionary; no other object takes any."""
        self.stack.pop()
        if not isinstance(self.stack[-1], _Names):
            raise pickle.UnpicklingError("attributes for something else than a dictionary")

    dispatch: ClassVar[dict[int, Callable[..., None]]] = {
        getattr(pickle, name)[0]: pickle._Unpickler.dispatch[getattr(pickle, name)[0]]
        for name in _INSTRUCTIONS.split()
    } | {
        pickle.SETITEM[0]: load_setitem,
        pickle.SETITEMS[0]: load_setitems,
        pickle.DICT[0]: load_dict,
        pickle.BUILD[0]: load_build,
    }


def _check_keys(keys: Iterable[object]) -> None:
    """Refuse what torch never uses: a tuple's hash follows it as deep as a file can nest it."""
    for key in keys:
        if not isinstance(key, str | int):
            raise pickle.UnpicklingError(f"a dictionary with a {type(key).__name__} as a key")


def _rebuild_tensor(
    storage: object, offset: object, shape: object, strides: object, *_: object
) -> _TensorRef:
    valid = isinstance(storage, _Storage) and _is_count(offset)
    if not (valid and _are_counts(shape) and _are_counts(strides)):
        raise pickle.UnpicklingError("a tensor without storage, offset, shape or strides")
    return _TensorRef(storage, offset, shape, strides)  # type: ignore[arg-type]  # checked above


def _rebuild_parameter(data: object, *_: object) -> object:
    return data


def _ordered_dict(*_: object) -> _Names:
    return _Names()


_ALLOWED: Mapping[tuple[str, str], Callable[..., object]] = {
    ("collections", "OrderedDict"): _ordered_dict,
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
}


def _read_zip(file: BinaryIO) -> tuple[object, dict[str, np.ndarray]]:
    """Contents and storages of the container since PyTorch 1.6."""
    with zipfile.ZipFile(file) as archive:
        (index,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = index.removesuffix("data.pkl")
        order = f"{folder}byteorder"
        if order in archive.namelist() and archive.read(archive.getinfo(order)) != b"little":
            raise ValueError("big-endian storages")
        unpickler = _Unpickler(_member(archive, index))
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
    if _Unpickler(file).load() != _MAGIC or _Unpickler(file).load() != _PROTOCOL:
        raise ValueError("no magic number of PyTorch")
    machine = _Unpickler(file).load()
    if not (isinstance(machine, dict) and machine.get("little_endian") is True):
        raise ValueError("big-endian storages")
    unpickler = _Unpickler(file)
    contents = unpickler.load()
    keys = _Unpickler(file).load()
    _check_keys(keys if isinstance(keys, list) else [keys])
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


def _elements(file: BinaryIO, storage: _Storage) -> np.ndarray:
    size_bytes = storage.count * storage.dtype.itemsize
    data = file.read(size_bytes)
    if len(data) != size_bytes:
        raise EOFError(f"storage {storage.key} ends after {len(data)} of {size_bytes} bytes")
    return np.frombuffer(data, storage.dtype)


def _tensors(contents: object) -> list[tuple[str, _TensorRef]]:
    if not isinstance(contents, dict) or not contents:
        raise ModelError(
            f"expected a dictionary of tensors, got {type(contents).__name__}; "
            "save model.state_dict()"
        )
    for name, ref in contents.items():
        if not (isinstance(name, str) and isinstance(ref, _TensorRef)):
            raise ModelError(
                f"expected a tensor under each name, got {type(ref).__name__} under '{name}'; "
                "save model.state_dict() alone"
            )
    return list(contents.items())


def _check_total(tensors: Iterable[tuple[str, _TensorRef]]) -> None:
    """Refuse many tensors made of few bytes: each becomes an array of its own."""
    refs = [ref for _, ref in tensors]
    total = sum(
        min(prod(ref.shape), ref.storage.count) * ref.storage.dtype.itemsize for ref in refs
    )
    stored = sum(s.count * s.dtype.itemsize for s in {ref.storage for ref in refs})
    if total > _SHARED_LIMIT_BYTES + 2 * stored:
        raise ModelError(
            f"expected tensors that share few elements, got {total} bytes of them in {stored} "
            "bytes; save model.state_dict() again"
        )


def _materialise(name: str, ref: _TensorRef, storages: Mapping[str, np.ndarray]) -> np.ndarray:
    """The tensor as an array of its own, after checking that its view lies in its storage."""
    storage = storages[ref.storage.key]
    count = prod(ref.shape)
    reach = sum((size - 1) * stride for size, stride in zip(ref.shape, ref.strides, strict=True))
    inside = ref.offset + reach < len(storage) if count else ref.offset <= len(storage)
    if not inside or count > len(storage):
        raise ModelError(
            f"expected tensor '{name}' inside its storage of {len(storage)} elements, got offset "
            f"{ref.offset}, shape {ref.shape}, strides {ref.strides}; fetch the file again"
        )
    steps = [stride * storage.itemsize for stride in ref.strides]
    view = np.lib.stride_tricks.as_strided(storage[ref.offset :], ref.shape, steps)
    return view.copy()


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _are_counts(value: object) -> bool:
    return isinstance(value, tuple) and len(value) <= _RANK_LIMIT and all(map(_is_count, value))

"""The pickles in PyTorch files, without PyTorch, and without running what is in them.

A pickle is a program. This machine knows only the instructions that make plain data, and resolves
only the names that rebuild a tensor, to functions of its own; every other instruction or name is
refused.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

from tinsmith.errors import ModelError
from tinsmith.formats.torch.storages import STORAGES, Storage, TensorRef, are_counts, is_count

PICKLE_LIMIT_BYTES = 1 << 22  # of instructions; those of ten thousand tensors are 2 MB

# All that makes plain data, refers to it, and calls a function by name. Left out is what could
# reach into an object (INST, OBJ, NEWOBJ, EXT) or change one after its check (BUILD: see below).
INSTRUCTIONS = """
    PROTO FRAME STOP MARK POP POP_MARK DUP NONE NEWTRUE NEWFALSE
    INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT
    UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8
    EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST LIST APPEND APPENDS
    EMPTY_DICT DICT SETITEM SETITEMS GET BINGET LONG_BINGET PUT BINPUT LONG_BINPUT MEMOIZE
    GLOBAL STACK_GLOBAL REDUCE BINPERSID
"""


class Names(dict[object, object]):
    """Stands for an OrderedDict."""


class Function:
    """A function as the pickle sees it: it can be called, and nothing else."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    def __call__(self, *args: object) -> object:
        """What the function gives."""
        return self._function(*args)


@dataclass(frozen=True, slots=True)
class StorageType:
    """The element type of a storage, by torch's name."""

    name: str


class Head:
    """A file of which only so many bytes are read: an instruction takes about a microsecond."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = PICKLE_LIMIT_BYTES

    def read(self, size: int) -> bytes:
        """So many bytes."""
        return self._counted(self._file.read(size))

    def readline(self) -> bytes:
        """Bytes up to the end of a line."""
        return self._counted(self._file.readline())

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise pickle.UnpicklingError(f"more than {PICKLE_LIMIT_BYTES} bytes of instructions")
        return data


# The machine written in Python, not the one in C: its instructions can be chosen, and its memory
# of objects is a dictionary, so that a huge index is no huge allocation.
class Unpickler(pickle._Unpickler):
    """A pickle machine that knows tensors, storages and dictionaries, and nothing else."""

    stack: list[object]

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(Head(file))
        self.storages: dict[str, Storage] = {}

    def find_class(self, module: str, name: str) -> object:
        """Resolve an allowed name to a function of this module; refuse any other."""
        if module == "torch" and name in STORAGES:
            return StorageType(name)
        function = ALLOWED.get((module, name))
        if function is None:
            raise ModelError(
                f"expected only tensors, got a call of '{module}.{name}'; "
                "such a file can run any program: save model.state_dict() alone"
            )
        return Function(function)

    def persistent_load(self, pid: object) -> Storage:
        """Announce a storage; its elements are read later."""
        if not (isinstance(pid, tuple) and len(pid) in (5, 6) and pid[0] == "storage"):
            raise pickle.UnpicklingError("a reference to something that is not a storage")
        if len(pid) == 6 and pid[5] is not None:
            raise pickle.UnpicklingError("a storage that is a view of another")
        _, kind, key, _, count = pid[:5]
        if not (isinstance(kind, StorageType) and isinstance(key, str) and is_count(count)):
            raise pickle.UnpicklingError("a storage without type, key or size")
        storage = Storage(key, STORAGES[kind.name], count)
        if self.storages.setdefault(key, storage) != storage:
            raise pickle.UnpicklingError(f"storage {key} announced in two ways")
        return storage

    def load_setitem(self) -> None:
        """Put one entry into a dictionary."""
        check_keys(self.stack[-2:-1])
        super().load_setitem()  # type: ignore[misc]  # typeshed leaves the instructions out

    def load_setitems(self) -> None:
        """Put entries into a dictionary."""
        check_keys(self.stack[::2])
        super().load_setitems()  # type: ignore[misc]

    def load_dict(self) -> None:
        """Make a dictionary of entries."""
        check_keys(self.stack[::2])
        super().load_dict()  # type: ignore[misc]

    def load_build(self) -> None:
        """Drop the attributes that torch hangs on its dictionary; no other object takes any."""
        self.stack.pop()
        if not isinstance(self.stack[-1], Names):
            raise pickle.UnpicklingError("attributes for something else than a dictionary")

    dispatch: ClassVar[dict[int, Callable[..., None]]] = {
        getattr(pickle, name)[0]: pickle._Unpickler.dispatch[getattr(pickle, name)[0]]
        for name in INSTRUCTIONS.split()
    } | {
        pickle.SETITEM[0]: load_setitem,
        pickle.SETITEMS[0]: load_setitems,
        pickle.DICT[0]: load_dict,
        pickle.BUILD[0]: load_build,
    }


def check_keys(keys: Iterable[object]) -> None:
    """Refuse what torch never uses: a tuple's hash follows it as deep as a file can nest it."""
    for key in keys:
        if not isinstance(key, str | int):
            raise pickle.UnpicklingError(f"a dictionary with a {type(key).__name__} as a key")


def _rebuild_tensor(
    storage: object, offset: object, shape: object, strides: object, *_: object
) -> TensorRef:
    valid = isinstance(storage, Storage) and is_count(offset)
    if not (valid and are_counts(shape) and are_counts(strides)):
        raise pickle.UnpicklingError("a tensor without storage, offset, shape or strides")
    return TensorRef(storage, offset, shape, strides)  # type: ignore[arg-type]  # checked above


def _rebuild_parameter(data: object, *_: object) -> object:
    return data


def _ordered_dict(*_: object) -> Names:
    return Names()


ALLOWED: Mapping[tuple[str, str], Callable[..., object]] = {
    ("collections", "OrderedDict"): _ordered_dict,
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
}

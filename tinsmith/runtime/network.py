"""A compiled network that is loaded into this process: what sessions and bundles share."""

from __future__ import annotations

import ctypes
import mmap
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.emit.interface import Interface, Result, StepFacts
from tinsmith.errors import DataError, InternalError, ModelError, TargetError
from tinsmith.interpret import as_array
from tinsmith.ops.cast import convert
from tinsmith.schedule.plan import ALIGNMENT_BYTES, Port, Region
from tinsmith.targets import instructions
from tinsmith.targets.probe import usable_cores

WRONG_PROCESSOR = 9  # a status of templates/network.h


@dataclass(frozen=True, slots=True)
class StepTime:
    """One step of a profile: what it is, and the seconds of each run."""

    facts: StepFacts
    seconds: tuple[float, ...]


class Network:
    """A network that is built and loaded. Not for several threads at once; ``clone`` it for each.

    What its graph says lasts from run to run, does (``Graph.state``); ``reset`` makes it zero.

    ``network(x)`` runs it: an array for the only input or a dictionary by name; an array back for
    the only output or a dictionary by name. The results are new arrays.
    """

    def __init__(self, interface: Interface, library: Path, weights: Array,
                 threads: int | None = None, of: Network | None = None) -> None:
        """Loads ``library``; ``weights`` are aligned bytes that nobody changes.

        Where they are mapped, what only loading reads is let go. ``of``: a network of the same
        library, whose weights are read instead, as it prepared them.
        """
        self.interface = interface
        self.library = library
        self._c = _Functions(ctypes.CDLL(str(library)), interface.name)
        self._c.check(interface)
        self._weights = weights
        self._of = of
        self._arena = aligned_bytes(interface.sharing_bytes if of else interface.memory_bytes)
        self._context = aligned_bytes(self._c.context_bytes())
        count = min(interface.threads, usable_cores()) if threads is None else threads
        if not 1 <= count <= interface.threads:
            raise DataError(f"run: threads '{count}': expected 1 to {interface.threads}, got "
                            f"{count}; compile the network for more threads")
        status = self._set_up(count)
        if status == WRONG_PROCESSOR:
            raise TargetError(f"session: network '{interface.network}': expected a processor with "
                              f"{instructions(interface.isa, interface.features)}, got another; "
                              "compile the model on this machine")
        if status:
            raise InternalError(f"session: network '{interface.network}': expected status 0 from "
                                f"attach, got {status}; report this")
        for i in range(0 if of else self._c.preparations()):
            let_go(weights, self._c.prepare(_address(self._context), i))
        self.threads = count
        self._place = _address(self._context)
        self._inputs = tuple((p.name, p.type.shape, p.type.dtype.numpy) for p in self.inputs)
        self._outputs = tuple((p.name, p.type.shape, p.type.dtype.numpy) for p in self.outputs)
        self._reads = (ctypes.c_void_p * max(1, len(self._inputs)))()
        self._writes = (ctypes.c_void_p * max(1, len(self._outputs)))()
        self._finalizer = weakref.finalize(self, _free, self._c, self._context, self._weights,
                                           self._arena)

    def _set_up(self, threads: int) -> int:
        """The status of the context: on its own weights, or those of another."""
        context, arena = _address(self._context), _address(self._arena)
        if self._of is None:
            return self._c.attach(context, _address(self._weights), self.interface.weights_bytes,
                                  arena, self.interface.memory_bytes, threads)
        return self._c.share(context, _address(self._of._context), arena,
                             self.interface.sharing_bytes, threads)

    def clone(self, threads: int | None = None) -> Network:
        """Another context of this network, for another thread of the caller.

        It reads the same weights, which are there once, and works in an arena of its own.
        ``threads``: those of its own; as many as this one has by default.

        Raises:
            DataError: this one was closed, or was not compiled for so many threads.
        """
        self._check_open()
        return Network(self.interface, self.library, self._weights, threads or self.threads, self)

    @property
    def inputs(self) -> tuple[Port, ...]:
        """Names and types of the inputs."""
        return self.interface.inputs

    @property
    def outputs(self) -> tuple[Port, ...]:
        """Names and types of the outputs."""
        return self.interface.outputs

    def __call__(self, feeds: Array | Mapping[str, Array]) -> Array | dict[str, Array]:
        """Runs the network once.

        Raises:
            DataError: an input is missing, has another shape or type, or is unknown; or the
                network was closed.
        """
        results = self.run(feeds if isinstance(feeds, Mapping) else self._only(feeds))
        return results if len(self.outputs) != 1 else results[self.outputs[0].name]

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Runs the network once: dictionary in, dictionary out."""
        self._check_open()
        arrays = fitting(self._inputs, feeds) or check_feeds(self.inputs, feeds)
        results = {name: np.empty(shape, dtype) for name, shape, dtype in self._outputs}
        for i, array in enumerate(arrays):
            self._reads[i] = _address(array)
        for i, array in enumerate(results.values()):
            self._writes[i] = _address(array)
        self._check(self._c.run(self._place, self._reads, self._writes))
        return results

    def reset(self) -> None:
        """Makes the state zero, as it was before the first run."""
        self._check_open()
        self._check(self._c.reset(self._place))

    def profile(self, feeds: Array | Mapping[str, Array], runs: int = 20) -> list[StepTime]:
        """The time of each step over ``runs`` runs, after a tenth as many to warm up."""
        self._check_open()
        arrays = check_feeds(self.inputs, feeds if isinstance(feeds, Mapping)
                             else self._only(feeds))
        results = [np.empty(p.type.shape, p.type.dtype.numpy) for p in self.outputs]
        steps = self.interface.steps
        clock = np.zeros((runs, max(1, len(steps))), np.int64)
        for run in [*([0] * (1 + runs // 10)), *range(runs)]:
            self._check(self._c.profile(_address(self._context), _pointers(arrays),
                                        _pointers(results), _address(clock[run])))
        return [StepTime(facts, tuple(float(t) * 1e-9 for t in clock[:, i]))
                for i, facts in enumerate(steps)]

    def trace(self, feeds: Mapping[str, Array]) -> list[dict[str, Array]]:
        """Every stored value right after the step that wrote it, row-major, by value name.

        It is the first run after a ``reset``.
        """
        self.reset()
        arrays = check_feeds(self.inputs, feeds)
        results = [np.empty(p.type.shape, p.type.dtype.numpy) for p in self.outputs]
        outputs = [r.reshape(-1).view(np.uint8) for r in results]
        seen: list[dict[str, Array]] = []
        for i, step in enumerate(self.interface.steps):
            self._check(self._c.step(_address(self._context), i, _pointers(arrays),
                                     _pointers(results)))
            seen.append({
                r.value: row_major(r, self._arena if r.place.region is Region.ARENA
                                   else outputs[r.place.index])
                for r in step.results})
        return seen

    def _only(self, array: Array) -> dict[str, Array]:
        if len(self.inputs) != 1:
            raise DataError(f"run: inputs: expected a dictionary for "
                            f"{[p.name for p in self.inputs]}, got one array; name them")
        return {self.inputs[0].name: array}

    def _check_open(self) -> None:
        if not self._finalizer.alive:
            raise DataError(f"run: network '{self.interface.network}': expected one that is open, "
                            "got one that was closed; load it again")

    @staticmethod
    def _check(status: int) -> None:
        if status:
            raise InternalError(f"session: run: expected status 0, got {status}; report this")

    def close(self) -> None:
        """Stops the threads. The network cannot run afterwards."""
        self._finalizer()


def row_major(result: Result, memory: Array, at: int | None = None) -> Array:
    """A copy of a stored result in its own shape.

    ``memory`` are the bytes of its region, or any others that hold it from ``at`` on.
    """
    start = result.place.offset if at is None else at
    data = memory[start:start + result.size_bytes].copy()
    kind = result.type
    stored = convert(data.view(result.form.dtype.numpy), kind.dtype).reshape(
        result.form.shape(kind))
    if not result.form.block:
        return stored
    n, c, *spatial = kind.shape
    return np.ascontiguousarray(
        np.moveaxis(stored, -1, 2).reshape(n, -1, *spatial)[:, :c])


def fitting(ports: Sequence[tuple[str, tuple[int, ...], np.dtype[Any]]],
            feeds: Mapping[str, Array]) -> list[Array] | None:
    """The arrays for ``ports`` (name, shape, dtype) if all fit as they are: the short way."""
    if len(feeds) != len(ports):
        return None
    arrays = []
    for name, shape, dtype in ports:
        array = feeds.get(name)
        if (type(array) is not np.ndarray or array.shape != shape or array.dtype != dtype
                or not array.flags.c_contiguous or not array.flags.aligned):
            return None
        arrays.append(array)
    return arrays


def check_feeds(ports: Sequence[Port], feeds: Mapping[str, Array]) -> list[Array]:
    """The arrays for ``ports`` in order, dense; ``DataError`` when one does not fit."""
    for name in feeds:
        if name not in [p.name for p in ports]:
            raise DataError(f"run: input '{name}': expected one of {[p.name for p in ports]}, "
                            f"got '{name}'; rename or drop it")
    arrays = []
    for port in ports:
        if port.name not in feeds:
            raise DataError(f"run: input '{port.name}': expected {port.type}, got nothing; "
                            "give it")
        array = as_array(port.name, feeds[port.name])
        if array.shape != port.type.shape or array.dtype != port.type.dtype.numpy:
            raise DataError(f"run: input '{port.name}': expected {port.type}, got "
                            f"{array.dtype}{list(array.shape)}; convert or reshape it")
        arrays.append(np.require(array, requirements=("C", "A")).reshape(array.shape))
    return arrays


class _Functions:
    """The exported functions of one network, typed."""

    def __init__(self, library: ctypes.CDLL, name: str) -> None:
        pointer, size = ctypes.c_void_p, ctypes.c_size_t

        def function(suffix: str, result: object, *arguments: object) -> Callable[..., int]:
            found = getattr(library, f"host_{name}_{suffix}")
            found.restype, found.argtypes = result, arguments
            return cast(Callable[..., int], found)

        self.inputs = function("inputs", ctypes.c_int)
        self.outputs = function("outputs", ctypes.c_int)
        self.steps = function("steps", ctypes.c_int)
        self.context_bytes = function("context_bytes", size)
        self.arena_bytes = function("arena_bytes", size)
        self.attach = function("attach", ctypes.c_int, pointer, pointer, size, pointer, size,
                               ctypes.c_int)
        self.share = function("share", ctypes.c_int, pointer, pointer, pointer, size, ctypes.c_int)
        self.preparations = function("preparations", ctypes.c_int)
        self.prepare = function("prepare", size, pointer, ctypes.c_int)
        self.run = function("run", ctypes.c_int, pointer, pointer, pointer)
        self.reset = function("reset", ctypes.c_int, pointer)
        self.step = function("step", ctypes.c_int, pointer, ctypes.c_int, pointer, pointer)
        self.profile = function("profile", ctypes.c_int, pointer, pointer, pointer, pointer)
        self.free = function("free", None, pointer)

    def check(self, interface: Interface) -> None:
        """Refuses code that reads or writes more, or less, than the interface says.

        Raises:
            ModelError: they are not of one network.
        """
        rows = (("bytes of working memory", self.arena_bytes(), interface.memory_bytes),
                ("inputs", self.inputs(), len(interface.inputs)),
                ("outputs", self.outputs(), len(interface.outputs)),
                ("steps", self.steps(), len(interface.steps)))
        for what, of_code, said in rows:
            if of_code != said:
                raise ModelError(f"session: network '{interface.network}': expected {of_code} "
                                 f"{what}, as its code has, got {said}; compile it again")


def aligned_bytes(size: int) -> Array:
    """At least ``size`` uninitialised bytes that start at the alignment of buffers."""
    size = max(size, ALIGNMENT_BYTES)  # numpy gives empty arrays no address
    raw = np.empty(size + ALIGNMENT_BYTES, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT_BYTES
    return raw[start:start + size]


def mapped_bytes(size: int) -> Array:
    """So many zeros, from a page's start on, of which ``let_go`` can give some back."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    return np.ndarray((size,), np.uint8, mmap.mmap(-1, max(size, 1), flags))


def let_go(data: Array, start: int) -> None:
    """Gives back the memory of mapped bytes from ``start`` on: nobody reads them any more.

    Of a file, it is read again if somebody does. Bytes that are not mapped stay.
    """
    memory: object = data.base
    first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    if isinstance(memory, mmap.mmap) and first < len(memory) and hasattr(mmap, "MADV_DONTNEED"):
        memory.madvise(mmap.MADV_DONTNEED, first)


def _address(array: Array) -> int:
    try:  # four times as quick as asking numpy
        return ctypes.addressof(ctypes.c_char.from_buffer(cast(Any, array)))
    except (TypeError, ValueError):  # read-only or empty
        return array.ctypes.data


def _pointers(arrays: Sequence[Array]) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * max(1, len(arrays)))(*(_address(a) for a in arrays))


def _free(functions: _Functions, context: Array, *kept: Array) -> None:
    functions.free(_address(context))

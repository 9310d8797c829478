"""A compiled network in this process: numpy arrays in and out."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.emit.binding import binding
from tinsmith.emit.c import c_name, emit
from tinsmith.errors import DataError, InternalError
from tinsmith.ir.graph import Graph
from tinsmith.schedule.plan import ALIGNMENT_BYTES, Plan, Port, Region
from tinsmith.toolchain import build


@dataclass(frozen=True, slots=True)
class StepTime:
    """One step of a profile: seconds of each run."""

    name: str
    op: str
    kernel: str
    macs: int
    traffic_bytes: int
    origin: tuple[str, ...]
    seconds: tuple[float, ...]


class Session:
    """A network that is built and loaded. Not for several threads at once; make one for each.

    ``session(x)`` runs it: an array for the only input or a dictionary by name; an array back for
    the only output or a dictionary by name. The results are new arrays.
    """

    def __init__(self, plan: Plan, library: Path, name: str, threads: int | None = None) -> None:
        self.plan = plan
        self.library = library
        self.graph: Graph | None = None
        self._c = _Functions(ctypes.CDLL(str(library)), name)
        self._weights = aligned_bytes(plan.weight_bytes)
        self._weights[:plan.weight_bytes] = np.frombuffer(plan.blob(), np.uint8)
        self._arena = aligned_bytes(plan.arena_bytes)
        self._context = aligned_bytes(self._c.context_bytes())
        count = plan.options.threads if threads is None else threads
        status = self._c.init(_address(self._context), _address(self._weights),
                              plan.weight_bytes, _address(self._arena), plan.arena_bytes, count)
        if status:
            raise InternalError(f"session: network '{plan.name}': expected status 0 from init, "
                                f"got {status}; report this")
        self._finalizer = weakref.finalize(self, _free, self._c, self._context, self._weights,
                                           self._arena)

    @property
    def inputs(self) -> tuple[Port, ...]:
        """Names and types of the inputs."""
        return self.plan.inputs

    @property
    def outputs(self) -> tuple[Port, ...]:
        """Names and types of the outputs."""
        return self.plan.outputs

    def __call__(self, feeds: Array | Mapping[str, Array]) -> Array | dict[str, Array]:
        """Runs the network once.

        Raises:
            DataError: an input is missing, has another shape or type, or is unknown.
        """
        results = self.run(feeds if isinstance(feeds, Mapping) else self._only(feeds))
        return results if len(self.outputs) != 1 else results[self.outputs[0].name]

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Runs the network once: dictionary in, dictionary out."""
        arrays = check_feeds(self.inputs, feeds)
        results = [np.empty(p.type.shape, p.type.dtype.numpy) for p in self.outputs]
        self._check(self._c.run(_address(self._context), _pointers(arrays), _pointers(results)))
        return {p.name: r for p, r in zip(self.outputs, results, strict=True)}

    def profile(self, feeds: Array | Mapping[str, Array], runs: int = 20) -> list[StepTime]:
        """The time of each step over ``runs`` runs, after a tenth as many to warm up."""
        arrays = check_feeds(self.inputs, feeds if isinstance(feeds, Mapping)
                             else self._only(feeds))
        results = [np.empty(p.type.shape, p.type.dtype.numpy) for p in self.outputs]
        clock = np.zeros((runs, max(1, len(self.plan.steps))), np.int64)
        for run in [*([0] * (1 + runs // 10)), *range(runs)]:
            self._check(self._c.profile(_address(self._context), _pointers(arrays),
                                        _pointers(results), _address(clock[run])))
        return [
            StepTime(s.name, s.op, s.call.kernel, s.macs, s.traffic_bytes, s.origin,
                     tuple(float(t) * 1e-9 for t in clock[:, i]))
            for i, s in enumerate(self.plan.steps)
        ]

    def trace(self, feeds: Mapping[str, Array]) -> list[dict[str, Array]]:
        """Every stored value right after the step that wrote it, row-major, by value name."""
        arrays = check_feeds(self.inputs, feeds)
        results = [np.empty(p.type.shape, p.type.dtype.numpy) for p in self.outputs]
        by_value = {b.value: b for b in self.plan.buffers}
        seen: list[dict[str, Array]] = []
        for i, step in enumerate(self.plan.steps):
            self._check(self._c.step(_address(self._context), i, _pointers(arrays),
                                     _pointers(results)))
            written: dict[str, Array] = {}
            for argument in step.results:
                buffer = by_value[argument.value]
                memory = (self._arena if buffer.place.region is Region.ARENA
                          else results[buffer.place.index].reshape(-1).view(np.uint8))
                data = memory[buffer.place.offset:buffer.place.offset + buffer.size_bytes]
                stored = data.view(buffer.type.dtype.numpy).reshape(
                    buffer.layout.shape(buffer.type))
                written[buffer.value] = _row_major(stored, buffer.type.shape).copy()
            seen.append(written)
        return seen

    def _only(self, array: Array) -> dict[str, Array]:
        if len(self.inputs) != 1:
            raise DataError(f"run: inputs: expected a dictionary for "
                            f"{[p.name for p in self.inputs]}, got one array; name them")
        return {self.inputs[0].name: array}

    @staticmethod
    def _check(status: int) -> None:
        if status:
            raise InternalError(f"session: run: expected status 0, got {status}; report this")

    def close(self) -> None:
        """Stops the threads. The session cannot run afterwards."""
        self._finalizer()


def load(plan: Plan, compiler: str = "zig", threads: int | None = None,
         flags: Sequence[str] = ()) -> Session:
    """Builds a plan for this machine and loads it.

    Raises:
        ToolchainError: the compiler is missing or fails.
    """
    name = c_name(plan.name)
    library = build({**emit(plan, name), "binding.c": binding(name)}, plan.target, kind="shared",
                    compiler=compiler, flags=flags)
    return Session(plan, library, name, threads)


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
        array = np.asarray(feeds[port.name])
        if array.shape != port.type.shape or array.dtype != port.type.dtype.numpy:
            raise DataError(f"run: input '{port.name}': expected {port.type}, got "
                            f"{array.dtype}{list(array.shape)}; convert or reshape it")
        arrays.append(np.ascontiguousarray(array))
    return arrays


class _Functions:
    """The exported functions of one network, typed."""

    def __init__(self, library: ctypes.CDLL, name: str) -> None:
        pointer, size = ctypes.c_void_p, ctypes.c_size_t

        def function(suffix: str, result: object, *arguments: object):  # type: ignore[no-untyped-def]
            found = getattr(library, f"tin_{name}_{suffix}")
            found.restype, found.argtypes = result, arguments
            return found

        self.context_bytes = function("context_bytes", size)
        self.arena_bytes = function("arena_bytes", size)
        self.init = function("init", ctypes.c_int, pointer, pointer, size, pointer, size,
                             ctypes.c_int)
        self.run = function("run", ctypes.c_int, pointer, pointer, pointer)
        self.step = function("step", ctypes.c_int, pointer, ctypes.c_int, pointer, pointer)
        self.profile = function("profile", ctypes.c_int, pointer, pointer, pointer, pointer)
        self.free = function("free", None, pointer)


def aligned_bytes(size: int) -> Array:
    """At least ``size`` uninitialised bytes that start at the alignment of buffers."""
    size = max(size, ALIGNMENT_BYTES)  # numpy gives empty arrays no address
    raw = np.empty(size + ALIGNMENT_BYTES, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT_BYTES
    return raw[start:start + size]


def _address(array: Array) -> int:
    return array.ctypes.data


def _pointers(arrays: Sequence[Array]) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * max(1, len(arrays)))(*(a.ctypes.data for a in arrays))


def _free(functions: _Functions, context: Array, *kept: Array) -> None:
    functions.free(_address(context))


def _row_major(stored: Array, shape: tuple[int, ...]) -> Array:
    """A stored value as a row-major array of ``shape``."""
    if stored.shape == shape:
        return stored
    n, c, *spatial = shape
    joined = np.moveaxis(stored, -1, 2).reshape(n, -1, *spatial)
    return joined[:, :c]

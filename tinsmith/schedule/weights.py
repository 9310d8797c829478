"""Where weights lie: in the blob as they are stored, and what is made of them at load.

Steps of the host read the blob; what is prepared for them lies behind its arena. Another device
reads none of it: its weights are transferred into its memory at load, and prepared there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.kernels.convert.transfer import upload_call
from tinsmith.kernels.convert.widen import widened
from tinsmith.kernels.kernel import HOST, Call, Prepared
from tinsmith.kernels.stored import as_halves
from tinsmith.request import Request
from tinsmith.schedule.pieces import pieces
from tinsmith.schedule.plan import (
    Argument,
    Place,
    Region,
    Step,
    WeightBlock,
    aligned,
)
from tinsmith.schedule.work import Work
from tinsmith.targets import Target

LEAST_WIDENED = 2048  # elements of an array that is worth a preparation of its own


def stored_as_halves(work: Work, target: Target) -> Work:
    """The work with those weights widened at load which halves hold exactly.

    Where there is no operating system memory is scarcer than flash, and they stay float32.
    """
    call = work.lowered
    assert isinstance(call, Call)
    if target.bare_metal:
        return work
    weights = tuple(_stored(array, target) for array in call.weights)
    if all(new is old for new, old in zip(weights, call.weights, strict=True)):
        return work
    return replace(work, lowered=replace(call, weights=weights))


def _stored(array: Array | Prepared, target: Target) -> Array | Prepared:
    if isinstance(array, Prepared) or array.size < LEAST_WIDENED:
        return array
    halves = as_halves(array)
    return array if halves is None else widened(halves, target.lanes)


class Blob:
    """Arrays one after the other; equal ones are stored once."""

    def __init__(self) -> None:
        self.blocks: list[WeightBlock] = []
        self.size_bytes = 0
        self._alike: dict[tuple[str, int, bytes], list[WeightBlock]] = {}

    def add(self, array: Array) -> int:
        """The offset of an array, stored now if it is new."""
        array = np.ascontiguousarray(array)
        flat = array.reshape(-1).view(np.uint8)
        alike = self._alike.setdefault((array.dtype.str, array.nbytes, flat[:256].tobytes()), [])
        for block in alike:
            if np.array_equal(block.array.reshape(-1).view(np.uint8), flat):
                return block.offset
        alike.append(WeightBlock(self.size_bytes, array))
        self.blocks.append(alike[-1])
        self.size_bytes += aligned(array.nbytes)
        return alike[-1].offset


@dataclass(frozen=True, slots=True)
class _Making:
    """A call at load: of arrays in the blob, or of what earlier ones made on the device."""

    name: str
    op: str
    call: Call
    sources: tuple[Array | Argument, ...]
    result: Argument


class Weights:
    """All weights of a plan while they are collected.

    Attributes:
        blob: what is stored.
        prepared: the bytes that are made at load, by device.
    """

    def __init__(self) -> None:
        self.blob = Blob()
        self.prepared: dict[str, int] = {HOST: 0}
        self._sources = Blob()
        self._made: dict[object, tuple[_Making, ...]] = {}

    def place(self, array: Array | Prepared, name: str, device: str) -> Place:
        """Where a step on ``device`` finds an array; equal ones are stored and made once."""
        if device == HOST and not isinstance(array, Prepared):
            return Place(Region.WEIGHTS, self.blob.add(array))
        call = array.call if isinstance(array, Prepared) else upload_call(array)
        key = (device, call.kernel, call.constants, call.macros,
               *(self._sources.add(source) for source in _arrays(call)))
        if key not in self._made:
            self._made[key] = (self._made_on_host(call, array.nbytes, name) if device == HOST else
                               self._made_elsewhere(call, array, name, device))
        return self._made[key][-1].result.place

    def _made_on_host(self, call: Call, nbytes: int, name: str) -> tuple[_Making, ...]:
        return (_Making(name, "Prepare", call, tuple(_arrays(call)), self._room(nbytes, HOST)),)

    def _made_elsewhere(self, call: Call, array: Array | Prepared, name: str,
                        device: str) -> tuple[_Making, ...]:
        """Transfers of all arrays, then what is made of them."""
        uploads = tuple(
            _Making(name, "Transfer", upload_call(source), (source,),
                    self._room(source.nbytes, device)) for source in _arrays(call))
        if not isinstance(array, Prepared):
            return uploads
        return (*uploads, _Making(name, "Prepare", call, tuple(one.result for one in uploads),
                                  self._room(array.nbytes, device)))

    def _room(self, nbytes: int, device: str) -> Argument:
        """The next bytes of what is prepared on a device."""
        start = self.prepared.setdefault(device, 0)
        self.prepared[device] += aligned(nbytes)
        return Argument(Place(Region.PREPARED, start, device=device), size_bytes=nbytes)

    def preparations(self, request: Request) -> tuple[Step, ...]:
        """All that is made, what reads the end of the blob first."""
        return tuple(reversed([
            step for makings in self._made.values()
            for step in reversed([self._preparation(one, request) for one in makings])]))

    def _preparation(self, making: _Making, request: Request) -> Step:
        weights = tuple(
            source if isinstance(source, Argument) else
            Argument(Place(Region.WEIGHTS, self.blob.add(source)), size_bytes=source.nbytes)
            for source in making.sources)
        traffic = sum(weight.size_bytes for weight in (*weights, making.result))
        device = making.result.place.device
        seconds = traffic / request.target.model.memory_bytes_per_s
        return Step(making.name, making.op, making.call, (), weights, (making.result,), None,
                    (making.name,), 0, traffic, pieces(making.call, seconds, device, request),
                    device)


def _arrays(call: Call) -> Iterator[Array]:
    """The weights of a preparation."""
    for array in call.weights:
        assert not isinstance(array, Prepared), f"{call.kernel} prepares what is prepared"
        yield array

"""How one target runs a network: kernel calls, buffers in one arena, one blob of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import TensorType
from tinsmith.kernels.kernel import HOST, Call, Form, Forms
from tinsmith.request import Request
from tinsmith.targets import Target

ALIGNMENT_BYTES = 64


class Region(Enum):
    """Where a buffer lies."""

    ARENA = "arena"
    WEIGHTS = "weights"
    PREPARED = "prepared"
    INPUT = "input"
    OUTPUT = "output"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Place:
    """An address: a region of a device, which input or output (0 otherwise), an offset in bytes."""

    region: Region
    offset: int
    index: int = 0
    device: str = HOST

    def further(self, more: int) -> Place:
        """The place so many bytes behind."""
        return replace(self, offset=self.offset + more)


@dataclass(frozen=True, slots=True)
class Buffer:
    """A stored value: where, how many bytes, and the steps between which it must last.

    ``owner`` names the value in whose memory it lies: itself, or what it is a view or a part of.
    """

    value: str
    owner: str
    type: TensorType
    form: Form
    place: Place
    size_bytes: int
    first_step: int
    last_step: int


@dataclass(frozen=True, slots=True)
class Argument:
    """A pointer that a kernel gets: to a value or a weight of so many bytes."""

    place: Place
    value: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a kernel with all its addresses.

    ``pieces``: in how many parts threads share its chunks; 1: the caller does it alone.
    ``device``: what runs it; of a transfer, the one that is not the host.
    ``forms``: those of a node's operands; None for a conversion, a copy or a preparation.
    """

    name: str
    op: str
    call: Call
    operands: tuple[Argument | None, ...]
    weights: tuple[Argument, ...]
    results: tuple[Argument, ...]
    scratch: Place | None
    origin: tuple[str, ...]
    macs: int
    traffic_bytes: int
    pieces: int = 1
    device: str = HOST
    forms: Forms | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of the network."""

    name: str
    type: TensorType


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """What a caller can ask for by name: a range of a plan's steps, with tensors of its own.

    'run' is the network; 'reset', where it has state, makes that zero again.
    """

    name: str
    first: int
    end: int
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()


@dataclass(frozen=True, slots=True)
class WeightBlock:
    """An array in the blob of weights."""

    offset: int
    array: Array


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that an emitter prints. All decisions are taken.

    Attributes:
        steps: of all entry points, one after the other; those of 'run' come first.
        preparations: what runs once, in this order, before the first step: each makes a part of
            the prepared weights of a part of the blob.
        arenas: the size of each region of each device that a network needs beside weights, inputs
            and outputs: ``ARENA``, scratch included, ``PREPARED`` and ``STATE``.
        bound_bytes: the largest sum of the host's buffers alive at once: no plan can need less.
        weight_bytes: the size of the blob.
        kept_bytes: its first part, which steps read; of the rest only preparations do, each of
            what lies before that of the one before it.
    """

    name: str
    request: Request
    steps: tuple[Step, ...]
    preparations: tuple[Step, ...]
    buffers: tuple[Buffer, ...]
    arenas: Mapping[tuple[str, Region], int]
    bound_bytes: int
    blocks: tuple[WeightBlock, ...]
    weight_bytes: int
    kept_bytes: int
    entries: tuple[EntryPoint, ...]
    metadata: Mapping[str, str]

    @property
    def tasks(self) -> tuple[Step, ...]:
        """All that a network runs: its steps, and behind them what runs once when it is loaded."""
        return (*self.steps, *self.preparations)

    @property
    def target(self) -> Target:
        """The machine."""
        return self.request.target

    @property
    def roundings(self) -> dict[str, float]:
        """By step, what its algorithm's rounding adds (``Call.rounding``), where it adds any."""
        return {step.name: step.call.rounding for step in self.steps if step.call.rounding}

    @property
    def arena_bytes(self) -> int:
        """What the host needs beside weights, inputs and outputs; scratch included."""
        return self.arenas.get((HOST, Region.ARENA), 0)

    @property
    def prepared_bytes(self) -> int:
        """The size of the host's prepared weights."""
        return self.arenas.get((HOST, Region.PREPARED), 0)

    @property
    def state_bytes(self) -> int:
        """The size of what lasts from run to run."""
        return self.arenas.get((HOST, Region.STATE), 0)

    @property
    def running(self) -> tuple[Step, ...]:
        """The steps of a run."""
        return self.steps[self.entries[0].first:self.entries[0].end]

    @property
    def inputs(self) -> tuple[Port, ...]:
        """The inputs of a run."""
        return self.entries[0].inputs

    @property
    def outputs(self) -> tuple[Port, ...]:
        """The outputs of a run."""
        return self.entries[0].outputs

    @property
    def devices(self) -> tuple[str, ...]:
        """All that run tasks, the host first."""
        return tuple(dict.fromkeys((HOST, *(task.device for task in self.tasks))))

    @property
    def sharing_bytes(self) -> int:
        """What each context needs for itself: the arena, and behind it the state."""
        return self.arena_bytes + self.state_bytes

    @property
    def memory_bytes(self) -> int:
        """What a caller provides: that of a context, and behind it the prepared weights."""
        return self.sharing_bytes + self.prepared_bytes

    @property
    def resident_bytes(self) -> int:
        """All that a loaded network occupies, beside code, inputs and outputs."""
        return self.memory_bytes + self.kept_bytes

    @property
    def needed_bytes(self) -> tuple[int, ...]:
        """For each preparation, how much of the blob is still read when it is done."""
        needed, most = [], self.kept_bytes
        for step in reversed(self.preparations):
            needed.append(most)
            ends = (w.place.offset + aligned(w.size_bytes)
                    for w in step.weights if w.place.region is Region.WEIGHTS)
            most = max((most, *ends))
        return tuple(reversed(needed))

    def blob(self) -> bytes:
        """The weights as one string of bytes, copied once."""
        parts: list[bytes | memoryview] = []
        end = 0
        for block in sorted(self.blocks, key=lambda b: b.offset):
            data = np.ascontiguousarray(block.array).reshape(-1).view(np.uint8)
            parts += [bytes(block.offset - end), data.data]
            end = block.offset + data.size
        return b"".join([*parts, bytes(self.weight_bytes - end)])


def aligned(size: int) -> int:
    """``size`` rounded up to the alignment of buffers."""
    return -(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES

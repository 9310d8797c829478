"""`Model`: what a core does in a cycle and where its data comes from, as the costs of kernels ask.

Facts of hardware alone: no figure here belongs to a kernel. They come from documents (the files in
``cores/``, each with its sources); those of this machine may be measured (``runtime/core.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

from tinsmith.dtypes import DType


@dataclass(frozen=True, slots=True)
class Unit:
    """Instructions of one kind: ``per_cycle`` of them start in a cycle, each ``bits`` wide at most.

    ``latency`` is in cycles: of a multiply-add until its sum can be added to again, of a load from
    the first cache until its value can be used.
    """

    per_cycle: float
    bits: int
    latency: float = 1.0

    def rate(self, vector_bits: int) -> float:
        """Vectors of that width a cycle; a wider one takes several turns."""
        return self.per_cycle * min(1.0, self.bits / vector_bits)


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache: 0 bytes where there is none, ``cores`` that share it, and what one core reads."""

    size_bytes: int
    cores: int
    bytes_per_cycle: float

    def share(self, threads: int = 1) -> int:
        """The bytes that each of ``threads`` cores may fill when all of them use it at once."""
        return self.size_bytes // max(1, min(threads, self.cores))


@dataclass(frozen=True, slots=True)
class Model:
    """One core, with the caches and the memory behind it.

    Attributes:
        core: its name, that of a file in ``cores/``.
        clock_ghz: cycles a nanosecond.
        in_order: instructions wait for those before them; vector loads and multiply-adds then take
            turns rather than overlap.
        issue: the most instructions that start in a cycle.
        f32, bf16, f16: fused multiply-adds; of bf16 the sums of two products each. The features of
            a target say whether it has them; None where the core never does.
        load, store: of vectors.
        l1d, l2, l3: the caches that hold data.
        memory_bytes_per_s: what one core reads from memory.
        memory_bytes_per_s_of_all: what all cores together read.
        share_s: to hand a step to threads that wait awake, and to hear that it is done.
        wake_s: to wake a thread that sleeps; so long the last one waits awake for the others.
        spin_s: how long a thread waits awake for the next step before it sleeps.
    """

    core: str
    clock_ghz: float
    in_order: bool
    issue: int
    f32: Unit
    bf16: Unit | None
    f16: Unit | None
    load: Unit
    store: Unit
    l1d: Cache
    l2: Cache
    l3: Cache
    memory_bytes_per_s: float
    memory_bytes_per_s_of_all: float
    share_s: float
    wake_s: float
    spin_s: float

    def __hash__(self) -> int:
        """Of a few fields: targets are keys of the caches that kernels keep of tiles."""
        return hash((self.core, self.clock_ghz, self.l2))

    def seconds(self, cycles: float) -> float:
        """The time that so many cycles take."""
        return cycles / self.clock_ghz * 1e-9

    def cycles(self, seconds: float) -> float:
        """The cycles in so much time."""
        return seconds * self.clock_ghz * 1e9

    def multiply_add(self, dtype: DType) -> Unit | None:
        """The multiply-adds of an element type; None where the core has no such instruction."""
        return {DType.F32: self.f32, DType.BF16: self.bf16, DType.F16: self.f16}.get(dtype)

    def memory_bytes_per_cycle(self, threads: int = 1) -> float:
        """What each of ``threads`` cores reads from memory in a cycle, all of them at once."""
        each = min(self.memory_bytes_per_s, self.memory_bytes_per_s_of_all / threads)
        return each / self.clock_ghz * 1e-9

    def bytes_per_cycle(self, size_bytes: float, threads: int = 1) -> float:
        """What each of ``threads`` cores reads in a cycle of ``size_bytes`` that it reads often.

        The nearest cache that holds them decides, at each core's share of it.
        """
        for cache in (self.l1d, self.l2, self.l3):
            if size_bytes <= cache.share(threads):
                return cache.bytes_per_cycle
        return self.memory_bytes_per_cycle(threads)

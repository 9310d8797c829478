"""`Target`: what the rest of Tinsmith may know about the machine that code is made for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from tinsmith.targets.model import Model


@dataclass(frozen=True, slots=True)
class Cluster:
    """A group of equal cores: how many of which, and what one can do."""

    core: str
    count: int
    model: Model


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory region that a plan may place buffers or weights in."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU beside the cores: ``api`` is 'opencl' or 'cuda', ``units`` its shader cores."""

    name: str
    api: str
    version: str
    units: int


@dataclass(frozen=True, slots=True)
class Target:
    """One machine, as facts; nothing here decides anything.

    ``isa`` is one of x86-64-v2, x86-64-v3, x86-64-v4, aarch64, armv7, riscv64, thumb, c.
    ``features`` name extensions that kernels may rely on, e.g. ('neon', 'dotprod', 'fp16').
    ``lanes`` are the float32 values in one vector of simd.h, ``vector_bits`` is 32 times that, and
    ``vector_registers`` how many such vectors the register file holds.
    The first cluster is the one that code is compiled for.
    """

    name: str
    isa: str
    features: tuple[str, ...]
    vector_bits: int
    lanes: int
    vector_registers: int
    cores: tuple[Cluster, ...]
    memories: tuple[Memory, ...]
    os: Literal["linux", "none"]
    gpu: Gpu | None
    flags: tuple[str, ...]  # for every compiler
    zig_target: str
    zig_cpu: str
    zig_link_cpu: str  # '' = the baseline, so that one libc serves all cores of an ISA
    gcc: str  # the cross compiler's program name
    gcc_flags: tuple[str, ...]
    clang_target: str
    clang_flags: tuple[str, ...]
    zig_baseline: str  # the processor that has what all of this kind have
    baseline_flags: tuple[str, ...]  # the same for gcc and clang
    qemu: str
    qemu_cpu: str
    qemu_machine: str  # '' for user mode

    @property
    def model(self) -> Model:
        """The core that code is compiled for."""
        return self.cores[0].model

    @property
    def core_count(self) -> int:
        """All cores of all clusters."""
        return sum(cluster.count for cluster in self.cores)

    @property
    def bare_metal(self) -> bool:
        """True where there is no operating system and no C library."""
        return self.os == "none"

    def has(self, feature: str) -> bool:
        """Whether kernels may use this extension."""
        return feature in self.features

    def with_model(self, model: Model) -> Target:
        """The same machine with another model of the core that code is compiled for."""
        first, *others = self.cores
        return replace(self, cores=(replace(first, model=model), *others))

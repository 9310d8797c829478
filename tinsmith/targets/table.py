"""Reads cores.toml and boards.toml into `Target` values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

from tinsmith.targets.target import Cluster, Gpu, Memory, Target

Row = Mapping[str, Any]


def load(file_name: str) -> dict[str, Any]:
    """One of this folder's TOML files."""
    return tomllib.loads(files("tinsmith.targets").joinpath(file_name).read_text("utf-8"))


def core_target(name: str, table: Row) -> Target:
    """The target of a core row, completed from its base instruction set."""
    own: Row = table["cores"][name]
    row: Row = {**table["isas"][own["base"]], **own}
    gcc_flags = tuple(row["gcc_flags"])
    return Target(
        name=name,
        isa=row.get("isa", name if own["base"] == "x86-64" else own["base"]),
        features=tuple(row.get("features", ())),
        vector_bits=row["vector_bits"],
        lanes=row["lanes"],
        vector_registers=row["vector_registers"],
        l1d_bytes=row["l1d_bytes"],
        l2_bytes=row["l2_bytes"],
        cores=clusters(row["clusters"]),
        memories=memories(row["memories"]),
        os=row["os"],
        gpu=None,
        flags=tuple(row.get("flags", ())),
        zig_target=row["zig_target"],
        zig_cpu=row["zig_cpu"],
        zig_link_cpu=row.get("zig_link_cpu", ""),
        gcc=row["gcc"],
        gcc_flags=gcc_flags,
        clang_target=row["clang_target"],
        clang_flags=tuple(row.get("clang_flags", gcc_flags)),
        zig_baseline=row.get("zig_baseline", row["zig_cpu"]),
        baseline_flags=tuple(row.get("baseline_flags", gcc_flags)),
        qemu=row["qemu"],
        qemu_cpu=row["qemu_cpu"],
        qemu_machine=row.get("qemu_machine", ""),
    )


def board_target(name: str, board: Row, core: Target) -> Target:
    """A board: its core's target with the board's own clusters, memories and GPU."""
    gpu = Gpu(**board["gpu"]) if "gpu" in board else None
    return replace(
        core,
        name=name,
        cores=clusters(board["clusters"]),
        memories=memories(board["memories"]),
        gpu=gpu,
    )


def with_features(target: Target, extra: tuple[str, ...], table: Row) -> Target:
    """An x86-64 target that may also use these extensions."""
    new = tuple(name for name in extra if name not in target.features)
    rows = [table["features"][name] for name in new]
    flags = tuple(row["flag"] for row in rows if "flag" in row)
    return replace(
        target,
        name="+".join((target.name, *new)),
        features=target.features + new,
        zig_cpu="+".join((target.zig_cpu, *(row["zig"] for row in rows if "zig" in row))),
        gcc_flags=target.gcc_flags + flags,
        clang_flags=target.clang_flags + flags,
    )


def clusters(rows: list[tuple[str, int, float]]) -> tuple[Cluster, ...]:
    """``[[core, count, GHz], ...]`` as values."""
    return tuple(Cluster(core, count, ghz) for core, count, ghz in rows)


def memories(rows: list[tuple[str, int]]) -> tuple[Memory, ...]:
    """``[[name, bytes], ...]`` as values."""
    return tuple(Memory(name, size_bytes) for name, size_bytes in rows)

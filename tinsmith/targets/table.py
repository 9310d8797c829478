"""Reads isas.toml, boards.toml and the files of cores/ into `Target` values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from tinsmith.targets.model import Cache, Model, Unit
from tinsmith.targets.target import Cluster, Gpu, Memory, Target

Row = Mapping[str, Any]


@cache
def tables() -> Row:
    """``isas.toml``, and every file of ``cores/`` under ``cores``, in the order of their names."""
    folder = files("tinsmith.targets").joinpath("cores")
    cores = {path.name.removesuffix(".toml"): tomllib.loads(path.read_text("utf-8"))
             for path in sorted(folder.iterdir(), key=lambda path: path.name)}
    return {**load("isas.toml"), "cores": cores, "boards": load("boards.toml")["boards"]}


def load(file_name: str) -> dict[str, Any]:
    """One of this folder's TOML files."""
    return tomllib.loads(files("tinsmith.targets").joinpath(file_name).read_text("utf-8"))


def completed(own: Row, isas: Row) -> Row:
    """A row with every field of its bases that it does not have itself."""
    if "base" not in own:
        return own
    base = completed(isas[own["base"]], isas)
    return {**base, **own, "model": {**base.get("model", {}), **own.get("model", {})}}


def core_target(name: str, table: Row) -> Target:
    """The target of a core, completed from its base instruction set."""
    own: Row = table["cores"][name]
    row = completed(own, table["isas"])
    gcc_flags = tuple(row["gcc_flags"])
    return Target(
        name=name,
        isa=row.get("isa", own["base"]),
        features=tuple(row.get("features", ())),
        vector_bits=row["vector_bits"],
        lanes=row["lanes"],
        vector_registers=row["vector_registers"],
        cores=(Cluster(name, row["count"], core_model(name, table)),),
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


def core_model(name: str, table: Row) -> Model:
    """What a core can do, as the documents have it."""
    row = completed(table["cores"][name], table["isas"])
    facts: dict[str, Any] = {"bf16": None, "f16": None, **row["model"]}
    for key in ("f32", "bf16", "f16", "load", "store"):
        facts[key] = facts[key] and Unit(**facts[key])
    for key in ("l1d", "l2", "l3"):
        facts[key] = Cache(**facts[key])
    return Model(core=name, clock_ghz=row["clock_ghz"], **facts)


def recognised(kind: str, key: tuple[str | int, ...], table: Row) -> str:
    """The core that says so of itself; '' where none does.

    Args:
        kind: 'cpuid' (key: vendor, family, model) or 'midr' (key: implementer, part).
        key: what the machine says.
        table: ``tables()``.
    """
    for name, row in table["cores"].items():
        if kind == "midr" and tuple(row.get(kind, ())) == key:
            return str(name)
        if kind == "cpuid" and any((vendor, family) == key[:2] and first <= key[2] <= last
                                   for vendor, family, first, last in row.get(kind, ())):
            return str(name)
    return ""


def board_target(name: str, table: Row) -> Target:
    """A board: its core's target with the board's own clusters, memories and GPU."""
    board = table["boards"][name]
    gpu = Gpu(**board["gpu"]) if "gpu" in board else None
    return replace(
        core_target(board["core"], table),
        name=name,
        cores=tuple(cluster(core, count, ghz, table) for core, count, ghz in board["clusters"]),
        memories=memories(board["memories"]),
        gpu=gpu,
    )


def cluster(core: str, count: int, ghz: float, table: Row) -> Cluster:
    """So many cores at a clock; no more of them share a cache than there are."""
    model = core_model(core, table)

    def of_few(cache: Cache) -> Cache:
        return replace(cache, cores=min(cache.cores, count))

    return Cluster(core, count, replace(
        model, clock_ghz=ghz, l1d=of_few(model.l1d), l2=of_few(model.l2), l3=of_few(model.l3)))


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


def memories(rows: list[tuple[str, int]]) -> tuple[Memory, ...]:
    """``[[name, bytes], ...]`` as values."""
    return tuple(Memory(name, size_bytes) for name, size_bytes in rows)

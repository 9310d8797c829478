"""A network on a processor without its instructions says so; nothing dies of SIGILL."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.models import classifier
from tinsmith import pipeline
from tinsmith.emit.devices import cpu
from tinsmith.emit.devices.cpu import baseline
from tinsmith.emit.host import network_header
from tinsmith.emit.processor import WORDS, processor_words
from tinsmith.errors import TargetError
from tinsmith.importers import load
from tinsmith.runtime.program import WRONG_PROCESSOR, build_program
from tinsmith.targets import find, names
from tinsmith.targets.table import tables


def test_every_target_and_extension_has_its_bits() -> None:
    for name in names():
        target = find(name)
        words = processor_words(target)
        assert len(words) == (WORDS if target.isa not in ("c", "riscv64", "thumb") else 0), name
    v4 = processor_words(find("x86-64-v4"))
    for name, row in tables()["features"].items():
        if "flag" in row:
            more = processor_words(find(f"x86-64-v4+{name}"))
            assert more != v4
            assert all(a & b == a for a, b in zip(v4, more, strict=True))


def test_only_layers_are_for_the_target_alone(tmp_path: Path) -> None:
    graph = load(classifier(tmp_path))
    files = pipeline.bundle_files(graph, pipeline.plan(
        graph, pipeline.request_for(graph, "x86-64-v3", 2)), "net_layers_0")
    layers = {name for name in files if name.endswith(".c")} - set(baseline(files))
    assert layers == {"net_layers_0_layers_0.c"}
    assert {"main.c", "net_layers_0.c"} <= set(baseline(files))


@pytest.mark.cc
@pytest.mark.one_target
@pytest.mark.qemu
@pytest.mark.parametrize(("target", "cpu", "instructions"), [
    ("x86-64-v4", "max", "x86-64-v4"),
    ("x86-64-v3", "Nehalem", "x86-64-v3"),
    ("x86-64-v3", "max,-avx2", "x86-64-v3"),
    ("x86-64-v3", "max", ""),
    ("x86-64-v2", "qemu64", "x86-64-v2"),
    ("x86-64-v2", "Nehalem", ""),
    ("cortex-a76", "cortex-a53", "aarch64 + dotprod + fp16"),
    ("cortex-a76", "max", ""),
    ("cortex-a7", "cortex-a9", "armv7"),
])
def test_a_processor_without_the_instructions(tmp_path: Path, target: str, cpu: str,
                                              instructions: str) -> None:
    machine = find(target)
    if not shutil.which(machine.qemu):
        pytest.skip(f"no {machine.qemu}")
    graph = load(classifier(tmp_path))
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, target, 2))
    files = pipeline.bundle_files(graph, made)
    for name in ("weights.bin", "golden.bin"):
        (tmp_path / name).write_bytes(files[name])
    program = build_program(files, machine, "zig")
    done = subprocess.run([machine.qemu, "-cpu", cpu, program.path, "--selftest"], cwd=tmp_path,
                          capture_output=True, text=True, check=False)
    if instructions:
        assert done.returncode == WRONG_PROCESSOR, done
        assert f"expected a processor with {instructions}, got another" in done.stderr
    else:
        assert done.returncode == 0, done


@pytest.mark.cc
@pytest.mark.one_target
def test_a_session_says_so_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu, "processor_words", lambda target: (1 << 31,) * WORDS)
    with pytest.raises(TargetError, match=r"expected a processor with .*, got another; compile"):
        pipeline.compile(load(classifier(tmp_path)), threads=1)


def test_the_header_says_what_native_was(tmp_path: Path) -> None:
    graph = load(classifier(tmp_path))
    native = find("native")
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "native", 1))
    header = network_header(made, "net")
    assert f"compiled by Tinsmith for native ({native.isa}" in header.splitlines()[0]
    assert f'#define NET_INSTRUCTIONS "{native.isa}' in header

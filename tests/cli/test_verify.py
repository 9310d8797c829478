"""``tinsmith verify``."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.cli.models import classifier, failed, tinsmith
from tinsmith.emit.bundle import Golden
from tinsmith.runtime import golden

pytestmark = pytest.mark.cc


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return classifier(tmp_path_factory.mktemp("verify"))


def test_all_nodes_agree(model: Path) -> None:
    done = tinsmith("verify", model, "--json")
    assert done.code == 0, done.err
    assert done.json["passed"]
    assert done.json["first"] is None
    assert done.json["compared"] >= 3
    assert "results agree" in tinsmith("verify", model).out


def test_the_first_node_that_differs_is_named(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = golden.answers

    def wrong(*args: object) -> Golden:
        found = right(*args)  # type: ignore[arg-type]
        return replace(found, outputs={
            name: a * np.float32(1.5) if a.shape == (1, 8, 1, 1) else a
            for name, a in found.outputs.items()})

    monkeypatch.setattr("tinsmith.cli.verify.answers", wrong)
    done = tinsmith("verify", model)
    assert done.code == 3
    assert "first difference: step 1, GlobalAveragePool 'pool'" in done.out
    assert "allowed 1.0e-04" in done.out
    first = tinsmith("verify", model, "--json").json["first"]
    assert first["op"] == "GlobalAveragePool"
    assert first["error"] == pytest.approx(1 / 3, rel=1e-3)


def test_against_onnx_runtime(model: Path) -> None:
    pytest.importorskip("onnxruntime")
    done = tinsmith("verify", model, "--against", "ort", "--json")
    assert done.code == 0, done.err
    (output,) = done.json["outputs"]
    assert output["same_best_class"] is True
    assert output["error"] < 1e-5


def test_a_bundle_against_its_golden_vectors_and_its_model(model: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "b"
    assert tinsmith("compile", model, "-o", bundle, "--no-build").code == 0
    assert "agrees with golden vectors" in tinsmith("verify", bundle).out
    done = tinsmith("verify", bundle, "--model", model, "--json")
    assert done.json["compared"] >= 3
    (bundle / "weights.bin").write_bytes(bytes(10))
    assert "weights.bin': expected the file that was compiled" in failed(1, "verify", bundle)
    assert "leave it out" in failed(2, "verify", model, "--model", model)


@pytest.mark.qemu
@pytest.mark.parametrize("target", ["cortex-a53", "cortex-a7"])
def test_under_qemu(model: Path, target: str) -> None:
    if not shutil.which("qemu-aarch64"):
        pytest.skip("no qemu-aarch64")
    done = tinsmith("verify", model, "--target", target, "--json")
    assert done.code == 0, done.err
    assert done.json["compared"] >= 3


@pytest.mark.qemu
def test_on_a_board_without_operating_system(model: Path, tmp_path: Path) -> None:
    if not shutil.which("qemu-system-arm"):
        pytest.skip("no qemu-system-arm")
    done = tinsmith("verify", model, "--target", "cortex-m4", "--json")
    assert done.code == 0, done.err
    assert done.json["compared"] >= 3
    compiled = tinsmith("compile", model, "-o", tmp_path / "m4", "--target", "cortex-m4",
                        "--on", "qemu", "--json")
    assert compiled.code == 0, compiled.err
    assert compiled.json["selftest"][0].startswith("logits: passed")
    assert tinsmith("verify", tmp_path / "m4").code == 0
    assert "expected code for this machine" in failed(1, "run", tmp_path / "m4", __file__)


@pytest.mark.parametrize("text", ["nan", "-1", "2"])
def test_a_tolerance_is_a_share(tmp_path: Path, text: str) -> None:
    found = failed(2, "verify", classifier(tmp_path), "--tolerance", text)
    assert f"argument --tolerance: expected a number from 0 to 1, got '{text}'" in found

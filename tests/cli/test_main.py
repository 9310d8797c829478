"""The frame of the command line: help, exit codes, one message for every failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.cli.models import failed, tinsmith
from tinsmith.cli import main as cli

COMMANDS = (
    "bench", "compile", "completion", "inspect", "profile", "run", "targets", "tune", "verify",
    "zoo")


def test_without_arguments_it_prints_help() -> None:
    done = tinsmith()
    assert done.code == 0
    assert all(name in done.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_has_examples(name: str) -> None:
    done = tinsmith(name, "--help")
    assert done.code == 0
    assert f"tinsmith {name}" in done.out.partition("examples:")[2]


def test_version() -> None:
    assert tinsmith("--version").out == "tinsmith 0.1.0\n"


@pytest.mark.parametrize("words", [
    ("nonsense",), ("compile",), ("compile", "x.onnx"), ("--json",), ("zoo", "--nonsense"),
    ("compile", "x.onnx", "-o", "d", "--threads", "0"),
    ("compile", "x.onnx", "-o", "d", "--threads", "many"),
    ("compile", "x.onnx", "-o", "d", "--shape", "1x3"),
    ("compile", "x.onnx", "-o", "d", "--bind", "x"),
    ("compile", "x.onnx", "-o", "d", "--rows", "x"),
    ("compile", "x.onnx", "-o", "d", "--rows", "x=many"),
    ("compile", "x.onnx", "-o", "d", "--precision", "f8"),
    ("run", "x.onnx", "a.png", "--mean", "a,b"),
    ("completion", "tcsh"),
])
def test_usage_errors_end_with_2(words: tuple[str, ...]) -> None:
    text = failed(2, *words)
    assert "--help shows how to use it" in text


class Refusal:
    """Stands in for a command module that fails in a given way."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def add(self, commands: object) -> None:
        from tinsmith.cli.parser import command

        command(commands, "refuse", self.run, "refuse", "tinsmith refuse")  # type: ignore[arg-type]

    def run(self, args: object) -> int:
        raise self.error


@pytest.mark.parametrize(("error", "code", "text"), [
    (KeyboardInterrupt(), 130, "interrupted"),
    (MemoryError(), 1, "cli: memory: expected enough"),
    (RecursionError("deep"), 1, "nested a few levels deep"),
    (OSError(28, "No space left on device", "x.bin"), 1, "file 'x.bin'"),
    (ValueError("odd"), 3, "internal error: ValueError 'odd' in run"),
    (AssertionError(), 3, "TINSMITH_DEBUG=1"),
])
def test_every_failure_has_one_message_and_a_code(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, text: str
) -> None:
    monkeypatch.delenv("TINSMITH_DEBUG", raising=False)
    monkeypatch.setattr(cli, "commands", lambda only="": (Refusal(error),))
    assert text in failed(code, "refuse")
    done = tinsmith("refuse", "--json")
    assert done.json["error"]["exit_code"] == code
    assert text in done.json["error"]["message"]


def test_debug_prints_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINSMITH_DEBUG", "1")
    monkeypatch.setattr(cli, "commands", lambda only="": (Refusal(ValueError("odd")),))
    assert "Traceback" in tinsmith("refuse").err


def test_a_reader_that_leaves_is_no_error() -> None:
    command = f"{sys.executable} -m tinsmith targets | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONPATH": "."})
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_named() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "tinsmith", "targets"], stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False,
                              cwd=Path(__file__).parents[2])
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_commands_are_found_by_file_name() -> None:
    found = {module.__name__.rpartition(".")[2]: module for module in cli.commands()}
    assert tuple(found) == COMMANDS
    assert all(isinstance(module, ModuleType) for module in found.values())
    assert len(cli.commands("zoo")) == 1


def test_tables_lose_optional_columns_where_the_terminal_is_narrow() -> None:
    from rich.console import Console

    from tinsmith.cli.output import table

    made = table(("name", "?>size", "?note"), [("x" * 20, "12345", "y" * 30)])
    for width, found in ((70, "x5y"), (40, "x5"), (25, "x")):
        console = Console(width=width)
        with console.capture() as capture:
            console.print(made)
        assert {c for c in "x5y" if c in capture.get()} == set(found)

"""Shared by the toolchain's tests: a cache of their own, and a look at what is installed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tinsmith.errors import ToolchainError
from tinsmith.targets import find
from tinsmith.toolchain import Cache, default_root, find_compiler


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """An empty cache; zig keeps its libc builds, which cost up to a minute."""
    zig = os.environ.get("ZIG_GLOBAL_CACHE_DIR") or str(default_root() / "zig")
    monkeypatch.setenv("ZIG_GLOBAL_CACHE_DIR", zig)
    monkeypatch.setenv("TINSMITH_CACHE", str(tmp_path / "cache"))
    return Cache(tmp_path / "cache")


@pytest.fixture
def need() -> Callable[..., None]:
    """Skips a test unless its compiler and emulator are here: need('gcc', 'cortex-a53')."""

    def check(compiler: str, target_name: str, emulator: bool = False) -> None:
        target = find(target_name)
        try:
            find_compiler(compiler, target)
        except ToolchainError as error:
            pytest.skip(str(error))
        if emulator and not (shutil.which(target.qemu) or shutil.which(f"{target.qemu}-static")):
            pytest.skip(f"no {target.qemu}")

    return check

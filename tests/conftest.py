"""Tests that need what this machine lacks are skipped; all try out what passes change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache

import pytest

os.environ["TINSMITH_PARANOID"] = "1"  # read where the passes' manager is imported, later
os.environ["TINSMITH_TUNINGS"] = os.devnull  # nothing measured here decides, and nothing is kept

EMULATORS = ("qemu-aarch64", "qemu-arm", "qemu-system-arm")


@cache
def missing(marker: str) -> str:
    """Why tests with this marker cannot run here; "" if they can."""
    if marker == "qemu":
        gone = [e for e in EMULATORS if not (shutil.which(e) or shutil.which(f"{e}-static"))]
        return f"no {', '.join(gone)}" if gone else ""
    if marker == "net":
        asked = subprocess.run([sys.executable, "-m", "pip", "install", "--dry-run", "--quiet",
                                "--no-deps", "--ignore-installed", "--retries=0", "--timeout=10",
                                "platformdirs"], capture_output=True, timeout=120)
        return "no package index within reach" if asked.returncode else ""
    return ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a test whose marker asks for something that is not here."""
    for marker in item.iter_markers():
        if why := missing(marker.name):
            pytest.skip(why)

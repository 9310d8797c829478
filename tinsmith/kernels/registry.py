"""Finds the kernels: every module of this folder with a ``KERNEL`` or ``KERNELS``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

import tinsmith.kernels as package
from tinsmith.errors import InternalError
from tinsmith.kernels.kernel import Kernel

FOLDER = Path(__file__).parent


@cache
def kernels() -> tuple[Kernel, ...]:
    """All kernels, in the order of their module names."""
    found: list[Kernel] = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        found += getattr(module, "KERNELS", ())
        if (one := getattr(module, "KERNEL", None)) is not None:
            found.append(one)
    return tuple(found)


@cache
def header(name: str) -> str:
    """The text of a kernel's header."""
    path = FOLDER / f"{name}.h"
    if not path.is_file():
        raise InternalError(f"emit: kernel '{name}': expected {path.name}, got none; report this")
    return path.read_text()

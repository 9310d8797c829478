"""Finds the kernels and their headers: in the folders of this one, a folder for each family.

A kernel is any module with a ``KERNEL`` or ``KERNELS``. Names of modules and headers are unique
over all families; headers include each other by relative path.
"""

from __future__ import annotations

import importlib
import posixpath
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import tinsmith.kernels as package
from tinsmith.errors import InternalError
from tinsmith.kernels.kernel import Kernel

FOLDER = Path(__file__).parent
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([\w./]+)"', re.MULTILINE)


@cache
def kernels() -> tuple[Kernel, ...]:
    """All kernels, in the order of their module names."""
    found: list[Kernel] = []
    for path in sorted(FOLDER.glob("*/[a-z]*.py"), key=lambda path: path.stem):
        module = importlib.import_module(f"{package.__name__}.{path.parent.name}.{path.stem}")
        found += getattr(module, "KERNELS", ())
        if (one := getattr(module, "KERNEL", None)) is not None:
            found.append(one)
    return tuple(found)


@cache
def _paths() -> Mapping[str, str]:
    """Where the header of each name lies, from this folder."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("**/*.h")):
        if path.stem in found:
            raise InternalError(f"kernels: header '{path.name}': expected one of this name, got "
                                f"{found[path.stem]} and {path.relative_to(FOLDER)}; rename one")
        found[path.stem] = path.relative_to(FOLDER).as_posix()
    return found


def header_path(name: str) -> str:
    """Where the header of a kernel lies: 'conv/conv2d_direct_f32.h'."""
    path = _paths().get(name)
    if path is None:
        raise InternalError(f"emit: kernel '{name}': expected {name}.h, got none; report this")
    return path


@cache
def header(path: str) -> str:
    """The text of a header."""
    return (FOLDER / path).read_text()


def with_included(paths: Iterable[str]) -> dict[str, str]:
    """Headers and all that they include, each with its text."""
    found: dict[str, str] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = header(path)
            folder = posixpath.dirname(path)
            waiting += (posixpath.normpath(posixpath.join(folder, file))
                        for file in _INCLUDE.findall(found[path]))
    return dict(sorted(found.items()))

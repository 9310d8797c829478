"""Finds the kernels and their headers: in the folders of this one, a folder for each family.

A kernel is any module with a ``KERNEL`` or ``KERNELS``. Names of modules and headers are unique
over all families; headers include each other by relative path.
"""

from __future__ import annotations

import ast
import importlib
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
    """Where the header of a kernel lies: 'conv/conv2d_direct.h'."""
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


@dataclass(frozen=True, slots=True)
class _Module:
    """A module of this package: its text, the modules that it imports, and the words in it."""

    text: str
    imported: tuple[str, ...]
    words: frozenset[str]


@cache
def sources(module: str) -> dict[str, str]:
    """All that a kernel's module is made of, each file with its text, by path from this folder.

    That is the module, those of this package that it imports, and so on, and the headers that
    any of them names, with all that these include.
    """
    found: dict[str, _Module] = {}
    waiting = [module]
    while waiting:
        path = _module_path(waiting.pop())
        if path is not None and path not in found:
            found[path] = _module(path)
            waiting += found[path].imported
    words = frozenset[str]().union(*(each.words for each in found.values()))
    headers = with_included(path for name, path in _paths().items() if name in words)
    return {path: each.text for path, each in sorted(found.items())} | headers


@cache
def _module(path: str) -> _Module:
    text = (FOLDER / path).read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    words = frozenset(node.value for node in nodes
                      if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return _Module(text, tuple(name for node in nodes for name in _imported(node)), words)


def _imported(node: ast.AST) -> Iterator[str]:
    """Full names of the modules that a statement imports, and of what it takes out of them."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield node.module


def _module_path(name: str) -> str | None:
    """Where a module of this package lies, from this folder; None for any other."""
    own, _, rest = name.partition(f"{package.__name__}.")
    path = f"{rest.replace('.', '/')}.py"
    return path if not own and rest and (FOLDER / path).is_file() else None

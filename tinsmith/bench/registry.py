"""Finds engines: the files of ``engines/`` by their names, anyone's own by a dotted module name."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import tinsmith.bench.engines as package
from tinsmith.bench.engine import Engine
from tinsmith.errors import UsageError

OURS, PEER = "tinsmith", "onnxruntime"
HEAD = (OURS, PEER)


def names() -> tuple[str, ...]:
    """All engines of ``engines/``: Tinsmith, ONNX Runtime, then the others by name."""
    found = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return (*(n for n in HEAD if n in found), *(n for n in found if n not in HEAD))


def module_name(name: str) -> str:
    """The module that defines an engine.

    Raises:
        UsageError: there is none of that name.
    """
    module = name if "." in name else f"{package.__name__}.{name}"
    if "." in name or name in names():
        try:
            if importlib.util.find_spec(module) is not None:
                return module
        except ImportError:
            pass
    raise UsageError(f"bench: engine '{name}': expected one of {', '.join(names())}, or a module "
                     "of your own with a dot in its name, got neither; check --engines")


def find(name: str) -> Engine:
    """The engine of a file of ``engines/``, or of a module whose name has a dot."""
    return cast(Engine, importlib.import_module(module_name(name)).ENGINE)


def source_digest(name: str) -> str:
    """A hash of the engine's own file and of what it imports from the bench and the exporters.

    What was converted before a change there is converted again.
    """
    total = hashlib.sha256()
    seen: dict[str, None] = {}
    waiting = [module_name(name)]
    while waiting:
        module = waiting.pop()
        path = source_of(module)
        if path is None or module in seen:
            continue
        seen[module] = None
        for file in sorted(path.parent.glob("*.py")) if path.name == "__init__.py" else [path]:
            total.update(file.read_bytes())
        waiting.extend(filter(None, map(followed, imports(path.read_text("utf-8")))))
    return total.hexdigest()


def followed(name: str) -> str | None:
    """The module that counts where an engine imports a name: of an exporter, its whole folder."""
    parts = name.split(".")
    if parts[:2] == ["tinsmith", "exporters"] and len(parts) > 2:
        return ".".join(parts[:3])
    return name if parts[:2] == ["tinsmith", "bench"] and len(parts) > 2 else None


def source_of(module: str) -> Path | None:
    """The file of a module; None if there is none."""
    try:
        spec = importlib.util.find_spec(module)
    except ImportError:  # not a module but a name in one
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


def imports(text: str) -> Iterator[str]:
    """The full names that a file imports, inside functions, too."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)

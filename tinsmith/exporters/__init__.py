"""From a Graph to the models of others: a folder for each format, with an ``export(graph)``.

``map_<family>.py`` hold one function for each operator, in a table ``OPERATORS`` by the operator's
class; they are found by their names.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from typing import Any

from tinsmith.errors import UnsupportedError
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op


def mappings_of(package: str, folders: Iterable[str]) -> dict[type[Op], Callable[..., Any]]:
    """All operators that a format's ``map_*.py`` know, from the package's name and folders."""
    found: dict[type[Op], Callable[..., Any]] = {}
    for info in pkgutil.iter_modules(folders):
        if info.name.startswith("map_"):
            found |= importlib.import_module(f"{package}.{info.name}").OPERATORS
    return found


def refusal(form: str, node: Node, expected: str, got: object) -> UnsupportedError:
    """The error for a node that has no equivalent in a format."""
    return UnsupportedError(f"export to {form}: node '{node.name}': expected {expected}, got "
                            f"{got}; change the model or use another format")

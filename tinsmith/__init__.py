"""Tinsmith: compiles trained networks into plain C for small machines.

    import tinsmith as tin
    graph = tin.load("squeezenet.onnx")
    session = tin.compile(graph, threads=2)
    y = session(x)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tinsmith.importers import load
    from tinsmith.pipeline import compile, optimise, save
    from tinsmith.runtime.bundle import Bundle

_PUBLIC = {
    "Bundle": "tinsmith.runtime.bundle",
    "compile": "tinsmith.pipeline",
    "load": "tinsmith.importers",
    "optimise": "tinsmith.pipeline",
    "save": "tinsmith.pipeline",
}
__all__ = ["Bundle", "compile", "load", "optimise", "save"]


def __getattr__(name: str) -> object:
    """Imports a public name when it is first used, so that ``import tinsmith`` stays quick."""
    import importlib

    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'tinsmith' has no attribute '{name}'")

"""Reads foreign model files into graphs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tinsmith.dtypes import Array
from tinsmith.errors import ModelError, UnsupportedError
from tinsmith.importers.inputs import Imported
from tinsmith.ir.graph import Graph

MODEL_SUFFIXES = (".onnx",)


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that cannot be one is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def load(
    path: str | Path,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    bind: Mapping[str, Array] | None = None,
    rows: Mapping[str, int] | None = None,
) -> Graph:
    """The graph in a model file.

    Args:
        path: the file; its suffix says the format (``.onnx``).
        shapes: shapes for inputs, by name, where the model leaves dimensions open or declares
            numbers that it can do without.
        bind: inputs to be replaced by constants.
        rows: how many places a NonZero finds at most, by the name of its output.

    Raises:
        ModelError: the file is missing or damaged, or contradicts a shape.
        UnsupportedError: it needs something that Tinsmith does not compile.
        DataError: a shape or constant does not fit its input.
    """
    return load_model(path, shapes, bind, rows).graph


def load_model(
    path: str | Path,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    bind: Mapping[str, Array] | None = None,
    rows: Mapping[str, int] | None = None,
) -> Imported:
    """The graph in a model file, and what was decided for it. See ``load``."""
    path = Path(path)
    with suppress(OSError, ValueError):  # what cannot be a path is no folder
        if path.is_dir():
            raise UnsupportedError(f"import: file '{path}': expected a model file, got a folder; "
                                   "name an ONNX file, such as a bundle was compiled from")
    if path.suffix.lower() not in MODEL_SUFFIXES:
        raise UnsupportedError(
            f"import: file '{path}': expected one of {', '.join(MODEL_SUFFIXES)}, "
            f"got '{path.suffix}'; convert the model to ONNX")
    if not is_file(path):
        raise ModelError(f"import: file '{path}': expected a model file, got none; check the path")
    from tinsmith.importers.onnx.build import import_model
    from tinsmith.importers.onnx.read import read

    return import_model(read(path), shapes or {}, bind or {}, rows or {})

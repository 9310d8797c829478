"""Reads foreign model files into graphs: a folder for each format, told apart by content.

A folder is an ``Importer``. ``inputs``, ``builder``, ``limits``, ``rows`` and ``outputs`` are what
all formats share.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol, cast

from tinsmith.dtypes import Array
from tinsmith.errors import ModelError, UnsupportedError
from tinsmith.importers.inputs import Declared, Imported
from tinsmith.ir.graph import Graph

HEAD_BYTES = 4096  # of a file, which say what it is


class Importer(Protocol):
    """What the ``__init__.py`` of a format's folder defines. It imports no package of others."""

    TITLE: str
    """As people know the format: ONNX."""

    def probe(self, head: bytes) -> bool:
        """Whether a file of the format may begin so; at most ``HEAD_BYTES`` of it, one or more."""

    def declared(self, path: Path) -> Mapping[str, Declared | None]:
        """What a file says of the shapes of its inputs, by name."""

    def load(self, path: Path, shapes: Mapping[str, tuple[int, ...]], bind: Mapping[str, Array],
             rows: Mapping[str, int]) -> Imported:
        """The graph of a file, and what was decided for it. See ``importers.load``."""


@cache
def importers() -> tuple[Importer, ...]:
    """All formats: the folders beside this file."""
    return tuple(cast(Importer, importlib.import_module(f"{__name__}.{info.name}"))
                 for info in pkgutil.iter_modules(__path__) if info.ispkg)


def importer_of(path: Path) -> Importer:
    """The format of a file.

    Raises:
        ModelError: there is no such file, or it cannot be read.
        UnsupportedError: its content is of no format, or of several.
    """
    known = ", ".join(sorted(each.TITLE for each in importers()))
    head = _head(path, known)
    found = [each for each in importers() if head and each.probe(head)]
    if len(found) == 1:
        return found[0]
    got = (" or ".join(sorted(each.TITLE for each in found))
           or (f"bytes that begin {head[:8].hex(' ')}" if head else "an empty file"))
    raise UnsupportedError(f"import: file '{path}': expected a model of a known format ({known}), "
                           f"got {got}; convert the model, or export it again")


def _head(path: Path, known: str) -> bytes:
    """The first bytes of a model file."""
    try:
        if path.is_dir():
            raise UnsupportedError(
                f"import: file '{path}': expected a model file ({known}), got a folder; name the "
                "file in it, or the one that a bundle was compiled from")
        if not path.is_file():  # a pipe would be waited for
            raise ModelError(f"import: file '{path}': expected a model file, got none; "
                             "check the path")
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except (OSError, ValueError) as error:  # ValueError: what cannot be a name
        why = getattr(error, "strerror", None) or error
        raise ModelError(f"import: file '{path}': expected a model file, got {why}; "
                         "check the path") from error


def load(
    path: str | Path,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    bind: Mapping[str, Array] | None = None,
    rows: Mapping[str, int] | None = None,
) -> Graph:
    """The graph in a model file.

    Args:
        path: the file; its content says the format.
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
    return importer_of(path).load(path, shapes or {}, bind or {}, rows or {})


def declared_shapes(path: str | Path) -> Mapping[str, Declared | None]:
    """What a model file says of the shapes of its inputs, by name.

    Raises:
        ModelError: the file is missing or damaged.
        UnsupportedError: its content is of no known format.
    """
    path = Path(path)
    return importer_of(path).declared(path)

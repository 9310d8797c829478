"""Writes one file: all of it, or nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tinsmith.errors import DataError


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file; its folder is made.

    Raises:
        DataError: it cannot be written; an earlier file of that name is untouched.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # in a folder that cannot be written there is nothing to remove
            part.unlink(missing_ok=True)
        raise DataError(f"output: file '{path}': expected to write {len(data)} bytes there, got "
                        f"'{error.strerror}'; choose another place") from error


def write_text(path: Path, text: str) -> None:
    """Writes a text file as UTF-8; see ``write_bytes``."""
    write_bytes(path, text.encode())

"""Fills the templates: C text with ``$names`` in it, each a file."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Template

TEMPLATES = Path(__file__).parent / "templates"


@cache
def template(file: str) -> Template:
    """The template of a file name."""
    return Template((TEMPLATES / file).read_text())


def fill(file: str, /, **fields: object) -> str:
    """A template with all its names replaced."""
    return template(file).substitute(fields)


def lines(rows: Iterable[str]) -> str:
    """One row to a line."""
    return "\n".join(rows)


def comment(text: str) -> str:
    """Text that cannot end a C comment; what is not ASCII becomes '?'."""
    return text.replace("*/", "* /").replace("/*", "/ *").encode("ascii", "replace").decode()

"""The exported functions by which a Python process calls a compiled network."""

from __future__ import annotations

from pathlib import Path
from string import Template

TEMPLATE = Path(__file__).parent / "templates" / "binding.c"


def binding(name: str) -> str:
    """C text that exports ``host_<name>_*`` for the network ``name``."""
    return Template(TEMPLATE.read_text()).substitute(name=name, upper=name.upper())

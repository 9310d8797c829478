"""The exported functions by which a Python process calls a compiled network."""

from __future__ import annotations

from tinsmith.emit.template import fill


def binding(name: str) -> str:
    """C text that exports ``host_<name>_*`` for the network ``name``."""
    return fill("binding.c", name=name, upper=name.upper())

"""The exported functions by which a Python process calls a compiled network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from tinsmith.emit.template import fill

BINDING = "binding.c"


def binding(name: str, identity: str = "") -> str:
    """C text that exports ``host_<name>_*`` for the network ``name``.

    ``identity``: what tells its code and weights from all others (``identity_of``).
    """
    return fill("binding.c", name=name, upper=name.upper(), identity=identity)


def identity_of(hashes: Mapping[str, str]) -> str:
    """What tells a network from all others, from the hashes of its sources and weights by name."""
    text = "".join(f"{file} {digest}\n" for file, digest in sorted(hashes.items()))
    return hashlib.sha256(text.encode()).hexdigest()

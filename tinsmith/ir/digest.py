"""One hash for all that a graph means: its text, and the bytes of its weights; one for arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Graph
from tinsmith.ir.text import text


def digest(graph: Graph) -> str:
    """SHA-256 in hexadecimal; equal for graphs that compute the same from the same file."""
    sha = hashlib.sha256(text(graph).encode())
    for node in graph.nodes:
        sha.update(repr(node.op).encode())
    sha.update(digest_of_arrays(graph.weights).encode())
    return sha.hexdigest()


def digest_of_arrays(arrays: Mapping[str, Array]) -> str:
    """SHA-256 of names, types and bytes, in hexadecimal."""
    sha = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        sha.update(f"{name}:{array.dtype}:{array.shape}".encode())
        sha.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return sha.hexdigest()

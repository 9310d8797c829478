"""Copies bytes: where a value that should be a view has to stand on its own."""

from __future__ import annotations

from tinsmith.kernels.kernel import Call, split
from tinsmith.request import Request


def copy_call(size_bytes: int, request: Request) -> Call:
    """A call that copies operand 0 to result 0."""
    chunks = split(size_bytes, request, 65536)
    return Call("copy", (0,), constants=(("size_bytes", size_bytes), ("chunks", chunks)),
                chunks=chunks)

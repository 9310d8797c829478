"""Sets bytes to zero: the first state of a network."""

from __future__ import annotations

from tinsmith.kernels.kernel import Call


def zero_call(size_bytes: int) -> Call:
    """A call that sets all bytes of result 0 to zero."""
    return Call("zero", (), constants=(("size_bytes", size_bytes),))

"""Weights that are stored as halves: made float32 when a network is loaded."""

from __future__ import annotations

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.kernel import Call, Prepared
from tinsmith.kernels.stored import NAMES

CHUNK_VECTORS = 4096
MOST_CHUNKS = 256


def widened(stored: Array, lanes: int) -> Prepared:
    """Halves that become float32.

    The kernel reads and writes whole vectors, so both must end at a multiple of the plan's
    alignment, as all weights do.
    """
    vectors = -(-stored.size // lanes)
    chunks = max(1, min(vectors // CHUNK_VECTORS, MOST_CHUNKS))
    constants = (("vectors", vectors), ("chunks", chunks),
                 ("stored", NAMES[DType.of(stored)]))
    call = Call("widen", operands=(), weights=(stored,), constants=constants, chunks=chunks)
    return Prepared(call, 4 * stored.size)

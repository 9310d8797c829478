"""What work takes on a target's core, in cycles: kernels count, the core's model says the rest.

Counted are instructions, vectors of multiply-adds and bytes: facts of an algorithm and its code,
the same on every machine.
"""

from __future__ import annotations

from tinsmith.targets import Target

CHAINED = 0.5  # of the peak: arithmetic of which much waits for its own results
TILED = 0.8  # of the peak: multiply-adds of a register tile, with its loads and its ends
CALL = 200  # instructions to enter a kernel and to set up its loops


def instructions(target: Target, count: float) -> float:
    """Cycles of so many instructions, vectors or not, as many at a time as the core starts."""
    return count / target.model.issue


def arithmetic(target: Target, elements: float, count: float = 1.0,
               share: float = CHAINED) -> float:
    """Cycles of ``count`` arithmetic instructions for each vector of float32 elements.

    Args:
        target: on what.
        elements: how many, in whole vectors.
        count: for each vector.
        share: of the peak, that they reach.
    """
    rate = target.model.f32.rate(target.vector_bits) * share
    return elements / target.lanes * count / rate


def overlapped(target: Target, *parts: float) -> float:
    """Cycles of parts that keep different units busy: one after the other on an in-order core."""
    return sum(parts) if target.model.in_order else max(parts)


def read_again(target: Target, size_bytes: float, times: float = 1.0, threads: int = 1) -> float:
    """Cycles to read so many bytes so many times, from the nearest cache that holds them."""
    return size_bytes * times / target.model.bytes_per_cycle(size_bytes, threads)


def read_once(target: Target, size_bytes: float, threads: int = 1) -> float:
    """Cycles to read bytes that nothing has read since the last run, such as weights: from memory.

    All threads read at once; what one of them reads takes so long.
    """
    return size_bytes / target.model.memory_bytes_per_cycle(threads)


def moved(target: Target, size_bytes: float, count: float, threads: int = 1) -> float:
    """Cycles to move so many bytes by so many instructions: read here, written there."""
    return overlapped(target, instructions(target, count),
                      read_again(target, 2 * size_bytes, threads=threads))

"""How many vector registers the tiles of kernels hold, and whether they fit a target's file.

A tile that does not fit spills: in each turn of its loop, sums go to the stack and come back.
"""

from __future__ import annotations

from tinsmith.targets import Target

SPARE = 1  # left to the compiler, which spills where it has none to move things with


def fits(target: Target, p: int, b: int, *, by_lane: bool = False) -> bool:
    """Whether a tile of p pixels and b vectors of weights stays in registers."""
    return room(target, tile_registers(target, p, b, by_lane=by_lane)) >= 0


def tile_registers(target: Target, p: int, b: int, *, by_lane: bool = False) -> int:
    """Registers of a tile of p pixels and b vectors of weights: its sums and their operands.

    Code that broadcasts holds the weights of an input channel and one value of a pixel in all
    lanes. That of ``by_lane`` (simd.h's TIN_FMA_BY_LANE, where the target has it) holds as many
    channels of each pixel as there are lanes, and one vector of weights.
    """
    if by_lane and takes_lanes(target):
        return p * b + p + 1
    return p * b + b + (0 if b == 1 and broadcasts_from_memory(target) else 1)


def room(target: Target, held: int) -> int:
    """Registers that are left for sums beside so many that are held."""
    return target.vector_registers - SPARE - held


def takes_lanes(target: Target) -> bool:
    """Whether a multiply-add can take one operand from a lane of a register."""
    return target.has("neon")


def broadcasts_from_memory(target: Target) -> bool:
    """Whether a multiply-add can take one operand from memory to all lanes."""
    return target.has("avx512f")

"""How many vector registers the tiles of kernels hold, and whether they fit a target's file.

A tile that does not fit spills: in each turn of its loop, sums go to the stack and come back.
"""

from __future__ import annotations

from tinsmith.targets import Target

# Left to the compiler, which spills where it has none to move things with. ARMv7's halves of the
# file are not alike: only the lower one gives lanes, and clang moves sums out of its way.
SPARE, SPARE_ARMV7 = 1, 4


def fits(target: Target, p: int, b: int, *, by_lane: bool = False) -> bool:
    """Whether a tile of p pixels and b vectors of weights stays in registers."""
    return room(target, tile_registers(target, p, b, by_lane=by_lane)) >= 0


def tile_registers(target: Target, p: int, b: int, *, by_lane: bool = False) -> int:
    """Registers of a tile of p pixels and b vectors of weights: its sums and their operands.

    Code that broadcasts holds the weights of an input channel and one value of a pixel in all
    lanes. That of ``by_lane`` (where the target has it) holds some channels of each pixel, and one
    vector of weights.
    """
    held = lanes_held(target)
    if by_lane and held:
        return p * b + -(-p * held // target.lanes) + 1
    return p * b + b + (0 if b == 1 and broadcasts_from_memory(target) else 1)


def room(target: Target, held: int) -> int:
    """Registers that are left for sums beside so many that are held."""
    spare = SPARE_ARMV7 if target.isa == "armv7" else SPARE
    return target.vector_registers - spare - held


def lanes_held(target: Target) -> int:
    """simd.h's TIN_FMA_BY_LANE: of what a multiply-add can take one operand from; 0: of nothing."""
    if not target.has("neon"):
        return 0
    return 2 if target.isa == "armv7" else 4


def broadcasts_from_memory(target: Target) -> bool:
    """Whether a multiply-add can take one operand from memory to all lanes."""
    return target.has("avx512f")

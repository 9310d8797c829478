"""The families: which pattern, of which element types and ranks, and what stands around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.passes.generator import activations, linear, moves
from tests.passes.generator.draft import Draft

Build = Callable[[Draft, str], str]
FLOATS, NUMBERS = activations.FLOATS, activations.NUMBERS
ANY = (0, 1, 2, 2, 3, 3, 4, 4, 5)
IMAGES = (3, 4, 4, 4, 5)


@dataclass(frozen=True, slots=True)
class Family:
    """A pattern and its near misses."""

    build: Build
    dtypes: tuple[str, ...] = FLOATS
    ranks: tuple[int, ...] = ANY

    @property
    def name(self) -> str:
        """The pattern's."""
        return self.build.__name__.rstrip("_")


FAMILIES = (
    Family(activations.clip, NUMBERS),
    Family(activations.hardsigmoid),
    Family(activations.hardswish),
    Family(activations.silu),
    Family(activations.mish),
    Family(activations.gelu),
    Family(activations.layernorm, ranks=(1, 2, 3, 3, 4)),
    Family(activations.strength),
    Family(activations.chain),
    Family(linear.affine, ranks=(2, 3, 4, 4, 5)),
    Family(linear.affine, ranks=(2, 3, 4, 4)),
    Family(linear.padding, ranks=IMAGES),
    Family(linear.pool, ranks=IMAGES),
    Family(linear.global_pool, ranks=IMAGES),
    Family(linear.gemm, ranks=(2, 2, 3, 4)),
    Family(linear.residual, ranks=IMAGES),
    Family(linear.hoisted, ranks=IMAGES),
    Family(linear.upsampled, ranks=IMAGES),
    Family(linear.quantized, ("float32",), ranks=(2, 3, 4, 4)),
    Family(moves.reshapes, ranks=(1, 2, 3, 4)),
    Family(moves.slices, NUMBERS, ranks=(1, 2, 3, 4)),
    Family(moves.transposes, ranks=(2, 3, 4, 4)),
    Family(moves.channels_last, ranks=(4, 4, 3)),
    Family(moves.casts, NUMBERS),
    Family(moves.neutral, NUMBERS),
    Family(moves.bounded, ranks=(2, 3, 4)),
    Family(moves.twice, NUMBERS),
    Family(moves.constants, NUMBERS),
    Family(moves.named, NUMBERS),
)
LARGE = Family(linear.depthwise, ("float32",), (4,))
"""What ``split_channels`` is for needs images of some size, so it has its turn now and then."""
LARGE_EVERY = 400
JUMPS = ("Floor", "Round", "Ceil", "Cast", "ArgMax", "TopK", "Greater", "Mod", "Quantize")


def generated(number: int, seed: int) -> tuple[str, Draft, tuple[str, ...]]:
    """Family, draft and outputs of one graph."""
    large = number % LARGE_EVERY == LARGE_EVERY - 1
    family = LARGE if large else FAMILIES[number % len(FAMILIES)]
    d = Draft((seed, number), family.dtypes)
    rank = d.pick(*family.ranks)
    shape = (1, 4, d.pick(88, 96), 96) if large else d.extents(rank)
    y = x = d.input(*shape)
    if not large and d.chance(0.25):
        x = before(d, x)
        if len(d.shape(x)) != rank:
            x = y
    y = family.build(d, x)
    if not large and d.chance(0.35):
        y = behind(d, y)
    kept = [v for v in (*d.values, *d.inputs) if v != y and d.chance(0.04)]
    outputs = (y, *kept) if d.chance(0.7) else (*kept, y)
    return family.name, d, outputs


def before(d: Draft, x: str) -> str:
    """Something before the pattern."""
    return d.pick(moves.single, moves.transpose, linear.arithmetic, moves.slice_)(d, x)


def behind(d: Draft, y: str) -> str:
    """Something behind the pattern: a jump, an activation, the pattern of another family."""
    way = d.pick("jump", "jump", "activation", "residual", "family")
    if way == "activation":
        return linear.activation(d, y)
    if way == "residual":
        return d.either("Add", y, d.pick(y, *d.values))
    if way == "family":
        other = d.pick(*FAMILIES)
        return other.build(d, y) if len(d.shape(y)) in other.ranks else y
    return jump(d, y)


def jump(d: Draft, y: str) -> str:
    """An operator to which a last bit may mean a whole step."""
    if d.chance(0.3):
        y = linear.arithmetic(d, y)
    kind = d.pick(*JUMPS)
    rank = len(d.shape(y))
    if kind == "Cast":
        return moves.casts(d, y)
    if kind in ("ArgMax", "TopK") and rank:
        axis = d.pick(*range(rank))
        if kind == "ArgMax":
            return d.op("ArgMax", y, axis=axis, keepdims=d.pick(0, 1))
        return d.op("TopK", y, d.constant([d.pick(1, d.shape(y)[axis])], "int64"), count=2,
                    axis=axis)
    if kind in ("Greater", "Mod"):
        return d.op(kind, y, d.number(d.pick(1.0, 2.0)), **({"fmod": 1} if kind == "Mod" else {}))
    if kind == "Quantize" and d.dtype == "float32":
        return d.op("QuantizeLinear", y, d.constant(d.pick(0.1, 0.5)), d.constant(3, "uint8"))
    return d.op(kind if kind in ("Floor", "Round", "Ceil") else "Floor", y)

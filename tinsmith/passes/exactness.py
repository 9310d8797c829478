"""Where the last bit of a value matters, and which constants a rewrite may make.

    Floor(x / 41)   is not   Floor(x * (1 / 41))        41 / 41 = 1,  41 * (1 / 41) < 1

A rewrite that rounds otherwise (a quotient as a product, two factors as one) moves a result by its
last bit. That is nothing where sums follow, whose order is not defined, or where the network ends;
it is a wrong answer where something jumps behind it: Floor, a comparison, a TopK. Operators say
so themselves (``Op.jumps``), and that they are only near the exact result (``Op.approximate``).

Sums of two have no order. Sums whose terms are exact are exact in any order: a convolution by
weights like 1, -2 or 1/16, of whole numbers. Such sums pass on that the last bit matters.

Adding a large number and taking it away rounds: ``x + 1.5 * 2^23 - 1.5 * 2^23``. Two numbers whose
neighbours lie far apart are therefore something that jumps, and are not added to others.
"""

from __future__ import annotations

import math

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ops.arithmetic import Add, Sub
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalPool
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.pool import Pool
from tinsmith.ops.reduce import Reduce

SAMPLES = 64
FEW_TERMS = 2  # so many have one sum
FIXED_POINT = 1 << 12  # weights that are exact in sums are multiples of 1 / FIXED_POINT
CANCELLED = 16  # how much smaller than its terms a sum of constants may be
COARSE = {DType.F64: 2.0 ** 44, DType.F32: 2.0 ** 15, DType.BF16: 2.0 ** 6, DType.F16: 2.0 ** 9}


def exact_values(graph: Graph, but: tuple[type[Op], ...] = ()) -> frozenset[str]:
    """The values whose last bit decides what comes out: something jumps behind them.

    ``but``: operators whose jumps do not count.
    """
    found: set[str] = set()
    lifted: set[str] = set()  # a coarse number is added to them, or taken away, further on
    for node in reversed(graph.nodes):
        matters, is_lifted = (not s.isdisjoint(node.outputs) for s in (found, lifted))
        passes_on = (matters or is_lifted) and (
            not node.op.approximate or sums_exactly(graph, node))
        coarse = adds_coarse(graph, node)
        if (matters and passes_on) or (is_lifted and coarse):
            found.update(node.inputs)
        if (is_lifted and passes_on) or coarse:
            lifted.update(node.inputs)
        if not isinstance(node.op, but):
            found.update(v for i, v in enumerate(node.inputs) if _jumps(graph, node, i))
    return frozenset(found)


def jumps(graph: Graph, node: Node, but: tuple[type[Op], ...] = ()) -> bool:
    """Whether a node jumps with anything that it reads; ``but``: see ``exact_values``."""
    return not isinstance(node.op, but) and any(
        _jumps(graph, node, i) for i in range(len(node.inputs)))


def _jumps(graph: Graph, node: Node, operand: int) -> bool:
    """Whether a node jumps with an operand that is given and not constant."""
    value = node.inputs[operand]
    return bool(value) and value not in graph.weights and node.op.jumps(operand)


def sums_exactly(graph: Graph, node: Node) -> bool:
    """Whether a node's sums of whole numbers have one answer, whatever their order.

    They have few terms, or weights that are multiples of 1 / FIXED_POINT.
    """
    if isinstance(node.op, Reduce | GlobalPool):
        return graph.types[node.inputs[0]].size <= FEW_TERMS * graph.types[node.outputs[0]].size
    if isinstance(node.op, Pool):
        return math.prod(node.op.kernel) <= FEW_TERMS
    if not isinstance(node.op, Conv | ConvTranspose | Gemm | MatMul):
        return False
    constants = [array for value in node.inputs if (array := graph.weights.get(value)) is not None]
    return bool(constants) and all(map(_are_short, constants))


def _are_short(array: Array) -> bool:
    """Whether all numbers are multiples of 1 / FIXED_POINT; some are looked at first."""
    if array.dtype.kind in "iub":
        return True
    flat = array.reshape(-1)
    for part in (flat[:: max(1, flat.size // SAMPLES)], flat):
        scaled = part.astype(np.float64) * FIXED_POINT
        if not np.array_equal(scaled, np.rint(scaled)):
            return False
    return True


def adds_coarse(graph: Graph, node: Node) -> bool:
    """Whether a node adds a constant so large that the sum loses what comes after the point."""
    if not isinstance(node.op, Add | Sub):
        return False
    limit = COARSE.get(graph.types[node.outputs[0]].dtype)
    constants = [array for value in node.inputs if (array := graph.weights.get(value)) is not None]
    return limit is not None and any(
        bool((np.abs(array.astype(np.float64)) >= limit).any()) for array in constants)


def are_powers_of_two(array: Array) -> bool:
    """Whether to multiply by these numbers, or to divide by them, rounds nothing."""
    fraction = np.frexp(np.abs(array.astype(np.float64)))[0]
    return bool(np.all(fraction == 0.5))


def in_range(exact: Array, dtype: DType) -> bool:
    """Whether ``dtype`` holds all these numbers: none overflows or vanishes.

    Denormals count as vanished: they are inexact, and some machines take them for 0.
    """
    rounded = _rounded(exact, dtype)
    held = (np.abs(rounded) >= dtype.ends.normal) | (exact == 0)
    return bool(np.all(np.isfinite(rounded) & held))


def is_finite(exact: Array, dtype: DType) -> bool:
    """Whether no number overflows in ``dtype``."""
    return bool(np.isfinite(_rounded(exact, dtype)).all())


def largest_in_range(exact: Array, dtype: DType) -> bool:
    """Whether no number overflows in ``dtype`` and not all of them vanish.

    Weights lie side by side in sums, where the small ones may vanish beside the large ones.
    """
    rounded = _rounded(exact, dtype)
    if not np.isfinite(rounded).all():
        return False
    return not np.any(exact) or bool(np.abs(rounded).max() >= dtype.ends.normal)


def _rounded(exact: Array, dtype: DType) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(exact.astype(dtype.numpy).astype(np.float64))


def joined_factors(a: Array, b: Array, dtype: DType, exact: bool) -> Array | None:
    """a * b, such that (x * a) * b may be x * (a * b): first ``a``, then ``b``.

    None where the product would leave the range, where x * a would leave it though neither x nor
    the result does, and where the last bit matters (``exact``) and moves.
    """
    a, b = a.astype(np.float64), b.astype(np.float64)
    together = np.asarray(a * b)
    if exact and not (are_powers_of_two(a) or are_powers_of_two(b)):
        return None
    detour = np.any(np.abs(a) > np.maximum(1, np.abs(together)))
    vanished = np.any((together == 0) & (a != 0) & (b != 0))
    return None if detour or vanished or not in_range(together, dtype) else together


def joined_terms(a: Array, b: Array, dtype: DType, exact: bool) -> Array | None:
    """a + b, such that (x + a) + b may be x + (a + b); None where that rounds otherwise.

    Where the two nearly cancel, x + a was rounded more than x + (a + b) is.
    """
    a, b = a.astype(np.float64), b.astype(np.float64)
    together = np.asarray(a + b)
    if exact and np.any(a) and np.any(b):
        return None
    cancelled = np.any(CANCELLED * np.abs(together) < np.maximum(np.abs(a), np.abs(b)))
    return None if cancelled or not in_range(together, dtype) else together


def inverse(array: Array, dtype: DType, exact: bool) -> Array | None:
    """1 / c, such that x / c may be x * (1 / c); None where that leaves the range or rounds."""
    if exact and not are_powers_of_two(array):
        return None
    with np.errstate(all="ignore"):
        found = np.asarray(1 / array.astype(np.float64))
    return found if array.all() and found.all() and in_range(found, dtype) else None

"""How much rounding the fast algorithms of a network may add, and what each of them may then add.

A call's ``rounding`` is an estimate from its weights: the root of the mean square of what its
algorithm adds, as a share of its results. Errors of different layers are independent and pass
through a network by and large as they are, so squares add up. Whether this network amplifies them
is measured on inputs (``runtime/rounding.py``), and its budget cut accordingly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tinsmith.dtypes import DType
from tinsmith.request import Numerics
from tinsmith.tolerance import tolerance_of

BUDGET = 2.5e-5  # of float32; a quarter of what an output may be off by


def budget_of(numerics: Numerics) -> float:
    """What rounding may be added to a network: where the schedule chooses precision, more."""
    if numerics.policy != "auto":
        return BUDGET
    return tolerance_of(DType.F32, numerics.policy) / 4


def affordable(roundings: Sequence[float], budget: float) -> int:
    """How many of these, in this order, may add rounding; ``BUDGET`` is left to algorithms."""
    left, count = budget * budget - BUDGET * BUDGET, 0
    for each in roundings:
        left -= each * each
        if left < 0:
            break
        count += 1
    return count


def total(roundings: Sequence[float]) -> float:
    """What all calls together add."""
    return math.sqrt(sum(each * each for each in roundings))


def level(roundings: Sequence[float], budget: float) -> float:
    """The most that one call may add so that all together add no more than ``budget``.

    Calls that add less keep what they have; the others share evenly what is left.
    """
    left = budget * budget
    ordered = sorted(roundings)
    for i, each in enumerate(ordered):
        even = left / (len(ordered) - i)
        if each * each > even:
            return math.sqrt(even)
        left -= each * each
    return math.inf

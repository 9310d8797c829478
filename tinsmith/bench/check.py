"""Compares an engine's outputs with the reference: no time counts before that."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Graph
from tinsmith.tolerance import distance as apart

ALLOWED = {"f32": 1e-4, "bf16": 3 * 2.0**-7, "f16": 8 * 2.0**-10}
"""Share of the largest magnitude: of bfloat16 three of its steps after 1, of float16 eight."""
LEAST_PROBABILITY = 1e-30
VIEWS = ("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the worst output is from the reference, and why that is no time if it is too far."""

    error: float
    allowed: float
    output: str

    @property
    def ok(self) -> bool:
        """Whether the engine is right."""
        return self.error <= self.allowed


def verdict(outputs: Mapping[str, Array], wanted: Mapping[str, Array], softmax: frozenset[str],
            precision: str) -> Verdict:
    """The worst of all outputs; ``softmax`` names those that are probabilities."""
    errors = [(distance(outputs.get(name), want, name in softmax, precision), name)
              for name, want in wanted.items()]
    error, name = max(errors, default=(0.0, ""))
    return Verdict(error, ALLOWED[precision], name)


def distance(got: Array | None, want: Array, probabilities: bool, precision: str) -> float:
    """The largest difference as a share of the largest magnitude that is wanted.

    Probabilities are compared by the logits they came from. Outside of f32, integers that an
    engine chose from close candidates (classes, positions) may differ, so they are not compared.
    """
    if got is None or got.shape != want.shape:
        return math.inf
    if want.dtype.kind != "f":
        return 0.0 if precision != "f32" else apart(got, want).largest
    got = got.astype(want.dtype, copy=False)
    if not probabilities:
        return apart(got, want).largest
    seen = want > LEAST_PROBABILITY
    if not (np.isfinite(got).all() and (got[seen] > 0).all()):
        return math.inf
    return apart(logits(got, seen), logits(want, seen)).largest


def logits(probabilities: Array, seen: Array) -> Array:
    """log p less its maximum, where ``seen``; 0 elsewhere."""
    logs = np.where(seen, np.log(np.where(seen, probabilities, 1.0).astype(np.float64)), -np.inf)
    found: Array = np.where(seen, logs - logs.max(), 0.0)
    return found


def softmax_outputs(graph: Graph) -> frozenset[str]:
    """The outputs that a softmax gives, reshaped or not."""
    made = {value: node for node in graph.nodes for value in node.outputs}

    def is_softmax(value: str) -> bool:
        while value in made and made[value].op.name in VIEWS:
            value = made[value].inputs[0]
        return value in made and made[value].op.name == "Softmax"

    return frozenset(value for value in graph.outputs if is_softmax(value))

"""TreeEnsemble: decision trees whose leaves give numbers to targets.

Source: the operators TreeEnsemble, TreeEnsembleRegressor and TreeEnsembleClassifier of ai.onnx.ml.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType

LEAF = 0
MODES: Mapping[str, int] = {
    "LEAF": LEAF, "BRANCH_LEQ": 1, "BRANCH_LT": 2, "BRANCH_GTE": 3, "BRANCH_GT": 4, "BRANCH_EQ": 5,
    "BRANCH_NEQ": 6,
}
MISSING = 8  # added to a mode: NaN goes where the comparison holds
AGGREGATES = ("sum", "min", "max")


@dataclass(frozen=True, slots=True)
class TreeEnsemble(Op):
    """y[n, t]: the sum (least, largest) of what the leaves that x[n] comes to give to target t.

    A row of ``nodes``, i32, is (mode, feature, yes, no): x[n, feature] is compared with the node's
    threshold, and one of two other nodes follows. A leaf has the entries ``yes`` up to ``no`` of
    ``targets`` and ``weights``, which hold no NaN. A target without any is 0. NaN in x compares as
    C does, or as if the comparison held (``MISSING``). Nodes must form no cycle, and all indices
    must be in range: the import sees to it.
    """

    count: int
    aggregate: str = "sum"

    def jumps(self, operand: int) -> bool:
        """At the thresholds."""
        return True

    def infer(  # type: ignore[override]
        self, x: TensorType, nodes: TensorType, thresholds: TensorType, targets: TensorType,
        weights: TensorType, roots: TensorType,
    ) -> tuple[TensorType]:
        """A row of targets for each row of features."""
        self.require(x.rank == 2 and x.dtype in (DType.F32, DType.F64), "x",
                     "f32 or f64 of shape (samples, features)", x)
        self.require(nodes.rank == 2 and nodes.shape[1] == 4 and nodes.dtype is DType.I32, "nodes",
                     "i32 of shape (nodes, 4)", nodes)
        self.require(thresholds == TensorType(nodes.shape[:1], x.dtype), "thresholds",
                     f"one {x.dtype.short} for each node", thresholds)
        self.require(targets.rank == 1 and targets.dtype is DType.I32, "targets", "i32s", targets)
        self.require(weights == TensorType(targets.shape, x.dtype), "weights",
                     f"one {x.dtype.short} for each target", weights)
        self.require(roots.rank == 1 and roots.dtype is DType.I32, "roots", "i32s", roots)
        self.require(self.count >= 0, "count", "no negative number", self.count)
        self.require(self.aggregate in AGGREGATES, "aggregate", " or ".join(AGGREGATES),
                     self.aggregate)
        return (TensorType((x.shape[0], self.count), x.dtype),)

    def effort(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """Twenty comparisons a tree."""
        x, roots = inputs[0], inputs[5]
        return 20 * x.shape[0] * roots.size if x and roots else 0

    def reference(  # type: ignore[override]
        self, x: Array, nodes: Array, thresholds: Array, targets: Array, weights: Array,
        roots: Array,
    ) -> tuple[Array]:
        """All samples walk a tree together."""
        y = np.full((len(x), self.count), 0 if self.aggregate == "sum" else np.nan, x.dtype)
        gather = {"sum": np.add, "min": np.fmin, "max": np.fmax}[self.aggregate]
        rows = np.arange(len(x))
        for root in roots:
            leaf = nodes[walk(x, nodes, thresholds, int(root))]
            first, end = leaf[:, 2], leaf[:, 3]
            for step in range(int((end - first).max(initial=0))):
                here = rows[first + step < end]
                entry = (first + step)[here]
                at = here, targets[entry]
                y[at] = gather(y[at], weights[entry])
        return (np.nan_to_num(y, nan=0.0, posinf=np.inf, neginf=-np.inf),) if (
            self.aggregate != "sum") else (y,)


def walk(x: Array, nodes: Array, thresholds: Array, root: int) -> Array:
    """The leaf of one tree that each sample comes to."""
    at = np.full(len(x), root)
    while True:
        mode, feature, yes, no = nodes[at].T
        inner = np.flatnonzero(mode != LEAF)
        if not len(inner):
            return at
        value, limit = x[inner, feature[inner]], thresholds[at[inner]]
        kind, missing = mode[inner] & 7, (mode[inner] & MISSING) != 0
        holds = np.select([kind == i for i in range(1, 7)], [
            value <= limit, value < limit, value >= limit, value > limit, value == limit,
            value != limit]) | (missing & np.isnan(value))
        at[inner] = np.where(holds, yes[inner], no[inner])

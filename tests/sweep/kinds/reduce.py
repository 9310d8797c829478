"""Reduce* over any axes, in both ways of naming them."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.trial import NEAR, Single

OPS = ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
       "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare")


def draw(d: Draw) -> Single:
    """A reduction."""
    op, opset = d.pick(*OPS), d.pick(11, 13, 18, 20)
    kind = d.pick("float32", "float32", "float32", "float64", "int32", "int64")
    if op in ("ReduceL2", "ReduceLogSum", "ReduceLogSumExp") or (op == "ReduceMean"):
        kind = "float32" if kind.startswith("int") else kind
    if op in ("ReduceMax", "ReduceMin") and d.chance(0.2):
        kind = d.pick("int8", "uint8")
    x = d.array(d.shape(1, 5, 1, 6), kind)
    if op == "ReduceLogSum":
        x = np.abs(x) + np.asarray(0.1, kind)
    if op == "ReduceProd":
        x = np.clip(x, -2, 2)
    axes = [a - x.ndim if d.chance(0.3) else a for a in d.some(range(x.ndim))]
    attributes = d.attributes(keepdims=(None, 0, 1))
    as_input = opset >= 18 or (op == "ReduceSum" and opset >= 13)
    if as_input:
        attributes |= d.attributes(noop_with_empty_axes=(None, None, 0, 1))
        given = np.array(axes, np.int64) if axes or d.chance(0.5) else None
        return Single(op, (x, given), attributes, (1,), opset=opset, share=NEAR)
    if axes:
        attributes["axes"] = axes
    return Single(op, (x,), attributes, opset=opset, share=NEAR)

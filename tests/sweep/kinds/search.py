"""TopK, ArgMax, ArgMin."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.trial import EXACT, Single


def draw(d: Draw) -> Single:
    """One of them; ties only where the standard says who wins."""
    x = d.array(d.shape(1, 4, 1, 9), d.pick("float32", "float32", "float64", "int32", "int64"))
    axis = d.int(0, x.ndim - 1)
    attributes: dict[str, object] = {"axis": axis - d.pick(0, x.ndim)}
    if d.chance(0.5):
        op = d.pick("ArgMax", "ArgMin")
        attributes |= d.attributes(keepdims=(None, 0, 1), select_last_index=(None, 0, 1))
        return Single(op, (x,), attributes, opset=d.pick(12, 13), share=EXACT)
    k = np.array([d.int(1, x.shape[axis])], np.int64)
    attributes |= d.attributes(largest=(None, 0, 1), sorted=(None, 1))
    return Single("TopK", (x, k), attributes, (1,), (True, True), opset=11, share=EXACT)

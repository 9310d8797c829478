"""MaxPool, AveragePool, LpPool, their global forms, MaxUnpool."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.kinds.windows import extents, padding, reach, window
from tests.sweep.trial import EXACT, NEAR, Single


def draw(d: Draw) -> Single:
    """A pool."""
    op = d.pick("MaxPool", "MaxPool", "AveragePool", "AveragePool", "LpPool", "Global", "MaxUnpool")
    if op == "Global":
        return whole(d)
    if op == "MaxUnpool":
        return max_unpool(d)
    axes = d.pick(1, 2, 2, 2, 3)
    kernel, attributes = window(d, axes)
    spans = reach(kernel, attributes)
    attributes |= padding(d, kernel) | {"kernel_shape": kernel}
    if str(attributes.get("auto_pad", "")).startswith("SAME"):
        # no two agree on SAME where windows are dilated or leave gaps
        attributes.pop("dilations", None)
        attributes["strides"] = [d.int(1, k) for k in kernel]
    attributes |= d.attributes(ceil_mode=(None, 0, 1, 1))
    channels = d.pick(1, 3, 8, 17, 33)
    shape = (d.int(1, 2), channels, *extents(d, spans, 9))
    outputs: tuple[bool, ...] = (True,)
    kind = "float32"
    if op == "MaxPool":
        kind = d.pick("float32", "float32", "float64", "int8", "uint8")
        if d.chance(0.3):
            outputs = (True, True)
            attributes |= d.attributes(storage_order=(None, 0, 1))
    elif op == "AveragePool":
        attributes |= d.attributes(count_include_pad=(None, 0, 1))
    else:
        attributes |= d.attributes(p=(None, 1, 2, 3))
    x = d.array(shape, kind)
    if outputs != (True,):  # no two alike, so that places are plain
        x = d.rng.permutation(x.size).reshape(shape).astype(kind) if x.size < 120 else x
    return Single(op, (x,), attributes, outputs=outputs, opset=22,
                  share=EXACT if op == "MaxPool" else NEAR)


def whole(d: Draw) -> Single:
    """One window over all of an image."""
    op = d.pick("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
    shape = (d.int(1, 2), d.pick(1, 5, 16, 19), *d.shape(1, 3, 1, 8))
    attributes = d.attributes(p=(None, 1, 2, 3)) if op == "GlobalLpPool" else {}
    return Single(op, (d.array(shape),), attributes, opset=d.pick(2, 22) if attributes else 22)


def max_unpool(d: Draw) -> Single:
    """Values back where a MaxPool found them."""
    kernel, strides, extent = d.int(1, 3), d.int(1, 3), d.ints(2, 1, 4)
    out = [(n - 1) * strides + kernel for n in extent]
    count = 2 * extent[0] * extent[1]
    plane = out[0] * out[1]
    places = np.concatenate([d.rng.permutation(plane)[:count // 2] + i * plane for i in range(2)])
    shape = (1, 2, *extent)
    return Single("MaxUnpool", (d.array(shape), places.reshape(shape).astype(np.int64)),
                  {"kernel_shape": [kernel, kernel], "strides": [strides, strides]},
                  opset=d.pick(9, 11, 22), share=EXACT)

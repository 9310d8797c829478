"""Softmax and its like, and the normalisations."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.trial import Single


def draw(d: Draw) -> Single:
    """One of them."""
    return d.pick(softmax, softmax, batch, instance, layer, layer, group, lp, lrn, rms, variance)(d)


def softmax(d: Draw) -> Single:
    """Along an axis; before opset 13 along all axes behind it."""
    op = d.pick("Softmax", "Softmax", "LogSoftmax", "Hardmax")
    x = d.array(d.shape(1, 4, 1, 9), d.pick("float32", "float32", "float64"))
    if op == "Hardmax":  # no two alike
        x = d.rng.permutation(x.size).reshape(x.shape).astype(np.float32)
    if d.chance(0.2):
        x = x * np.asarray(40, x.dtype)
    attributes = {"axis": d.int(-x.ndim, x.ndim - 1)} if d.chance(0.8) or x.ndim < 2 else {}
    return Single(op, (x,), attributes, opset=d.pick(11, 13))


def batch(d: Draw) -> Single:
    """BatchNormalization of images of any rank."""
    channels = d.int(1, 19)
    x = d.array((d.int(1, 3), channels, *d.shape(0, 3)))
    rows = [d.array((channels,)) for _ in range(3)]
    variance = np.abs(d.array((channels,))) + np.float32(0.1)
    return Single("BatchNormalization", (x, *rows, variance),
                  d.attributes(epsilon=(None, 1e-3, 1e-5)), opset=d.pick(9, 14, 15))


def instance(d: Draw) -> Single:
    """InstanceNormalization."""
    channels = d.int(1, 9)
    x = d.array((d.int(1, 2), channels, *d.shape(1, 3, 2, 9)))
    return Single("InstanceNormalization", (x, d.array((channels,)), d.array((channels,))),
                  d.attributes(epsilon=(None, 1e-3)), opset=d.pick(6, 22), share=1e-5)


def layer(d: Draw) -> Single:
    """LayerNormalization from an axis on, with its statistics."""
    x = d.array(d.shape(1, 4, 2, 8))
    axis = d.int(0, x.ndim - 1)
    shape = x.shape[axis:]
    bias = d.array(shape) if d.chance(0.6) else None
    outputs = (True,) if d.chance(0.7) else (True, d.chance(0.5), True)
    return Single("LayerNormalization", (x, d.array(shape), bias),
                  {"axis": axis - d.pick(0, x.ndim)} | d.attributes(epsilon=(None, 1e-3)),
                  outputs=outputs, opset=17, share=1e-5)


def group(d: Draw) -> Single:
    """GroupNormalization: scales for groups in opset 18, for channels since."""
    opset, groups, each = d.pick(18, 21), d.int(1, 4), d.int(1, 4)
    count = groups if opset == 18 else groups * each
    x = d.array((d.int(1, 2), groups * each, *d.shape(1, 2, 2, 6)))
    return Single("GroupNormalization", (x, d.array((count,)), d.array((count,))),
                  {"num_groups": groups}, opset=opset, share=1e-5)


def lp(d: Draw) -> Single:
    """LpNormalization."""
    x = d.array(d.shape(1, 4, 1, 6), d.pick("float32", "float64"))
    return Single("LpNormalization", (x,),
                  {"axis": d.int(-x.ndim, x.ndim - 1)} | d.attributes(p=(None, 1, 2)),
                  opset=d.pick(1, 22))


def lrn(d: Draw) -> Single:
    """LRN over channels."""
    x = d.array((d.int(1, 2), d.int(1, 9), *d.shape(2, 2)))
    return Single("LRN", (x,), {"size": d.pick(1, 3, 5, 7)} | d.attributes(
        alpha=(None, 0.01, 0.5), beta=(None, 0.5, 0.9), bias=(None, 2.0)), opset=13)


def rms(d: Draw) -> Single:
    """RMSNormalization."""
    x = d.array(d.shape(1, 4, 2, 8))
    axis = d.int(0, x.ndim - 1)
    return Single("RMSNormalization", (x, d.array(x.shape[axis:])),
                  {"axis": axis - d.pick(0, x.ndim)} | d.attributes(epsilon=(None, 1e-3)),
                  opset=23)


def variance(d: Draw) -> Single:
    """MeanVarianceNormalization."""
    x = d.array(d.shape(4, 4, 2, 6))
    attributes = {"axes": sorted(d.some(range(4), 1))} if d.chance(0.6) else {}
    return Single("MeanVarianceNormalization", (x,), attributes, opset=13, share=1e-5)

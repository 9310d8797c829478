"""Convolutions, products and pools, and what is folded into them or taken along."""

from __future__ import annotations

import numpy as np

from tests.passes.generator.draft import Draft


def conv(d: Draft, x: str, channels: int = 0, plain: bool = False) -> str:
    """A convolution that fits x, its attributes at random."""
    shape = d.shape(x)
    rank = len(shape) - 2
    group = d.pick(1, 1, 1, shape[1]) if shape[1] else 1
    channels = channels or group * d.pick(1, 2, 3)
    if channels % group:
        group = 1
    kernel = [d.pick(1, 1, 2, 3) for _ in range(rank)]
    dilations = [1 if plain else d.pick(1, 1, 1, 2) for _ in range(rank)]
    pads, needed = [0] * (2 * rank), [(k - 1) * e + 1 for k, e in zip(kernel, dilations,
                                                                    strict=True)]
    for i in range(rank):
        pads[i], pads[rank + i] = d.pick((0, 0), (1, 1), (0, 1), (2, 0))
        missing = needed[i] - shape[2 + i] - pads[i] - pads[rank + i]
        pads[rank + i] += max(0, missing)
    inputs = [x, d.weight(channels, shape[1] // group, *kernel)]
    if d.chance(0.6):
        inputs.append(d.weight(channels))
    return d.op("Conv", *inputs, strides=[1 if plain else d.pick(1, 1, 2) for _ in range(rank)],
                pads=pads, dilations=dilations, group=group)


def conv_transpose(d: Draft, x: str) -> str:
    """A transposed convolution that fits x."""
    shape = d.shape(x)
    rank = len(shape) - 2
    kernel = [d.pick(1, 2, 3) for _ in range(rank)]
    strides = kernel if d.chance(0.5) else [d.pick(1, 2) for _ in range(rank)]
    group = d.pick(1, 1, shape[1])
    inputs = [x, d.weight(shape[1], d.pick(1, 2, 3, 5), *kernel)]
    pads = [0] * (2 * rank)
    if d.chance(0.3) and all(k > 1 for k in kernel):
        pads = [1 if d.chance(0.5) and s > 1 else 0 for s in shape[2:]] * 2
    return d.op("ConvTranspose", *inputs, strides=strides, group=group, pads=pads)


def gemm(d: Draft, x: str) -> str:
    """A Gemm, a MatMul, or a MatMul with its bias."""
    shape = d.shape(x)
    width = d.pick(1, 2, 5)
    if len(shape) == 2 and d.chance(0.6):
        trans_a = d.chance(0.1)
        inner = shape[0] if trans_a else shape[1]
        trans_b = d.chance(0.5)
        inputs = [x, d.weight(*((width, inner) if trans_b else (inner, width)))]
        if d.chance(0.7):
            inputs.append(d.weight(*d.pick((width,), (1, width), (1,), ())))
        return d.op("Gemm", *inputs, transA=int(trans_a), transB=int(trans_b),
                    alpha=d.pick(1.0, 1.0, 0.5), beta=d.pick(1.0, 1.0, 2.0, 0.0))
    y = d.op("MatMul", x, d.weight(shape[-1], width))
    if d.chance(0.7):
        bias = d.pick((width,), (width,), (1, width), (1, 1, 1, width), (), (*shape[-2:-1], 1))
        y = d.either("Add", y, d.weight(*bias))
    return y


def linear(d: Draft, x: str) -> str:
    """Any of them, as x allows."""
    if len(d.shape(x)) < 3:
        return gemm(d, x)
    return d.pick(conv, conv, conv, conv_transpose, gemm)(d, x)


def batchnorm(d: Draft, x: str) -> str:
    """A BatchNormalization with constant statistics."""
    channels = d.shape(x)[1]
    w = [d.weight(channels) for _ in range(3)]
    positive = d.constant(d.random.uniform(0.1, 2.0, channels) * d.pick(1, 1, 1e-6))
    return d.op("BatchNormalization", x, *w, positive, epsilon=d.pick(1e-5, 1e-3))


def arithmetic(d: Draft, x: str) -> str:
    """Mul, Add, Sub, Div or Neg, mostly by a number for each channel."""
    shape = d.shape(x)
    kind = d.pick("Mul", "Add", "Sub", "Div", "Neg")
    if kind == "Neg":
        return d.op("Neg", x)
    if len(shape) > 1 and d.chance(0.6):
        spread = d.pick((shape[1], *(1,) * (len(shape) - 2)), (1, shape[1], *(1,) * len(shape[2:])),
                        shape[1:], shape[-1:], shape)
        other = d.weight(*spread)
    else:
        other = d.number(d.pick(2.0, 0.5, -1.0, 3.0, 255.0), x)
    return d.either(kind, x, other) if d.chance(0.3) else d.op(kind, x, other)


def affine(d: Draft, x: str) -> str:
    """Arithmetic by constants and BatchNormalization before and after something linear."""
    for _ in range(d.pick(0, 1, 2)):
        x = arithmetic(d, x)
    if d.chance(0.8):
        x = linear(d, x)
    for _ in range(d.pick(1, 1, 2, 3)):
        x = batchnorm(d, x) if d.chance(0.3) and len(d.shape(x)) > 1 else arithmetic(d, x)
    return linear(d, x) if d.chance(0.2) else x


def padding(d: Draft, x: str) -> str:
    """A Pad before a convolution or a pool."""
    shape = d.shape(x)
    rank = len(shape)
    if d.chance(0.3):
        x = d.op(d.pick("Relu", "Sigmoid", "Abs", "Exp"), x)
    pads = [0] * (2 * rank)
    for axis in range(2, rank):
        pads[axis], pads[rank + axis] = d.pick((1, 1), (0, 1), (2, 2), (0, 0))
    if d.chance(0.08):
        pads[d.pick(0, 1, rank)] = 1
    mode = d.pick("constant", "constant", "constant", "edge")
    fill = [d.constant(d.pick(0, 0, 1, -np_inf(d)))] if d.chance(0.6) else []
    x = d.op("Pad", x, d.constant(pads, "int64"), *(fill if mode == "constant" else []), mode=mode)
    return conv(d, x) if d.chance(0.4) else pool(d, x)


def np_inf(d: Draft) -> float:
    """Infinity, or the largest number of the type."""
    return float("inf") if d.dtype[0] == "f" else 100.0


def pool(d: Draft, x: str) -> str:
    """MaxPool or AveragePool, windows that lie in the padding alone among them."""
    shape = d.shape(x)
    rank = len(shape) - 2
    kernel = [d.pick(1, 2, 3, shape[2 + i]) for i in range(rank)]
    pads = [0] * (2 * rank)
    for i in range(rank):
        most = max(0, kernel[i] - 1)
        pads[i], pads[rank + i] = min(most, d.pick(0, 0, 1)), min(most, d.pick(0, 0, 1, 2))
        pads[rank + i] += max(0, kernel[i] - shape[2 + i] - pads[i] - pads[rank + i])
    attributes = {"kernel_shape": kernel, "pads": pads, "ceil_mode": int(d.chance(0.15)),
                  "strides": [d.pick(1, 2, 3) for _ in range(rank)]}
    if d.chance(0.5):
        return d.op("AveragePool", x, count_include_pad=int(d.chance(0.5)), **attributes)
    if d.chance(0.15):
        return d.op("MaxPool", x, count=2, **attributes)
    if d.chance(0.2):
        attributes["dilations"] = [d.pick(1, 2) if (kernel[i] - 1) * 2 < shape[2 + i] else 1
                                   for i in range(rank)]
    return d.op("MaxPool", x, **attributes)


def global_pool(d: Draft, x: str) -> str:
    """A mean or maximum over all spatial axes, or nearly."""
    shape = d.shape(x)
    axes = list(range(2, len(shape)))
    if d.chance(0.2):
        axes = axes[1:] or [1]
    if d.chance(0.6):
        return d.reduce(d.pick("ReduceMean", "ReduceMax"), x, axes, d.pick(0, 1))
    if d.chance(0.2):
        return pool(d, x)
    return d.op(d.pick("AveragePool", "MaxPool"), x, kernel_shape=shape[2:],
                strides=[d.pick(1, 2) for _ in shape[2:]])


ACTIVATIONS = ("Relu", "Sigmoid", "Tanh", "LeakyRelu", "Elu", "HardSigmoid", "HardSwish",
               "Softplus", "Mish", "Gelu", "Clip", "Selu")


def activation(d: Draft, x: str) -> str:
    """An activation that kernels may apply on the way."""
    kind = d.pick(*ACTIVATIONS)
    if kind == "Clip":
        return d.op("Clip", x, *(d.constant(v) if d.chance(0.8) else ""
                                 for v in (d.pick(0, -1), d.pick(6, 1))))
    if kind in ("LeakyRelu", "Elu"):
        return d.op(kind, x, alpha=d.pick(0.1, 1.0, 2.0, -0.5))
    return d.op(kind, x)


def residual(d: Draft, x: str) -> str:
    """Convolutions, activations and sums of them."""
    y = conv(d, x, d.shape(x)[1], plain=True)
    if d.chance(0.5):
        y = activation(d, y)
    other = x if d.shape(x) == d.shape(y) else conv(d, y, d.shape(y)[1], plain=True)
    if d.shape(other) == d.shape(y) or d.chance(0.1):
        y = d.either("Add", y, other)
    if d.chance(0.3):
        y = d.either("Add", y, y if d.chance(0.2) else d.weight(*d.shape(y)))
    return activation(d, y) if d.chance(0.6) else y


def hoisted(d: Draft, x: str) -> str:
    """An activation behind a Concat of convolutions, or behind a pool of one."""
    if d.chance(0.5):
        y = conv(d, x)
        if d.chance(0.2):
            y = activation(d, y)
        y = pool(d, y)
    else:
        parts = [conv(d, x, plain=True) for _ in range(d.pick(2, 3))]
        shapes = {d.shape(p)[2:] for p in parts}
        y = d.op("Concat", *parts, axis=1) if len(shapes) == 1 else parts[0]
    for _ in range(d.pick(1, 1, 2)):
        y = activation(d, y)
    return y


def upsampled(d: Draft, x: str) -> str:
    """A transposed convolution with an activation."""
    y = conv_transpose(d, x)
    return activation(d, y) if d.chance(0.5) else y


def depthwise(d: Draft, x: str) -> str:
    """Two convolutions with much between them, the second of one channel each."""
    channels = d.pick(32, 48, 70)
    y = d.op("Conv", x, d.weight(channels, d.shape(x)[1], 1, 1), d.weight(channels))
    if d.chance(0.7):
        y = activation(d, y)
    k = d.pick(3, 5)
    inputs = [y, d.weight(channels, 1, k, k), *([d.weight(channels)] if d.chance(0.7) else [])]
    return d.op("Conv", *inputs, group=channels, pads=[k // 2] * 4, strides=[d.pick(1, 2)] * 2)


def quantized(d: Draft, x: str) -> str:
    """A product of bytes, between quantised operands, as one operator or as three."""
    shape = d.shape(x)
    kind, channels = d.pick("uint8", "int8"), d.pick(1, 2, 3)
    s, t, u = (d.constant(d.pick(0.5, 0.1, 0.02), "float32") for _ in range(3))
    z = d.constant(d.pick(0, 5, 100), kind)
    filters = (channels, shape[1], *(d.pick(1, 2) for _ in shape[2:]))
    if len(shape) < 3:
        filters = (shape[-1], channels)
    w = d.constant(d.random.integers(-128, 128, filters), "int8")
    per_channel = d.chance(0.5)
    if per_channel:
        t = d.constant(d.random.uniform(0.01, 0.5, channels), "float32")
    zeros = d.constant(np.zeros((channels,) * per_channel), "int8")
    q = d.op("QuantizeLinear", x, s, z)
    pads = {"pads": [1] * (2 * len(shape) - 4)} if len(shape) > 2 else {}
    if d.chance(0.6):
        bias = ([d.constant(d.random.integers(-90, 90, channels), "int32")]
                if pads and d.chance(0.5) else [])
        y = d.op("QLinearConv" if pads else "QLinearMatMul", q, s, z, w, t, zeros, u, z, *bias,
                 **pads)
    else:
        operands = (d.op("DequantizeLinear", q, s, z),
                    d.op("DequantizeLinear", w, t, zeros, axis=0 if pads else 1))
        y = d.op("QuantizeLinear", d.op("Conv" if pads else "MatMul", *operands, **pads), u, z)
    return d.op("DequantizeLinear", y, u, z)

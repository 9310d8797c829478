"""The layers that chains are made of: each takes a network and a value, and gives a value.

None where the layer does not fit the value's shape.
"""

from __future__ import annotations

import numpy as np

from tests.sweep.network import Network

LARGEST = 40_000  # elements of a value
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
ACTIVATIONS: tuple[tuple[str, dict[str, object]], ...] = (
    ("Relu", {}), ("Relu", {}), ("LeakyRelu", {"alpha": 0.1}), ("Sigmoid", {}), ("Tanh", {}),
    ("HardSwish", {}), ("HardSigmoid", {}), ("HardSigmoid", {"alpha": 1 / 3, "beta": 1.0}),
    ("Elu", {}), ("Softplus", {}), ("Mish", {}), ("Gelu", {}), ("Gelu", {"approximate": "tanh"}),
    ("Abs", {}), ("Neg", {}), ("Erf", {}), ("Selu", {}), ("Softsign", {}), ("Celu", {}))


def convolution(n: Network, x: str) -> str | None:
    """Any kernel, stride, dilation and group; pads on each side by itself."""
    d, (_, channels, *extents) = n.d, n.shapes[x]
    axes = len(extents)
    if axes not in (1, 2, 3):
        return None
    kernel = [d.pick(1, 2, 3, 3, 3, 5, 7) if axes < 3 else d.pick(1, 2, 3) for _ in range(axes)]
    if d.chance(0.5):
        kernel = [kernel[0]] * axes
    attributes: dict[str, object] = {"kernel_shape": kernel}
    how = d.pick("same", "same", "any", "any", "auto", "none")
    dilations = [1 if how == "auto" else d.pick(1, 1, 1, 2, 3)] * axes
    spans = [(k - 1) * f + 1 for k, f in zip(kernel, dilations, strict=True)]
    pads = [0] * (2 * axes)
    if how == "same":
        pads = [*((s - 1) // 2 for s in spans), *(s // 2 for s in spans)]
    elif how == "any":
        pads = [d.int(0, s) for s in (*spans, *spans)]
    if how == "auto":
        attributes["auto_pad"] = d.pick("SAME_UPPER", "SAME_LOWER")
    elif any(e + p + q < s for e, p, q, s in zip(extents, pads[:axes], pads[axes:], spans,
                                                 strict=True)):
        return None
    else:
        attributes["pads"] = pads
    attributes |= {"dilations": dilations,
                   "strides": [d.pick(1, 1, 1, 2, 3) for _ in range(axes)]}
    group = d.pick(1, 1, 1, channels, *[g for g in (2, 3, 4, 7) if channels % g == 0])
    outputs = channels * d.pick(1, 1, 2) if group == channels \
        else group * d.int(1, max(1, 40 // group))
    fan = channels // group * int(np.prod(kernel))
    weights = [n.normal(outputs, channels // group, *kernel, fan=fan)]
    if d.chance(0.6):
        weights.append(n.normal(outputs))
    return n.one("Conv", x, *weights, group=group, **attributes)


def same_convolution(n: Network, x: str) -> str | None:
    """3x3 that keeps the image's size."""
    d, (_, channels, *extents) = n.d, n.shapes[x]
    if len(extents) not in (1, 2, 3):
        return None
    axes, outputs = len(extents), d.pick(channels, d.int(1, 40))
    weights = [n.normal(outputs, channels, *[3] * axes, fan=channels * 3**axes), n.normal(outputs)]
    return n.one("Conv", x, *weights, pads=[1] * (2 * axes))


def transposed(n: Network, x: str) -> str | None:
    """A transposed convolution."""
    d, (_, channels, *extents) = n.d, n.shapes[x]
    axes = len(extents)
    if axes not in (1, 2, 3):
        return None
    kernel, strides = d.ints(axes, 1, 4), d.ints(axes, 1, 3)
    group = d.pick(1, 1, channels, *[g for g in (2, 3) if channels % g == 0])
    outputs = d.int(1, 16) if group < channels else d.pick(1, 2)
    if np.prod([e * s for e, s in zip(extents, strides, strict=True)]) * group * outputs > LARGEST:
        return None
    pads = [d.int(0, (k - 1) // 2) for k in (*kernel, *kernel)]
    if any((e - 1) * s + k - p - q < 1 for e, s, k, p, q in zip(
            extents, strides, kernel, pads[:axes], pads[axes:], strict=True)):
        return None
    weights = [n.normal(channels, outputs, *kernel, fan=channels // group)]
    if d.chance(0.5):
        weights.append(n.normal(group * outputs))
    return n.one("ConvTranspose", x, *weights, strides=strides, group=group, pads=pads,
                 output_padding=[d.int(0, s - 1) for s in strides])


def pool(n: Network, x: str) -> str | None:
    """Windows, or the whole image."""
    d, (_, _, *extents) = n.d, n.shapes[x]
    axes = len(extents)
    if axes not in (1, 2, 3):
        return None
    if d.chance(0.15):
        return n.one(d.pick("GlobalAveragePool", "GlobalMaxPool"), x)
    op = d.pick("MaxPool", "MaxPool", "AveragePool", "AveragePool", "LpPool")
    kernel = [d.int(1, min(4, e)) for e in extents]
    pads = [d.int(0, k - 1) for k in (*kernel, *kernel)]
    strides = d.ints(axes, 1, 3)
    # onnx's inference of shapes counts windows that begin beyond the input; nobody else does
    begins = all(-(-(e + p + q - k) // s) * s < e + p for e, p, q, k, s in zip(
        extents, pads[:axes], pads[axes:], kernel, strides, strict=True))
    attributes: dict[str, object] = {"kernel_shape": kernel, "pads": pads, "strides": strides,
                                     "ceil_mode": d.int(0, 1) if begins else 0}
    if op == "AveragePool":
        attributes["count_include_pad"] = d.int(0, 1)
    return n.one(op, x, **attributes)


def resize(n: Network, x: str) -> str | None:
    """Rows and columns, larger or smaller."""
    d, shape = n.d, n.shapes[x]
    if len(shape) != 4:
        return None
    mode = d.pick("nearest", "nearest", "linear", "linear", "cubic")
    coordinates = d.pick("half_pixel", "half_pixel", "asymmetric", "align_corners",
                         "pytorch_half_pixel")
    attributes: dict[str, object] = {"mode": mode, "coordinate_transformation_mode": coordinates}
    if mode == "nearest":
        attributes["nearest_mode"] = d.pick(*ROUNDINGS)
    if d.chance(0.5):
        scales = [1.0, 1.0, *(d.pick(2.0, 2.0, 1.5, 3.0, 0.5, 1.7) for _ in range(2))]
        sizes = [int(np.float32(s) * np.float32(e)) for s, e in zip(scales, shape, strict=True)]
        given = n.weight(np.array(scales, np.float32))
        operands = [x, "", given]
    else:
        sizes = [*shape[:2], *(d.int(1, 2 * e + 1) for e in shape[2:])]
        operands = [x, "", "", n.weight(np.array(sizes, np.int64))]
    if min(sizes) < 1 or np.prod(sizes) > LARGEST:
        return None
    return n.one("Resize", *operands, **attributes)


def activation(n: Network, x: str) -> str | None:
    """A function of each element, whole or in the parts that exporters write."""
    d = n.d
    if d.chance(0.3):
        return d.pick(silu, gelu, hard_swish, clip, mish)(n, x)
    if d.chance(0.1):
        channels = n.shapes[x][1]
        slope = n.normal(channels, *[1] * (len(n.shapes[x]) - 2))
        return n.one("PRelu", x, slope)
    op, attributes = d.pick(*ACTIVATIONS)
    return n.one(op, x, **attributes)


def scalar(n: Network, value: float) -> str:
    """A constant of rank 0, 1, or as high as an image's."""
    shape = n.d.pick((), (1,), (1, 1, 1))
    return n.weight(np.full(shape, value, np.float32))


def silu(n: Network, x: str) -> str:
    """x sigmoid(x)."""
    gate = n.one("Sigmoid", x)
    return n.one("Mul", *n.d.some((x, gate), 2))


def gelu(n: Network, x: str) -> str:
    """x (1 + erf(x / sqrt 2)) / 2."""
    inner = n.one("Erf", n.one("Div", x, scalar(n, 2**0.5)))
    outer = n.one("Add", inner, scalar(n, 1.0))
    if n.d.chance(0.5):
        return n.one("Mul", n.one("Mul", x, outer), scalar(n, 0.5))
    return n.one("Mul", n.one("Mul", x, scalar(n, 0.5)), outer)


def hard_swish(n: Network, x: str) -> str:
    """x clip(x + 3, 0, 6) / 6, or with HardSigmoid."""
    if n.d.chance(0.4):
        alpha, beta = n.d.pick((1 / 6, 0.5), (0.2, 0.5), (1 / 3, 1.0))
        return n.one("Mul", x, n.one("HardSigmoid", x, alpha=alpha, beta=beta))
    low, high = n.weight(np.float32(0).reshape(())), n.weight(np.float32(6).reshape(()))
    cut = n.one("Clip", n.one("Add", x, scalar(n, 3.0)), low, high)
    if n.d.chance(0.5):
        return n.one("Div", n.one("Mul", x, cut), scalar(n, 6.0))
    return n.one("Mul", x, n.one("Div", cut, scalar(n, 6.0)))


def clip(n: Network, x: str) -> str:
    """Between two bounds, or Min and Max."""
    low, high = n.d.pick((0.0, 6.0), (-1.0, 1.0), (-0.5, 2.0))
    if n.d.chance(0.5):
        return n.one("Clip", x, *(n.weight(np.float32(v).reshape(())) for v in (low, high)))
    return n.one("Max", n.one("Min", x, scalar(n, high)), scalar(n, low))


def mish(n: Network, x: str) -> str:
    """x tanh(softplus(x))."""
    return n.one("Mul", x, n.one("Tanh", n.one("Softplus", x)))


def arithmetic(n: Network, x: str) -> str | None:
    """With a constant that broadcasts in any way."""
    d, shape = n.d, n.shapes[x]
    op = d.pick("Add", "Sub", "Mul", "Div", "Max", "Min")
    other = d.pick((), (1,), (shape[1], *[1] * (len(shape) - 2)), shape[-1:], shape[1:],
                   (1, shape[1], *[1] * (len(shape) - 2)))
    values = d.rng.standard_normal(other)
    if op == "Div":
        values = np.sign(values) * (np.abs(values) + 0.5)
    c = n.weight(values.astype(np.float32))
    return n.one(op, *((c, x) if d.chance(0.2) and op != "Div" else (x, c)))


def normalisation(n: Network, x: str) -> str | None:
    """Batch, instance, layer and group normalisation, LRN, softmax."""
    d, shape = n.d, n.shapes[x]
    channels = shape[1]
    op = d.pick("batch", "batch", "batch", "instance", "layer", "group", "lrn", "softmax",
                "written")
    if op == "batch":
        variance = n.weight((np.abs(d.rng.standard_normal(channels)) + 0.3).astype(np.float32))
        return n.one("BatchNormalization", x, *(n.normal(channels) for _ in range(3)), variance)
    if op == "layer" and shape[-1] > 1:
        return n.one("LayerNormalization", x, n.normal(shape[-1]), n.normal(shape[-1]), axis=-1)
    if op == "softmax":
        return n.one("Softmax", x, axis=d.int(-len(shape), len(shape) - 1))
    if op == "lrn" and len(shape) == 4:
        return n.one("LRN", x, size=d.pick(1, 3, 5))
    if op == "instance" and np.prod(shape[2:]) > 1:
        return n.one("InstanceNormalization", x, n.normal(channels), n.normal(channels))
    if op == "written" and shape[-1] > 1:
        return written_layer(n, x)
    if op == "group" and channels % 2 == 0 and np.prod(shape[2:]) > 1:
        split = n.one("Reshape", x, n.weight(np.array([shape[0], 2, -1], np.int64)))
        made = n.one("InstanceNormalization", split, n.weight(np.ones(2, np.float32)),
                     n.weight(np.zeros(2, np.float32)))
        return n.one("Reshape", made, n.weight(np.array(shape, np.int64)))
    return None


def written_layer(n: Network, x: str) -> str:
    """A layer normalisation as frameworks write it out."""
    axes = n.weight(np.array([-1], np.int64))
    centred = n.one("Sub", x, n.one("ReduceMean", x, axes, keepdims=1))
    square = n.one("Mul", centred, centred) if n.d.chance(0.5) \
        else n.one("Pow", centred, scalar(n, 2.0))
    mean = n.one("ReduceMean", square, axes, keepdims=1)
    root = n.one("Sqrt", n.one("Add", mean, scalar(n, 1e-5)))
    scaled = n.one("Mul", n.one("Div", centred, root), n.normal(n.shapes[x][-1]))
    return n.one("Add", scaled, n.normal(n.shapes[x][-1]))


def glue(n: Network, x: str) -> str | None:
    """Transpose, Reshape, Pad, Slice, pixel shuffles."""
    d, shape = n.d, n.shapes[x]
    op = d.pick("transpose", "reshape", "pad", "pad", "slice", "depth", "space", "shuffle",
                "squeeze")
    if op == "transpose":
        perm = d.rng.permutation(len(shape)).tolist() if d.chance(0.5) \
            else [0, *range(2, len(shape)), 1]
        return n.one("Transpose", x, perm=perm)
    if op == "reshape":
        target = [shape[0], -1, *shape[3:]] if len(shape) > 3 else [shape[0], -1, 1, shape[-1]]
        return n.one("Reshape", x, n.weight(np.array(target, np.int64)))
    if op == "pad":
        pads = [0, 0, *d.ints(len(shape) - 2, 0, 2), 0, 0, *d.ints(len(shape) - 2, 0, 2)]
        mode = d.pick("constant", "constant", "edge", "reflect")
        if mode == "reflect" and min(shape[2:], default=0) < 3:
            return None
        return n.one("Pad", x, n.weight(np.array(pads, np.int64)), mode=mode)
    if op == "slice":
        axis = d.int(1, len(shape) - 1)
        start = d.int(0, shape[axis] - 1)
        end, step = d.int(start + 1, shape[axis]), d.pick(1, 1, 2)
        return n.one("Slice", x, *(n.weight(np.array([v], np.int64))
                                   for v in (start, end, axis, step)))
    if op == "depth" and len(shape) == 4 and shape[1] % 4 == 0:
        return n.one("DepthToSpace", x, blocksize=2, mode=d.pick("DCR", "CRD"))
    if op == "space" and len(shape) == 4 and shape[2] % 2 == 0 and shape[3] % 2 == 0:
        return n.one("SpaceToDepth", x, blocksize=2)
    if op == "shuffle" and len(shape) == 4 and shape[1] % 2 == 0:
        apart = n.weight(np.array([shape[0], 2, shape[1] // 2, *shape[2:]], np.int64))
        turned = n.one("Transpose", n.one("Reshape", x, apart), perm=[0, 2, 1, 3, 4])
        return n.one("Reshape", turned, n.weight(np.array(shape, np.int64)))
    if op == "squeeze" and len(shape) == 4 and 1 in shape[2:]:
        axis = 2 + shape[2:].index(1)
        axes = n.weight(np.array([axis], np.int64))
        return n.one("Unsqueeze", n.one("Squeeze", x, axes), axes) if d.chance(0.5) \
            else n.one("Squeeze", x, axes)
    return None


def matrix(n: Network, x: str) -> str | None:
    """A product with a matrix along the last axis, or of all that is flattened."""
    d, shape = n.d, n.shapes[x]
    width, outputs = shape[-1], d.int(1, 30)
    if d.chance(0.5):
        return n.one("MatMul", x, n.normal(width, outputs, fan=width))
    width = int(np.prod(shape[1:]))
    if width > 3000:
        return None
    flat = n.one("Flatten", x)
    made = n.one("Gemm", flat, n.normal(outputs, width, fan=width), n.normal(outputs), transB=1)
    target = [shape[0], outputs, *[1] * (len(shape) - 2)]
    return n.one("Reshape", made, n.weight(np.array(target, np.int64)))

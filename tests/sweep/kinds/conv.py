"""Conv in one to three dimensions, and DeformConv."""

from __future__ import annotations

from tests.sweep.draw import Draw
from tests.sweep.kinds.windows import extents, padding, reach, window
from tests.sweep.trial import Single


def draw(d: Draw) -> Single:
    """A convolution."""
    if d.chance(0.06):
        return deform_conv(d)
    axes = d.pick(1, 2, 2, 2, 2, 3)
    kernel, attributes = window(d, axes, 5 if axes < 3 else 3)
    spans = reach(kernel, attributes)
    group = d.pick(1, 1, 1, 2, 3, d.int(1, 17))
    depthwise = d.chance(0.2)
    inner, outer = (1, 1) if depthwise else (d.int(1, 9), d.int(1, 12))
    if depthwise:
        group, outer = d.int(1, 40), d.pick(1, 1, 2)
    x = d.array((d.int(1, 2), group * inner, *extents(d, spans, 12)))
    w = d.array((group * outer, inner, *kernel))
    b = d.array((group * outer,)) if d.chance(0.5) else None
    attributes |= padding(d, [s + 1 for s in spans])
    if str(attributes.get("auto_pad", "")).startswith("SAME"):
        attributes.pop("dilations", None)  # ONNX Runtime refuses, the reference forgets them
    if group > 1 or d.chance(0.2):
        attributes["group"] = group
    if d.chance(0.5):
        attributes["kernel_shape"] = kernel
    return Single("Conv", (x, w, b), attributes, opset=d.pick(7, 11, 22), share=5e-6)


def deform_conv(d: Draw) -> Single:
    """Sampled at places that inputs name."""
    group, offsets = d.pick(1, 1, 2), d.pick(1, 1, 2)
    channels, outputs = 2 * d.int(1, 2), 2 * d.int(1, 2)
    kernel, (height, width) = d.ints(2, 1, 3), d.ints(2, 3, 7)
    y = (height - kernel[0] + 1, width - kernel[1] + 1)
    points = kernel[0] * kernel[1] * offsets
    inputs = (d.array((1, channels, height, width)), d.array((outputs, channels // group, *kernel)),
              d.array((1, 2 * points, *y)), d.array((outputs,)) if d.chance(0.5) else None,
              d.array((1, points, *y)) if d.chance(0.5) else None)
    return Single("DeformConv", inputs, {"group": group, "offset_group": offsets}, opset=19)

"""ConvTranspose in one to three dimensions."""

from __future__ import annotations

from tests.sweep.draw import Draw
from tests.sweep.kinds.windows import reach, window
from tests.sweep.trial import Single


def draw(d: Draw) -> Single:
    """A transposed convolution; its size is said by pads, by ``output_shape`` or ``auto_pad``."""
    axes = d.pick(1, 2, 2, 2, 3)
    kernel, attributes = window(d, axes)
    spans = reach(kernel, attributes)
    strides = attributes.get("strides", [1] * axes)
    group = d.pick(1, 1, 2, 3)
    inner, outer = d.int(1, 7), d.int(1, 9)
    if d.chance(0.15):
        group, inner, outer = d.int(2, 20), 1, d.pick(1, 2)
    extents = d.ints(axes, 1, 8)
    x = d.array((d.int(1, 2), group * inner, *extents))
    w = d.array((group * inner, outer, *kernel))
    b = d.array((group * outer,)) if d.chance(0.5) else None
    if group > 1:
        attributes["group"] = group
    if d.chance(0.4):
        attributes["output_padding"] = [d.int(0, s - 1) for s in strides]
    full = [(n - 1) * s + span for n, s, span in zip(extents, strides, spans,
                                                     strict=True)]  # type: ignore[call-overload]
    how = d.pick("pads", "pads", "shape", "auto", "none")
    if how == "pads":
        halves = [min(f - 1, s - 1) // 2 for f, s in zip(full, spans, strict=True)]
        attributes["pads"] = [d.int(0, max(h, 0)) for h in (*halves, *halves)]
    elif how == "shape":
        attributes["output_shape"] = [d.int(max(1, f - s + 1), f) for f, s in zip(
            full, spans, strict=True)]
        attributes.pop("output_padding", None)
        if d.chance(0.5):
            attributes["auto_pad"] = d.pick("SAME_UPPER", "SAME_LOWER", "NOTSET")
    elif how == "auto":
        extra = attributes.get("output_padding", [0] * axes)
        covers = all(span + e >= s for span, e, s in zip(spans, extra, strides,
                                                         strict=True))  # type: ignore[call-overload]
        # where windows leave gaps, each engine has another idea of SAME
        attributes["auto_pad"] = d.pick("SAME_UPPER", "SAME_LOWER", "VALID") if covers else "VALID"
    return Single("ConvTranspose", (x, w, b), attributes, opset=d.pick(11, 22), share=5e-6)

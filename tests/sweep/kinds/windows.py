"""Attributes of operators that slide a window; no kind of its own."""

from __future__ import annotations

from tests.sweep.draw import Draw


def window(d: Draw, axes: int, largest: int = 4) -> tuple[list[int], dict[str, object]]:
    """Kernel, and strides and dilations as attributes, each left out now and then."""
    kernel = d.ints(axes, 1, largest)
    found: dict[str, object] = {}
    if d.chance(0.7):
        found["strides"] = d.ints(axes, 1, 3)
    if d.chance(0.4):
        found["dilations"] = d.ints(axes, 1, 3)
    return kernel, found


def reach(kernel: list[int], attributes: dict[str, object]) -> list[int]:
    """How many samples each axis of a window spans."""
    dilations = attributes.get("dilations", [1] * len(kernel))
    return [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]  # type: ignore[call-overload]


def padding(d: Draw, below: list[int]) -> dict[str, object]:
    """``pads`` less than ``below`` on each side, or ``auto_pad``, or neither."""
    if d.chance(0.25):
        return {"auto_pad": d.pick("SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET")}
    if d.chance(0.2):
        return {}
    return {"pads": [d.int(0, max(b - 1, 0)) for b in (*below, *below)]}


def extents(d: Draw, least: list[int], more: int = 7) -> list[int]:
    """Lengths that a window of ``least`` samples fits into."""
    return [d.int(n, n + more) for n in least]

"""Resize, plain: tables of taps for each axis, made at compile time; a row of outputs at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.kernels.kernel import Call, Constant, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, bits, element
from tinsmith.ops.resize import Resize, Taps
from tinsmith.request import Request

MAX_AXES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """An axis of both tensors, or several neighbours that do not change, taken as one."""

    before: int
    after: int
    taps: Taps | None = None


def axes(op: Resize, shape: tuple[int, ...]) -> list[Axis]:
    """The axes, neighbours merged where neither changes."""
    changing = set(op.resized(shape))
    found: list[Axis] = []
    for i, (before, after) in enumerate(zip(shape, op.sizes, strict=True)):
        if i in changing:
            found.append(Axis(before, after, op.taps(i, before)))
        elif found and found[-1].taps is None:
            found[-1] = Axis(found[-1].before * before, found[-1].after * after)
        else:
            found.append(Axis(before, after))
    return found


def tables(
    found: Sequence[Axis], request: Request
) -> tuple[Array, Array, list[tuple[str, Constant]], int]:
    """Positions, weights, constants and chunks for up to eight axes."""
    found = [Axis(1, 1)] * (MAX_AXES - len(found)) + list(found)
    places, weights, start, length = [], [], [], 0
    for axis in found:
        start.append(-1 if axis.taps is None else length)
        if axis.taps is not None:
            places.append(np.where(axis.taps.outside[:, None], -1, axis.taps.index).reshape(-1))
            weights.append(axis.taps.weight.reshape(-1))
            length += places[-1].size
    place = np.concatenate(places or [np.zeros(1)]).astype(np.int32)
    weight = np.concatenate(weights or [np.zeros(1)])
    rows = int(np.prod([axis.after for axis in found[:-1]]))
    chunks = split(rows, request, max(1, 4096 // max(found[-1].after, 1)))
    constants: list[tuple[str, Constant]] = [
        ("in", tuple(axis.before for axis in found)), ("out", tuple(axis.after for axis in found)),
        ("start", tuple(start)), ("chunks", chunks)]
    return place, weight, constants, chunks


class ResizePlain(PlainKernel):
    """Any number of axes of which not too many change."""

    serves = (Resize,)

    def accepts(self, site: Site) -> bool:
        """At most eight axes after merging."""
        assert isinstance(site.op, Resize)
        return len(axes(site.op, site.input(0).shape)) <= MAX_AXES

    def lower(self, site: Site, forms: Forms) -> Call:
        """A gather for the nearest samples, weighted sums otherwise."""
        op, x = site.op, site.input(0)
        assert isinstance(op, Resize)
        found = [Axis(0, 0)] if 0 in op.sizes else axes(op, x.shape)
        place, weight, constants, chunks = tables(found, site.request)
        fill = np.asarray(op.extrapolation_value).astype(x.dtype.numpy)
        if op.mode == "nearest":
            pattern = int.from_bytes(fill.tobytes(), "little", signed=True)
            return Call(
                kernel="resize_nearest", operands=(0,), weights=(place,), chunks=chunks,
                constants=(*constants, ("crops", int((place < 0).any())), ("fill", pattern)),
                macros=bits("T", x.dtype))
        arithmetic = np.float64 if x.dtype.numpy == np.float64 else np.float32
        taps = tuple(1 if a.taps is None else a.taps.index.shape[1] for a in found)
        return Call(
            kernel="resize_taps", operands=(0,), chunks=chunks,
            weights=(place, weight.astype(arithmetic)),
            constants=(*constants, ("taps", (1,) * (MAX_AXES - len(taps)) + taps),
                       ("fill", float(fill))),
            macros=element("T", x.dtype), scratch_bytes=max(64, 8 * found[-1].before))


KERNEL = ResizePlain()

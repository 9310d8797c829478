"""Convolution by Winograd's algorithms: fewer products for more additions.

Answers differ from direct convolution by rounding, some 1e-6 of the largest (of bfloat16, by 2.4
times the rounding of its weights): ``exact`` turns them off, and ``rounding`` estimates it, for a
network's budget (``schedule/budget.py``). Layers of few pixels and many channels, which wait for
their weights, transform them whenever they run, a slab of input channels after the other (lean).
``cycles`` counts transforms, products and the reading of weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.addressing import image, strides
from tinsmith.kernels.conv.pack import pack_bias
from tinsmith.kernels.conv.site import bias_of, conv_of, serves, stored_as, weights_of
from tinsmith.kernels.conv.tiles import NEAR, VARIANTS
from tinsmith.kernels.conv.winograd_algorithms import (
    F23,
    F43,
    F44,
    F63,
    STRIDED,
    Algorithm,
    rounding,
)
from tinsmith.kernels.conv.winograd_filters import (
    lean_matrix,
    pack_as_is,
    pack_transformed,
    prepared_filters,
    squares,
    turns,
)
from tinsmith.kernels.conv.winograd_tiling import (
    Problem,
    Tiling,
    ranked,
    sum_cycles,
    takes_turns,
    tiling_of,
)
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Prepared, Site, Variant
from tinsmith.kernels.work import arithmetic, instructions

STRIP = 12  # instructions to put one pixel of one channel into a strip
FEW_CHANNELS = 4  # a first layer's


@dataclass(frozen=True)
class Conv2dWinograd(Kernel):
    """Conv with constant weights, dilation 1 and one group, by one algorithm; blocked outputs.

    With ``deep`` it takes few-channelled row-major images, and the algorithm moves over squares of
    stride x stride pixels as if they were one pixel of so many more channels. With ``lean`` the
    filters stay as they are in memory, F(4,3) only. With ``phases`` 2 the output channels are those
    of 2 x 2 convolutions, whole vectors each, that a transposed one is made of.
    """

    algorithm: Algorithm
    deep: bool = False
    lean: bool = False
    phases: int = 1

    @property
    def label(self) -> str:
        """With the algorithm."""
        return f"conv2d_winograd {self._name}"

    @property
    def _name(self) -> str:
        how = " deep" if self.deep else " lean" if self.lean else ""
        return f"{self.algorithm.name}{how}"

    def forms(self, site: Site) -> Sequence[Forms]:
        """Blocked output, a residual that lies like it; blocked input, row-major if deep."""
        if site.request.numerics.exact or not serves(site, self.algorithm.stored):
            return ()
        op, filters = conv_of(site), weights_of(site)
        if op.group != 1 or filters.ndim != 4 or any(d != 1 for d in op.dilations):
            return ()
        if not self._deep_fits(site) if self.deep else not self._fits(site):
            return ()
        limit = site.request.numerics.rounding
        if math.isfinite(limit) and rounding(self.algorithm, self._filters(site)) > limit:
            return ()
        block = site.target.lanes
        return (site.in_blocks((0 if self.deep else block, 0, 0, block), (block,)),)

    def _fits(self, site: Site) -> bool:
        a = self.algorithm
        return (weights_of(site).shape[2:] == (a.taps, a.taps)
                and conv_of(site).strides == (a.stride, a.stride))

    def _deep_fits(self, site: Site) -> bool:
        step, other = conv_of(site).strides
        _, channels, *kernel = weights_of(site).shape
        return (step == other > 1 and channels <= FEW_CHANNELS
                and step <= site.target.lanes and site.target.lanes % (step * step) == 0
                and all(-(-k // step) == self.algorithm.taps for k in kernel))

    def variants(self, site: Site, forms: Forms) -> Sequence[Variant]:
        """More and fewer panels, and the register tiles that come nearest to the best."""
        problem = self._problem(site)
        tiles, tiling = problem.tiles, tiling_of(problem)
        if self.deep:
            rows = tiling.panel // problem.across
            return ((), *((("rows", r),) for r in (rows + 1, 2 * rows)
                          if r * problem.across <= tiles and tiles % (r * problem.across) == 0))
        runs, panels = -(-tiles // tiling.p), tiling.panels
        cuts = sorted({min(runs, max(1, c)) for c in (panels // 2, panels + 1, 2 * panels)})
        ready: set[int] = set()
        if takes_turns(problem, tiling):
            ready = {0, tiling.groups // 4, tiling.groups // 2} - {tiling.ready}
        (least, _, _), *others = ranked(problem)
        near = [(p, b) for cycles, p, b in others if cycles < least * NEAR]
        return ((), *((("panels", c),) for c in cuts if c != panels),
                *((("ready", n),) for n in sorted(ready)),
                *((("tile_p", p), ("tile_b", b)) for p, b in near[:VARIANTS]))

    def cycles(self, site: Site, forms: Forms) -> float:
        """Transforms, and products or, if it takes longer, the reading of the weights."""
        a, problem = self.algorithm, self._problem(site)
        tiling = tiling_of(problem)
        inputs, outputs = a.transforms
        vectors = inputs * problem.ic_blocks + outputs * problem.blocks
        transforms = arithmetic(
            site.target, a.elements * problem.tiles * site.target.lanes, vectors, share=1.0)
        strip = 0.0
        if self.deep:
            strip = instructions(
                site.target, STRIP * site.input(0).size * a.inputs / a.outputs)
        sums = sum_cycles(problem, tiling, tiling.ready / tiling.groups)
        return (sums + transforms + strip) * a.premium

    def lower(self, site: Site, forms: Forms) -> Call:
        """The call, with weights in the order of the header's head comment."""
        a, op = self.algorithm, conv_of(site)
        x, y = image(site.input(0), forms.inputs[0]), image(site.output(), forms.outputs[0])
        has_residual = site.has_input(3)
        problem, filters = self._problem(site), self._filters(site)
        tiling = tiling_of(problem)
        steps, scratch_bytes = _scratch(problem, tiling)
        constants: dict[str, Constant] = {
            "stored": stored_as(site), "inner": problem.inner,
            "n": x.n, "ic": problem.ic, "ih": x.h, "iw": x.w, "oc": y.c, "oh": y.h, "ow": y.w,
            "in": a.inputs, "out": a.outputs, "stride": a.stride,
            "depth": op.strides[0] if self.deep else 1,
            "pad_top": op.pads[0], "pad_left": op.pads[1], **_phases(problem, tiling),
            **strides("x", x), **strides("y", y), **strides("r", y if has_residual else None),
            "across": problem.across, "tiles": problem.tiles, **steps,
            **_cut(problem, tiling),
        }
        return Call(
            kernel="conv2d_winograd",
            operands=(0, 3 if has_residual else -1),
            weights=(*self._weights(filters, problem, tiling),
                     pack_bias(bias_of(site), 1, site.target.lanes)),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            scratch_bytes=scratch_bytes,
            chunks=tiling.chunks,
            algorithm=self._name,
            products=a.elements * problem.tiles * problem.ic * y.c,
            rounding=rounding(a, filters),
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )

    def _problem(self, site: Site) -> Problem:
        """What the algorithm is to do here."""
        images, oc, height, width = site.output().shape
        ic = site.input(0).shape[1] * (conv_of(site).strides[0]**2 if self.deep else 1)
        return Problem(self.algorithm, site.request, site.variant, ic, oc, images, height, width,
                       self.deep, self.lean, self.phases)

    def _filters(self, site: Site) -> Array:
        """Weights [oc, channels, taps, taps] that the algorithm sees."""
        w = weights_of(site)
        return squares(w, conv_of(site).strides[0]) if self.deep else w

    def _weights(self, w: Array, problem: Problem,
                 tiling: Tiling) -> tuple[Array, Array | Prepared]:
        """Filters as they are, and those that are transformed, at load or before."""
        a, lanes, blocks, ic = self.algorithm, problem.target.lanes, problem.blocks, problem.ic
        none = np.zeros(0, np.float32)
        if not self.lean and (problem.target.bare_metal or a.stored is not DType.F32):
            return none, pack_transformed(a, w, lanes, tiling.b, problem.inner)
        filters = pack_as_is(w, lanes, tiling.b)
        if not self.lean:
            return none, prepared_filters(filters, a.matrices.g, ic, blocks, lanes, tiling.b)
        if not tiling.ready:
            return filters, none
        lean, early = turns(filters.reshape(blocks // tiling.b, -1), tiling.groups, tiling.ready)
        return lean, prepared_filters(early, lean_matrix(a), ic,
                                      blocks * tiling.ready // tiling.groups, lanes, tiling.b)


def _cut(problem: Problem, tiling: Tiling) -> dict[str, Constant]:
    """Panels, register tiles and groups, and what they ask for ahead."""
    a, lanes = problem.algorithm, problem.target.lanes
    runs = -(-min(tiling.panel, problem.tiles) // tiling.p)
    stored = -(-lanes * tiling.b * a.taps**2 // (a.elements * runs))
    return {
        "panel": tiling.panel, "panels": tiling.panels,
        "unit": tiling.panel if problem.deep else tiling.p,
        "tile_p": tiling.p, "tile_b": tiling.b, "groups": tiling.groups,
        "slab": tiling.slab, "ready": tiling.ready,
        "ahead": stored if problem.lean else 0, "ready_ahead": -(-lanes * tiling.b // runs)}


def _phases(problem: Problem, tiling: Tiling) -> dict[str, Constant]:
    """Where phases begin; where their outputs lie is the transposed convolution's to say."""
    return {"phase_groups": -(-problem.blocks // tiling.b) // problem.phases**2,
            "shift_top": 0, "shift_left": 0, "phase_blocks": 0, "odd_row": 0, "odd_column": 0}


def _scratch(problem: Problem, tiling: Tiling) -> tuple[dict[str, Constant], int]:
    """Steps between elements of V and M, and the bytes of all of a thread's scratch."""
    a, lanes, float_bytes = problem.algorithm, problem.target.lanes, 4
    size = a.stored.size_bytes
    v_step = (problem.ic_blocks * tiling.panel + float_bytes // size) * lanes
    m_step = (tiling.panel * tiling.b + 1) * lanes
    floats = a.elements * m_step
    if problem.deep:
        columns = (problem.across - 1) * a.outputs + a.inputs
        floats += lanes * problem.ic_blocks * a.inputs * columns
    if problem.lean:
        floats += lanes * a.inputs * (tiling.slab * tiling.b + 1)
    return {"v_step": v_step, "m_step": m_step}, size * a.elements * v_step + float_bytes * floats


KERNELS = (Conv2dWinograd(F43), Conv2dWinograd(F43, lean=True), Conv2dWinograd(F63),
           Conv2dWinograd(STRIDED), Conv2dWinograd(F43, deep=True), Conv2dWinograd(F44, deep=True),
           Conv2dWinograd(F23))

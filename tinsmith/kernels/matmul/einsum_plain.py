"""Einsum, plain: one or two operands of any element type."""

from __future__ import annotations

import math

from tinsmith.ir.op import TensorType
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.matmul.gemm_plain import arithmetic_macros
from tinsmith.kernels.plain import PlainKernel
from tinsmith.ops.einsum import Einsum

MAX_LETTERS = 16


class EinsumPlain(PlainKernel):
    """An element at a time."""

    serves = (Einsum,)

    def accepts(self, site: Site) -> bool:
        """Up to sixteen letters."""
        return isinstance(site.op, Einsum) and len(set("".join(site.op.terms))) <= MAX_LETTERS

    def lower(self, site: Site, forms: Forms) -> Call:
        """The extent and the strides of each letter, those of the result first."""
        op, y = site.op, site.output()
        assert isinstance(op, Einsum)
        extents = op.extents(site.inputs)
        letters = op.result + "".join(sorted(set(extents) - set(op.result)))
        summed = math.prod(extents[c] for c in letters[len(op.result):])
        chunks = split(y.size, site.request, max(1, 8192 // max(1, summed)))
        fill = MAX_LETTERS - len(letters)
        has_b = len(op.terms) > 1
        strides = [_strides(term, site.input(i), letters) for i, term in enumerate(op.terms)]
        strides += [(0,) * len(letters)] * (2 - len(strides))
        return Call(
            kernel="einsum_plain",
            operands=(0, 1 if has_b else -1),
            constants=(
                ("size", y.size), ("summed", summed), ("chunks", chunks),
                ("extent", tuple(extents[c] for c in letters) + (1,) * fill),
                ("a_stride", strides[0] + (0,) * fill), ("b_stride", strides[1] + (0,) * fill),
                ("letters", len(letters)), ("kept", len(op.result)), ("has_b", int(has_b))),
            macros=arithmetic_macros(y.dtype),
            chunks=chunks,
        )


def _strides(term: str, kind: TensorType, letters: str) -> tuple[int, ...]:
    """The stride of each letter in an operand; of a repeated letter, all its strides together."""
    return tuple(
        sum(math.prod(kind.shape[i + 1:]) for i, c in enumerate(term)
            if c == letter and kind.shape[i] > 1)
        for letter in letters)


KERNEL = EinsumPlain()

"""Concat, plain: where it cannot be a matter of places only, all inputs are copied by one call."""

from __future__ import annotations

import math

from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, bits
from tinsmith.kernels.work import CALL, moved
from tinsmith.ops.concat import Concat

INSTRUCTIONS = 2  # for each element
MAX_INPUTS = 64


class ConcatPlain(PlainKernel):
    """Up to 64 inputs of any type."""

    serves = (Concat,)

    def accepts(self, site: Site) -> bool:
        """Up to 64 inputs."""
        return len(site.inputs) <= MAX_INPUTS

    def cycles(self, site: Site, forms: Forms) -> float:
        """Copies runs."""
        y = site.output()
        return moved(
            site.target, y.size_bytes, INSTRUCTIONS * y.size + CALL, site.request.threads)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are rows; the inputs' pointers are declared by macros."""
        assert isinstance(site.op, Concat)
        axis, count = site.op.axis, len(site.inputs)
        runs = tuple(math.prod(site.input(i).shape[axis:]) for i in range(count))
        rows = math.prod(site.output().shape[:axis])
        chunks = split(rows, site.request, -(-4096 // max(sum(runs), 1)))
        return Call(
            kernel="concat",
            operands=tuple(range(count)),
            constants=(("rows", rows), ("row", sum(runs)), ("run", runs), ("inputs", count),
                       ("chunks", chunks)),
            macros=(*bits("T", site.output().dtype),
                    ("OPERANDS", "".join(f"const T *x{i}, " for i in range(count))),
                    ("SOURCES", ", ".join(f"x{i}" for i in range(count)))),
            chunks=chunks,
        )


KERNEL = ConcatPlain()

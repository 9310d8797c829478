"""Base of the plain kernels: row-major, any element type, right on every target.

They cost more than any tuned kernel, so that they are chosen only where nothing else serves.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from tinsmith.dtypes import DType
from tinsmith.ir.op import Op
from tinsmith.kernels.kernel import Call, Forms, Kernel, Site, plain_forms
from tinsmith.kernels.work import instructions

INSTRUCTIONS = 80  # for each step of a loop, with all that walks strides


class PlainKernel(Kernel):
    """A row-major kernel for the operators in ``serves``."""

    serves: tuple[type[Op], ...] = ()

    def accepts(self, site: Site) -> bool:
        """Whether it can serve this node of its operators; all of them unless overridden."""
        return True

    def forms(self, site: Site) -> Sequence[Forms]:
        """Row-major for everything."""
        fits = isinstance(site.op, self.serves) and self.accepts(site)
        return (plain_forms(site),) if fits else ()

    def cycles(self, site: Site, forms: Forms) -> float:
        """Many instructions for each multiply-accumulate or element, whichever are more."""
        sizes = [kind.size for kind in (*site.inputs, *site.outputs) if kind]
        outputs = [kind for kind in site.outputs if kind]
        return instructions(
            site.target, INSTRUCTIONS * max(site.op.macs(site.inputs, outputs), *sizes, 1))

    @abstractmethod
    def lower(self, site: Site, forms: Forms) -> Call:
        """The call."""


def element(prefix: str, dtype: DType) -> tuple[tuple[str, str], ...]:
    """The macros that tell a template header of an element type.

    ``T``: the C type in memory; ``T_ARITH``: the C type to compute in (float for halves);
    ``T_LOAD(v)`` and ``T_STORE(v)``: memory to arithmetic and back (functions of ``scalar.h``).
    ``prefix`` replaces the T in all of them.
    """
    half = dtype in (DType.F16, DType.BF16)
    return (
        (prefix, dtype.c),
        (f"{prefix}_ARITH", "float" if half else dtype.c),
        (f"{prefix}_LOAD", f"tin_{dtype.short}_to_f32" if half else ""),
        (f"{prefix}_STORE", f"tin_f32_to_{dtype.short}" if half else ""),
    )


def bits(prefix: str, dtype: DType) -> tuple[tuple[str, str], ...]:
    """The macro for an element that is only moved: an unsigned integer of the same size."""
    return ((prefix, f"uint{8 * dtype.size_bytes}_t"),)

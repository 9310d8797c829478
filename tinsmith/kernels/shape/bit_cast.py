"""BitCast: a view, no code."""

from __future__ import annotations

from collections.abc import Sequence

from tinsmith.kernels.kernel import Forms, Kernel, Lowered, Site, View, plain_forms
from tinsmith.ops.cast import BitCast


class BitCastView(Kernel):
    """The same bytes under another name."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Row-major."""
        return (plain_forms(site),) if isinstance(site.op, BitCast) else ()

    def cycles(self, site: Site, forms: Forms) -> float:
        """Nothing runs."""
        return 0.0

    def lower(self, site: Site, forms: Forms) -> Lowered:
        """A view of the operand."""
        return (View(0, 0),)


KERNEL = BitCastView()

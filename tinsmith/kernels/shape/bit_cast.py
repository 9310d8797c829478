"""BitCast: a view, no code."""

from __future__ import annotations

from collections.abc import Sequence

from tinsmith.kernels.kernel import Kernel, Layouts, Lowered, Site, View, plain_layouts
from tinsmith.ops.cast import BitCast


class BitCastView(Kernel):
    """The same bytes under another name."""

    def layouts(self, site: Site) -> Sequence[Layouts]:
        """Row-major."""
        return (plain_layouts(site),) if isinstance(site.op, BitCast) else ()

    def cost(self, site: Site, layouts: Layouts) -> float:
        """Nothing runs."""
        return 0.0

    def lower(self, site: Site, layouts: Layouts) -> Lowered:
        """A view of the operand."""
        return (View(0, 0),)


KERNEL = BitCastView()

"""NonZero, plain."""

from __future__ import annotations

from tinsmith.kernels.kernel import Call, Forms, Site
from tinsmith.kernels.plain import PlainKernel
from tinsmith.kernels.strides import MAX_RANK, filled
from tinsmith.ops.nonzero import NonZero


class NonZeroPlain(PlainKernel):
    """In one piece, because each place comes behind all before it."""

    serves = (NonZero,)

    def accepts(self, site: Site) -> bool:
        """Up to eight axes."""
        return site.input(0).rank <= MAX_RANK

    def lower(self, site: Site, forms: Forms) -> Call:
        """One chunk."""
        assert isinstance(site.op, NonZero)
        x = site.input(0)
        wanted = tuple(i for i in range(2) if site.has_output(i))
        return Call(
            kernel="nonzero",
            operands=(0,),
            results=wanted,
            constants=(("size", x.size), ("rows", site.op.rows), ("rank", x.rank),
                       ("shape", filled(x.shape, 1))),
            macros=(("PLACES", str(int(0 in wanted))), ("COUNT", str(int(1 in wanted)))),
        )


KERNEL = NonZeroPlain()

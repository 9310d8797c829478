"""Mean or maximum over all pixels, from blocked layout, of float32 or bfloat16 values."""

from __future__ import annotations

from collections.abc import Sequence

from tinsmith.kernels.addressing import image, is_image, strides
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.halves import STORED
from tinsmith.kernels.kernel import PLAIN, Call, Constant, Kernel, Layout, Layouts, Site
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalMaxPool


class GlobalPool(Kernel):
    """GlobalAveragePool and GlobalMaxPool."""

    def layouts(self, site: Site) -> Sequence[Layouts]:
        """From blocked to blocked, or to row-major."""
        if not (isinstance(site.op, GlobalAveragePool | GlobalMaxPool)
                and is_image(site.inputs[0]) and site.input(0).dtype in STORED
                and site.output().dtype in STORED):
            return ()
        block = Layout(site.target.lanes)
        return Layouts((block,), (PLAIN,)), Layouts((block,), (block,))

    def cost(self, site: Site, layouts: Layouts) -> float:
        """One vector a cycle."""
        return site.input(0).size / site.target.lanes

    def lower(self, site: Site, layouts: Layouts) -> Call:
        """The call."""
        op = site.op
        assert isinstance(op, GlobalAveragePool | GlobalMaxPool)
        x = image(site.input(0), layouts.inputs[0])
        y = image(site.output(), layouts.outputs[0])
        average = isinstance(op, GlobalAveragePool)
        constants: dict[str, Constant] = {
            "kind": "TIN_GLOBAL_AVERAGE" if average else "TIN_GLOBAL_MAX",
            "n": x.n, "channels": x.c, "ih": x.h, "iw": x.w, **strides("x", x), "y_n": y.image,
            "y_plain": int(layouts.outputs[0] == PLAIN), 
            "stored_x": STORED[site.input(0).dtype], "stored_y": STORED[site.output().dtype],
        }
        finish = tuple(f for f in epilogue(op.activation) if f[0] != "residual")
        chunks = x.n * -(-x.c // site.target.lanes)
        return Call("global_pool_f32", (0,), constants=(*constants.items(), *finish),
                    chunks=chunks)


KERNEL = GlobalPool()

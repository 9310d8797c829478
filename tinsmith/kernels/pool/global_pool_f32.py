"""Mean or maximum over all pixels, from blocked layout, of float32 or bfloat16 values."""

from __future__ import annotations

from collections.abc import Sequence

from tinsmith.kernels.addressing import image, is_image, strides
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site
from tinsmith.kernels.stored import STORED
from tinsmith.kernels.work import arithmetic
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalMaxPool


class GlobalPool(Kernel):
    """GlobalAveragePool and GlobalMaxPool."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """From blocked to blocked, or to row-major."""
        if not (isinstance(site.op, GlobalAveragePool | GlobalMaxPool)
                and is_image(site.inputs[0]) and site.input(0).dtype in STORED
                and site.output().dtype in STORED):
            return ()
        block = site.target.lanes
        return site.in_blocks((block,), (0,)), site.in_blocks((block,), (block,))

    def cycles(self, site: Site, forms: Forms) -> float:
        """One instruction for each vector."""
        return arithmetic(site.target, site.input(0).size)

    def lower(self, site: Site, forms: Forms) -> Call:
        """The call."""
        op = site.op
        assert isinstance(op, GlobalAveragePool | GlobalMaxPool)
        x = image(site.input(0), forms.inputs[0])
        y = image(site.output(), forms.outputs[0])
        average = isinstance(op, GlobalAveragePool)
        constants: dict[str, Constant] = {
            "kind": "TIN_GLOBAL_AVERAGE" if average else "TIN_GLOBAL_MAX",
            "n": x.n, "channels": x.c, "ih": x.h, "iw": x.w, **strides("x", x), "y_n": y.image,
            "y_plain": int(forms.outputs[0].row_major), 
            "stored_x": STORED[site.input(0).dtype], "stored_y": STORED[site.output().dtype],
        }
        finish = tuple(f for f in epilogue(op.activation) if f[0] != "residual")
        chunks = x.n * -(-x.c // site.target.lanes)
        return Call("global_pool_f32", (0,), constants=(*constants.items(), *finish),
                    chunks=chunks)


KERNEL = GlobalPool()

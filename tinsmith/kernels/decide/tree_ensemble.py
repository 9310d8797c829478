"""TreeEnsemble, plain: one sample after another through all trees."""

from __future__ import annotations

from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel
from tinsmith.ops.tree_ensemble import AGGREGATES, TreeEnsemble

STEPS, LOADS = 8, 2  # of a tree, and what a step waits for: a node, then a feature


class TreeEnsemblePlain(PlainKernel):
    """Chunks are samples."""

    serves = (TreeEnsemble,)

    def cycles(self, site: Site, forms: Forms) -> float:
        """A walk for each sample and tree."""
        step = LOADS * site.target.model.load.latency
        return float(STEPS * step * site.input(0).shape[0] * site.input(5).size)

    def lower(self, site: Site, forms: Forms) -> Call:
        """As many samples a chunk as make it worth a thread."""
        assert isinstance(site.op, TreeEnsemble)
        x, trees = site.input(0), site.input(5).size
        chunks = split(x.shape[0], site.request, -(-512 // max(trees, 1)))
        return Call(
            kernel="tree_ensemble",
            operands=(0, 1, 2, 3, 4, 5),
            constants=(("samples", x.shape[0]), ("features", x.shape[1]),
                       ("targets", site.op.count), ("trees", trees),
                       ("aggregate", AGGREGATES.index(site.op.aggregate)), ("chunks", chunks)),
            macros=(("T", x.dtype.c),),
            chunks=chunks,
        )


KERNEL = TreeEnsemblePlain()

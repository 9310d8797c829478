"""What a case of an operator is: the operator, its inputs, and how near the answer must be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ir.verify import verify
from tinsmith.kernels.kernel import Call, Forms, Kernel, Lowered, Site, Variant


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One operator on given inputs. ``weights``: positions of inputs that are constants.

    ``tolerance``: allowed error as a share of the largest magnitude of the output; 0: exact.
    ``outputs``: which outputs are asked for (positions); None: all of them.
    ``kernel``: the label of the kernel that must compute it; "": the cheapest.
    ``field``: a constant of its call that must be at least ``least``, where some variant has it so.
    """

    name: str
    op: Op
    inputs: tuple[Array | None, ...]
    weights: tuple[int, ...] = ()
    tolerance: float = 0.0
    outputs: tuple[int, ...] | None = None
    kernel: str = ""
    field: str = ""
    least: int = 1

    @property
    def prefer(self) -> Prefer:
        """What makes the scheduler take that kernel."""
        return Prefer(self.kernel, self.field, self.least)

    def graph(self) -> Graph:
        """The graph of just this operator, with values x0, x1 ... and y0, y1 ..."""
        names = tuple(f"x{i}" if a is not None else "" for i, a in enumerate(self.inputs))
        kinds = [None if a is None else TensorType(a.shape, DType.of(a)) for a in self.inputs]
        inferred = self.op.infer(*kinds)
        asked = range(len(inferred)) if self.outputs is None else self.outputs
        results = tuple(f"y{i}" if i in asked else "" for i in range(max(asked) + 1))
        types = {n: k for n, k in zip(names, kinds, strict=True) if n and k}
        types.update((n, k) for n, k in zip(results, inferred, strict=False) if n)
        return verify(Graph(
            name=self.name,
            nodes=(Node("node", self.op, names, results, ("node",)),),
            inputs=tuple(n for i, n in enumerate(names) if n and i not in self.weights),
            outputs=tuple(n for n in results if n),
            types=types,
            weights={names[i]: a for i in self.weights if (a := self.inputs[i]) is not None},
        ))

    def feeds(self) -> dict[str, Array]:
        """The arrays for the graph's inputs."""
        return {f"x{i}": a for i, a in enumerate(self.inputs)
                if a is not None and i not in self.weights}


@dataclass(frozen=True, slots=True)
class Prefer:
    """Timings by which the kernel of this label, with this constant so large, is taken."""

    label: str
    field: str = ""
    least: int = 1

    def best(self, site: Site, kernel: Kernel, forms: Forms) -> tuple[float, Variant] | None:
        """Less than nothing for the one, no word about the others."""
        if kernel.label != self.label:
            return None
        return next(((-1.0, variant) for variant in kernel.variants(site, forms)
                     if self._has_it(kernel.lower(replace(site, variant=variant), forms))), None)

    def _has_it(self, lowered: Lowered) -> bool:
        return not self.field or (
            isinstance(lowered, Call)
            and int(str(dict(lowered.constants).get(self.field, 0))) >= self.least)


def random(*shape: int, dtype: str = "float32", seed: int = 0, low: float = -1.0,
           high: float = 1.0) -> Array:
    """Seeded uniform values in [low, high), rounded for integer types."""
    values = np.random.default_rng(seed).uniform(low, high, shape)
    return (np.floor(values) if np.dtype(dtype).kind in "iu" else values).astype(dtype)

"""Why each layer has the precision that it has, for people."""

from __future__ import annotations

from collections.abc import Iterator

from tinsmith.dtypes import DType
from tinsmith.ir.graph import Graph
from tinsmith.kernels.kernel import Site
from tinsmith.kernels.registry import kernels
from tinsmith.schedule.plan import Plan
from tinsmith.schedule.work import UNTIMED, Timings, seconds_of, site_of

WEIGHTS = 1  # which operand of a product they are


def precisions(graph: Graph, plan: Plan, timings: Timings = UNTIMED) -> Iterator[str]:
    """A line for each layer of the optimised graph with constant weights.

    ``timings``: what was measured when the plan was made.
    """
    steps = {step.name: step for step in plan.steps}
    for node in graph.nodes:
        step = steps.get(node.name)
        site = site_of(graph, node, plan.request)
        weights = site.constant(WEIGHTS)
        if step is None or step.forms is None or weights is None or weights.ndim < 2:
            continue
        values, stored = (form.dtype for form in step.forms.inputs[:WEIGHTS + 1])
        if values is not DType.F32 or site.input(WEIGHTS).dtype is not DType.F32:
            yield (f"{node.name}: values in {values.short}, weights in {stored.short}, as "
                   f"{plan.request.numerics.policy} asks")
            continue
        yield f"{node.name}: weights in {stored.short}, {_reason(site, stored, timings)}"


def _reason(site: Site, stored: DType, timings: Timings) -> str:
    seconds = _seconds(site, timings)
    lower = [dtype for dtype in seconds if dtype is not DType.F32]
    if stored is not DType.F32:
        return (f"which takes {1e6 * seconds[stored]:.1f} us where f32 takes "
                f"{1e6 * seconds[DType.F32]:.1f} us")
    numerics = site.request.numerics
    if numerics.policy_of((site.node.name, *site.node.origin)) != numerics.policy:
        return "as asked for"
    if not lower:
        return "no kernel computes it with lower ones here"
    if min(seconds[dtype] for dtype in lower) >= seconds[DType.F32]:
        return "lower ones take no less time"
    return "the rounding of lower ones has no room in the budget"


def _seconds(site: Site, timings: Timings) -> dict[DType, float]:
    """The least time for each element type of the weights."""
    best: dict[DType, float] = {}
    for kernel in kernels():
        for forms in kernel.forms(site):
            dtype = forms.inputs[WEIGHTS].dtype
            taken, _ = seconds_of(kernel, site, forms, timings)
            best[dtype] = min(taken, best.get(dtype, taken))
    return best

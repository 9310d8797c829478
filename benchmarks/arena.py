"""Arena of every zoo network over its lower bound: python -m benchmarks.arena [NAME...]."""

from __future__ import annotations

import sys
import time

from tinsmith import pipeline, zoo
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto


def main(names: tuple[str, ...]) -> None:
    """A line for each network, the largest ratio at the end."""
    worst = (0.0, "")
    for name in names or zoo.names():
        graph = build(read_proto(zoo.build(name)), {}, {})
        start = time.perf_counter()
        plan = pipeline.plan(
            pipeline.optimise(graph).graph, pipeline.request_for(graph, threads=2))
        ratio = plan.arena_bytes / max(1, plan.bound_bytes)
        worst = max(worst, (ratio, name))
        print(f"{name:20} {plan.arena_bytes:12,} bytes  {ratio:.3f} of the bound  "
              f"{len(plan.steps):4} steps, passes and plan {time.perf_counter() - start:.1f} s",
              flush=True)
    print(f"largest {worst[0]:.3f} ({worst[1]})")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))

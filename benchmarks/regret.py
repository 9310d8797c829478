"""What the untuned choice loses: python -m benchmarks.regret [--layers N] [NAME...].

Convolutions and fully connected layers of the zoo's networks are tuned, each network in a database
of its own. The regret of a layer is the time of what the schedule takes by its estimates, over the
time of the best that tuning found: 1.00 says that nothing was lost. For each kernel, the median of
estimate over measurement says which way its costs err: they should all be alike.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tinsmith import pipeline, zoo
from tinsmith.bench.machine import processor
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul
from tinsmith.runtime.network import Network, StepTime
from tinsmith.runtime.seeded import seeded_feeds
from tinsmith.runtime.session import load
from tinsmith.runtime.tune import Candidate, TunedLayer, layers_of, tune

DEFAULT = ("squeezenet1.1", "mobilenetv2", "resnet50", "googlenet", "vgg16")
OPERATORS = (Conv, ConvTranspose, Gemm, MatMul)
RUNS = 30
WORST = 12  # rows of the table


@dataclass(frozen=True, slots=True)
class Regret:
    """What one layer loses: the choice by estimate, the best that was measured, and their times."""

    layer: str
    chosen: str
    best: str
    chosen_s: float
    best_s: float

    @property
    def ratio(self) -> float:
        """Time of the choice over the best."""
        return self.chosen_s / self.best_s


def regret_of(network: str, layer: TunedLayer) -> Regret:
    """Of a layer all of whose kernels are measured."""
    chosen, best = layer.kernels[0], layer.ranked()[0]
    return Regret(f"{network} {layer.names[0]}", described(chosen), described(best),
                  layer.time(chosen), layer.time(best))


def described(candidate: Candidate) -> str:
    """A kernel and what settles it."""
    variant = " ".join(f"{name}={value}" for name, value in candidate.variant)
    return f"{candidate.kernel.label} {variant}".rstrip()


def spread(keys: Mapping[str, Sequence[str]], count: int) -> dict[str, list[str]]:
    """So many distinct layers in all, or all there are, evenly over networks and their layers."""
    first = {key: name for name, some in reversed([*keys.items()]) for key in some}
    every = [(name, key) for name, some in keys.items() for key in some if first[key] == name]
    cuts = [i * len(every) // count for i in range(count + 1)]
    found: dict[str, list[str]] = {name: [] for name in keys}
    for start, end in pairwise(cuts):
        if start < end:
            name, key = every[start]
            found[name].append(key)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which such a share of them lies; the nearest rank."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def over_measured(layers: Iterable[TunedLayer]) -> dict[str, list[float]]:
    """For each kernel, its estimates over what was measured, without variants."""
    found: dict[str, list[float]] = defaultdict(list)
    for layer in layers:
        for candidate in layer.kernels:
            if candidate in layer.seconds:
                found[candidate.kernel.label].append(candidate.estimate / layer.time(candidate))
    return dict(found)


def report(regrets: Sequence[Regret], ratios: Mapping[str, Sequence[float]]) -> list[str]:
    """Lines of Markdown."""
    values = [each.ratio for each in regrets]
    lines = [
        f"{len(regrets)} layers: median {statistics.median(values):.3f}, 95th percentile "
        f"{percentile(values, 0.95):.3f}, largest {max(values):.3f}",
        "", "| layer | chosen | best | us | regret |", "|---|---|---|---|---|"]
    lines += [f"| {r.layer} | {r.chosen} | {r.best} | {r.best_s * 1e6:.0f} | {r.ratio:.3f} |"
              for r in sorted(regrets, key=lambda r: -r.ratio)[:WORST]]
    lines += ["", "| kernel | layers | estimate over time: least | median | most |",
              "|---|---|---|---|---|"]
    return lines + [
        f"| {label} | {len(some)} | {min(some):.2f} | {statistics.median(some):.2f} "
        f"| {max(some):.2f} |" for label, some in sorted(ratios.items())]


def profile(network: Network) -> list[StepTime]:
    """Times of the steps; the network is closed."""
    times = network.profile(seeded_feeds(network.inputs), RUNS)
    network.close()
    return times


def main() -> int:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=DEFAULT)
    parser.add_argument("--layers", type=int, default=60)
    args = parser.parse_args()
    networks = {name: build(read_proto(zoo.build(name)), {}, {}) for name in args.names}
    requests = {name: pipeline.request_for(graph, threads=1) for name, graph in networks.items()}
    graphs = {name: pipeline.optimise(graph, requests[name]).graph
              for name, graph in networks.items()}
    keys = spread({name: [layer.key for layer in layers_of(graph, requests[name])
                          if isinstance(layer.site.op, OPERATORS)]
                   for name, graph in graphs.items()}, args.layers)
    regrets: list[Regret] = []
    tuned: list[TunedLayer] = []
    for name, graph in graphs.items():
        done = [layer for layer in tune(graph, requests[name], lambda plan: profile(load(plan)))
                if layer.key in keys[name]]
        tuned += done
        regrets += [regret_of(name, layer) for layer in done]
        print(f"{name}: {len(done)} layers", file=sys.stderr, flush=True)
    print(f"{processor()}, 1 thread")
    print("\n".join(report(regrets, over_measured(tuned))))
    return 0


if __name__ == "__main__":
    sys.exit(main())

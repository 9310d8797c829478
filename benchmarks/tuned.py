"""Time of zoo networks untuned over tuned: python -m benchmarks.tuned [--threads N] [NAME...].

Each network is tuned first, in a database of its own; then the two plans run in one process, in
turns. 1.03 says that tuning gained 3%.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from tinsmith import pipeline, zoo
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.ir.graph import Graph
from tinsmith.request import Request
from tinsmith.runtime.network import Network, StepTime
from tinsmith.runtime.seeded import seeded_feeds
from tinsmith.runtime.session import load
from tinsmith.runtime.tune import tune
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.timings import Measured, Timing
from tinsmith.targets import find

DEFAULT = ("squeezenet1.0", "resnet18", "resnet50", "mobilenetv1", "mobilenetv2", "googlenet",
           "shufflenetv2", "yolov3-tiny")
ROUNDS, RUNS = 40, 3


def compare(graph: Graph, threads: int) -> tuple[float, float, float]:
    """Seconds of a run untuned and tuned, the medians; and what the tuning took."""
    request = Request(find("native"), threads)
    timings: list[Timing] = []
    start = time.perf_counter()
    tune(graph, request, lambda plan: profile(load(plan)), keep=timings.extend)
    spent = time.perf_counter() - start
    measured = Measured(timings)
    networks = (load(schedule(graph, request)),
                load(schedule(graph, request, measured)))
    times = in_turns(networks)
    return float(np.median(times[0])), float(np.median(times[1])), spent


def profile(network: Network) -> list[StepTime]:
    """Times of the steps; the network is closed."""
    times = network.profile(seeded_feeds(network.inputs), 20)
    network.close()
    return times


def in_turns(networks: tuple[Network, Network]) -> tuple[list[float], list[float]]:
    """Seconds of each run of two networks that take turns."""
    feeds = seeded_feeds(networks[0].inputs)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for network, found in zip(networks, times, strict=True):
            network.run(feeds)
            for _ in range(RUNS):
                start = time.perf_counter()
                network.run(feeds)
                found.append(time.perf_counter() - start)
    return times


def main() -> int:
    """Prints the table as it grows, and the geometric mean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=DEFAULT)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    print("| network | untuned ms | tuned ms | gain | tuning s |\n|---|---|---|---|---|")
    gains = []
    for name in args.names:
        graph = pipeline.optimise(build(read_proto(zoo.build(name)), {}, {})).graph
        untuned, tuned, spent = compare(graph, args.threads)
        gains.append(untuned / tuned)
        print(f"| {name} | {untuned * 1e3:.3f} | {tuned * 1e3:.3f} | {gains[-1]:.3f} "
              f"| {spent:.0f} |", flush=True)
    print(f"geometric mean of the gains: {np.exp(np.mean(np.log(gains))):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

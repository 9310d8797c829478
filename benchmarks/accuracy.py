"""Error of compiled zoo networks against the interpreter: python -m benchmarks.accuracy [NAME...].

With all fast algorithms, and with ``exact``. The largest difference of an output as a share of
its largest magnitude; for a softmax, of the logits that its logarithm gives back.
"""

from __future__ import annotations

import sys

import numpy as np

import tinsmith
from tinsmith import pipeline, zoo
from tinsmith.bench.check import softmax_outputs, verdict
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto


def errors(name: str) -> tuple[float, float]:
    """The largest error with fast algorithms, and with exact ones."""
    graph = build(read_proto(zoo.build(name)), {}, {})
    answers = pipeline.golden(graph)
    feeds, want = answers.inputs, answers.outputs
    found = []
    for exact in (False, True):
        session = tinsmith.compile(graph, exact=exact, check=False)
        outputs = session.run(feeds)
        found.append(verdict(outputs, want, softmax_outputs(graph), "f32").error)
        session.close()
    return found[0], found[1]


def main() -> int:
    """Prints the table as it grows."""
    print("| network | fast | exact |\n|---|---|---|")
    worst = np.zeros(2)
    for name in sys.argv[1:] or zoo.names():
        pair = errors(name)
        worst = np.maximum(worst, pair)
        print(f"| {name} | {pair[0]:.1e} | {pair[1]:.1e} |", flush=True)
    print(f"| largest | {worst[0]:.1e} | {worst[1]:.1e} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

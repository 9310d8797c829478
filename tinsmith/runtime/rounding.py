"""What the rounding of a plan's fast algorithms does to a network's answers, on given inputs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph, Node
from tinsmith.tolerance import distance, tolerance_of
from tinsmith.widen import unsettled

SEED = 3


def effect(graph: Graph, roundings: Mapping[str, float], inputs: Mapping[str, Array],
           precision: str = "f32") -> float:
    """The largest error of an output, as a share of what its type is allowed.

    The interpreter runs the graph as it is, and with noise of each node's rounding in its
    results. Outputs that a jump decides say nothing here.

    Args:
        graph: the optimised graph, whose nodes ``roundings`` names.
        roundings: by node, what its algorithm adds, as a share of its results.
        inputs: such as the network will see.
        precision: for which the graph was optimised.
    """
    rng = np.random.default_rng(SEED)

    def rounded(node: Node, value: str, result: Array) -> Array:
        share = roundings.get(node.name, 0.0)
        if not share or not result.size:
            return result
        noise = rng.standard_normal(result.shape, np.float32)
        size = float(np.sqrt(np.mean(np.square(result, dtype=np.float64))))
        return np.asarray(result + noise * np.float32(share * size), result.dtype)

    jumped = unsettled(graph)
    plain, noisy = interpret(graph, inputs), interpret(graph, inputs, rounded)
    return max((distance(noisy[v], plain[v]).largest / tolerance_of(kind, precision)
                for v in graph.outputs
                if v not in jumped and (kind := graph.types[v].dtype).is_float), default=0.0)


def write_effect(folder: Path, share: float) -> None:
    """Puts an effect into an empty folder."""
    (folder / "share.txt").write_text(repr(share))


def read_effect(folder: Path) -> float:
    """What ``write_effect`` wrote."""
    return float((folder / "share.txt").read_text())

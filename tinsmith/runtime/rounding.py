"""What the rounding of a plan's fast algorithms does to a network's answers, on given inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.interpret import Operands, interpret
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ops.activation_function import Activation
from tinsmith.tolerance import distance, tolerance_of
from tinsmith.widen import unsettled

SEED = 3


def effect(graph: Graph, roundings: Mapping[str, float], inputs: Mapping[str, Array],
           precision: str = "f32") -> float:
    """The largest error of an output, as a share of what its type is allowed.

    The interpreter runs the graph as it is, and ``with_noise``. Outputs that a jump decides say
    nothing here.

    Args:
        graph: the optimised graph, whose nodes ``roundings`` names.
        roundings: by node, what its algorithm adds, as a share of its results.
        inputs: such as the network will see.
        precision: for which the graph was optimised.
    """
    jumped = unsettled(graph)
    plain, noisy = interpret(graph, inputs), with_noise(graph, roundings, inputs)
    return max((distance(noisy[v], plain[v]).largest / tolerance_of(kind, precision)
                for v in graph.outputs
                if v not in jumped and (kind := graph.types[v].dtype).is_float), default=0.0)


def with_noise(graph: Graph, roundings: Mapping[str, float],
               inputs: Mapping[str, Array]) -> dict[str, Array]:
    """The interpreter's outputs, with noise of each node's rounding in its results.

    It comes in before a fused activation, whose results may be much smaller than what it is
    applied to.
    """
    rng = np.random.default_rng(SEED)

    def rounded(node: Node, operands: Operands, value: str, result: Array) -> Array:
        share = roundings.get(node.name, 0.0)
        if not share or not result.size:
            return result
        activation: Activation | None = getattr(node.op, "activation", None)
        if activation is not None:
            result = _without_activation(node.op).reference(*operands)[node.outputs.index(value)]
        noise = rng.standard_normal(result.shape, np.float32)
        size = float(np.sqrt(np.mean(np.square(result, dtype=np.float64))))
        noisy = np.asarray(result + noise * np.float32(share * size), result.dtype)
        return noisy if activation is None else activation.reference(noisy)

    return interpret(graph, inputs, rounded)


def _without_activation(op: Op) -> Op:
    return replace(op, activation=None)  # type: ignore[call-arg]  # operators that have one


def write_effect(folder: Path, share: float) -> None:
    """Puts an effect into an empty folder."""
    (folder / "share.txt").write_text(repr(share))


def read_effect(folder: Path) -> float:
    """What ``write_effect`` wrote."""
    return float((folder / "share.txt").read_text())

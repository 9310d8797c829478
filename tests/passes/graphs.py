"""Little graphs for tests of passes, and the question of them all: is the result the same?"""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ir.verify import verify
from tinsmith.ops.batch_normalization import BatchNormalization
from tinsmith.ops.conv import Conv
from tinsmith.ops.transpose import Transpose


class Sketch:
    """A graph that grows node by node: ``g.node(Relu(), g.input(1, 3, 8, 8))``."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[Node] = []
        self.inputs: list[str] = []
        self.types: dict[str, TensorType] = {}
        self.weights: dict[str, Array] = {}

    def input(self, *shape: int, dtype: DType = DType.F32) -> str:
        name = f"x{len(self.inputs)}"
        self.inputs.append(name)
        self.types[name] = TensorType(shape, dtype)
        return name

    def weight(self, *shape: int, low: float = -1.0, high: float = 1.0) -> str:
        return self.constant(self.random.uniform(low, high, shape).astype(np.float32))

    def constant(self, array: object, dtype: str = "float32") -> str:
        value = array if isinstance(array, np.ndarray) else np.array(array, dtype)
        name = f"w{len(self.weights)}"
        self.weights[name] = value
        self.types[name] = TensorType(value.shape, DType.of(value))
        return name

    def node(self, op: Op, *inputs: str) -> str:
        return self.nodes_out(op, 1, *inputs)[0]

    def nodes_out(self, op: Op, count: int, *inputs: str) -> tuple[str, ...]:
        name = f"{op.name.lower()}{len(self.nodes)}"
        outputs = (name,) if count == 1 else tuple(f"{name}:{i}" for i in range(count))
        kinds = op.infer(*(self.types[v] if v else None for v in inputs))
        self.types.update(zip(outputs, kinds, strict=False))
        self.nodes.append(Node(f"n_{name}", op, inputs, outputs, (f"n_{name}",)))
        return outputs

    def graph(self, *outputs: str) -> Graph:
        return verify(Graph("sketch", tuple(self.nodes), tuple(self.inputs), outputs, self.types,
                            self.weights))


def feeds(graph: Graph, seed: int = 0) -> dict[str, Array]:
    """Random inputs."""
    random = np.random.default_rng(seed)
    found = {}
    for name in graph.inputs:
        kind = graph.types[name]
        if kind.dtype.is_float:
            found[name] = random.normal(0, 1, kind.shape).astype(kind.dtype.numpy)
        else:
            found[name] = random.integers(0, 2, kind.shape).astype(kind.dtype.numpy)
    return found


def largest_difference(before: Graph, after: Graph, seed: int = 0) -> float:
    """The largest error of any output, as a share of that output's largest magnitude."""
    assert before.inputs == after.inputs
    assert before.outputs == after.outputs
    given = feeds(before, seed)
    wanted, got = interpret(before, given), interpret(after, given)
    worst = 0.0
    for name, want in wanted.items():
        assert before.types[name] == after.types[name], name
        error = np.abs(want.astype(np.float64) - got[name].astype(np.float64))
        if error.size:
            worst = max(worst, float(error.max()) / max(float(np.abs(want).max()), 1e-30))
    return worst


def ops(graph: Graph) -> list[str]:
    """The operators' names, in order."""
    return [node.op.name for node in graph.nodes]


class Skips:
    """Collects the reasons why nodes were left alone."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def __call__(self, node: Node, reason: str) -> None:
        self.reasons.append(reason)


def check(one: object, graph: Graph, tolerance: float = 1e-5) -> Graph:
    """Runs a pass to its rest, verifies, compares with the graph before; the graph after it."""
    after = graph
    for _ in range(40):
        changed = one(after)  # type: ignore[operator]
        verify(changed)
        if changed is after:
            break
        after = changed
    else:
        raise AssertionError("the pass does not come to rest")
    assert largest_difference(graph, after) <= tolerance
    return after


def skips(one: object, graph: Graph) -> list[str]:
    """The reasons a pass gives for leaving this graph as it is."""
    collected = Skips()
    after = one(graph, collected)  # type: ignore[operator]
    assert after is graph
    return collected.reasons


def conv(sketch: Sketch, x: str, channels: int, kernel: int = 3, pad: int | None = None,
         stride: int = 1, group: int = 1, bias: bool = True) -> str:
    """A convolution with random weights; the size stays unless ``pad`` or ``stride`` say so."""
    shape = sketch.types[x].shape
    d = len(shape) - 2
    pads = (kernel // 2 if pad is None else pad,) * (2 * d)
    w = sketch.weight(channels, shape[1] // group, *(kernel,) * d)
    inputs = (x, w, sketch.weight(channels)) if bias else (x, w)
    return sketch.node(Conv((stride,) * d, pads, (1,) * d, group), *inputs)


def batchnorm(sketch: Sketch, x: str) -> str:
    """A BatchNormalization with random statistics."""
    shape = sketch.types[x].shape
    c = shape[1] if len(shape) > 1 else 1
    return sketch.node(BatchNormalization(1e-5), x, sketch.weight(c), sketch.weight(c),
                       sketch.weight(c), sketch.weight(c, low=0.1, high=2.0))


def transpose(sketch: Sketch, x: str, *perm: int) -> str:
    """A Transpose."""
    return sketch.node(Transpose(perm), x)


def to_nchw(sketch: Sketch, x: str) -> str:
    """[N, H, W, C] to [N, C, H, W]."""
    return transpose(sketch, x, 0, 3, 1, 2)


def to_nhwc(sketch: Sketch, x: str) -> str:
    """[N, C, H, W] to [N, H, W, C]."""
    return transpose(sketch, x, 0, 2, 3, 1)

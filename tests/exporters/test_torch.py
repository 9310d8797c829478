"""Graphs exported as PyTorch modules compute what the interpreter computes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tinsmith.dtypes import Array, DType
from tinsmith.errors import UnsupportedError
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.activations import Clip, HardSigmoid, HardSwish, LeakyRelu, Relu
from tinsmith.ops.arithmetic import Add
from tinsmith.ops.conv import Conv
from tinsmith.ops.det import Det
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.lrn import LRN
from tinsmith.ops.pool import AveragePool, MaxPool
from tinsmith.ops.recurrent import LSTM, GateFunction
from tinsmith.ops.resize import Resize
from tinsmith.ops.slice import Slice
from tinsmith.ops.softmax import Softmax

torch = pytest.importorskip("torch")

from tinsmith.exporters.torch import export  # noqa: E402

RNG = np.random.default_rng(0)
IMAGE = (1, 6, 9, 9)
SIGMOID, TANH = GateFunction("sigmoid"), GateFunction("tanh")


def random(*shape: int) -> Array:
    return RNG.standard_normal(shape).astype(np.float32)


def network(*layers: tuple[Op, Sequence[Array]], shape: tuple[int, ...] = IMAGE) -> Graph:
    """A chain: each operator reads the value before it, then its weights."""
    types, weights, nodes = {"x": TensorType(shape, DType.F32)}, {}, []
    value = "x"
    for i, (op, arrays) in enumerate(layers):
        names = [f"w{i}.{j}" for j in range(len(arrays))]
        weights |= dict(zip(names, arrays, strict=True))
        types |= {n: TensorType(a.shape, DType.F32) for n, a in zip(names, arrays, strict=True)}
        results = op.infer(types[value], *(types[n] for n in names))
        types[f"y{i}"] = results[0]
        nodes.append(Node(f"n{i}", op, (value, *names),
                          (f"y{i}", *("",) * (len(results) - 1))))
        value = f"y{i}"
    return Graph("chain", tuple(nodes), ("x",), (value,), types, weights)


def conv(pads: tuple[int, ...] = (0, 0, 0, 0), group: int = 1,
         stride: int = 1) -> tuple[Op, Sequence[Array]]:
    return (Conv((stride, stride), pads, (1, 1), group),
            (random(6, 6 // group, 3, 3), random(6)))


def bidirectional(hidden: int, size: int) -> tuple[Op, Sequence[Array]]:
    return (LSTM(hidden, (SIGMOID, TANH, TANH) * 2, "bidirectional"),
            (random(2, 4 * hidden, size), random(2, 4 * hidden, hidden),
             random(2, 8 * hidden)))


WINDOW = ((3, 3), (2, 2))
CASES = {
    "conv": network(conv((1, 1, 1, 1))),
    "conv-asymmetric": network(conv((0, 1, 2, 0), stride=2)),
    "conv-depthwise-relu": network(conv(group=6), (Relu(), ())),
    "activations": network(conv(), (HardSwish(), ()), (LeakyRelu(0.1), ()), (Clip(0.0, 6.0), ()),
                           (HardSigmoid(), ())),
    "add": network(conv(), (Add(), (random(1, 6, 1, 1),)), (Relu(), ())),
    "max-pool": network((MaxPool(*WINDOW, (1, 1, 1, 1), (1, 1), ceil=True), ())),
    "max-pool-end": network((MaxPool((2, 2), (1, 1), (0, 0, 1, 1), (1, 1)), ())),
    "average-pool": network((AveragePool(*WINDOW, (1, 1, 1, 1), (1, 1)), ())),
    "lrn-odd": network((LRN(3, 0.1), ())),
    "lrn-even": network((LRN(4, 0.1), ())),
    "nearest": network((Resize((1, 6, 18, 18), (1, 1, 2, 2),
                               coordinate_transformation_mode="asymmetric",
                               nearest_mode="floor"), ())),
    "linear": network((Resize((1, 6, 18, 18), (1, 1, 2, 2), "linear"), ())),
    "slice": network((Slice((0, 1, 2, 0), (1, 2, 4, 9), (1, 2, 1, 1)), ())),
    "softmax": network((Softmax(1), ())),
    "gemm": network((Gemm(trans_b=True), (random(5, 8), random(5))), shape=(2, 8)),
    "gemm-transposed": network((Gemm(), (random(8, 5), random(5))), shape=(2, 8)),
    "gemm-scaled": network((Gemm(alpha=0.5, beta=2.0), (random(8, 5), random(2, 5))),
                           shape=(2, 8)),
    "lstm": network(bidirectional(4, 3), shape=(5, 2, 3)),
}


@pytest.mark.parametrize("graph", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("layout", ["contiguous_format", "channels_last"])
def test_module_computes_what_the_interpreter_does(graph: Graph, layout: str) -> None:
    x = random(*graph.types["x"].shape)
    (wanted,) = interpret(graph, {"x": x}).values()
    module = export(graph).to(memory_format=getattr(torch, layout))
    given = x.copy()
    with torch.inference_mode():
        (found,) = module(torch.from_numpy(given))
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(given, x)  # activations in place stay inside


def test_unknown_operator_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="an operator that PyTorch has, got Det"):
        export(network((Det(), ()), shape=(2, 3, 3)))

"""Lift the scales of quantised operands above their product, whose sums are whole numbers then.

    Quantize(Conv(Dequantize(x, s), Dequantize(w, t)), u)
        =  Quantize(Conv(x, w) * (s t / u), 1)          x, w less their zero points, as float32

Float32 adds whole numbers exactly up to 2^24, so these are the sums of integer arithmetic, rounded
once, by one factor: bit by bit what QLinearConv and QLinearMatMul mean. Applies where one operator
of the source stands behind all of the nodes. Where each is an operator of its own (the QDQ form)
they are float arithmetic, which fast algorithms may round, and stay what they are.

Runs before constants are folded; they are read from behind their DequantizeLinear.
"""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.arithmetic import Div, Mul
from tinsmith.ops.conv import Conv
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.quantize_linear import DequantizeLinear, QuantizeLinear, Scaled
from tinsmith.ops.reshape import Reshape
from tinsmith.passes.match import origins, producer_of


def hoist_scales(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all QuantizeLinears."""
    return rewrite(graph, QuantizeLinear, hoist, on_skip)


def hoist(graph: Graph, node: Node) -> Patch | Skip | None:
    """The product of whole numbers, times its factor, quantised by 1."""
    product = producer_of(graph, node.inputs[0], Conv, MatMul)
    if product is None:
        return None
    operands = [part for value in product.inputs
                if (part := producer_of(graph, value, DequantizeLinear)) is not None]
    if len(operands) < len(product.inputs) or len(origins((*operands, product, node))) != 1:
        return None
    if not (_has_one_factor(graph, operands, node) and _bias_fits(graph, operands)):
        return Skip("its scales are not one for x, and one or one for each channel for w")
    whole = {part.inputs[1]: graph.unique(f"{part.name}.ones") for part in (*operands, node)}
    ones: dict[str, Array] = {name: np.ones(graph.types[scale].shape, np.float32)
                              for scale, name in whole.items()}
    parts = [part.replace(inputs=_with_scale(part, whole),
                          outputs=(graph.unique(f"{part.outputs[0]}.whole"),))
             for part in operands]
    sums = product.replace(inputs=tuple(part.outputs[0] for part in parts),
                           outputs=(graph.unique(f"{product.outputs[0]}.whole"),))
    s, t, u = operands[0].inputs[1], operands[1].inputs[1], node.inputs[1]
    channels, rank = graph.types[t].size, graph.types[node.inputs[0]].rank
    spatial = rank - 2 if isinstance(product.op, Conv) else 0
    shape = () if channels == 1 else (channels, *(1,) * spatial)
    names = {what: graph.unique(f"{node.name}.{what}")
             for what in ("product", "ratio", "factor", "scaled")}
    steps: tuple[tuple[str, Op, tuple[str, ...]], ...] = (
        ("product", Mul(), (s, t)), ("ratio", Div(), (names["product"], u)),
        ("factor", Reshape(shape), (names["ratio"],)),
        ("scaled", Mul(), (sums.outputs[0], names["factor"])))
    factor = [Node(names[what], op, inputs, (names[what],), node.origin)
              for what, op, inputs in steps]
    last = node.replace(inputs=(names["scaled"], *_with_scale(node, whole)[1:]))
    return Patch(remove=(*operands, product, node), add=(*parts, sums, *factor, last),
                 weights=ones)


def _with_scale(node: Node, scales: dict[str, str]) -> tuple[str, ...]:
    value, scale, *zero_point = node.inputs
    return (value, scales[scale], *zero_point)


def _has_one_factor(graph: Graph, operands: list[Node], node: Node) -> bool:
    """Whether one number, or one for each channel, lies between the sums and the result."""
    (x, w, *_), (wide,) = operands, operands[1].outputs
    assert isinstance(w.op, Scaled) and isinstance(node.op, QuantizeLinear)
    kinds = [graph.types[part.inputs[1]] for part in (x, w, node)]
    channels = 0 if isinstance(graph.consumers[wide][0].op, Conv) else graph.types[wide].rank - 1
    by_channel = kinds[1].size == 1 or (w.op.axis == channels and not w.op.block_size)
    return (by_channel and kinds[0].size == kinds[2].size == 1
            and all(kind.dtype is DType.F32 for kind in kinds)
            and all(graph.types[part.outputs[0]].dtype is DType.F32 for part in operands)
            and node.op.precision is DType.F32)


def _bias_fits(graph: Graph, operands: list[Node]) -> bool:
    """Whether the bias, if there is one, has the scale of the products."""
    if len(operands) <= 2:
        return True
    s, t, given = (part.inputs[1] for part in operands)
    producer = graph.producer(given)
    if producer is not None:
        return isinstance(producer.op, Mul) and set(producer.inputs) == {s, t}
    constants = [graph.weights.get(value) for value in (s, t, given)]
    if any(array is None for array in constants):
        return False
    a, b, c = (np.asarray(array) for array in constants)
    return a.size * b.size == c.size and np.array_equal((a * b).reshape(-1), c.reshape(-1))

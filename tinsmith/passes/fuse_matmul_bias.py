"""MatMul by a constant matrix becomes Gemm, with the Add after it as its bias.

    MatMul(x, B) + c  =  Gemm(x, B, c)        [..., K] is seen as [rows, K], and back

Needs a constant B of two axes, floats, and for the bias a vector over the last axis that is added
to a result nobody else reads; not to exact sums where something jumps behind: a Gemm may begin with
its bias. Leaves a Reshape on both sides where x has not two axes.
"""

from __future__ import annotations

import math
from collections.abc import Set
from functools import partial

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.arithmetic import Add
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.reshape import Reshape
from tinsmith.passes.exactness import exact_values, sums_exactly
from tinsmith.passes.match import along_axis, merged


def fuse_matmul_bias(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all MatMuls."""
    return rewrite(graph, MatMul, partial(fuse, exact=exact_values(graph)), on_skip)


def fuse(graph: Graph, node: Node, *, exact: Set[str]) -> Patch | Skip | None:
    """Gemm on [rows, K], between Reshapes if it takes them; ``exact``: see ``exactness``."""
    assert isinstance(node.op, MatMul)
    x, b = node.inputs
    gemm = Gemm(mixed=node.op.mixed)
    matrix = graph.weights.get(b)
    if matrix is None or matrix.ndim != 2 or x in graph.weights:
        return None
    kind = graph.types[x]
    if not kind.dtype.is_float or kind.rank < 2:
        return Skip("it does not multiply a matrix of floats")
    found = _bias(graph, node, exact)
    add, bias = found if found else (None, None)
    nodes = (node, add) if add else (node,)
    result = nodes[-1].outputs[0]
    weights = {}
    inputs: tuple[str, ...] = (b,)
    if bias is not None:
        name = graph.unique(f"{node.name}.bias")
        weights[name] = np.ascontiguousarray(bias.astype(kind.dtype.numpy))
        inputs = (b, name)
    if kind.rank == 2:
        return Patch(remove=nodes, weights=weights,
                     add=(merged(gemm, (x, *inputs), result, *nodes),))
    rows, product = (graph.unique(f"{node.name}.{part}") for part in ("rows", "product"))
    into = Reshape((math.prod(kind.shape[:-1]), kind.shape[-1]))
    back = Reshape(graph.types[result].shape)
    return Patch(remove=nodes, weights=weights, add=(
        merged(into, (x,), rows, node).replace(name=graph.unique(f"{node.name}.into")),
        merged(gemm, (rows, *inputs), product, *nodes),
        merged(back, (product,), result, node).replace(name=graph.unique(f"{node.name}.back"))))


def _bias(graph: Graph, node: Node, exact: Set[str]) -> tuple[Node, Array] | None:
    """The Add of a constant vector that alone reads the product."""
    (product,) = node.outputs
    add = graph.sole_consumer(product)
    if add is None or not isinstance(add.op, Add) or add.inputs[0] == add.inputs[1]:
        return None
    if add.outputs[0] in exact and sums_exactly(graph, node):
        return None
    other = add.inputs[1] if add.inputs[0] == product else add.inputs[0]
    shape = graph.types[product].shape
    bias = along_axis(graph, other, shape, len(shape) - 1)
    return (add, bias) if bias is not None else None

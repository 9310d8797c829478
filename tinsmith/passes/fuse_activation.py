"""Fuse an activation into the operator whose result it alone reads.

    Relu(Conv(x))  =  Conv(x; activation=relu)

Needs a Conv, ConvTranspose, Gemm or pool of floats without an activation. In a Conv the activation
comes after bias and residual, so ``fuse_residual`` runs first.
"""

from __future__ import annotations

from dataclasses import replace

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.activation_function import activation_of
from tinsmith.ops.activation_table import ROWS
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalPool
from tinsmith.ops.pool import Pool
from tinsmith.passes.match import origins

_FUSING = tuple(operator for operator, row in ROWS.items() if row.fusing)


def fuse_activation(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all activations."""
    return rewrite(graph, _FUSING, fuse, on_skip)


def fuse(graph: Graph, node: Node) -> Patch | Skip | None:
    """The operator before, with this activation."""
    before = graph.producer(node.inputs[0])
    if before is None or not isinstance(before.op, Conv | ConvTranspose | Gemm | Pool | GlobalPool):
        return None
    activation = activation_of(node.op)
    if activation is None:
        return Skip(f"no kernel applies {node.op} on the way")
    if graph.sole_consumer(node.inputs[0]) is None:
        return Skip(f"others read '{node.inputs[0]}' too")
    if before.op.activation is not None:
        return Skip(f"'{before.name}' already has an activation, {before.op.activation}")
    if not graph.types[node.outputs[0]].dtype.is_float:
        return Skip("it works on integers")
    if len(before.outputs) > 1:
        return Skip(f"'{before.name}' gives the places of its maxima too")
    op = replace(before.op, activation=activation)
    fused = before.replace(op=op, outputs=node.outputs, origin=origins((before, node)))
    return Patch(remove=(before, node), add=(fused,))

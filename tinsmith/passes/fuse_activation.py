"""Fuse an activation into the operator whose result it alone reads.

    Relu(Conv(x))  =  Conv(x; activation=relu)

Needs a Conv, ConvTranspose, Gemm or pool of floats without an activation. In a Conv the activation
comes after bias and residual, so ``fuse_residual`` runs first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.activations import (
    Clip,
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Mish,
    Relu,
    Sigmoid,
    Softplus,
    Swish,
    Tanh,
)
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalPool
from tinsmith.ops.pool import Pool
from tinsmith.passes.match import origins


def fuse_activation(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all activations."""
    return rewrite(graph, tuple(_KINDS), fuse, on_skip)


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


def activation_of(op: Op) -> Activation | None:
    """The activation that an operator is, if kernels apply it on the way."""
    return _KINDS[type(op)](op) if type(op) in _KINDS else None


def _clip(op: Op) -> Activation:
    assert isinstance(op, Clip)
    low = -math.inf if op.low is None else float(op.low)
    high = math.inf if op.high is None else float(op.high)
    return Activation("relu") if (low, high) == (0, math.inf) else Activation("clip", low, high)


def _leaky_relu(op: Op) -> Activation:
    assert isinstance(op, LeakyRelu)
    return Activation("leaky_relu", op.alpha)


def _hard_sigmoid(op: Op) -> Activation:
    assert isinstance(op, HardSigmoid)
    return Activation("hard_sigmoid", op.alpha, op.beta)


def _elu(op: Op) -> Activation:
    assert isinstance(op, Elu)
    return Activation("elu", op.alpha)


def _swish(op: Op) -> Activation | None:
    assert isinstance(op, Swish)
    return Activation("silu") if op.alpha == 1 else None


def _gelu(op: Op) -> Activation | None:
    assert isinstance(op, Gelu)
    return None if op.tanh else Activation("gelu")


_KINDS: Mapping[type[Op], Callable[[Op], Activation | None]] = {
    Relu: lambda op: Activation("relu"),
    Clip: _clip,
    LeakyRelu: _leaky_relu,
    Sigmoid: lambda op: Activation("sigmoid"),
    Swish: _swish,
    HardSigmoid: _hard_sigmoid,
    HardSwish: lambda op: Activation("hard_swish"),
    Tanh: lambda op: Activation("tanh"),
    Elu: _elu,
    Gelu: _gelu,
    Mish: lambda op: Activation("mish"),
    Softplus: lambda op: Activation("softplus"),
}

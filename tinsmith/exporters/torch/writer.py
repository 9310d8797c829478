"""Traces a graph into a ``torch.fx.GraphModule``, node by node through its mapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import fx, nn

from tinsmith.exporters import refusal
from tinsmith.exporters.torch.node import Mappings, NodeExport, Tensor, parameter
from tinsmith.ir.graph import Graph, Node
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.batch_normalization import BatchNormalization
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm

FRESH = (Conv, ConvTranspose, Gemm, BatchNormalization, Add, Mul)
"""Operators whose result lies in memory of its own, which the next may change in place."""

AddModule = Callable[[nn.Module], Callable[..., Any]]


def write(graph: Graph, mappings: Mappings) -> fx.GraphModule:
    """The module of a graph, without weights that nobody reads."""
    root, traced = nn.Module(), fx.Graph()
    tracer = fx.proxy.GraphAppendingTracer(traced)
    values = {value: fx.Proxy(traced.placeholder(f"input_{i}"), tracer)
              for i, value in enumerate(graph.inputs)}
    for i, (value, array) in enumerate(graph.weights.items()):
        root.register_parameter(f"weight_{i}", parameter(array))
        values[value] = fx.Proxy(traced.get_attr(f"weight_{i}"), tracer)
    for i, node in enumerate(graph.nodes):
        layer = _layers(root, traced, tracer, f"layer_{i}")
        results = _results(mappings, graph, node, values, layer)
        for value, result in zip(node.outputs, results, strict=False):
            if value:
                values[value] = result
    traced.output(tuple(values[value].contiguous().node for value in graph.outputs))
    module = fx.GraphModule(root, traced)
    module.graph.eliminate_dead_code()
    return fx.GraphModule(module, module.graph).eval()


def _layers(root: nn.Module, traced: fx.Graph, tracer: fx.proxy.GraphAppendingTracer,
            name: str) -> AddModule:
    """What puts a module into ``root`` under this name, and gives what calls it."""
    def layer(module: nn.Module) -> Callable[..., Any]:
        root.add_module(name, module)
        return lambda *inputs: fx.Proxy(
            traced.call_module(name, tuple(x.node for x in inputs)), tracer)

    return layer


def _results(mappings: Mappings, graph: Graph, node: Node, values: Mapping[str, Tensor],
             layer: AddModule) -> tuple[Tensor, ...]:
    """The outputs of one node."""
    mapping = mappings.get(type(node.op))
    if mapping is None:
        raise refusal("torch", node, "an operator that PyTorch has", node.op.name)
    first = node.inputs[0] if node.inputs else ""
    before = graph.producer(first)
    export = NodeExport(
        node, graph.input_types(node), graph.types[next(filter(None, node.outputs))],
        tuple(graph.weights.get(value) for value in node.inputs),
        before is not None and isinstance(before.op, FRESH)
        and graph.sole_consumer(first) is node and node.inputs.count(first) == 1, layer)
    results = mapping(export, node.op, *(values[v] if v else None for v in node.inputs))
    return results if isinstance(results, tuple) else (results,)

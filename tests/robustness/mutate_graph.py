"""Mutations of a graph, and of the model around it."""

from __future__ import annotations

import random

import numpy as np
import onnx
import onnx.numpy_helper
from onnx import ModelProto, NodeProto, TensorProto
from onnx import helper as h

from tests.robustness.corpus import corpus
from tests.robustness.model_parts import (
    DOMAINS,
    NAMES,
    graphs_of,
    names_of,
    nodes_of,
    tensors_of,
    values_of,
)


def initializer_drop(model: ModelProto, rng: random.Random) -> None:
    weights = rng.choice(list(graphs_of(model.graph))).initializer
    del weights[rng.randrange(len(weights))]


def initializer_as_input(model: ModelProto, rng: random.Random) -> None:
    tensor = rng.choice(model.graph.initializer)
    model.graph.input.append(h.make_tensor_value_info(
        tensor.name, rng.choice((tensor.data_type, 1, 7)), [*tensor.dims][:rng.randrange(1, 6)]))
    if rng.random() < 0.3:
        del model.graph.initializer[:]


def initializer_twice(model: ModelProto, rng: random.Random) -> None:
    model.graph.initializer.append(rng.choice(tensors_of(model)))


def input_drop(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(graphs_of(model.graph)))
    del graph.input[rng.randrange(len(graph.input))]


def input_twice(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(graphs_of(model.graph)))
    graph.input.append(rng.choice(values_of(model)))


def output_drop(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(graphs_of(model.graph)))
    del graph.output[rng.randrange(len(graph.output))]


def output_add(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(graphs_of(model.graph)))
    graph.output.append(h.make_tensor_value_info(rng.choice((*names_of(model), "nobody")),
                                                 rng.choice((1, 1, 7)), None))


def rename(model: ModelProto, rng: random.Random) -> None:
    """One value under another name, everywhere."""
    old = rng.choice([n for n in names_of(model) if n])
    new = rng.choice((*NAMES, rng.choice(names_of(model))))
    for node in nodes_of(model):
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == old:
                    names[i] = new
    for named in (*values_of(model), *tensors_of(model)):
        if named.name == old:
            named.name = new


def graph_name(model: ModelProto, rng: random.Random) -> None:
    model.graph.name = rng.choice(NAMES)


def graph_empty(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(graphs_of(model.graph)))
    graph.ClearField(rng.choice(("node", "input", "output", "initializer", "name")))


def graph_swap(model: ModelProto, rng: random.Random) -> None:
    """The graph of another model, or one inside another."""
    other = ModelProto.FromString(rng.choice(rng.choice(corpus()[:2])).data).graph
    if rng.random() < 0.5:
        model.graph.CopyFrom(other)
    else:
        model.graph.MergeFrom(other)


def opset(model: ModelProto, rng: random.Random) -> None:
    entry = rng.choice(model.opset_import)
    entry.version = rng.choice((*range(-1, 30), 1000, 2**31, 2**62))


def opset_domain(model: ModelProto, rng: random.Random) -> None:
    if rng.random() < 0.3:
        del model.opset_import[:]
    elif rng.random() < 0.5:
        model.opset_import.append(h.make_opsetid(rng.choice(DOMAINS), rng.randrange(30)))
    else:
        rng.choice(model.opset_import).domain = rng.choice(DOMAINS)


def version(model: ModelProto, rng: random.Random) -> None:
    model.ir_version = rng.choice((-1, 0, 1, 2, 3, 4, 9, 13, 14, 1000, 2**40))


def metadata(model: ModelProto, rng: random.Random) -> None:
    model.metadata_props.add(key=rng.choice(NAMES), value=rng.choice(NAMES))
    model.producer_name = rng.choice(NAMES)
    model.doc_string = rng.choice(NAMES)


def function_self(model: ModelProto, rng: random.Random) -> None:
    """A function that calls itself or is called without end."""
    if not model.functions:
        node = model.graph.node[rng.randrange(len(model.graph.node))]
        function = model.functions.add(name=node.op_type, domain=node.domain)
        function.input.extend(f"i{i}" for i in range(len(node.input)))
        function.output.extend(f"o{i}" for i in range(len(node.output)))
        function.node.add(op_type=node.op_type, domain=node.domain, input=function.input,
                          output=function.output)
        function.opset_import.extend(model.opset_import)
        return
    caller, callee = rng.choice(model.functions), rng.choice(model.functions)
    caller.node[rng.randrange(len(caller.node))].op_type = callee.name
    caller.node[0].domain = callee.domain


def function_bomb(model: ModelProto, rng: random.Random) -> None:
    """Functions that double at every level."""
    depth = rng.choice((3, 20, 60))
    imports = [*model.opset_import, h.make_opsetid("bomb", 1)]
    for level in range(depth):
        inner = f"F{level + 1}" if level + 1 < depth else "Abs"
        domain = "bomb" if level + 1 < depth else ""
        model.functions.append(h.make_function(
            "bomb", f"F{level}", ["a"], ["c"],
            [h.make_node(inner, ["a"], ["b"], domain=domain),
             h.make_node(inner, ["b"], ["c"], domain=domain)], imports))
    model.opset_import.append(h.make_opsetid("bomb", 1))
    source = model.graph.input[0].name
    model.graph.node.append(h.make_node("F0", [source], ["bombed"], domain="bomb"))
    model.graph.output.append(h.make_tensor_value_info("bombed", 1, None))


def function_change(model: ModelProto, rng: random.Random) -> None:
    function = rng.choice(model.functions)
    field = rng.choice(("input", "output", "node", "opset_import", "attribute", "name", "domain"))
    if field in ("name", "domain"):
        setattr(function, field, rng.choice(NAMES))
    else:
        function.ClearField(field)


def deep(model: ModelProto, rng: random.Random) -> None:
    """Branches in branches in branches."""
    body = h.make_graph([h.make_node("Constant", [], ["leaf"], value_float=1.0)], "leaf", [],
                        [h.make_tensor_value_info("leaf", 1, ())])
    for level in range(rng.choice((3, 8, 12, 20, 200))):
        name = f"deep{level}"
        body = h.make_graph([
            h.make_node("Constant", [], [f"{name}.c"], value_ints=[1]),
            h.make_node("Cast", [f"{name}.c"], [f"{name}.b"], to=TensorProto.BOOL),
            h.make_node("If", [f"{name}.b"], [name], then_branch=body, else_branch=body)],
            name, [], [h.make_tensor_value_info(name, 1, ())])
        if body.ByteSize() > 1 << 20:
            break
    model.graph.node.extend(body.node)
    model.graph.output.append(body.output[0])


def nested_loops(model: ModelProto, rng: random.Random) -> None:
    """Loops in loops, each with many steps."""
    depth, steps = rng.choice(((1, 10**6), (1, 5000), (2, 1000), (3, 100), (4, 30), (5, 2)))
    inner: list[NodeProto] = [h.make_node("Add", ["l0", "l0"], ["r0"])]
    for level in range(depth):
        body = h.make_graph(
            inner, f"body{level}",
            [h.make_tensor_value_info(f"i{level}", 7, ()),
             h.make_tensor_value_info(f"c{level}", 9, ()),
             h.make_tensor_value_info(f"l{level}", 1, None)],
            [h.make_tensor_value_info(f"c{level}", 9, ()),
             h.make_tensor_value_info(f"r{level}", 1, None)])
        inner = [h.make_node("Constant", [], [f"n{level}"], value_int=steps),
                 h.make_node("Loop", [f"n{level}", "", f"l{level + 1}"], [f"r{level + 1}"],
                             body=body)]
    source = model.graph.input[0].name
    model.graph.node.append(h.make_node("Identity", [source], [f"l{depth}"]))
    model.graph.node.extend(inner)
    model.graph.output.append(h.make_tensor_value_info(f"r{depth}", 1, None))


def growth(model: ModelProto, rng: random.Random) -> None:
    """A constant or an input that doubles again and again."""
    source = "seed"
    model.graph.initializer.append(onnx.numpy_helper.from_array(
        np.ones((rng.choice((1, 100, 3000)),), np.float32), "seed"))
    if rng.random() < 0.4:
        source = model.graph.input[0].name
    for i in range(rng.choice((5, 25, 40, 70))):
        model.graph.node.append(h.make_node("Concat", [source, source], [f"grown{i}"], axis=0))
        source = f"grown{i}"
        if rng.random() < 0.3:
            model.graph.node.append(h.make_node(rng.choice(("Erf", "Neg", "Exp", "Transpose")),
                                                [source], [f"{source}.f"]))
            source = f"{source}.f"
    model.graph.output.append(h.make_tensor_value_info(source, 1, None))


def many_nodes(model: ModelProto, rng: random.Random) -> None:
    """A long chain."""
    source = model.graph.input[0].name
    for i in range(rng.choice((100, 1000, 3000))):
        kind = rng.choice(("Neg", "Relu", "Abs", "Identity", "Sigmoid"))
        model.graph.node.append(h.make_node(kind, [source], [f"chain{i}"]))
        source = f"chain{i}"
    model.graph.output.append(h.make_tensor_value_info(source, 1, None))


WAYS = (
    initializer_drop, initializer_as_input, initializer_twice, input_drop, input_twice,
    output_drop, output_add, rename, graph_name, graph_empty, graph_swap, opset, opset_domain,
    version, metadata, function_self, function_bomb, function_change, deep, nested_loops, growth,
    many_nodes,
)

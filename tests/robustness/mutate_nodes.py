"""Mutations of nodes and their attributes."""

from __future__ import annotations

import random

import numpy as np
import onnx
import onnx.numpy_helper
from onnx import AttributeProto, ModelProto
from onnx import helper as h

from tests.robustness.model_parts import (
    DOMAINS,
    FLOATS,
    INTEGERS,
    NAMES,
    OPERATORS,
    STRINGS,
    attributes_of,
    graphs_of,
    names_of,
    nodes_of,
)


def attribute_number(model: ModelProto, rng: random.Random) -> None:
    attribute = rng.choice([a for a in attributes_of(model) if a.type in (
        AttributeProto.INT, AttributeProto.INTS, AttributeProto.FLOAT, AttributeProto.FLOATS)])
    if attribute.type == AttributeProto.INT:
        attribute.i = rng.choice(INTEGERS)
    elif attribute.type == AttributeProto.FLOAT:
        attribute.f = rng.choice(FLOATS)
    elif attribute.type == AttributeProto.INTS:
        attribute.ints[rng.randrange(len(attribute.ints))] = rng.choice(INTEGERS)
    else:
        attribute.floats[rng.randrange(len(attribute.floats))] = rng.choice(FLOATS)


def attribute_length(model: ModelProto, rng: random.Random) -> None:
    attribute = rng.choice([a for a in attributes_of(model) if a.type in (
        AttributeProto.INTS, AttributeProto.FLOATS, AttributeProto.STRINGS)])
    values = {AttributeProto.INTS: attribute.ints, AttributeProto.FLOATS: attribute.floats,
              AttributeProto.STRINGS: attribute.strings}[attribute.type]
    if rng.random() < 0.5:
        del values[rng.randrange(len(values))]
    else:
        values.append(values[0])


def attribute_text(model: ModelProto, rng: random.Random) -> None:
    attribute = rng.choice([a for a in attributes_of(model) if a.type == AttributeProto.STRING])
    attribute.s = rng.choice(STRINGS)


def attribute_type(model: ModelProto, rng: random.Random) -> None:
    rng.choice(attributes_of(model)).type = rng.randrange(15)


def attribute_value(model: ModelProto, rng: random.Random) -> None:
    attribute = rng.choice(attributes_of(model))
    value: object = rng.choice((rng.choice(INTEGERS), rng.choice(FLOATS), rng.choice(STRINGS),
                                [1, 2], [1.5], [b"a", b"b"],
                                onnx.numpy_helper.from_array(np.zeros((2, 2), np.float32))))
    attribute.CopyFrom(h.make_attribute(attribute.name, value))


def attribute_name(model: ModelProto, rng: random.Random) -> None:
    names = ("axis", "pads", "perm", "nonsense", "", "to")
    rng.choice(attributes_of(model)).name = rng.choice(names)


def attribute_drop(model: ModelProto, rng: random.Random) -> None:
    attributes = rng.choice([n for n in nodes_of(model) if n.attribute]).attribute
    del attributes[rng.randrange(len(attributes))]


def attribute_add(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice(nodes_of(model))
    name = rng.choice(("axis", "axes", "pads", "strides", "dilations", "kernel_shape", "group",
                       "keepdims", "auto_pad", "mode", "to", "perm", "alpha", "beta", "epsilon",
                       "transA", "transB", "storage_order", "ceil_mode", "nonsense", "p", "size",
                       "noop_with_empty_axes", "allowzero", "blocksize", "direction"))
    value: object = rng.choice((1, 0, -1, 2, rng.choice(INTEGERS), [1, 1], [0, 0], [2, 2, 2, 2],
                                0.5, rng.choice(STRINGS)))
    node.attribute.append(h.make_attribute(name, value))


def attribute_twice(model: ModelProto, rng: random.Random) -> None:
    attributes = rng.choice([n for n in nodes_of(model) if n.attribute]).attribute
    attributes.append(rng.choice(attributes))


def attribute_reference(model: ModelProto, rng: random.Random) -> None:
    rng.choice(attributes_of(model)).ref_attr_name = rng.choice(("alpha", "nothing", "axis"))


def node_drop(model: ModelProto, rng: random.Random) -> None:
    nodes = rng.choice(list(graphs_of(model.graph))).node
    del nodes[rng.randrange(len(nodes))]


def node_twice(model: ModelProto, rng: random.Random) -> None:
    nodes = rng.choice(list(graphs_of(model.graph))).node
    nodes.insert(rng.randrange(len(nodes) + 1), rng.choice(nodes))


def node_order(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(graphs_of(model.graph)))
    nodes = list(graph.node)
    rng.shuffle(nodes)
    del graph.node[:]
    graph.node.extend(nodes)


def node_operator(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice(nodes_of(model))
    node.op_type = rng.choice(OPERATORS)
    if rng.random() < 0.3:
        del node.attribute[:]


def node_domain(model: ModelProto, rng: random.Random) -> None:
    rng.choice(nodes_of(model)).domain = rng.choice(DOMAINS)


def node_name(model: ModelProto, rng: random.Random) -> None:
    rng.choice(nodes_of(model)).name = rng.choice(NAMES)


def node_input(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice([n for n in nodes_of(model) if n.input])
    at = rng.randrange(len(node.input))
    node.input[at] = rng.choice((*names_of(model), *node.output, *NAMES[:4]))


def node_inputs(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice(nodes_of(model))
    if node.input and rng.random() < 0.5:
        del node.input[rng.randrange(len(node.input))]
    else:
        node.input.insert(rng.randrange(len(node.input) + 1), rng.choice(names_of(model)))


def node_outputs(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice(nodes_of(model))
    if node.output and rng.random() < 0.4:
        del node.output[rng.randrange(len(node.output))]
    elif node.output and rng.random() < 0.6:
        node.output[rng.randrange(len(node.output))] = rng.choice((*names_of(model), ""))
    else:
        node.output.append(rng.choice((*names_of(model), "extra", "")))


def node_insert(model: ModelProto, rng: random.Random) -> None:
    """A node on an edge: another shape, another type, a size out of bounds."""
    graph = rng.choice(list(graphs_of(model.graph)))
    at = rng.randrange(len(graph.node) + 1)
    readers = [n for n in graph.node[at:] if n.input]
    node = rng.choice(readers)
    place = rng.randrange(len(node.input))
    source, name = node.input[place], f"inserted{rng.randrange(1000)}"
    number, count = rng.choice(INTEGERS), rng.randrange(1, 5)
    vector = onnx.numpy_helper.from_array(
        np.array([rng.choice((1, 1, 2, number)) for _ in range(count)], np.int64), f"{name}.v")
    new, needed = rng.choice((
        (h.make_node("Tile", [source, vector.name], [name]), True),
        (h.make_node("Expand", [source, vector.name], [name]), True),
        (h.make_node("Reshape", [source, vector.name], [name]), True),
        (h.make_node("ConstantOfShape", [vector.name], [name]), True),
        (h.make_node("Pad", [source, vector.name], [name], mode="edge"), True),
        (h.make_node("Transpose", [source], [name]), False),
        (h.make_node("Cast", [source], [name], to=rng.randrange(1, 24)), False),
        (h.make_node("Identity", [source], [name]), False),
        (h.make_node("Neg", [source], [name]), False),
        (h.make_node("Abs", [source], [name]), False),
        (h.make_node("MatMul", [source, source], [name]), False),
        (h.make_node("Flatten", [source], [name], axis=rng.randrange(-3, 4)), False),
        (h.make_node("Unsqueeze", [source, vector.name], [name]), True),
        (h.make_node("Softmax", [source], [name], axis=rng.randrange(-3, 4)), False),
        (h.make_node("EyeLike", [source], [name]), False),
        (h.make_node("OneHot", [source, vector.name, source], [name]), True),
        (h.make_node("Erf", [source], [name]), False),
        (h.make_node("Resize", [source, "", "", vector.name], [name], mode=rng.choice(
            ("nearest", "linear", "cubic"))), True),
        (h.make_node("GlobalAveragePool", [source], [name]), False),
        (h.make_node("MaxPool", [source], [name], kernel_shape=[max(1, min(number, 2**40))] * 2,
                     pads=[max(0, min(number, 2**40)) // 2] * 4), False),
        (h.make_node("LRN", [source], [name], size=max(1, min(number, 2**40))), False),
        (h.make_node("TopK", [source, vector.name], [name, ""]), True),
        (h.make_node("CumSum", [source, vector.name], [name]), True),
        (h.make_node("Gather", [source, vector.name], [name], axis=0), True),
        (h.make_node("Trilu", [source, vector.name], [name]), True),
        (h.make_node("DepthToSpace", [source], [name], blocksize=count), False),
    ))
    if needed:
        graph.initializer.append(vector)
    node.input[place] = name
    graph.node.insert(at, new)


WAYS = (
    attribute_number, attribute_number, attribute_number, attribute_number, attribute_length,
    attribute_text, attribute_text, attribute_type, attribute_value, attribute_name,
    attribute_drop, attribute_add, attribute_add, attribute_twice, attribute_reference, node_drop,
    node_twice, node_order, node_operator, node_operator, node_domain, node_name, node_input,
    node_input, node_inputs, node_inputs, node_outputs, node_insert, node_insert, node_insert,
    node_insert,
)

"""Spoils models: bytes at random, or the structure behind them, always the same for one number."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import numpy as np
import onnx
import onnx.numpy_helper
from google.protobuf.message import DecodeError, EncodeError
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto
from onnx import helper as h

from tests.robustness.corpus import Seed, corpus

INTEGERS = (-2**63, -2**40, -2**31 - 1, -2**31, -1000, -7, -3, -2, -1, 0, 1, 2, 3, 4, 5, 7, 8, 16,
            64, 1000, 65_536, 10**6, 2**31 - 1, 2**31, 2**32 + 1, 2**40, 2**62, 2**63 - 1)
FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-30, -1e30, 1e30, 1e38, float("inf"), -float("inf"),
          float("nan"))
NAMES = ("", "*/ #error", "\" \\", "a\nb", "%s%n", "int", "main", "x", "y", "../../etc",
         "ünï\u202e", "//", "\\", "??/", "x" * 5000, "\x00", "a b", "$(id)", "node", "weights",
         "../x", "\x1b[2J")
DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft", "local", "nobody",
           "ai.onnx.training")
STRINGS = (b"", b"NOTSET", b"SAME_UPPER", b"linear", b"cubic", b"nearest", b"constant", b"reflect",
           b"edge", b"wrap", b"bidirectional", b"\xff\xfe", b"none", b"mul", b"ij,jk->ik", b"->",
           b"...", b"a" * 10_000, b"align_corners", b"tf_crop_and_resize", b"pytorch_half_pixel",
           b"floor", b"Relu", b"max", b"DCR", b"%s")

TRIES = 30  # to find a mutation for which the model has a place
Mutation = Callable[[ModelProto, random.Random], None]


def spoilt(number: int, seed: int) -> tuple[Seed, str]:
    """Model ``number`` of a run with ``seed``, and what was done to it."""
    rng = random.Random(f"{seed}/{number}")
    made, official, networks = corpus()
    group = rng.choices((made, official, networks), (45, 50, 5))[0]
    source = rng.choice(group)
    if rng.random() < 0.35:
        data, what = _spoil_bytes(source.data, rng)
    else:
        data, what = _spoil_structure(source.data, rng)
    files = dict(source.files)
    if files and rng.random() < 0.3:
        name = rng.choice(list(files))
        files[name] = files[name][:rng.randrange(len(files[name]) + 1)]
        what += " shorter-file"
    if files and rng.random() < 0.05:
        files = {}
        what += " no-file"
    return Seed(f"{number}-{source.name}", data, files), what


# -- bytes

def _spoil_bytes(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    ways = rng.choices(BYTE_WAYS, k=rng.choice((1, 1, 1, 2, 3, 8)))
    out = bytearray(data)
    for way in ways:
        way(out, rng)
    return bytes(out), " ".join(way.__name__ for way in ways)


def _place(data: bytearray, rng: random.Random) -> int:
    return rng.randrange(len(data)) if data else 0


def flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        if data:
            data[_place(data, rng)] ^= 1 << rng.randrange(8)


def insert(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at:at] = rng.randbytes(rng.choice((1, 2, 4, 16, 200)))


def delete(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    del data[at:at + rng.choice((1, 1, 2, 8, 64))]


def truncate(data: bytearray, rng: random.Random) -> None:
    del data[_place(data, rng):]


def splice(data: bytearray, rng: random.Random) -> None:
    other = rng.choice(rng.choice(corpus())).data
    start = rng.randrange(len(other))
    at = _place(data, rng)
    data[at:at + rng.choice((0, 10, 100, len(data)))] = other[start:start + rng.choice((
        10, 100, 1000, len(other)))]


def repeat(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    part = data[at:at + rng.choice((1, 4, 40, 400))]
    data[at:at] = part * rng.choice((1, 2, 50))


def maximise(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    size = rng.choice((1, 4, 8))
    data[at:at + size] = rng.choice((b"\xff", b"\x00", b"\x80", b"\x7f")) * size


BYTE_WAYS = (flip, flip, flip, insert, delete, truncate, splice, repeat, maximise)


# -- structure

def _spoil_structure(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    model = ModelProto.FromString(data)
    done: list[str] = []
    wanted = rng.choice((1, 1, 1, 2, 2, 3, 5))
    for _ in range(TRIES):
        way = rng.choice(WAYS)
        try:
            way(model, rng)
            done.append(way.__name__)
        except (ValueError, TypeError, IndexError, KeyError, DecodeError, OverflowError):
            continue  # the model has nothing of the kind
        if len(done) == wanted:
            break
    try:
        return model.SerializeToString(), " ".join(done)
    except (EncodeError, ValueError):
        return data, "unwritable"


def _graphs(graph: GraphProto) -> Iterator[GraphProto]:
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                yield from _graphs(attribute.g)


def _nodes(model: ModelProto) -> list[NodeProto]:
    found = [n for g in _graphs(model.graph) for n in g.node]
    return found + [n for f in model.functions for n in f.node]


def _tensors(model: ModelProto) -> list[TensorProto]:
    found = [t for g in _graphs(model.graph) for t in g.initializer]
    found += [a.t for n in _nodes(model) for a in n.attribute if a.type == AttributeProto.TENSOR]
    for sparse in model.graph.sparse_initializer:
        found += [sparse.values, sparse.indices]
    return found


def _values(model: ModelProto) -> list[ValueInfoProto]:
    return [v for g in _graphs(model.graph) for v in (*g.input, *g.output, *g.value_info)]


def _attributes(model: ModelProto) -> list[AttributeProto]:
    return [a for n in _nodes(model) for a in n.attribute]


def _names(model: ModelProto) -> list[str]:
    found = {name for node in _nodes(model) for name in (*node.input, *node.output)}
    return sorted(found | {v.name for v in _values(model)} | {t.name for t in _tensors(model)})


def value_dimension(model: ModelProto, rng: random.Random) -> None:
    dims = rng.choice(_values(model)).type.tensor_type.shape.dim
    rng.choice(dims).dim_value = rng.choice(INTEGERS)


def value_name_dimension(model: ModelProto, rng: random.Random) -> None:
    dims = rng.choice(_values(model)).type.tensor_type.shape.dim
    rng.choice(dims).dim_param = rng.choice(NAMES)


def value_rank(model: ModelProto, rng: random.Random) -> None:
    shape = rng.choice(_values(model)).type.tensor_type.shape
    if rng.random() < 0.5 and shape.dim:
        del shape.dim[rng.randrange(len(shape.dim))]
    else:
        shape.dim.add(dim_value=rng.choice((0, 1, 2, 7)))


def value_no_shape(model: ModelProto, rng: random.Random) -> None:
    rng.choice(_values(model)).type.tensor_type.ClearField("shape")


def value_type(model: ModelProto, rng: random.Random) -> None:
    rng.choice(_values(model)).type.tensor_type.elem_type = rng.choice((*range(26), -1, 1000))


def value_no_type(model: ModelProto, rng: random.Random) -> None:
    value = rng.choice(_values(model))
    value.ClearField("type")
    if rng.random() < 0.5:
        value.type.sequence_type.elem_type.tensor_type.elem_type = 1


def tensor_dimension(model: ModelProto, rng: random.Random) -> None:
    dims = rng.choice(_tensors(model)).dims
    dims[rng.randrange(len(dims))] = rng.choice(INTEGERS)


def tensor_rank(model: ModelProto, rng: random.Random) -> None:
    dims = rng.choice(_tensors(model)).dims
    if dims and rng.random() < 0.5:
        del dims[rng.randrange(len(dims))]
    else:
        dims.insert(rng.randrange(len(dims) + 1), rng.choice((1, 1, 1, 2, 0)))


def tensor_type(model: ModelProto, rng: random.Random) -> None:
    rng.choice(_tensors(model)).data_type = rng.choice((*range(26), -1, 1000))


def tensor_data(model: ModelProto, rng: random.Random) -> None:
    tensor = rng.choice(_tensors(model))
    raw = tensor.raw_data
    tensor.raw_data = rng.choice((raw[:rng.randrange(len(raw) + 1)], raw + raw, b"", b"\xff" * 8))


def tensor_field(model: ModelProto, rng: random.Random) -> None:
    tensor = rng.choice(_tensors(model))
    tensor.ClearField("raw_data")
    for _ in range(rng.randrange(5)):
        rng.choice((tensor.float_data, tensor.int32_data, tensor.int64_data, tensor.double_data,
                    tensor.uint64_data)).append(rng.choice((0, 1, 5)))
    if rng.random() < 0.3:
        tensor.string_data.append(rng.choice(STRINGS))


def tensor_values(model: ModelProto, rng: random.Random) -> None:
    """Other numbers in a small tensor: shapes, axes, pads, scales ..."""
    small = [t for t in _tensors(model) if np.prod(t.dims, dtype=float) <= 16 and t.raw_data]
    tensor = rng.choice(small)
    array = onnx.numpy_helper.to_array(tensor).copy()
    flat = array.reshape(-1)
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(flat.size)
        with np.errstate(all="ignore"):
            flat[at] = (np.array(rng.choice(INTEGERS)).astype(array.dtype)
                        if array.dtype.kind in "iub" else rng.choice(FLOATS))
    tensor.raw_data = array.tobytes()


def tensor_length(model: ModelProto, rng: random.Random) -> None:
    """A vector of another length: too many axes, too few pads."""
    small = [t for t in _tensors(model) if len(t.dims) == 1 and t.dims[0] < 64 and t.raw_data]
    tensor = rng.choice(small)
    array = onnx.numpy_helper.to_array(tensor)
    longer = np.concatenate([array, array])[:rng.randrange(2 * array.size + 1)]
    tensor.dims[0] = longer.size
    tensor.raw_data = longer.tobytes()


def tensor_external(model: ModelProto, rng: random.Random) -> None:
    tensor = rng.choice(_tensors(model))
    if not tensor.external_data or rng.random() < 0.3:
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights.bin")
    places = ("../weights.bin", "/etc/passwd", "", "nothing.bin", ".", "a/../weights.bin",
              "/dev/zero", "weights.bin\x00", "x" * 5000, "weights.bin")
    numbers = ("-1", "abc", "", "99999999999999999999", "9223372036854775807", "3", "0", "1e3")
    entry = rng.choice(tensor.external_data)
    entry.value = rng.choice(places if entry.key == "location" else numbers)
    if rng.random() < 0.2:
        entry.key = rng.choice(("location", "offset", "length", "checksum", "nonsense"))


def tensor_name(model: ModelProto, rng: random.Random) -> None:
    rng.choice(_tensors(model)).name = rng.choice((*NAMES, *_names(model)[:20]))


def attribute_number(model: ModelProto, rng: random.Random) -> None:
    attribute = rng.choice([a for a in _attributes(model) if a.type in (
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
    attribute = rng.choice([a for a in _attributes(model) if a.type in (
        AttributeProto.INTS, AttributeProto.FLOATS, AttributeProto.STRINGS)])
    values = {AttributeProto.INTS: attribute.ints, AttributeProto.FLOATS: attribute.floats,
              AttributeProto.STRINGS: attribute.strings}[attribute.type]
    if rng.random() < 0.5:
        del values[rng.randrange(len(values))]
    else:
        values.append(values[0])


def attribute_text(model: ModelProto, rng: random.Random) -> None:
    attribute = rng.choice([a for a in _attributes(model) if a.type == AttributeProto.STRING])
    attribute.s = rng.choice(STRINGS)


def attribute_type(model: ModelProto, rng: random.Random) -> None:
    rng.choice(_attributes(model)).type = rng.randrange(15)


def attribute_value(model: ModelProto, rng: random.Random) -> None:
    attribute = rng.choice(_attributes(model))
    value: object = rng.choice((rng.choice(INTEGERS), rng.choice(FLOATS), rng.choice(STRINGS),
                                [1, 2], [1.5], [b"a", b"b"],
                                onnx.numpy_helper.from_array(np.zeros((2, 2), np.float32))))
    attribute.CopyFrom(h.make_attribute(attribute.name, value))


def attribute_name(model: ModelProto, rng: random.Random) -> None:
    rng.choice(_attributes(model)).name = rng.choice(("axis", "pads", "perm", "nonsense", "", "to"))


def attribute_drop(model: ModelProto, rng: random.Random) -> None:
    attributes = rng.choice([n for n in _nodes(model) if n.attribute]).attribute
    del attributes[rng.randrange(len(attributes))]


def attribute_add(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice(_nodes(model))
    name = rng.choice(("axis", "axes", "pads", "strides", "dilations", "kernel_shape", "group",
                       "keepdims", "auto_pad", "mode", "to", "perm", "alpha", "beta", "epsilon",
                       "transA", "transB", "storage_order", "ceil_mode", "nonsense", "p", "size",
                       "noop_with_empty_axes", "allowzero", "blocksize", "direction"))
    value: object = rng.choice((1, 0, -1, 2, rng.choice(INTEGERS), [1, 1], [0, 0], [2, 2, 2, 2],
                                0.5, rng.choice(STRINGS)))
    node.attribute.append(h.make_attribute(name, value))


def attribute_twice(model: ModelProto, rng: random.Random) -> None:
    attributes = rng.choice([n for n in _nodes(model) if n.attribute]).attribute
    attributes.append(rng.choice(attributes))


def attribute_reference(model: ModelProto, rng: random.Random) -> None:
    rng.choice(_attributes(model)).ref_attr_name = rng.choice(("alpha", "nothing", "axis"))


def node_drop(model: ModelProto, rng: random.Random) -> None:
    nodes = rng.choice(list(_graphs(model.graph))).node
    del nodes[rng.randrange(len(nodes))]


def node_twice(model: ModelProto, rng: random.Random) -> None:
    nodes = rng.choice(list(_graphs(model.graph))).node
    nodes.insert(rng.randrange(len(nodes) + 1), rng.choice(nodes))


def node_order(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(_graphs(model.graph)))
    nodes = list(graph.node)
    rng.shuffle(nodes)
    del graph.node[:]
    graph.node.extend(nodes)


def node_operator(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice(_nodes(model))
    node.op_type = rng.choice(OPERATORS)
    if rng.random() < 0.3:
        del node.attribute[:]


def node_domain(model: ModelProto, rng: random.Random) -> None:
    rng.choice(_nodes(model)).domain = rng.choice(DOMAINS)


def node_name(model: ModelProto, rng: random.Random) -> None:
    rng.choice(_nodes(model)).name = rng.choice(NAMES)


def node_input(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice([n for n in _nodes(model) if n.input])
    at = rng.randrange(len(node.input))
    node.input[at] = rng.choice((*_names(model), *node.output, *NAMES[:4]))


def node_inputs(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice(_nodes(model))
    if node.input and rng.random() < 0.5:
        del node.input[rng.randrange(len(node.input))]
    else:
        node.input.insert(rng.randrange(len(node.input) + 1), rng.choice(_names(model)))


def node_outputs(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice(_nodes(model))
    if node.output and rng.random() < 0.4:
        del node.output[rng.randrange(len(node.output))]
    elif node.output and rng.random() < 0.6:
        node.output[rng.randrange(len(node.output))] = rng.choice((*_names(model), ""))
    else:
        node.output.append(rng.choice((*_names(model), "extra", "")))


def node_insert(model: ModelProto, rng: random.Random) -> None:
    """A node on an edge: another shape, another type, a size out of bounds."""
    graph = rng.choice(list(_graphs(model.graph)))
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


def initializer_drop(model: ModelProto, rng: random.Random) -> None:
    weights = rng.choice(list(_graphs(model.graph))).initializer
    del weights[rng.randrange(len(weights))]


def initializer_as_input(model: ModelProto, rng: random.Random) -> None:
    tensor = rng.choice(model.graph.initializer)
    model.graph.input.append(h.make_tensor_value_info(
        tensor.name, rng.choice((tensor.data_type, 1, 7)), [*tensor.dims][:rng.randrange(1, 6)]))
    if rng.random() < 0.3:
        del model.graph.initializer[:]


def initializer_twice(model: ModelProto, rng: random.Random) -> None:
    model.graph.initializer.append(rng.choice(_tensors(model)))


def input_drop(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(_graphs(model.graph)))
    del graph.input[rng.randrange(len(graph.input))]


def input_twice(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(_graphs(model.graph)))
    graph.input.append(rng.choice(_values(model)))


def output_drop(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(_graphs(model.graph)))
    del graph.output[rng.randrange(len(graph.output))]


def output_add(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(_graphs(model.graph)))
    graph.output.append(h.make_tensor_value_info(rng.choice((*_names(model), "nobody")),
                                                 rng.choice((1, 1, 7)), None))


def rename(model: ModelProto, rng: random.Random) -> None:
    """One value under another name, everywhere."""
    old = rng.choice([n for n in _names(model) if n])
    new = rng.choice((*NAMES, rng.choice(_names(model))))
    for node in _nodes(model):
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == old:
                    names[i] = new
    for named in (*_values(model), *_tensors(model)):
        if named.name == old:
            named.name = new


def graph_name(model: ModelProto, rng: random.Random) -> None:
    model.graph.name = rng.choice(NAMES)


def graph_empty(model: ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(_graphs(model.graph)))
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


OPERATORS = tuple(sorted({schema.name for schema in onnx.defs.get_all_schemas()}))
WAYS: tuple[Mutation, ...] = (
    value_dimension, value_dimension, value_name_dimension, value_rank, value_no_shape, value_type,
    value_type, value_no_type, tensor_dimension, tensor_dimension, tensor_rank, tensor_rank,
    tensor_type, tensor_data, tensor_field, tensor_values, tensor_values, tensor_values,
    tensor_values, tensor_length, tensor_external, tensor_name, attribute_number, attribute_number,
    attribute_number, attribute_number, attribute_length, attribute_text, attribute_text,
    attribute_type, attribute_value, attribute_name, attribute_drop, attribute_add, attribute_add,
    attribute_twice, attribute_reference, node_drop, node_twice, node_order, node_operator,
    node_operator, node_domain, node_name, node_input, node_input, node_inputs, node_inputs,
    node_outputs, node_insert, node_insert, node_insert, node_insert, initializer_drop,
    initializer_as_input, initializer_twice, input_drop, input_twice, output_drop, output_add,
    rename, graph_name, graph_empty, graph_swap, opset, opset_domain, version, metadata,
    function_self, function_bomb, function_change, deep, nested_loops, growth, many_nodes,
)

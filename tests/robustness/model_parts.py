"""The parts of a model, and what mutations put into them."""

from __future__ import annotations

from collections.abc import Iterator

import onnx
import onnx.numpy_helper
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

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


def graphs_of(graph: GraphProto) -> Iterator[GraphProto]:
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                yield from graphs_of(attribute.g)


def nodes_of(model: ModelProto) -> list[NodeProto]:
    found = [n for g in graphs_of(model.graph) for n in g.node]
    return found + [n for f in model.functions for n in f.node]


def tensors_of(model: ModelProto) -> list[TensorProto]:
    found = [t for g in graphs_of(model.graph) for t in g.initializer]
    found += [a.t for n in nodes_of(model) for a in n.attribute if a.type == AttributeProto.TENSOR]
    for sparse in model.graph.sparse_initializer:
        found += [sparse.values, sparse.indices]
    return found


def values_of(model: ModelProto) -> list[ValueInfoProto]:
    return [v for g in graphs_of(model.graph) for v in (*g.input, *g.output, *g.value_info)]


def attributes_of(model: ModelProto) -> list[AttributeProto]:
    return [a for n in nodes_of(model) for a in n.attribute]


def names_of(model: ModelProto) -> list[str]:
    found = {name for node in nodes_of(model) for name in (*node.input, *node.output)}
    return sorted(found | {v.name for v in values_of(model)} | {t.name for t in tensors_of(model)})


OPERATORS = tuple(sorted({schema.name for schema in onnx.defs.get_all_schemas()}))

"""Operators that the ONNX standard defines by others: their body, for the node at hand.

The ``onnx`` package carries, for many operators, the function that defines them; some of these
depend on the node's attributes and input types. An operator without a mapping is imported as
that body, so that its meaning comes from the standard itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import onnx.checker
import onnx.defs
import onnx.helper
import onnx.numpy_helper
import onnx.shape_inference

from tinsmith.errors import ModelError
from tinsmith.importers.onnx.read import Attribute, RawGraph, RawNode, RawType, raw_node
from tinsmith.ir.op import TensorType


@dataclass(frozen=True, slots=True)
class Body:
    """The nodes that define one node: formal names of inputs and outputs, operator sets."""

    nodes: tuple[RawNode, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    opsets: Mapping[str, int]


def body(
    raw: RawNode, opsets: Mapping[str, int], types: Sequence[TensorType | None]
) -> Body | None:
    """The standard's definition of ``raw`` for inputs of these types; None if there is none."""
    version = opsets.get(raw.domain)
    if version is None or not onnx.defs.has(raw.op_type, version, raw.domain):
        return None
    schema = onnx.defs.get_schema(raw.op_type, version, raw.domain)
    try:
        proto = _node_proto(raw)
        function = _function(schema, version, proto, types)
    except (RuntimeError, ValueError, TypeError, KeyError, onnx.shape_inference.InferenceError,
            onnx.defs.SchemaError, onnx.checker.ValidationError) as error:
        raise ModelError(
            f"import: {raw.op_type} '{raw.name}': expected operands and attributes that fit, got "
            f"{type(error).__name__}: {str(error)[:200]}; check the model") from error
    if function is None:
        return None
    given = {name: a.default_value for name, a in schema.attributes.items()
             if a.default_value.type}
    given.update((a.name, a) for a in proto.attribute)
    for node in function.node:
        _bind_attributes(node, given)
    absent = {name for name, value in zip(function.input, raw.inputs, strict=False) if not value}
    absent.update(function.input[len(raw.inputs):])
    for node in function.node:
        node.name = raw.name
        _drop_inputs(node, absent)
    return Body(tuple(raw_node(node, i) for i, node in enumerate(function.node)),
                tuple(function.input), tuple(function.output),
                {**opsets, **{o.domain: o.version for o in function.opset_import}})


def defined(raw: RawNode, opsets: Mapping[str, int]) -> bool:
    """Whether the standard defines an operator by others, for some operands at least."""
    version = opsets.get(raw.domain)
    if version is None or not onnx.defs.has(raw.op_type, version, raw.domain):
        return False
    schema = onnx.defs.get_schema(raw.op_type, version, raw.domain)
    return bool(schema.has_function or schema.has_context_dependent_function)


def _function(
    schema: onnx.defs.OpSchema, version: int, proto: onnx.NodeProto,
    types: Sequence[TensorType | None],
) -> onnx.FunctionProto | None:
    """The newest definition that an operator set of this version may use."""
    if any(v <= version for v in schema.context_dependent_function_opset_versions):
        kinds = [_type_proto(kind).SerializeToString() for kind in types]
        # The bodies say for which operator sets they are written: an older one may serve too.
        found = schema.get_context_dependent_function_with_opset_version(
            max(v for v in schema.context_dependent_function_opset_versions if v <= version),
            proto.SerializeToString(), kinds)
        return onnx.FunctionProto.FromString(found) if found else None
    fitting = [v for v in schema.function_opset_versions if v <= version]
    if not fitting:
        return None
    found = schema.get_function_with_opset_version(max(fitting))
    return onnx.FunctionProto.FromString(found)


def _bind_attributes(
    node: onnx.NodeProto, given: Mapping[str, onnx.AttributeProto]
) -> None:
    """Puts values in place of references to the function's attributes, in subgraphs too."""
    bound = []
    for attribute in node.attribute:
        if attribute.HasField("g"):
            for inner in attribute.g.node:
                _bind_attributes(inner, given)
        if not attribute.ref_attr_name:
            bound.append(attribute)
        elif attribute.ref_attr_name in given:
            value = onnx.AttributeProto()
            value.CopyFrom(given[attribute.ref_attr_name])
            value.name = attribute.name
            bound.append(value)
    del node.attribute[:]
    node.attribute.extend(bound)


def _drop_inputs(node: onnx.NodeProto, absent: Iterable[str]) -> None:
    """Blanks operands that the node at hand does not give, in subgraphs too."""
    for i, value in enumerate(node.input):
        if value in absent:
            node.input[i] = ""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            for inner in attribute.g.node:
                _drop_inputs(inner, absent)


def _node_proto(raw: RawNode) -> onnx.NodeProto:
    proto = onnx.NodeProto(op_type=raw.op_type, domain=raw.domain, name=raw.name)
    proto.input.extend(raw.inputs)
    proto.output.extend(raw.outputs)
    proto.attribute.extend(_attribute_proto(n, a) for n, a in raw.attributes.items())
    return proto


def _attribute_proto(name: str, value: Attribute) -> onnx.AttributeProto:
    if isinstance(value, RawGraph):
        return onnx.helper.make_attribute(name, _graph_proto(value))
    if isinstance(value, RawType):
        return onnx.helper.make_attribute(
            name, onnx.helper.make_tensor_type_proto(value.elem_type, value.shape))
    if isinstance(value, np.ndarray):
        return onnx.helper.make_attribute(name, onnx.numpy_helper.from_array(value))
    if value == ():
        return onnx.AttributeProto(name=name, type=onnx.AttributeProto.INTS)
    return onnx.helper.make_attribute(name, value)


def _graph_proto(raw: RawGraph) -> onnx.GraphProto:
    def values(named: Mapping[str, RawType]) -> list[onnx.ValueInfoProto]:
        return [onnx.helper.make_tensor_value_info(name, kind.elem_type, kind.shape)
                for name, kind in named.items()]

    weights = [onnx.numpy_helper.from_array(array, name) for name, array in raw.weights.items()]
    return onnx.helper.make_graph([_node_proto(n) for n in raw.nodes], raw.name,
                                  values(raw.inputs), values(raw.outputs), weights)


def _type_proto(kind: TensorType | None) -> onnx.TypeProto:
    if kind is None:
        return onnx.TypeProto()
    element = onnx.helper.np_dtype_to_tensor_dtype(kind.dtype.numpy)
    return onnx.helper.make_tensor_type_proto(element, kind.shape)

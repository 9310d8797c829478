"""Raw ONNX nodes to a graph: fixes shapes, folds what is constant, asks ``map_*`` for the rest.

Shapes are static, so whatever an exporter computes from shapes (Shape, Gather, Concat, Range ...)
is constant here, and is evaluated by the operators' own references while the nodes are read.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
import onnx
import onnx.helper

from tinsmith.dtypes import Array, DType
from tinsmith.errors import DataError, ModelError, TinsmithError, UnsupportedError
from tinsmith.importers.builder import NotConstantError
from tinsmith.importers.inputs import Imported, InputShape, bound, by_x
from tinsmith.importers.onnx import signature
from tinsmith.importers.onnx.functions import body, defined
from tinsmith.importers.onnx.node import NodeImport, OnnxBuilder, dtype_of
from tinsmith.importers.onnx.read import RawGraph, RawModel, RawNode, RawType
from tinsmith.importers.onnx.shapes import fix_shapes
from tinsmith.importers.onnx.unknown import UnknownOperatorError, unknown_operators
from tinsmith.importers.outputs import finished
from tinsmith.importers.rows import mixed
from tinsmith.ir.graph import Graph
from tinsmith.ir.op import TensorType
from tinsmith.ir.order import in_order, needs_of

Mapping_: TypeAlias = Callable[[NodeImport], None]
KEEPS = frozenset("""
    Abs Add And ArgMax ArgMin Cast Ceil Clip Concat Cos Div Elu Equal Erf Exp Floor Gather GatherND
    Gelu Gemm Greater GreaterOrEqual HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Less
    LessOrEqual Log LogSoftmax MatMul Max Min Mod Mul Neg Not Or Pow Reciprocal ReduceL1 ReduceL2
    ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum Relu Reshape Round ScatterND Sigmoid Sign
    Sin Slice Softmax Softplus Split Sqrt Squeeze Sub Sum Tanh TopK Transpose Unsqueeze Where Xor
""".split())  # noqa: SIM905 - a list of words reads best as words
"""Operators that may treat each row for itself; behind a bound, no other is tried."""


@cache
def mappings() -> Mapping[tuple[str, str], Mapping_]:
    """All mappings by domain and name of the operator: capitalised functions of ``map_*`` files.

    A file that makes some of a table has them, by name of the operator, in ``MAPPINGS``.
    A file whose operators are not in the standard's own domain says in which: ``DOMAIN``.
    """
    import tinsmith.importers.onnx as package

    found: dict[tuple[str, str], Mapping_] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("map_"):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if name[0].isupper() and function.__module__ == module.__name__:
                    found[getattr(module, "DOMAIN", ""), name] = function
            for name, function in getattr(module, "MAPPINGS", {}).items():
                found[getattr(module, "DOMAIN", ""), name] = function
    return found


def build(
    model: RawModel,
    shapes: Mapping[str, tuple[int, ...]],
    bind: Mapping[str, Array],
) -> Graph:
    """The verified graph of a raw model. See ``importers.load`` for the arguments."""
    return import_model(model, shapes, bind).graph


def import_model(
    model: RawModel,
    shapes: Mapping[str, tuple[int, ...]],
    bind: Mapping[str, Array],
    rows: Mapping[str, int] | None = None,
) -> Imported:
    """The graph of a raw model, and what was decided for it."""
    raw = model.graph
    signature.check_opsets(model.opsets)
    for name in (*shapes, *bind):
        if name not in raw.inputs:
            raise DataError(f"import: input '{name}': expected one of {list(raw.inputs)}, got "
                            f"'{name}'; check --shape and --bind")
    fixed = fix_shapes(raw, shapes, bind)
    builder = OnnxBuilder(model.opsets, raw.outputs, rows or {})
    for name in builder.bounds:
        found = [v for n in raw.nodes if n.op_type == "NonZero" for v in n.outputs[:1]]
        if name not in found:
            which = f"one of {found}" if found else "of which this model has none"
            raise DataError(f"import: value '{name}': expected the output of a NonZero, {which}, "
                            "got another; check --rows")
    try:
        graph = _graph(builder, model, fixed, bind)
    except UnknownOperatorError as error:
        raise UnsupportedError(unknown_operators(model, error.node, known)) from error
    except ModelError as error:
        against = [each for each in fixed if each.against]
        if not against:
            raise
        raise ModelError(f"{error}; this is with --shape {against[0].name}="
                         f"{by_x(against[0].shape)}, while the model declares "
                         f"{by_x(against[0].declared or ())}: a shape that it is not made for"
                         ) from error
    return Imported(graph, fixed, tuple(builder.notes))


def _graph(builder: OnnxBuilder, model: RawModel, fixed: Sequence[InputShape],
           bind: Mapping[str, Array]) -> Graph:
    raw = model.graph
    scope: dict[str, str] = {}
    shapes = {each.name: each.shape for each in fixed}
    for name, declared in raw.inputs.items():
        if name in bind:
            kind = dtype_of(declared.elem_type, name)
            scope[name] = builder.add_weight(
                builder.fresh(name), bound(name, kind, declared.shape, bind[name]))
        elif name in raw.weights:
            _check_default(name, declared, raw.weights[name])
        else:
            builder.add_input(name, TensorType(shapes[name], dtype_of(declared.elem_type, name)))
            scope[name] = name
    add_graph(builder, raw, scope)
    for name in raw.outputs:
        if scope.get(name) in builder.sequences:
            raise UnsupportedError(f"import: output '{name}': expected a tensor, got a sequence; "
                                   "concatenate it in the model")
    graph = finished(builder, raw.name, scope, raw.outputs, model.metadata)
    for name, declared in raw.outputs.items():
        _check_output(name, declared, graph.types[name])
    return graph


def add_graph(builder: OnnxBuilder, raw: RawGraph, scope: dict[str, str]) -> None:
    """Adds all nodes of ``raw``; ``scope`` maps raw names to graph names and grows."""
    for name, array in raw.weights.items():
        if name in scope:
            continue
        if array.dtype == object:
            raise UnsupportedError(f"import: weight '{name}': expected numbers, got strings; "
                                   "remove the text processing from the model")
        builder.budget.add_weights(array)
        scope[name] = builder.add_weight(builder.fresh(name), array)
    defined = {*raw.weights, *raw.inputs}
    for node in in_order_of_use(raw):
        for value in filter(None, node.outputs):
            if value in defined:
                raise ModelError(f"import: {node.op_type} '{node.name}' output '{value}': expected "
                                 "a name of its own, got one that is taken; check the model")
            defined.add(value)
        add_raw_node(builder, node, scope)


def in_order_of_use(raw: RawGraph) -> list[RawNode]:
    """The nodes, each behind those that give what it reads.

    The standard asks for that, but tools write files with Casts at the end, and others read them.
    """
    inputs = [(*node.inputs, *captured(node)) for node in raw.nodes]
    outputs = [node.outputs for node in raw.nodes]
    return [raw.nodes[i] for i in in_order(needs_of(inputs, outputs, raw.weights))]


def captured(raw: RawNode) -> set[str]:
    """The names that the bodies of a node read from around it."""
    found: set[str] = set()
    for inner in raw.attributes.values():
        if isinstance(inner, RawGraph):
            read = {v for node in inner.nodes for v in (*node.inputs, *captured(node))}
            made = {v for node in inner.nodes for v in node.outputs}
            found |= (read | set(inner.outputs)) - made - set(inner.inputs) - set(inner.weights)
    return found


def known(node: RawNode, opsets: Mapping[str, int]) -> bool:
    """Whether an operator has a mapping, or the standard defines it by others."""
    return (node.domain, node.op_type) in mappings() or defined(node, opsets)


def add_raw_node(builder: OnnxBuilder, raw: RawNode, scope: dict[str, str]) -> None:
    """Adds one raw node through its mapping; every failure names the node."""
    builder.budget.visit(raw.name)
    signature.check(raw, builder.opsets)
    mapping = mappings().get((raw.domain, raw.op_type))
    if mapping is None and _add_function(builder, raw, scope):
        return
    if mapping is None:
        raise UnknownOperatorError(raw)
    node = NodeImport(builder, raw, scope)
    if raw.op_type not in KEEPS and any(scope.get(v) in builder.rows for v in raw.inputs):
        raise mixed(raw.op_type, raw.name)
    try:
        with np.errstate(all="ignore"):  # a constant may be infinite or no number at all
            mapping(node)
    except TinsmithError as error:
        known = isinstance(error, NotConstantError | UnknownOperatorError)
        if known or f"'{raw.name}'" in str(error):
            raise
        raise type(error)(f"{error} (in {raw.op_type} '{raw.name}')") from error
    except (ValueError, TypeError, IndexError, KeyError, ZeroDivisionError, OverflowError,
            MemoryError, AttributeError, ArithmeticError, AssertionError,
            RecursionError) as error:
        raise ModelError(
            f"import: {raw.op_type} '{raw.name}': expected operands and attributes that fit, got "
            f"{type(error).__name__}: {str(error)[:200]}; check the model") from error
    missing = [v for v in raw.outputs if v and v not in node.results]
    if missing:
        raise UnsupportedError(f"import: {raw.op_type} '{raw.name}' outputs: expected no use of "
                               f"{missing}, got one; export the model for inference")
    scope.update(node.results)


def _add_function(builder: OnnxBuilder, raw: RawNode, scope: dict[str, str]) -> bool:
    """Adds the nodes by which the standard defines ``raw``; False when it does not."""
    types = [builder.types.get(scope[v]) if v in scope else None for v in raw.inputs]
    found = body(raw, builder.opsets, types)
    if found is None:
        return False
    inner = {formal: scope[value] for formal, value in zip(found.inputs, raw.inputs, strict=False)
             if value in scope}
    outer, builder.opsets = builder.opsets, found.opsets
    try:
        for node in found.nodes:
            add_raw_node(builder, node, inner)
    finally:
        builder.opsets = outer
    for formal, value in zip(found.outputs, raw.outputs, strict=False):
        if value and formal not in inner:
            raise UnsupportedError(f"import: {raw.op_type} '{raw.name}' output '{value}': expected "
                                   "one that its definition gives, got none; do without it")
        if value:
            scope[value] = inner[formal]
    return True


def _check_default(name: str, declared: RawType, array: Array) -> None:
    """Refuses an input whose initialiser has another type."""
    if array.dtype == object:
        return
    shape = declared.shape
    fits = shape is None or (len(shape) == array.ndim and all(
        not isinstance(d, int) or d == n for d, n in zip(shape, array.shape, strict=True)))
    if not fits or dtype_of(declared.elem_type, name) is not DType.of(array):
        raise ModelError(f"import: input '{name}': expected an initializer as declared, got "
                         f"{array.dtype}{list(array.shape)}; check the model")


def _check_output(name: str, declared: RawType, found: TensorType) -> None:
    """Refuses an output of another element type than the model says. Shapes may be out of date."""
    if declared.elem_type == onnx.TensorProto.UNDEFINED:
        return
    expected = dtype_of(declared.elem_type, name)
    if expected is not found.dtype:
        raise ModelError(f"import: output '{name}': expected {expected.value} as declared, got "
                         f"{found.dtype.value}; check the model")

"""Raw ONNX nodes to a graph: fixes shapes, folds what is constant, asks ``map_*`` for the rest.

Shapes are static, so whatever an exporter computes from shapes (Shape, Gather, Concat, Range ...)
is constant here, and is evaluated by the operators' own references while the nodes are read.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import TypeAlias

import numpy as np
import onnx
import onnx.helper

from tinsmith.dtypes import Array, DType
from tinsmith.errors import DataError, ModelError, TinsmithError, UnsupportedError
from tinsmith.importers.onnx import signature
from tinsmith.importers.onnx.functions import body
from tinsmith.importers.onnx.limits import FOLD_LIMIT_BYTES, TENSOR_LIMIT, Budget
from tinsmith.importers.onnx.read import Attribute, RawGraph, RawModel, RawNode, RawType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ir.verify import verify
from tinsmith.ops.elementwise import Elementwise
from tinsmith.ops.identity import Identity


class NotConstantError(UnsupportedError):
    """An operand that decides a shape is only known at run time. ``value`` is its name."""

    def __init__(self, text: str, value: str) -> None:
        super().__init__(text)
        self.value = value


class GraphBuilder:
    """Collects nodes, types and weights while a model is read. Lives only during the import."""

    def __init__(self, opsets: Mapping[str, int]) -> None:
        self.opsets = opsets
        self.nodes: list[Node] = []
        self.types: dict[str, TensorType] = {}
        self.weights: dict[str, Array] = {}
        self.declared: dict[str, RawType] = {}
        self.budget = Budget()
        self._names: set[str] = set()
        self._counts: dict[str, int] = {}

    def fresh(self, stem: str) -> str:
        """A name nobody has yet, starting with ``stem``."""
        name, i = stem, self._counts.get(stem, 0)
        while name in self.types or name in self._names:
            i += 1
            name = f"{stem}.{i}"
        self._counts[stem] = i
        self._names.add(name)
        return name

    def add_input(self, name: str, kind: TensorType) -> None:
        """Registers an input of the network."""
        self.budget.add_value(name, kind)
        self.types[self.fresh(name)] = kind

    def add_weight(self, name: str, array: Array) -> str:
        """Registers a constant; returns its name."""
        array = np.ascontiguousarray(array).reshape(array.shape)
        kind = TensorType(array.shape, DType.of(array))
        self.budget.add_value(name, kind)
        self.types[name] = kind
        self.weights[name] = array
        return name

    def add_node(self, stem: str, op: Op, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Registers a node and infers its outputs, or folds it when all inputs are constant."""
        types = [self.types[value] if value else None for value in inputs]
        _check_fields(op, stem)
        inferred = op.infer(*types)
        if len(outputs) > len(inferred):
            raise ModelError(f"import: {op.name} '{stem}': expected at most {len(inferred)} "
                             f"outputs, got {len(outputs)}; check the model")
        constant = all(value in self.weights for value in inputs if value)
        if constant and self.budget.may_fold(op, types, inferred):
            with np.errstate(all="ignore"):
                results = op.reference(*(self.weights[v] if v else None for v in inputs))
            for value, array, kind in zip(outputs, results, inferred, strict=False):
                if value:
                    self.add_weight(value, array.astype(kind.dtype.numpy, copy=False))
            return
        self.budget.add_node(stem)
        self.nodes.append(Node(self.fresh(f"node:{stem}").removeprefix("node:"), op,
                               tuple(inputs), tuple(outputs), (stem,)))
        for value, kind in zip(outputs, inferred, strict=False):
            if value:
                self.budget.add_value(value, kind)
                self.types[value] = kind


def _check_fields(op: Op, stem: str) -> None:
    """Refuses sizes, places and counts beyond 32 bits, in which kernels count.

    What is no geometry, the bounds of Clip for example, has the width of its element type.
    """
    if isinstance(op, Elementwise):
        return
    for field in fields(op):
        value = getattr(op, field.name)
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, int) and not -TENSOR_LIMIT <= number <= TENSOR_LIMIT:
                raise UnsupportedError(
                    f"import: {op.name} '{stem}' {field.name}: expected numbers up to "
                    f"{TENSOR_LIMIT}, got {number}; check the model")


class NodeImport:
    """One raw node as its mapping sees it: operands by position, attributes by name."""

    def __init__(self, builder: GraphBuilder, raw: RawNode, scope: Mapping[str, str]) -> None:
        self.builder = builder
        self.raw = raw
        self.scope = scope
        self.results: dict[str, str] = {}

    @property
    def opset(self) -> int:
        """The version of the node's operator set."""
        return self.builder.opsets.get(self.raw.domain, 1)

    @property
    def output_count(self) -> int:
        """How many outputs the node declares, without trailing absent ones."""
        used = [i for i, value in enumerate(self.raw.outputs) if value]
        return used[-1] + 1 if used else 0

    @property
    def input_count(self) -> int:
        """How many inputs the node gives, without trailing absent ones."""
        used = [i for i, value in enumerate(self.raw.inputs) if value]
        return used[-1] + 1 if used else 0

    def has_input(self, index: int) -> bool:
        """Whether input ``index`` is there."""
        return index < len(self.raw.inputs) and bool(self.raw.inputs[index])

    def value(self, index: int) -> str:
        """The graph's name of input ``index``, or ``""`` when it is absent."""
        if not self.has_input(index):
            return ""
        name = self.raw.inputs[index]
        if name not in self.scope:
            raise ModelError(f"import: {self.raw.op_type} '{self.raw.name}' input '{name}': "
                             "expected a value defined before, got none; check the model")
        return self.scope[name]

    def values(self) -> tuple[str, ...]:
        """The graph's names of all inputs."""
        return tuple(self.value(i) for i in range(self.input_count))

    def type(self, index: int) -> TensorType:
        """The type of input ``index``; ``ModelError`` when it is absent."""
        name = self.value(index)
        if not name:
            raise ModelError(f"import: {self.raw.op_type} '{self.raw.name}': expected an input "
                             f"{index}, got none; check the model")
        return self.builder.types[name]

    def constant(self, index: int) -> Array | None:
        """Input ``index`` as an array when it is there and constant."""
        name = self.value(index)
        return self.builder.weights.get(name) if name else None

    def require(self, index: int, what: str) -> Array:
        """Input ``index`` (called ``what`` in the standard), which must be constant."""
        array = self.constant(index)
        if array is None:
            given = self.raw.inputs[index] if self.has_input(index) else "nothing"
            raise NotConstantError(
                f"import: {self.raw.op_type} '{self.raw.name}' {what}: expected a constant, got "
                f"'{given}', known at run time only; shapes are static: give it with "
                f"--bind {given}=FILE.npy", self.value(index))
        return array

    def ints(self, index: int, what: str) -> tuple[int, ...]:
        """Input ``index``, which must be constant, as integers."""
        return tuple(int(i) for i in self.require(index, what).reshape(-1))

    def attribute_ints(self, name: str, default: Sequence[int] = ()) -> tuple[int, ...]:
        """A list-of-integers attribute."""
        found = self.raw.attributes.get(name)
        if found is None:
            return tuple(default)
        if isinstance(found, tuple) and all(isinstance(i, int) for i in found):
            return tuple(int(i) for i in found)
        raise self._wrong_attribute(name, "integers", found)

    def attribute_floats(self, name: str, default: Sequence[float] = ()) -> tuple[float, ...]:
        """A list-of-numbers attribute."""
        found = self.raw.attributes.get(name)
        if found is None:
            return tuple(default)
        if isinstance(found, tuple) and all(isinstance(i, int | float) for i in found):
            return tuple(float(i) for i in found)
        raise self._wrong_attribute(name, "numbers", found)

    def attribute_strings(self, name: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """A list-of-strings attribute."""
        found = self.raw.attributes.get(name)
        if found is None:
            return tuple(default)
        if isinstance(found, tuple) and all(isinstance(i, str) for i in found):
            return tuple(str(i) for i in found)
        raise self._wrong_attribute(name, "strings", found)

    def attribute_int(self, name: str, default: int) -> int:
        """An integer attribute."""
        found = self.raw.attributes.get(name, default)
        if isinstance(found, int):
            return found
        raise self._wrong_attribute(name, "an integer", found)

    def attribute_float(self, name: str, default: float) -> float:
        """A number attribute, rounded to float32 as ONNX stores it."""
        found = self.raw.attributes.get(name, default)
        if isinstance(found, int | float):
            return float(found)
        raise self._wrong_attribute(name, "a number", found)

    def attribute_str(self, name: str, default: str) -> str:
        """A string attribute."""
        found = self.raw.attributes.get(name, default)
        if isinstance(found, str):
            return found
        raise self._wrong_attribute(name, "a string", found)

    def attribute_array(self, name: str) -> Array | None:
        """A tensor attribute, None when it is absent."""
        found = self.raw.attributes.get(name)
        if found is None or isinstance(found, np.ndarray):
            return found
        raise self._wrong_attribute(name, "a tensor", found)

    def attribute_graph(self, name: str) -> RawGraph:
        """A graph attribute (the body of If, Loop ...)."""
        found = self.raw.attributes.get(name)
        if isinstance(found, RawGraph):
            return found
        raise self._wrong_attribute(name, "a graph", found)

    def _wrong_attribute(self, name: str, expected: str, got: Attribute | None) -> ModelError:
        return ModelError(f"import: {self.raw.op_type} '{self.raw.name}' attribute '{name}': "
                          f"expected {expected}, got {type(got).__name__}; check the model")

    def unsupported(self, what: str, expected: str, got: object, cure: str) -> UnsupportedError:
        """An error that refuses this node by name."""
        return UnsupportedError(f"import: {self.raw.op_type} '{self.raw.name}' {what}: "
                                f"expected {expected}, got {got}; {cure}")

    def check_size(self, count: int, itemsize: int) -> None:
        """Refuses a constant of ``count`` elements that is too large to be made here."""
        if count * itemsize > FOLD_LIMIT_BYTES or not self.builder.budget.afford(count):
            raise self.unsupported("output", f"at most {FOLD_LIMIT_BYTES} bytes",
                                   count * itemsize, "make it smaller")

    def temporary(self, op: Op, *inputs: str) -> str:
        """Adds a node with one new output for use inside this mapping; returns its name."""
        name = self.builder.fresh(f"{self.raw.name}/{op.name}")
        self.builder.add_node(self.raw.name, op, inputs, (name,))
        return name

    def emit(self, op: Op, *inputs: str) -> None:
        """Adds the node that gives this node's outputs. All outputs of ``op`` match by position."""
        names = tuple(self.output(i) for i in range(self.output_count))
        self.builder.add_node(self.raw.name, op, inputs, names)

    def output(self, index: int) -> str:
        """A new graph value for output ``index`` (``""`` when it is unused)."""
        raw = self.raw.outputs[index] if index < len(self.raw.outputs) else ""
        if not raw:
            return ""
        if raw not in self.results:
            self.results[raw] = self.builder.fresh(raw)
        return self.results[raw]

    def emit_output(self, index: int, op: Op, *inputs: str) -> None:
        """Adds a node that gives only output ``index``."""
        if name := self.output(index):
            self.builder.add_node(self.raw.name, op, inputs, (name,))

    def emit_constant(self, array: Array, index: int = 0) -> None:
        """Makes output ``index`` a constant."""
        if name := self.output(index):
            self.builder.add_weight(name, array)

    def alias(self, value: str, index: int = 0) -> None:
        """Makes output ``index`` another name of an existing value."""
        if index < len(self.raw.outputs) and self.raw.outputs[index]:
            self.results[self.raw.outputs[index]] = value


Mapping_: TypeAlias = Callable[[NodeImport], None]


@cache
def mappings() -> Mapping[str, Mapping_]:
    """All mappings by ONNX operator name: the capitalised functions of the ``map_*`` files."""
    import tinsmith.importers.onnx as package

    found: dict[str, Mapping_] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("map_"):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if name[0].isupper() and function.__module__ == module.__name__:
                    found[name] = function
    return found


def build(
    model: RawModel,
    shapes: Mapping[str, tuple[int, ...]],
    bind: Mapping[str, Array],
) -> Graph:
    """The verified graph of a raw model. See ``importers.load`` for the arguments."""
    raw = model.graph
    signature.check_opsets(model.opsets)
    builder = GraphBuilder(model.opsets)
    builder.declared.update(raw.outputs)
    scope: dict[str, str] = {}
    inputs: list[str] = []
    for name in (*shapes, *bind):
        if name not in raw.inputs:
            raise DataError(f"import: input '{name}': expected one of {list(raw.inputs)}, got "
                            f"'{name}'; check --shape and --bind")
    for name, declared in raw.inputs.items():
        if name in bind:
            scope[name] = builder.add_weight(builder.fresh(name), bind[name])
        elif name in raw.weights:
            _check_default(name, declared, raw.weights[name])
        else:
            builder.add_input(name, _input_type(name, declared, shapes.get(name)))
            scope[name] = name
            inputs.append(name)
    add_graph(builder, raw, scope)
    outputs = tuple(_graph_output(builder, scope, name, inputs) for name in raw.outputs)
    for name, value in zip(raw.outputs, outputs, strict=True):
        _check_output(name, raw.outputs[name], builder.types[value])
    used = {value for node in builder.nodes for value in node.inputs}
    weights = {name: array for name, array in builder.weights.items() if name in used}
    keep = used | set(inputs) | set(outputs) | {v for n in builder.nodes for v in n.outputs}
    types = {name: kind for name, kind in builder.types.items() if name in keep}
    return verify(Graph(raw.name, tuple(builder.nodes), tuple(inputs), outputs, types, weights,
                        dict(model.metadata)))


def add_graph(builder: GraphBuilder, raw: RawGraph, scope: dict[str, str]) -> None:
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
    for node in raw.nodes:
        for value in filter(None, node.outputs):
            if value in defined:
                raise ModelError(f"import: {node.op_type} '{node.name}' output '{value}': expected "
                                 "a name of its own, got one that is taken; check the model")
            defined.add(value)
        add_raw_node(builder, node, scope)


def add_raw_node(builder: GraphBuilder, raw: RawNode, scope: dict[str, str]) -> None:
    """Adds one raw node through its mapping; every failure names the node."""
    builder.budget.visit(raw.name)
    signature.check(raw, builder.opsets)
    mapping = mappings().get(raw.op_type) if raw.domain == "" else None
    if mapping is None and _add_function(builder, raw, scope):
        return
    if mapping is None:
        shown = f"{raw.domain}::{raw.op_type}" if raw.domain else raw.op_type
        raise UnsupportedError(
            f"import: operator '{shown}' of node '{raw.name}': expected an operator that Tinsmith "
            f"knows, got {shown}; replace it before the export, or see docs/adding.md")
    node = NodeImport(builder, raw, scope)
    try:
        with np.errstate(all="ignore"):  # a constant may be infinite or no number at all
            mapping(node)
    except TinsmithError as error:
        if f"'{raw.name}'" in str(error) or isinstance(error, NotConstantError):
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


def _add_function(builder: GraphBuilder, raw: RawNode, scope: dict[str, str]) -> bool:
    """Adds the nodes by which the standard defines ``raw``; False when it does not."""
    types = [builder.types[scope[v]] if v in scope else None for v in raw.inputs]
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


def dtype_of(elem_type: int, name: str) -> DType:
    """Our element type for an ONNX one; ``UnsupportedError`` names ``name``."""
    try:
        return DType(np.dtype(onnx.helper.tensor_dtype_to_np_dtype(elem_type)).name)
    except (KeyError, ValueError, TypeError):
        known = {v: k for k, v in onnx.TensorProto.DataType.items()}
        raise UnsupportedError(
            f"import: value '{name}': expected one of {', '.join(d.value for d in DType)}, got "
            f"{known.get(elem_type, elem_type)}; convert the model") from None


def _input_type(name: str, declared: RawType, given: tuple[int, ...] | None) -> TensorType:
    dtype = dtype_of(declared.elem_type, name)
    if declared.shape is None:
        if given is None:
            raise UnsupportedError(f"import: input '{name}': expected a static shape, got none; "
                                   f"give it with --shape {name}=1x3x224x224")
        return TensorType(given, dtype)
    if given is not None:
        fits = len(given) == len(declared.shape) and all(
            not isinstance(d, int) or d == g for d, g in zip(declared.shape, given, strict=True))
        if not fits:
            raise DataError(f"import: input '{name}': expected a shape like "
                            f"{list(declared.shape)}, got {list(given)}; check --shape")
        return TensorType(given, dtype)
    shape = list(declared.shape)
    if shape and not isinstance(shape[0], int) and len(shape) > 1:
        shape[0] = 1  # a batch of one is what every exporter means by an open first dimension
    if not all(isinstance(d, int) and d >= 0 for d in shape):
        asked = "x".join(str(d) if isinstance(d, int) else "N" for d in shape)
        raise UnsupportedError(f"import: input '{name}': expected a static shape, got "
                               f"{list(declared.shape)}; give it with --shape {name}={asked}")
    return TensorType(tuple(d for d in shape if isinstance(d, int)), dtype)


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


def _graph_output(
    builder: GraphBuilder, scope: Mapping[str, str], name: str, inputs: Sequence[str]
) -> str:
    """The value of output ``name``. Each output gets a node of its own, so that it has a name."""
    if name not in scope:
        raise ModelError(f"import: output '{name}': expected a value, got none; check the model")
    value = scope[name]
    if value == name and value not in builder.weights and value not in inputs:
        return value
    free = name if name not in builder.types else builder.fresh(name)
    builder.types[free] = builder.types[value]
    builder.nodes.append(Node(builder.fresh(f"node:{name}/output").removeprefix("node:"),
                              Identity(), (value,), (free,), (name,)))
    return free

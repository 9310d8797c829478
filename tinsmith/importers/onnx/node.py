"""What a mapping sees of a node (``NodeImport``), and what it adds to (``OnnxBuilder``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import onnx.helper

from tinsmith.dtypes import Array, DType
from tinsmith.errors import ModelError, UnsupportedError
from tinsmith.importers.builder import GraphBuilder, NotConstantError
from tinsmith.importers.limits import FOLD_LIMIT_BYTES
from tinsmith.importers.onnx.read import Attribute, RawGraph, RawNode, RawType
from tinsmith.ir.op import Op, TensorType

SEQUENCE_LIMIT = 1000  # values; each change of a sequence is another list of them


class OnnxBuilder(GraphBuilder):
    """A builder that knows what else an ONNX model has.

    Attributes:
        opsets: the versions of operator sets, those of a function while it is added.
        declared: what the model says of its outputs.
        sequences: the values of each sequence.
        bounds: how many places a NonZero finds at most, by the name of its output.
        found: values of NonZero and their counts, by its operand and the bound.
    """

    def __init__(self, opsets: Mapping[str, int], declared: Mapping[str, RawType],
                 bounds: Mapping[str, int]) -> None:
        super().__init__()
        self.opsets = opsets
        self.declared = declared
        self.bounds = bounds
        self.sequences: dict[str, tuple[str, ...]] = {}
        self.found: dict[tuple[str, int], tuple[str, str]] = {}


class NodeImport:
    """One raw node as its mapping sees it: operands by position, attributes by name."""

    def __init__(self, builder: OnnxBuilder, raw: RawNode, scope: Mapping[str, str]) -> None:
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
        if self.scope[name] in self.builder.sequences:
            raise self.unsupported(f"input '{name}'", "a tensor", "a sequence", "check the model")
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

    def sequence(self, index: int) -> tuple[str, ...]:
        """The values of input ``index``, which must be a sequence."""
        raw = self.raw.inputs[index] if self.has_input(index) else ""
        name = self.scope.get(raw, "")
        if name not in self.builder.sequences:
            raise self.unsupported(f"input {index}", "a sequence", "a tensor", "check the model")
        return self.builder.sequences[name]

    def constant(self, index: int) -> Array | None:
        """Input ``index`` as an array when it is there and constant."""
        name = self.value(index)
        return self.builder.weights.get(name) if name else None

    def require(self, index: int, what: str) -> Array:
        """Input ``index`` (called ``what`` in the standard), which must be constant."""
        array = self.constant(index)
        if array is None:
            value = self.value(index)
            given = self.raw.inputs[index] if value else "nothing"
            raise NotConstantError(
                f"import: {self.raw.op_type} '{self.raw.name}' {what}: expected a constant, got "
                f"'{given}', known at run time only; {self.builder.advice(value)}",
                value, self.builder.roots(value))
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

    def constant_array(self, array: Array) -> str:
        """A constant for use inside this mapping; returns its name."""
        return self.builder.add_weight(self.builder.fresh(f"{self.raw.name}/constant"), array)

    def number(self, value: float | Array, dtype: DType = DType.F32) -> str:
        """Numbers as a constant of the given type."""
        return self.constant_array(np.asarray(value).astype(dtype.numpy))

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

    def emit_sequence(self, values: Sequence[str]) -> None:
        """Makes the only output a sequence of existing values."""
        if len(values) > SEQUENCE_LIMIT:
            raise self.unsupported("values", f"at most {SEQUENCE_LIMIT}", len(values),
                                   "use one tensor in their place")
        self.builder.sequences[self.output(0)] = tuple(values)

    def alias(self, value: str, index: int = 0) -> None:
        """Makes output ``index`` another name of an existing value."""
        if index < len(self.raw.outputs) and self.raw.outputs[index]:
            self.results[self.raw.outputs[index]] = value


def dtype_of(elem_type: int, name: str) -> DType:
    """Our element type for an ONNX one; ``UnsupportedError`` names ``name``."""
    try:
        return DType(np.dtype(onnx.helper.tensor_dtype_to_np_dtype(elem_type)).name)
    except (KeyError, ValueError, TypeError):
        known = {v: k for k, v in onnx.TensorProto.DataType.items()}
        raise UnsupportedError(
            f"import: value '{name}': expected one of {', '.join(d.value for d in DType)}, got "
            f"{known.get(elem_type, elem_type)}; convert the model") from None

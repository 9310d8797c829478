"""What an importer adds a model's nodes to, whatever its format."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.errors import ModelError, UnsupportedError
from tinsmith.importers.limits import TENSOR_LIMIT, Budget
from tinsmith.importers.rows import MixedError, Rows, mixed, rows_behind
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.elementwise import Elementwise
from tinsmith.ops.quantize_linear import DequantizeLinear

DECIDES = 64  # elements of an input that may be there to decide something, and is no data


class NotConstantError(UnsupportedError):
    """An operand that decides a shape is only known at run time.

    ``value`` is its name, ``roots`` are the inputs of the network that it is computed from.
    """

    def __init__(self, text: str, value: str, roots: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.value = value
        self.roots = roots


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a builder was."""

    nodes: int
    types: int
    weights: int
    notes: int
    counted: tuple[int, int]


class GraphBuilder:
    """Collects nodes, types and weights while a model is read. Lives only during the import.

    Nodes whose inputs are all constant become constants; those that dequantise are kept beside
    (``restore_quantized``). ``rows``: the values that have filling
    behind their real rows. ``notes``: what the user should know of the result.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.types: dict[str, TensorType] = {}
        self.weights: dict[str, Array] = {}
        self.notes: list[str] = []
        self.budget = Budget()
        self.inputs: list[str] = []
        self.rows: dict[str, Rows] = {}
        self._dequantized: dict[str, Node] = {}
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
        self.inputs.append(name)

    def mark(self) -> Mark:
        """A point that ``undo`` returns to."""
        return Mark(len(self.nodes), len(self.types), len(self.weights), len(self.notes),
                    (self.budget.nodes, self.budget.size_bytes))

    def undo(self, mark: Mark) -> None:
        """Forgets what was added since ``mark``; what it took stays counted as visited."""
        del self.nodes[mark.nodes:], self.notes[mark.notes:]
        for added, count in ((self.types, mark.types), (self.weights, mark.weights)):
            while len(added) > count:
                added.popitem()
        self.budget.nodes, self.budget.size_bytes = mark.counted

    def roots(self, value: str) -> tuple[str, ...]:
        """The inputs of the network that a value is computed from, in their order."""
        producers = {v: node for node in self.nodes for v in node.outputs}
        seen, waiting = {value}, [value]
        while waiting:
            node = producers.get(waiting.pop())
            fresh = [] if node is None else [v for v in node.inputs if v and v not in seen]
            seen.update(fresh)
            waiting += fresh
        return tuple(name for name in self.inputs if name in seen)

    def advice(self, value: str) -> str:
        """What makes a value known when the model is compiled; nothing that cannot be followed."""
        roots = self.roots(value)
        if value not in roots and not (roots and all(
                self.types[name].size <= DECIDES for name in roots)):
            return "it depends on the network's data: replace it before the export"
        words = " ".join("--bind " + shlex.quote(
            f"{name}={'NUMBER' if self.types[name].size == 1 else 'FILE.npy'}") for name in roots)
        return f"give it with {words}" if value in roots else f"give what decides it with {words}"

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
            if isinstance(op, DequantizeLinear):
                self._dequantized[outputs[0]] = self._node(stem, op, inputs, outputs)
            return
        self.nodes.append(self._node(stem, op, inputs, outputs))
        for value, kind in zip(outputs, inferred, strict=False):
            if value:
                self.budget.add_value(value, kind)
                self.types[value] = kind
        self._follow_rows(stem, op, inputs, outputs, inferred)

    def _node(self, stem: str, op: Op, inputs: Sequence[str], outputs: Sequence[str]) -> Node:
        self.budget.add_node(stem)
        return Node(self.fresh(f"node:{stem}").removeprefix("node:"), op, tuple(inputs),
                    tuple(outputs), (stem,))

    def restore_quantized(self, returned: Iterable[str]) -> None:
        """Puts the nodes that dequantise constants in front, where somebody reads what they give.

        Until then that is a constant, which mappings may ask for. ``returned``: by the graph.
        """
        used = {value for node in self.nodes for value in node.inputs} | set(returned)
        nodes: list[Node] = []
        for value, node in reversed(self._dequantized.items()):
            if value in used and value in self.weights:
                del self.weights[value]
                used.update(node.inputs)
                nodes.append(node)
        self.nodes = nodes[::-1] + self.nodes

    def _follow_rows(self, stem: str, op: Op, inputs: Sequence[str], outputs: Sequence[str],
                     inferred: Sequence[TensorType]) -> None:
        """Notes which results have filling behind their real rows; see ``rows``."""
        rows = [self.rows.get(value) for value in inputs]
        if not any(rows):
            return
        types = [self.types[value] if value else None for value in inputs]
        try:
            behind = rows_behind(op, rows, types, inferred[0])
        except MixedError:
            raise mixed(op.name, stem) from None
        if behind is not None:
            self.rows.update((value, behind) for value in outputs if value)


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

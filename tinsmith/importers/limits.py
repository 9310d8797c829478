"""How large a model may become; what is beyond is refused before memory and time are spent on it.

A few bytes of a model file can ask for any size: a Tile, a loop in a loop, functions that call
functions. What one import may cost is therefore counted while the model is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tinsmith.dtypes import Array
from tinsmith.errors import UnsupportedError
from tinsmith.ir.op import Op, TensorType

RANK_LIMIT = 12  # axes of one tensor; numpy's windows need more than twice as many
TENSOR_LIMIT = (1 << 31) - 1  # elements of one tensor; kernels count in 32-bit integers
MODEL_LIMIT_BYTES = 16 << 30  # weights and all results together
PORT_LIMIT = 1000  # inputs, and outputs, of the network
NODE_LIMIT = 10_000  # in the graph, after loops are unrolled and functions inlined
VISIT_LIMIT = 50_000  # nodes read, those that fold away included
FOLD_LIMIT_BYTES = 1 << 26  # of one constant that is computed from smaller ones
EFFORT_LIMIT = 1 << 26  # additions that all folds of a model may take ...
EFFORT_EACH_WEIGHT = 16  # ... and how many more for every element of its weights


@dataclass(slots=True)
class Budget:
    """What an import has spent so far."""

    visits: int = 0
    nodes: int = 0
    size_bytes: int = 0
    weights: int = 0
    effort: int = 0
    known: set[int] = field(default_factory=set)

    def add_weights(self, array: Array) -> None:
        """An array of the model file; what bodies of loops read again counts once."""
        if id(array) not in self.known:
            self.known.add(id(array))
            self.weights += array.size

    def visit(self, name: str) -> None:
        """One raw node more; loops count it at every step."""
        self.visits += 1
        if self.visits > VISIT_LIMIT:
            raise _too_large("node", name, f"at most {VISIT_LIMIT} nodes with loops unrolled",
                             "more", "make its loops shorter")

    def add_node(self, name: str) -> None:
        """One node more in the graph."""
        self.nodes += 1
        if self.nodes > NODE_LIMIT:
            raise _too_large("node", name, f"at most {NODE_LIMIT} nodes with loops unrolled",
                             "more", "make its loops shorter")

    def add_value(self, name: str, kind: TensorType) -> None:
        """One value more, constant or not."""
        if kind.rank > RANK_LIMIT:
            raise _too_large("value", name, f"at most {RANK_LIMIT} axes", kind.rank,
                             "reshape it")
        if kind.size > TENSOR_LIMIT or any(d > TENSOR_LIMIT for d in kind.shape):
            raise _too_large("value", name, f"at most {TENSOR_LIMIT} elements", kind,
                             "make it smaller")
        self.size_bytes += kind.size_bytes
        if self.size_bytes > MODEL_LIMIT_BYTES:
            raise _too_large("value", name, f"{MODEL_LIMIT_BYTES >> 30} GiB for all values "
                             "together", f"more with {kind}", "make the input smaller")

    def may_fold(self, op: Op, inputs: Sequence[TensorType | None],
                 outputs: Sequence[TensorType]) -> bool:
        """Whether to compute a node with constant inputs now; it is counted then."""
        made = sum(kind.size_bytes for kind in outputs)
        read = sum(kind.size_bytes for kind in inputs if kind)
        if made > max(FOLD_LIMIT_BYTES, 2 * read):
            return False
        return self.afford(op.effort(inputs, outputs))

    def afford(self, effort: int) -> bool:
        """Whether so many additions are left; they are counted then."""
        if self.effort + effort > EFFORT_LIMIT + EFFORT_EACH_WEIGHT * self.weights:
            return False
        self.effort += effort
        return True


def _too_large(kind: str, name: str, expected: str, got: object, cure: str) -> UnsupportedError:
    return UnsupportedError(f"import: {kind} '{name}': expected {expected}, got {got}; {cure}")

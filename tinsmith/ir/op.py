"""What a value is (``TensorType``) and what a node does (``Op``)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar

from tinsmith.dtypes import Array, DType
from tinsmith.errors import ShapeError


@dataclass(frozen=True, slots=True)
class TensorType:
    """Element type and static shape of a value."""

    shape: tuple[int, ...]
    dtype: DType = DType.F32

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """Bytes when stored densely."""
        return self.size * self.dtype.size_bytes

    def __str__(self) -> str:
        return f"{self.dtype.short}[{','.join(map(str, self.shape))}]"


@dataclass(frozen=True, slots=True)
class Op:
    """Base of all operators: attributes as fields, meaning as methods.

    A subclass is a frozen dataclass named after its ONNX operator, lives in ``ops/``, and gives
    ``infer`` and ``reference``. Inputs that fix shapes in ONNX (axes, pads, target shape) are
    attributes here, because shapes are static. An absent optional input is None.
    """

    effort_each: ClassVar[int] = 1  # of an element in ``reference``, in additions of numpy
    approximate: ClassVar[bool] = False  # last bits are not defined: sums, polynomials, statistics

    @property
    def name(self) -> str:
        """The operator's ONNX name."""
        return type(self).__name__

    def infer(self, *inputs: TensorType | None) -> tuple[TensorType, ...]:
        """The types of all outputs; ``ModelError`` when the inputs do not fit."""
        raise NotImplementedError

    def reference(self, *inputs: Array | None) -> tuple[Array, ...]:
        """The outputs in numpy: the meaning of this operator. Arrays come as ``infer`` allowed."""
        raise NotImplementedError

    def jumps(self, operand: int) -> bool:
        """Whether the last bit of an operand can change a result by much, or make it no number.

        Floor, comparisons, what picks the largest; also roots and logarithms, which end at 0.
        ``passes/exactness.py`` and ``widen.py`` ask.
        """
        return False

    def macs(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """Multiply-accumulates that one run takes by the textbook algorithm (0: not counted)."""
        return 0

    def effort(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """What ``reference`` takes, in additions of numpy: it decides whether to fold a node."""
        touched = sum(kind.size for kind in (*inputs, *outputs) if kind)
        return max(self.macs(inputs, outputs), touched * self.effort_each)

    def require(self, condition: bool, what: str, expected: str, got: object) -> None:
        """Raises a ``ShapeError`` in the one form of our messages unless ``condition`` holds."""
        if not condition:
            raise ShapeError(f"infer: {self.name} '{what}': expected {expected}, got {got}; "
                             "check the model")

    def __str__(self) -> str:
        shown = ", ".join(
            f"{f.name}={getattr(self, f.name)}"
            for f in fields(self)
            if getattr(self, f.name) != f.default
        )
        return f"{self.name}({shown})"

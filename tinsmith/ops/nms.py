"""NonMaxSuppression: the best boxes of each class that do not overlap much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class NonMaxSuppression(Op):
    """Rows of (batch, class, box) in i64; because shapes are static, always ``rows`` of them.

    Within each batch and class, boxes come by falling score (of equal ones the first), if above
    ``score_threshold`` and overlapping none before it by more than ``iou_threshold``, up to
    ``max_output_boxes_per_class``. Rows past the selected boxes are filled with -1; boxes past
    ``rows`` are dropped. Boxes are two opposite corners, or center, width and height
    (``center_point_box``).
    """

    rows: int
    max_output_boxes_per_class: int
    iou_threshold: float = 0.0
    score_threshold: float | None = None
    center_point_box: bool = False

    def jumps(self, operand: int) -> bool:
        """Scores and overlaps are compared."""
        return True

    def infer(self, boxes: TensorType, scores: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """rows x 3."""
        self.require(boxes.rank == 3 and boxes.shape[2] == 4 and boxes.dtype is DType.F32, "boxes",
                     "f32 of shape (batch, boxes, 4)", boxes)
        self.require(scores.rank == 3 and scores.dtype is DType.F32
                     and (scores.shape[0], scores.shape[2]) == boxes.shape[:2], "scores",
                     f"f32 of shape ({boxes.shape[0]}, classes, {boxes.shape[1]})", scores)
        self.require(self.rows >= 0, "rows", "no negative number", self.rows)
        return (TensorType((self.rows, 3), DType.I64),)

    def effort(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """Every box against every chosen one, in each class."""
        scores = inputs[1]
        return scores.size * (100 + self.max_output_boxes_per_class) if scores else 0

    def reference(self, boxes: Array, scores: Array) -> tuple[Array]:  # type: ignore[override]
        """Greedy, class by class."""
        found = [(batch, kind, box)
                 for batch in range(scores.shape[0]) for kind in range(scores.shape[1])
                 for box in self.select(self.corners(boxes[batch]), scores[batch, kind])]
        result = np.full((self.rows, 3), -1, np.int64)
        found = found[:self.rows]
        result[:len(found)] = np.array(found, np.int64).reshape(-1, 3)
        return (result,)

    def corners(self, boxes: Array) -> Array:
        """Boxes as lower and upper corner, (n, 4)."""
        first, second = boxes[:, :2], boxes[:, 2:]
        if self.center_point_box:
            half = second / np.float32(2)
            first, second = first - half, first + half
        return np.concatenate([np.minimum(first, second), np.maximum(first, second)], 1)

    def select(self, corners: Array, scores: Array) -> list[int]:
        """The chosen boxes of one class, best first."""
        left = np.ones(scores.shape, bool)
        if self.score_threshold is not None:
            left = scores > np.float32(self.score_threshold)
        left &= ~np.isnan(scores)
        area = np.prod(corners[:, 2:] - corners[:, :2], 1)
        chosen: list[int] = []
        while len(chosen) < self.max_output_boxes_per_class and left.any():
            best = int(np.argmax(np.where(left, scores, -np.inf)))
            if not left[best]:
                best = int(np.argmax(left))
            chosen.append(best)
            left[best] = False
            low = np.maximum(corners[:, :2], corners[best, :2])
            high = np.minimum(corners[:, 2:], corners[best, 2:])
            inter = np.prod(np.maximum(high - low, np.float32(0)), 1)
            union = area + area[best] - inter
            overlap = np.where(union > 0, inter / np.where(union > 0, union, 1), np.float32(0))
            left &= ~(overlap > np.float32(self.iou_threshold))
        return chosen

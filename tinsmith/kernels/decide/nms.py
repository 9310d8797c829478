"""NonMaxSuppression, plain."""

from __future__ import annotations

import math

from tinsmith.kernels.kernel import Call, Forms, Site
from tinsmith.kernels.plain import PlainKernel
from tinsmith.ops.nms import NonMaxSuppression


class NmsPlain(PlainKernel):
    """In one piece, because the number of rows of a class decides where the next one starts."""

    serves = (NonMaxSuppression,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Scratch holds a flag for each box."""
        op = site.op
        assert isinstance(op, NonMaxSuppression)
        batches, classes, boxes = site.input(1).shape
        return Call(
            kernel="nms",
            operands=(0, 1),
            constants=(("batches", batches), ("classes", classes), ("boxes", boxes),
                       ("rows", op.rows), ("limit", op.max_output_boxes_per_class),
                       ("iou", op.iou_threshold),
                       ("score", -math.inf if op.score_threshold is None else op.score_threshold),
                       ("all_scores", int(op.score_threshold is None)),
                       ("center", int(op.center_point_box))),
            scratch_bytes=max(boxes, 1),
        )


KERNEL = NmsPlain()

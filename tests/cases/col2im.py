"""Col2Im."""

import math

from tests.cases.case import Case, random
from tinsmith.ops.col2im import Col2Im


def _case(name, batch, channels, op, tolerance=1e-6, **options):
    rows = channels * math.prod(op.block_shape)
    return Case(name, op, (random(batch, rows, math.prod(op.patches()), **options),),
                tolerance=tolerance)


CASES = (
    _case("col2im", 2, 3, Col2Im((6, 7), (2, 3), (1, 1), (0, 0, 0, 0), (1, 1))),
    _case("col2im_apart", 1, 2, Col2Im((8, 9), (2, 2), (3, 2), (0, 0, 0, 0), (1, 1))),
    _case("col2im_padded", 2, 2, Col2Im((5, 6), (3, 3), (2, 1), (1, 0, 2, 1), (1, 2))),
    _case("col2im_1d", 1, 1, Col2Im((9,), (3,), (1,), (1, 1), (2,))),
    _case("col2im_3d", 1, 2, Col2Im((4, 5, 3), (2, 3, 1), (1, 2, 1), (0, 1, 0, 0, 0, 0),
                                    (1, 1, 1))),
    _case("col2im_i8", 1, 2, Col2Im((6, 7), (3, 3), (1, 1), (0,) * 4, (1, 1)), 0,
          dtype="int8", low=-128, high=127),
    _case("col2im_f16", 1, 2, Col2Im((6, 7), (3, 3), (1, 1), (0,) * 4, (1, 1)), 1e-3,
          dtype="float16"),
    _case("col2im_empty", 0, 2, Col2Im((6, 7), (3, 3), (1, 1), (0,) * 4, (1, 1))),
)

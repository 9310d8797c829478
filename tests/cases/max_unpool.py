"""MaxUnpool."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.ops.max_unpool import MaxUnpool

PLACES = np.array([[[[5, 7], [13, 15]], [[16, 18], [24, 30]]]], np.int64)

CASES = (
    Case("max_unpool", MaxUnpool((1, 2, 4, 4), (1, 2, 4, 4)), (random(1, 2, 2, 2), PLACES)),
    Case("max_unpool_wider", MaxUnpool((1, 2, 4, 4), (1, 2, 5, 6)), (random(1, 2, 2, 2), PLACES)),
    Case("max_unpool_narrower", MaxUnpool((1, 2, 4, 4), (1, 2, 3, 4)),
         (random(1, 2, 2, 2), PLACES)),
    Case("max_unpool_outside", MaxUnpool((1, 2, 4, 4), (1, 2, 4, 4)),
         (random(1, 2, 2, 2), PLACES * 3 - 16)),
    Case("max_unpool_f16", MaxUnpool((1, 2, 4, 4), (1, 2, 4, 4)),
         (random(1, 2, 2, 2, dtype="float16"), PLACES)),
)

"""NonZero with a bound: fewer places than rows, as many, more, and none."""

from tests.cases.case import Case, random
from tinsmith.ops.nonzero import NonZero

X = random(5, 7, 3) > 0.2

CASES = (
    Case("nonzero_all", NonZero(X.size), (X,)),
    Case("nonzero_dropped", NonZero(4), (X,)),
    Case("nonzero_row", NonZero(9), (random(40) > 0.5,)),
    Case("nonzero_none", NonZero(3), (X & False,)),
    Case("nonzero_no_rows", NonZero(0), (X,)),
    Case("nonzero_count", NonZero(6), (X,), outputs=(1,)),
    Case("nonzero_places", NonZero(60), (X,), outputs=(0,)),
    Case("nonzero_empty", NonZero(2), (X[:0],)),
)

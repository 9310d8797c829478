"""Gather, GatherElements, GatherND, scatters, OneHot, ReverseSequence."""

import ml_dtypes
import numpy as np

from tests.cases.case import Case, random
from tests.cases.move import typed
from tinsmith.ops.gather import Gather, GatherElements, GatherND
from tinsmith.ops.onehot import OneHot
from tinsmith.ops.reverse import ReverseSequence
from tinsmith.ops.scatter import ScatterElements, ScatterND, TensorScatter

X = random(4, 5, 6)
FAR = np.iinfo(np.int64).min


def ints(*values, dtype="int64"):
    return np.array(values, dtype)


def places(*shape, extent, dtype="int64", seed=0):
    """Indices of which a few are out of range."""
    return random(*shape, dtype=dtype, low=-extent - 2, high=extent + 2, seed=seed)


def scatter_cases():
    data = random(5, 4, 3)
    for reduction in ("none", "add", "mul", "max", "min"):
        for dtype in ("float32", "float16", "bfloat16", "int8", "uint64", "bool"):
            kind = np.dtype(ml_dtypes.bfloat16) if dtype == "bfloat16" else np.dtype(dtype)
            x, updates = (np.floor(a * 50).astype(kind) for a in (data, random(5, 2, 3, seed=1)))
            if dtype == "uint64":
                x, updates = typed(dtype, 5, 4, 3), typed(dtype, 5, 2, 3)
            yield Case(f"scatter_elements_{reduction}_{dtype}", ScatterElements(1, reduction),
                       (x, places(5, 2, 3, extent=4), updates))
        yield Case(f"scatter_nd_{reduction}", ScatterND(reduction),
                   (data, places(6, 2, extent=5, dtype="int32"), random(6, 3)))


CASES = (
    Case("gather_first", Gather(0), (X, ints(3, -1, 0, 3))),
    Case("gather_last", Gather(2), (X, places(2, 3, extent=6, dtype="int32"))),
    Case("gather_scalar", Gather(1), (X, ints(2).reshape(()))),
    Case("gather_constant", Gather(1), (X, ints(2, 4)), weights=(1,)),
    Case("gather_far", Gather(1), (X, ints(FAR, -6, 5, -FAR - 1))),
    Case("gather_empty", Gather(0), (random(0, 3), ints(0, 1))),
    Case("gather_none", Gather(0), (X, np.zeros((0, 2), np.int64))),
    Case("gather_bool", Gather(0), (typed("bool", 7), places(9, extent=7))),
    Case("gather_elements_middle", GatherElements(1), (X, places(4, 7, 5, extent=5))),
    Case("gather_elements_first", GatherElements(0), (X, places(2, 5, 6, extent=4))),
    Case("gather_elements_last", GatherElements(2), (X, places(4, 5, 9, extent=6, dtype="int32"))),
    Case("gather_elements_none", GatherElements(0), (X, np.zeros((0, 5, 6), np.int64))),
    Case("gather_nd_slices", GatherND(), (X, places(3, 2, 2, extent=5))),
    Case("gather_nd_all", GatherND(), (X, places(7, 3, extent=5, dtype="int32"))),
    Case("gather_nd_batch", GatherND(1), (X, places(4, 3, 1, extent=5))),
    Case("gather_nd_batch_2", GatherND(2), (X, places(4, 5, 1, extent=6))),
    Case("gather_nd_empty", GatherND(), (random(0, 3), ints([0], [1]))),
    *scatter_cases(),
    Case("scatter_elements_last", ScatterElements(2),
         (X, places(4, 5, 3, extent=6, dtype="int32"), random(4, 5, 3))),
    Case("scatter_elements_none", ScatterElements(0),
         (X, np.zeros((0, 5, 6), np.int64), random(0, 5, 6))),
    Case("scatter_nd_whole", ScatterND("add"), (X, np.zeros((3, 0), np.int64), random(3, 4, 5, 6))),
    Case("scatter_nd_elements", ScatterND(), (X, places(9, 3, extent=6), random(9))),
    Case("tensor_scatter_linear", TensorScatter(2),
         (random(3, 2, 6, 4), random(3, 2, 2, 4, seed=1), ints(0, 5, -1))),
    Case("tensor_scatter_circular", TensorScatter(1, True),
         (random(3, 5, 2), random(3, 4, 2, seed=1), ints(3, -2, -FAR - 1))),
    Case("tensor_scatter_far", TensorScatter(1),
         (random(2, 5, 2), random(2, 4, 2, seed=1), ints(FAR, -FAR - 1))),
    Case("tensor_scatter_start", TensorScatter(1), (random(3, 5, 2), random(3, 4, 2, seed=1))),
    Case("one_hot_last", OneHot(5, 2), (places(3, 4, extent=5), random(2))),
    Case("one_hot_first", OneHot(5, 0), (places(3, 4, extent=5, dtype="int32"), ints(7, 9))),
    Case("one_hot_float", OneHot(3, 1),
         (np.array([0, -1, 2.9, -3.5, 3, -4, np.nan, np.inf, 1e30], np.float32), random(2))),
    Case("one_hot_u64", OneHot(3, 1), (np.array([0, 2, 2**64 - 1], np.uint64), random(2))),
    Case("one_hot_u8", OneHot(2, 1), (typed("uint8", 3), typed("bool", 2))),
    Case("one_hot_none", OneHot(0, 1), (ints(0, 1), random(2))),
    Case("reverse_sequence_batch_first", ReverseSequence(0, 1), (X, ints(0, 5, 3, 9))),
    Case("reverse_sequence_time_first", ReverseSequence(1, 0),
         (X, ints(0, -7, 3, 4, 1, dtype="int32"))),
)

"""Data movement: Reshape, Slice, Concat, Expand, Tile, Pad, Trilu, and Identity."""

import ml_dtypes
import numpy as np

from tests.cases.case import Case, random
from tinsmith.ops.concat import Concat
from tinsmith.ops.expand import Expand, Tile
from tinsmith.ops.identity import Identity
from tinsmith.ops.pad import Pad
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.slice import Slice
from tinsmith.ops.trilu import Trilu

IMAGE = random(2, 3, 5, 7)
BF16 = random(3, 5).astype(ml_dtypes.bfloat16)
SEVEN = np.array(7, np.float32)


def typed(dtype: str, *shape: int) -> np.ndarray:
    low, high = (0, 2) if dtype == "bool" else (0, 100)
    return np.floor(random(*shape, low=low, high=high)).astype(dtype)


CASES = (
    Case("reshape", Reshape((6, 35)), (IMAGE,)),
    Case("reshape_scalar", Reshape(()), (random(1, 1),)),
    Case("reshape_empty", Reshape((0, 4)), (random(2, 0),)),
    Case("reshape_flat_channels", Reshape((1, 32)), (random(1, 32, 1, 1),)),
    Case("identity_i64", Identity(), (typed("int64", 3, 4),)),
    Case("identity_constant", Identity(), (random(3),), weights=(0,)),
    Case("slice_inner", Slice((0, 1, 1, 2), (2, 2, 3, 4), (1, 1, 1, 1)), (IMAGE,)),
    Case("slice_steps", Slice((1, 0, 4, 6), (2, 2, 3, 3), (-1, 2, -2, -3)), (IMAGE,)),
    Case("slice_first", Slice((1, 0, 0, 0), (1, 3, 5, 7), (1, 1, 1, 1)), (IMAGE,)),
    Case("slice_rows_of_one", Slice((1, 2, 1, 0), (1, 1, 3, 7), (1, 1, 1, 1)), (IMAGE,)),
    Case("slice_empty", Slice((0, 0), (0, 4), (1, 1)), (random(3, 4),)),
    Case("slice_channels", Slice((0, 16, 0, 0), (1, 16, 4, 4), (1, 1, 1, 1)),
         (random(1, 48, 4, 4),)),
    Case("slice_u8", Slice((5,), (5,), (-1,)), (typed("uint8", 9),)),
    Case("concat_rows", Concat(0), (random(2, 3), random(1, 3, seed=1), random(4, 3, seed=2))),
    Case("concat_columns", Concat(1), (random(3, 2), random(3, 0), random(3, 5, seed=2))),
    Case("concat_twice_the_same", Concat(2), (IMAGE, IMAGE, IMAGE)),
    Case("concat_constant", Concat(1), (random(1, 4, 3), random(1, 2, 3, seed=1)), weights=(1,)),
    Case("concat_constant_inner", Concat(2), (random(2, 4, 3), random(2, 4, 1)), weights=(0,)),
    Case("concat_many", Concat(1), tuple(random(2, i, seed=i) for i in range(1, 40))),
    Case("concat_f16", Concat(1), (typed("float16", 3, 2), typed("float16", 3, 3))),
    Case("concat_bool", Concat(1), (typed("bool", 3, 2), typed("bool", 3, 3))),
    Case("expand", Expand((4, 2, 3, 5)), (random(2, 1, 5),)),
    Case("expand_inner", Expand((3, 6)), (random(3, 1),)),
    Case("expand_scalar_i64", Expand((2, 3)), (typed("int64"),)),
    Case("expand_empty", Expand((0, 3)), (random(1, 3),)),
    Case("tile", Tile((2, 1, 3)), (random(2, 3, 4),)),
    Case("tile_u8", Tile((3, 2)), (typed("uint8", 2, 5),)),
    Case("tile_none", Tile((0, 2)), (random(2, 5),)),
    Case("tile_big", Tile((2, 2, 2, 2)), (random(8, 9, 10, 11),)),
    Case("pad_zero", Pad((0, 0, 1, 2), (0, 0, 3, 1)), (IMAGE,)),
    Case("pad_value", Pad((1, 0, 0, 2), (0, 2, 3, 0)), (IMAGE, SEVEN)),
    Case("pad_constant_value", Pad((1, 0, 0, 2), (0, 2, 3, 0)), (IMAGE, SEVEN), weights=(1,)),
    Case("pad_channels_last", Pad((0, 1, 1, 0), (0, 1, 1, 0)), (IMAGE,)),
    Case("pad_reflect", Pad((0, 1, 4, 2), (1, 0, 3, 3), "reflect"), (IMAGE,)),
    Case("pad_reflect_far", Pad((7,), (9,), "reflect"), (random(3),)),
    Case("pad_reflect_one", Pad((2, 0), (1, 3), "reflect"), (random(1, 4),)),
    Case("pad_edge", Pad((2, 0, 4, 2), (1, 3, 3, 8), "edge"), (IMAGE,)),
    Case("pad_wrap", Pad((2, 0, 4, 2), (1, 3, 7, 15), "wrap"), (IMAGE,)),
    Case("pad_i8", Pad((1, 2), (0, 3), "edge"), (typed("int8", 4, 3),)),
    Case("pad_bf16", Pad((1, 2), (0, 3)), (BF16,)),
    Case("pad_empty", Pad((1, 2), (0, 3)), (random(0, 3),)),
    Case("pad_scalar", Pad((), ()), (random(),)),
    Case("trilu_upper", Trilu(1, True), (random(2, 5, 4),)),
    Case("trilu_lower", Trilu(-1, False), (random(2, 3, 6),)),
    Case("trilu_far", Trilu(-99, False), (random(3, 6),)),
    Case("trilu_bool", Trilu(0, True), (typed("bool", 4, 4),)),
    Case("trilu_empty", Trilu(0, True), (random(2, 0, 3),)),
)

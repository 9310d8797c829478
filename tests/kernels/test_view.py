"""Which nodes are views, in which form, and where they lie."""

import pytest

from tinsmith.dtypes import DType
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.kernels.kernel import Form, Forms, Gather, Site, View
from tinsmith.kernels.shape.view import KERNEL
from tinsmith.ops.concat import Concat
from tinsmith.ops.identity import Identity
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.slice import Slice
from tinsmith.request import Request
from tinsmith.targets import find

TARGET = find("cortex-a53")
PLAIN, BLOCK = Form(), Form(block=TARGET.lanes)


def site(op: Op, *shapes: tuple[int, ...], dtype: str = "float32") -> Site:
    kinds = tuple(TensorType(shape, DType(dtype))
                  for shape in shapes)
    names = tuple(f"x{i}" for i in range(len(kinds)))
    outputs = op.infer(*kinds)
    return Site(Node("node", op, names, ("y",)), kinds, outputs, (None,) * len(kinds),
                Request(TARGET))


def kinds_of_views(op: Op, *shapes: tuple[int, ...], dtype: str = "float32") -> list[Form]:
    return [found.outputs[0] for found in KERNEL.forms(site(op, *shapes, dtype=dtype))]


def lowered(op: Op, form: Form, *shapes: tuple[int, ...]) -> object:
    return KERNEL.lower(site(op, *shapes), Forms((form,) * len(shapes), (form,)))


def channels(start: int, count: int, shape: tuple[int, ...]) -> Slice:
    return Slice((0, start, *(0 for _ in shape[2:])), (shape[0], count, *shape[2:]),
                 (1,) * len(shape))


@pytest.mark.parametrize(("op", "shapes", "expected"), [
    (Reshape((1, 33)), [(1, 33, 1, 1)], [PLAIN, BLOCK]),
    (Reshape((2, 5, 12)), [(2, 5, 3, 4)], [PLAIN, BLOCK]),
    (Reshape((1, 60)), [(1, 5, 3, 4)], [PLAIN]),
    (Identity(), [(2, 5, 3, 4)], [PLAIN, BLOCK]),
    (Identity(), [(5,)], [PLAIN]),
    (channels(8, 8, (1, 16, 2, 2)), [(1, 16, 2, 2)], [PLAIN, BLOCK]),
    (channels(8, 3, (1, 16, 2, 2)), [(1, 16, 2, 2)], [PLAIN, BLOCK]),
    (channels(3, 8, (1, 16, 2, 2)), [(1, 16, 2, 2)], [PLAIN]),
    (channels(8, 8, (2, 16, 2, 2)), [(2, 16, 2, 2)], []),
    (Slice((1, 0, 0), (1, 6, 5), (1, 1, 1)), [(3, 6, 5)], [PLAIN, BLOCK]),
    (Slice((0, 2, 1), (1, 1, 3), (1, 1, 1)), [(3, 6, 5)], [PLAIN]),
    (Slice((0, 2, 1), (1, 1, 2), (1, 1, 2)), [(3, 6, 5)], []),
    (Concat(1), [(1, 8, 2, 2), (1, 5, 2, 2)], [PLAIN, BLOCK]),
    (Concat(1), [(1, 5, 2, 2), (1, 8, 2, 2)], [PLAIN]),
    (Concat(1), [(2, 8, 2, 2), (2, 8, 2, 2)], []),
    (Concat(0), [(2, 8, 2), (1, 8, 2)], [PLAIN, BLOCK]),
])
def test_forms(op: Op, shapes: list[tuple[int, ...]], expected: list[Form]) -> None:
    assert kinds_of_views(op, *shapes) == expected


def test_only_words_of_32_bits_are_blocked() -> None:
    assert kinds_of_views(Identity(), (2, 5, 3), dtype="float64") == [Form(DType.F64)]


def test_slice_offsets() -> None:
    shape = (1, 16, 2, 3)
    assert lowered(channels(8, 8, shape), PLAIN, shape) == (View(0, 0, 8 * 6 * 4),)
    assert lowered(channels(8, 8, shape), BLOCK, shape) == (View(0, 0, 8 * 6 * 4),)
    assert lowered(Slice((1, 2), (1, 3), (1, 1)), PLAIN, (4, 6)) == (View(0, 0, 8 * 4),)
    assert lowered(Slice((0, 0), (0, 3), (1, 1)), PLAIN, (4, 6)) == (View(0, 0, 0),)


def test_concat_offsets() -> None:
    shapes = ((1, 8, 2, 2), (1, 12, 2, 2), (1, 3, 2, 2))
    assert lowered(Concat(1), PLAIN, *shapes) == Gather(((0, 0), (1, 128), (2, 320)))
    assert lowered(Concat(1), BLOCK, *shapes) == Gather(((0, 0), (1, 128), (2, 320)))

"""Conversions between all pairs of forms, in C and as numpy says."""

import itertools

import numpy as np
import pytest

from tinsmith.dtypes import DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import TensorType
from tinsmith.kernels.convert.relayout import KERNEL, Relayout, relayout_site
from tinsmith.kernels.kernel import Form, Quantization, View
from tinsmith.ops.cast import convert
from tinsmith.request import Request
from tinsmith.runtime.session import load
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find

BLOCKS = (0, 4, 8, 16)
REQUEST = Request(find("native"), threads=2)


def converted(x, kind, pairs):
    """Each stored value of a network of conversions from ``x``, by its name."""
    names = [f"y{i}" for i in range(len(pairs))]
    graph = Graph("forms", tuple(
        Node(name, Relayout(*pair), ("x",), (name,), (name,))
        for name, pair in zip(names, pairs, strict=True)),
        ("x",), tuple(names), {"x": kind, **dict.fromkeys(names, kind)}, {})
    session = load(schedule(graph, REQUEST))
    traced = session.trace({"x": x})
    outputs = session.run({"x": x})
    session.close()
    return names, traced, outputs


@pytest.mark.cc
@pytest.mark.parametrize(("shape", "dtype"), [
    ((2, 21, 3, 5), DType.F32), ((1, 48, 17), DType.F32), ((2, 21, 3, 5), DType.F16),
    ((2, 21, 3, 5), DType.F64), ((1, 5, 2, 3, 4), DType.I8)])
def test_blocks_of_every_size(shape, dtype):
    x = (np.arange(np.prod(shape)) % 251 - 100).reshape(shape).astype(dtype.numpy)
    pairs = [(Form(dtype, a), Form(dtype, b)) for a, b in itertools.product(BLOCKS, BLOCKS)]
    _, traced, outputs = converted(x, TensorType(shape, dtype), pairs)
    arrays = [array for step in traced for array in step.values()]
    for array in (*arrays, *outputs.values()):
        assert array.dtype == x.dtype
        assert np.array_equal(array, x)


@pytest.mark.cc
def test_element_types_of_every_pair():
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((2, 21, 3, 5)) * 100).astype(np.float32)
    x.flat[:4] = (0.0, -0.0, np.inf, 1e-7)
    halves = (DType.F32, DType.F16, DType.BF16)
    pairs = [(Form(a, i), Form(b, j)) for (a, b) in itertools.product(halves, halves)
             for i, j in ((0, 0), (0, 16), (16, 0), (16, 16), (16, 4))]
    names, _, outputs = converted(x, TensorType(x.shape, DType.F32), pairs)
    for name, (source, target) in zip(names, pairs, strict=True):
        want = convert(convert(convert(convert(x, source.dtype), DType.F32), target.dtype),
                       DType.F32)
        assert np.array_equal(outputs[name], want), (source, target)


KIND = TensorType((1, 32, 4, 4), DType.F32)


def offered(source, target, kind=KIND):
    return KERNEL.forms(relayout_site("x", kind, source, target, REQUEST))


@pytest.mark.parametrize(("source", "target", "kind"), [
    (Form(), Form(inner=2), KIND),
    (Form(order="hwc"), Form(), KIND),
    (Form(), Form(device="gpu"), KIND),
    (Form(DType.I8, quantization=Quantization((0.1,), (0,))), Form(), KIND),
    (Form(DType.I8), Form(), KIND),
    (Form(DType.F32), Form(DType.F64), KIND),
    (Form(), Form(block=16), TensorType((7,), DType.F32)),
])
def test_what_has_no_code_is_impossible(source, target, kind):
    assert offered(source, target, kind) == ()


@pytest.mark.parametrize(("shape", "source", "target", "free"), [
    ((1, 32), 0, 16, True),
    ((1, 32, 1, 1), 16, 4, True),
    ((2, 24, 1), 0, 8, True),
    ((1, 20), 0, 16, False),
    ((1, 20), 16, 4, False),
    ((1, 32, 2, 1), 0, 16, False),
])
def test_what_is_stored_alike_is_no_work(shape, source, target, free):
    site = relayout_site("x", TensorType(shape, DType.F32), Form(block=source),
                         Form(block=target), REQUEST)
    (forms,) = KERNEL.forms(site)
    assert (KERNEL.lower(site, forms) == (View(0, 0),)) == free
    assert (KERNEL.cost(site, forms) == 0.0) == free

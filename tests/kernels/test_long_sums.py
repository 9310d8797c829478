"""Sums over whole images lose no digits: against float64, within a few units of the last place."""

from __future__ import annotations

import numpy as np
import pytest

from tests.passes.graphs import Sketch
from tinsmith import pipeline
from tinsmith.interpret import interpret
from tinsmith.ir.op import Op
from tinsmith.ops.global_pool import GlobalAveragePool
from tinsmith.ops.lp_normalization import LpNormalization
from tinsmith.ops.normalization import InstanceNormalization, LayerNormalization, RMSNormalization
from tinsmith.ops.reduce import ReduceL2, ReduceMean, ReduceSum
from tinsmith.ops.softmax import Softmax
from tinsmith.tolerance import distance
from tinsmith.widen import widened

SIDE = 640
PIXELS = SIDE * SIDE

CASES: tuple[tuple[Op, tuple[int, ...], int], ...] = (
    (InstanceNormalization(), (1, 1, SIDE, SIDE), 2),
    (LayerNormalization(1), (1, PIXELS), 2),
    (RMSNormalization(1), (1, PIXELS), 1),
    (LpNormalization(1, 2), (1, PIXELS), 0),
    (LpNormalization(0, 2), (PIXELS, 2), 0),
    (Softmax(1), (1, PIXELS), 0),
    (Softmax(0), (PIXELS, 2), 0),
    (GlobalAveragePool(), (1, 3, SIDE, SIDE), 0),
    (GlobalAveragePool(), (1, 3, PIXELS), 0),
    (ReduceMean((1, 2)), (1, SIDE, SIDE, 3), 0),
    (ReduceMean((0, 2)), (PIXELS // 4, 3, 4), 0),
    (ReduceSum((0, 2)), (PIXELS // 4, 4, 4), 0),
    (ReduceL2((2, 3)), (1, 1, SIDE, SIDE), 0),
)


@pytest.mark.cc
@pytest.mark.parametrize(("op", "shape", "parameters"), CASES, ids=str)
def test_long_sums_keep_their_digits(op: Op, shape: tuple[int, ...], parameters: int) -> None:
    g = Sketch()
    x = g.input(*shape)
    kept = shape[1:] if isinstance(op, LayerNormalization | RMSNormalization) else shape[1:2]
    values = [np.ones(kept, np.float32), np.zeros(kept, np.float32)][:parameters]
    graph = g.graph(g.node(op, x, *(g.constant(v) for v in values)))
    feeds = {x: (3 + np.random.default_rng(0).standard_normal(shape)).astype(np.float32)}
    (exact,) = interpret(widened(graph), feeds).values()
    session = pipeline.compile(graph, threads=1)
    (got,) = session.run(feeds).values()
    session.close()
    assert distance(got, exact.astype(np.float32)).largest < 1e-6

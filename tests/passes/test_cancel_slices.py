"""cancel_slices."""

import numpy as np

from tests.passes.graphs import Sketch, check, ops
from tinsmith.ops.activations import Relu
from tinsmith.ops.concat import Concat
from tinsmith.ops.slice import Slice
from tinsmith.passes.cancel_slices import cancel_slices
from tinsmith.passes.eliminate_dead_code import eliminate_dead_code


def part(s: Sketch, x: str, first: int, count: int, step: int = 1, axis: int = 1) -> str:
    """A Slice along one axis."""
    shape = s.types[x].shape
    def at(value: int, others: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(value if i == axis else o for i, o in enumerate(others))
    ones = (1,) * len(shape)
    return s.node(Slice(at(first, (0,) * len(shape)), at(count, shape), at(step, ones)), x)


def test_slice_of_slice() -> None:
    s = Sketch()
    y = part(s, part(s, s.input(2, 20, 5), 19, 6, -3), 1, 2, 2)
    y = part(s, y, 1, 3, 1, axis=2)
    after = eliminate_dead_code(check(cancel_slices, s.graph(y)))
    assert ops(after) == ["Slice"]


def test_slice_inside_a_part() -> None:
    s = Sketch()
    joined = s.node(Concat(1), s.input(2, 3), s.input(2, 5), s.weight(2, 4))
    graph = s.graph(part(s, joined, 7, 2, -2), part(s, joined, 3, 5))
    after = eliminate_dead_code(check(cancel_slices, graph))
    assert ops(after) == ["Slice", "Slice"]


def test_slice_across_parts_or_of_a_constant_stays() -> None:
    s = Sketch()
    joined = s.node(Concat(1), s.input(2, 3), s.input(2, 5), s.weight(2, 4))
    graph = s.graph(part(s, joined, 2, 2), part(s, joined, 8, 2), part(s, s.input(3, 4), 1, 2))
    assert cancel_slices(graph) is graph


def test_halves_are_joined_again() -> None:
    s = Sketch()
    x = s.node(Relu(), s.input(1, 8, 3))
    a, b = part(s, x, 0, 4), part(s, x, 4, 4)
    y = s.node(Concat(1), s.input(1, 2, 3), a, b, s.node(Relu(), b))
    after = eliminate_dead_code(check(cancel_slices, s.graph(y)))
    assert ops(after) == ["Relu", "Slice", "Relu", "Slice", "Concat"]


def test_other_neighbours_stay() -> None:
    s = Sketch()
    x, z = s.input(1, 8, 4), s.input(1, 8, 4)
    graph = s.graph(
        s.node(Concat(1), part(s, x, 4, 4), part(s, x, 0, 4)),
        s.node(Concat(1), part(s, x, 0, 4), part(s, z, 4, 4)),
        s.node(Concat(2), part(s, x, 0, 4), part(s, x, 4, 4)),
        s.node(Concat(1), part(s, x, 0, 2, 2), part(s, x, 4, 2, 2)),
        s.node(Concat(1), x, z))
    assert cancel_slices(graph) is graph


def test_concat_of_concat() -> None:
    s = Sketch()
    x, y, z = s.input(1, 2), s.input(1, 2), s.input(1, 2)
    inner = s.node(Concat(1), y, z)
    assert ops(check(cancel_slices, s.graph(s.node(Concat(1), x, inner, x)))) == ["Concat"]
    shared = s.graph(inner, s.node(Concat(1), x, inner))
    assert cancel_slices(shared) is shared
    s = Sketch()
    inner = s.node(Concat(1), s.input(1, 2), s.input(1, 2))
    graph = s.graph(s.node(Concat(0), inner, s.input(1, 4)))
    assert cancel_slices(graph) is graph
    s = Sketch()
    inner = s.node(Concat(1), s.input(1, 2), s.input(1, 2))
    graph = s.graph(s.node(Concat(1), inner, inner))
    assert cancel_slices(graph) is graph


def test_random() -> None:
    for seed in range(60):
        s = Sketch(seed)
        values = [s.input(2, 5), s.input(2, 6)]
        for _ in range(8):
            x = values[s.random.integers(max(0, len(values) - 4), len(values))]
            extent = s.types[x].shape[1]
            if s.random.random() < 0.6:
                cut = np.sort(s.random.integers(0, extent + 1, 2))
                values.append(part(s, x, int(min(cut[0], extent - 1)),
                                   max(1, int(cut[1] - cut[0]))))
            else:
                picked = s.random.integers(max(0, len(values) - 4), len(values), 2)
                values.append(s.node(Concat(1), x, *(values[i] for i in picked)))
        before = s.graph(*(v for v in values[-3:] if v not in s.inputs))
        check(cancel_slices, before, tolerance=0)

"""minimum_cut."""

import itertools
import math

import numpy as np

from tinsmith.passes.minimum_cut import SINK, SOURCE, FlowNetwork


def test_against_all_cuts_of_small_graphs() -> None:
    for seed in range(40):
        random = np.random.default_rng(seed)
        places = [SOURCE, "a", "b", "c", "d", SINK]
        edges = [(p, q, float(random.integers(0, 9)))
                 for p, q in itertools.permutations(places, 2) if random.random() < 0.5]
        network = FlowNetwork()
        for p, q, capacity in edges:
            network.connect(p, q, capacity)
        least, side = network.cut()
        sides = [{SOURCE, *some} for n in range(5) for some in itertools.combinations("abcd", n)]
        costs = [sum(c for p, q, c in edges if p in s and q not in s) for s in sides]
        assert least == min(costs)
        assert costs[sides.index(side)] == least
        assert len(side) == min(len(s) for s, cost in zip(sides, costs, strict=True)
                                if cost == least)


def test_infinite_edges_hold() -> None:
    network = FlowNetwork()
    network.connect(SOURCE, "a", 3.0)
    network.connect("a", "b", math.inf)
    network.connect("b", SINK, 5.0)
    network.connect("a", "a", 1.0)
    assert network.cut() == (3.0, {SOURCE})

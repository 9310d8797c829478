"""The cheapest path: nothing that could be chosen would have been cheaper."""

import itertools
import math
import random

import pytest

from tests.passes.graphs import Sketch
from tinsmith.kernels.kernel import Call, Form, Kernel
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Add
from tinsmith.request import Request
from tinsmith.schedule import paths
from tinsmith.schedule.choose import sites_of
from tinsmith.schedule.conversions import conversion_seconds
from tinsmith.schedule.paths import cheapest
from tinsmith.schedule.work import UNTIMED
from tinsmith.targets import find

REQUEST = Request(find("x86-64-v4"))
FORMS = (0, 16)  # block sizes


class Chance(Kernel):
    """Serves every node in all forms; what it costs, chance has decided."""

    def __init__(self, seed):
        self.seed = seed

    def forms(self, site):
        count = len(site.inputs)
        return [site.in_blocks(blocks[:count], blocks[count:])
                for blocks in itertools.product(FORMS, repeat=count + 1)]

    def cycles(self, site, forms):
        blocks = [form.block for form in (*forms.inputs, *forms.outputs)]
        return random.Random(f"{self.seed} {site.node.name} {blocks}").randrange(20_000)

    def lower(self, site, forms):
        return Call("none", ())


def chain(s):
    x = s.input(1, 32, 10, 10)
    for _ in range(5):
        x = s.node(Relu(), x)
    return s.graph(x)


def tree(s):
    x, y, z = (s.input(1, 32, 10, 10) for _ in range(3))
    return s.graph(s.node(Add(), s.node(Relu(), s.node(Add(), x, y)), s.node(Relu(), z)))


def residual(s):
    x = s.node(Relu(), s.input(1, 32, 10, 10))
    y = s.node(Relu(), s.node(Relu(), x))
    return s.graph(s.node(Relu(), s.node(Add(), x, y)), x)


def price(graph, choices):
    """What choices take, each value converted when it is first read in another form."""
    have = {value: [Form()] for value in graph.inputs}
    seconds = 0.0
    for choice in choices:
        wanted = zip(choice.site.node.inputs, choice.forms.inputs, strict=True)
        for value, form in wanted:
            seconds += convert(graph, have, value, form)
        seconds += choice.seconds
        have[choice.site.node.outputs[0]] = [choice.forms.outputs[0]]
    return seconds + sum(convert(graph, have, value, Form()) for value in graph.outputs)


def convert(graph, have, value, form):
    if form in have[value]:
        return 0.0
    found = min(conversion_seconds(graph.types[value], each, form, REQUEST) for each in have[value])
    have[value].append(form)
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("shape", [chain, tree, residual])
def test_no_other_choice_is_cheaper(shape, seed, monkeypatch):
    kernel = Chance(seed)
    monkeypatch.setattr(paths, "kernels", lambda: (kernel,))
    graph = shape(Sketch())
    sites = sites_of(graph, REQUEST)
    found = cheapest(graph, sites, REQUEST, UNTIMED)
    offers = [[paths.Choice(site, kernel, forms, kernel.cost(site, forms))
               for forms in kernel.forms(site)] for site in sites]
    least = min(price(graph, choices) for choices in itertools.product(*offers))
    assert math.isclose(price(graph, found), least, rel_tol=1e-9)


def test_many_values_that_are_alive_keep_few_states(monkeypatch):
    """All of twelve values are read at the end: 3 ** 12 states, were none dropped."""
    monkeypatch.setattr(paths, "kernels", lambda: (Chance(0),))
    seen = []
    pruned = paths._pruned

    def counted(states, alive, values):
        kept = pruned(states, alive, values)
        seen.append(len(kept))
        return kept

    monkeypatch.setattr(paths, "_pruned", counted)
    s = Sketch()
    x = s.input(1, 32, 10, 10)
    values = [x := s.node(Relu(), x) for _ in range(12)]
    total = values[0]
    for value in values[1:]:
        total = s.node(Add(), total, value)
    graph = s.graph(total)
    assert len(cheapest(graph, sites_of(graph, REQUEST), REQUEST, UNTIMED)) == len(graph.nodes)
    assert max(seen) <= paths.BEAM

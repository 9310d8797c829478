"""fold_identity."""

from tests.passes.graphs import Sketch, check, ops, skips
from tinsmith.ops.activations import Relu
from tinsmith.ops.identity import Identity
from tinsmith.passes.fold_identity import fold_identity


def test_drops_it_in_the_middle_and_at_the_end() -> None:
    s = Sketch()
    x = s.node(Identity(), s.input(2, 3))
    y = s.node(Identity(), s.node(Identity(), s.node(Relu(), x)))
    after = check(fold_identity, s.graph(y))
    assert ops(after) == ["Relu"]
    assert after.outputs == (y,)


def test_keeps_the_name_of_an_output() -> None:
    s = Sketch()
    x = s.input(2, 3)
    assert skips(fold_identity, s.graph(s.node(Identity(), x))) == [
        "it names a graph output that is an input or a constant"]


def test_keeps_the_second_name_of_an_output() -> None:
    s = Sketch()
    y = s.node(Relu(), s.input(2, 3))
    assert skips(fold_identity, s.graph(y, s.node(Identity(), y))) == [
        "it names a graph output that is another output too"]

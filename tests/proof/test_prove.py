"""prove: right changes pass, wrong ones are named; each wrong one was a defect once, or is near."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.passes.graphs import Sketch, batchnorm, conv
from tinsmith.dtypes import DType
from tinsmith.errors import InternalError
from tinsmith.ir.graph import Graph
from tinsmith.ir.op import Op
from tinsmith.ir.verify import verify
from tinsmith.ops.activations import Clip, HardSigmoid, HardSwish, LeakyRelu, Relu, Sigmoid, Swish
from tinsmith.ops.arithmetic import Add, Div, Mul, Sub
from tinsmith.ops.cast import Cast
from tinsmith.ops.identity import Identity
from tinsmith.ops.reduce import ReduceMean
from tinsmith.ops.rounding import Floor
from tinsmith.ops.softmax import Softmax
from tinsmith.passes.eliminate_common_subexpressions import eliminate_common_subexpressions
from tinsmith.passes.fold_batchnorm import fold_batchnorm
from tinsmith.passes.fold_identity import fold_identity
from tinsmith.passes.halve_weights import halve_weights
from tinsmith.passes.recognise_silu import recognise_silu
from tinsmith.proof.prove import prove

Build = Callable[[Sketch, str], str]


def graph(build: Build, *shape: int, dtype: DType = DType.F32) -> Graph:
    """A network of one input and one output, whose node or nodes ``build`` adds."""
    s = Sketch()
    result = build(s, s.input(*shape, dtype=dtype))
    made = s.graph(result)
    return verify(made.replace(
        outputs=("y",), types={("y" if v == result else v): k for v, k in made.types.items()},
        nodes=tuple(n.replace(outputs=tuple("y" if v == result else v for v in n.outputs),
                              inputs=tuple("y" if v == result else v for v in n.inputs))
                    for n in made.nodes)))


def chain(*ops: Op) -> Build:
    """Operators of one operand, one after the other."""
    def build(s: Sketch, x: str) -> str:
        for op in ops:
            x = s.node(op, x)
        return x
    return build


def by(op: Op, *numbers: float, last: Op | None = None) -> Build:
    """``op`` with one constant after the other."""
    def build(s: Sketch, x: str) -> str:
        for number in numbers:
            x = s.node(op, x, s.constant(number, s.types[x].dtype.value))
        return s.node(last, x) if last is not None else x
    return build


def product(gate: Op) -> Build:
    """x times a function of x."""
    return lambda s, x: s.node(Mul(), x, s.node(gate, x))


RIGHT: dict[str, tuple[Build, Build]] = {
    "silu": (product(Sigmoid()), chain(Swish())),
    "hard_swish": (product(HardSigmoid(1 / 6, 0.5)), chain(HardSwish())),
    "inverse": (by(Div(), 41.0), by(Mul(), 1 / 41)),
    "inverse_of_a_power_of_two_before_floor": (
        by(Div(), 8.0, last=Floor()), by(Mul(), 0.125, last=Floor())),
    "joined_factors": (by(Mul(), 3.0, 1 / 7), by(Mul(), 3 / 7)),
    "relu_of_what_is_never_negative": (chain(Softmax(1), Relu()), chain(Softmax(1))),
    "halves_widened_between": (
        chain(Cast(DType.BF16), Sigmoid(), Relu(), Cast(DType.F32)),
        chain(Cast(DType.BF16), Cast(DType.F32), Sigmoid(), Cast(DType.BF16), Cast(DType.F32))),
    "sign_of_zero": (by(Add(), 0.0), chain(Identity())),
}

WRONG: dict[str, tuple[Build, Build]] = {
    "another_slope": (product(HardSigmoid(0.2, 0.5)), chain(HardSwish())),
    "scaled": (lambda s, x: by(Mul(), 0.5)(s, product(HardSigmoid(1 / 3, 1.0))(s, x)),
               chain(HardSwish())),
    "bound": (chain(Clip(0, 6)), chain(Clip(0, 5.5))),
    "infinity_lost": (chain(Relu()), chain(Clip(0, 3e38))),
    "nan_lost": (lambda s, x: s.node(Mul(), x, s.constant(0.0)),
                 lambda s, x: s.node(Mul(), s.node(Clip(-1, 1), x), s.constant(0.0))),
    "off_by_one_after_floor": (by(Div(), 41.0, last=Floor()), by(Mul(), 1 / 41, last=Floor())),
    "off_by_one_after_a_cast": (by(Div(), 41.0, last=Cast(DType.I64)),
                                by(Mul(), 1 / 41, last=Cast(DType.I64))),
    "rounding_trick": (lambda s, x: by(Sub(), 12582912.0)(s, by(Add(), 12582912.0)(s, x)),
                       chain(Identity())),
    "factors_that_vanish": (by(Mul(), 1e-30, 1e-30), by(Mul(), 0.0)),
    "factors_that_overflow": (by(Mul(), 1e30, 1e30), by(Mul(), float("inf"))),
    "rounding_cast_lost": (chain(Cast(DType.F16), Cast(DType.F32)), chain(Identity())),
    "axis": (chain(Softmax(1)), chain(Softmax(2))),
}


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("shape", [(2, 3, 3), (1, 1, 1), (2, 40, 2)])
def test_right(name: str, shape: tuple[int, ...]) -> None:
    before, after = (graph(build, *shape) for build in RIGHT[name])
    assert prove(before, after) == ()


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("shape", [(2, 3, 3), (1, 40, 40)])
def test_wrong(name: str, shape: tuple[int, ...]) -> None:
    before, after = (graph(build, *shape) for build in WRONG[name])
    with pytest.raises(InternalError, match=r"prove: value 'y' at \[.*: expected .* to .*, got "
                                            r".* on '[a-z]+' inputs; report this"):
        prove(before, after)


def test_what_is_wrong_is_found_behind_what_is_right() -> None:
    s = Sketch()
    x = conv(s, s.input(1, 3, 9, 9), 4)
    a, b = s.node(Relu(), x), s.node(LeakyRelu(0.1), x)
    before = s.graph(s.node(Add(), a, b))
    nodes = tuple(n.replace(op=LeakyRelu(0.2)) if isinstance(n.op, LeakyRelu) else n
                  for n in before.nodes)
    with pytest.raises(InternalError, match=f"value '{b}'"):
        prove(before, before.replace(nodes=nodes))


def test_a_changed_weight_is_seen() -> None:
    s = Sketch()
    before = s.graph(conv(s, s.input(1, 3, 9, 9), 4))
    (name, *_) = before.weights
    array = before.weights[name].copy()
    array[1, 2, 0, 1] += 0.01
    with pytest.raises(InternalError, match="value 'conv0'"):
        prove(before, before.replace(weights={**before.weights, name: array}))


def test_another_interface_is_refused() -> None:
    s = Sketch()
    x = s.input(3)
    before = s.graph(s.node(Relu(), x), s.node(Sigmoid(), x))
    with pytest.raises(InternalError, match=r"outputs: expected .*relu0.*, got .*sigmoid1.*relu0"):
        prove(before, before.replace(outputs=before.outputs[::-1]))


def test_large_images_are_made_small_and_what_stays_large_is_named() -> None:
    s = Sketch()
    x = conv(s, s.input(1, 64, 224, 224), 64)
    before = s.graph(batchnorm(s, x))
    assert prove(before, fold_batchnorm(before)) == ()
    s = Sketch()
    values = s.input(1 << 22, 1, 33)
    before = s.graph(s.node(Mul(), values, s.node(Sigmoid(), values)))
    assert prove(before, recognise_silu(before)) == ()
    s = Sketch()
    matrix = s.input(1 << 15, 1 << 15)
    before = s.graph(s.node(Mul(), matrix, s.node(Sigmoid(), matrix)))
    assert prove(before, recognise_silu(before)) == ("mul1",)


def test_renamed_readers_cost_nothing() -> None:
    s = Sketch()
    x = s.node(Relu(), s.input(1, 8, 512, 512))
    same = s.node(Identity(), x)
    big = s.node(ReduceMean((2, 3), True), same)
    before = s.graph(big, s.node(ReduceMean((2,), True), s.node(Identity(), x)))
    assert prove(before, fold_identity(before)) == ()
    assert prove(fold_identity(before), eliminate_common_subexpressions(fold_identity(before))
                 ) == ()


def test_fewer_bits_are_right_where_they_are_meant() -> None:
    s = Sketch()
    x = s.input(1, 64, 1, 1)
    before = s.graph(conv(s, x, 32, kernel=1))
    after = halve_weights(before)
    assert after is not before
    assert prove(before, after, lowering=True) == ()
    with pytest.raises(InternalError):
        prove(before, after)
    names = {v: np.asarray(w * np.float16(1.25)) for v, w in after.weights.items()
             if w.dtype == np.float16}
    with pytest.raises(InternalError):
        prove(before, after.replace(weights={**after.weights, **names}), lowering=True)


def test_the_sign_of_a_zero_may_be_that_of_an_infinity_behind_it() -> None:
    def build(zero: float) -> Build:
        return lambda s, x: s.node(Clip(0, 6), s.node(
            Div(), s.constant(2.0), s.node(Mul(), x, s.constant(zero))))
    assert prove(graph(build(-0.0), 2, 3, 3), graph(build(0.0), 2, 3, 3)) == ()

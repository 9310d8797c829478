"""What one import may cost, and what becomes of constants beyond that."""

import numpy as np
import pytest

from tests.importers.onnx.models import imported
from tinsmith.errors import ModelError, UnsupportedError
from tinsmith.importers.limits import FOLD_LIMIT_BYTES, NODE_LIMIT, Budget
from tinsmith.ir.op import TensorType
from tinsmith.ops.arithmetic import Add, Erf


def test_a_small_constant_is_folded() -> None:
    graph = imported("g (float[4] x) => (float[4] y) "
                     "<int64[1] n = {4}> { o = ConstantOfShape(n) y = Add(x, o) }")
    assert [node.op.name for node in graph.nodes] == ["Add"]


def test_a_large_constant_stays_a_node() -> None:
    graph = imported("g (float[1] x) => (float[5000, 5000] y) "
                     "<int64[2] n = {5000, 5000}> { o = ConstantOfShape(n) y = Add(x, o) }")
    assert [node.op.name for node in graph.nodes] == ["Expand", "Add"]
    assert sum(array.nbytes for array in graph.weights.values()) < 100


def test_what_grows_without_end_stops() -> None:
    doubled = "\n".join(f"c{i + 1} = Concat<axis=0>(c{i}, c{i})" for i in range(26))
    graph = imported(f"g (float[1] x) => (float[y] y) <float[4] c0 = {{1, 2, 3, 4}}> "
                     f"{{ {doubled} y = Add(x, c26) }}")
    assert max(array.nbytes for array in graph.weights.values()) <= FOLD_LIMIT_BYTES
    assert graph.types[graph.outputs[0]].shape == (4 << 26,)


def test_slow_operators_cost_more() -> None:
    budget, kind = Budget(), TensorType((1000, 1000))
    assert budget.may_fold(Add(), (kind, kind), (kind,))
    assert not budget.may_fold(Erf(), (kind,), (kind,))


def test_weights_of_the_model_buy_more() -> None:
    kind = TensorType((1000, 1000))
    assert Budget(weights=1 << 25).may_fold(Erf(), (kind,), (kind,))


@pytest.mark.parametrize(("text", "shown"), [
    ("g (float[2] x) => (float[y] y) <int64[1] n = {2000000000}> { y = Tile(x, n) }",
     "value 'y': expected at most 2147483647 elements, got f32[4000000000]"),
    ("g (float[3000000000] x) => (float[y] y) { y = Relu(x) }",
     "value 'x': expected at most 2147483647 elements"),
    ("g (float[1000, 1000, 1000] x) => (float[a, b, c] y) "
     "{ p = Relu(x) q = Neg(p) r = Abs(q) s = Sigmoid(r) y = Tanh(s) }",
     "expected 16 GiB for all values together"),
    ("g (float[1] x) => (float[y] y) <int64[14] a = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}>"
     " { y = Unsqueeze(x, a) }", "value 'y': expected at most 12 axes, got 15; reshape it"),
    ("g (float[4] x) => (float[y] y) <int64[1] s = {200000000}> { y = Resize(x, , , s) }",
     "Resize 'axis 0': expected samples of at most 4194304 neighbours, got 200000000"),
    ("g (float[1,1,4,4] x) => (float[a,b,c,d] y) "
     "{ y = MaxPool<kernel_shape=[1,1], strides=[9000000000,1]>(x) }",
     "MaxPool 'MaxPool_0' strides: expected numbers up to 2147483647, got 9000000000"),
    ("g (float[1,1,4,4] x) => (float[a,b,c,d] y) { y = MaxPool<kernel_shape=[2,2], "
     "strides=[2000000,2000000], pads=[1000000,1000000,1000000,1000000]>(x) }",
     "MaxPool 'MaxPool_0' pads: expected at most 2147483647 elements with them"),
])
def test_sizes_beyond_the_limits_are_refused(text: str, shown: str) -> None:
    with pytest.raises((UnsupportedError, ModelError)) as error:
        imported(text)
    assert shown in str(error.value)


@pytest.mark.parametrize("body", ["s = Add(a, x)", "s = Identity(a)"])
def test_loops_in_loops_end(body: str) -> None:
    loop = f"""
        g (float[2] x, int64 n) => (float[2] y) <bool on = {{1}}> {{
            y = Loop (n, on, x) <body = outer (int64 i, bool c, float[2] o)
                => (bool d, float[2] p) {{
                d = Identity(c)
                p = Loop (n, c, o) <body = inner (int64 j, bool e, float[2] a)
                    => (bool f, float[2] s) {{ f = Identity(e) {body} }}>
            }}>
        }}"""
    with pytest.raises(UnsupportedError) as error:
        imported(loop, n=np.array(5000))
    assert "nodes with loops unrolled, got more; make its loops shorter" in str(error.value)


@pytest.mark.parametrize(("text", "shown"), [
    ("\n".join(f"y{i} = Relu(x)" for i in range(50_001)), "at most 50000 nodes and weights"),
    ("y = Relu(x)", "outputs: expected at most 1000, got 1001"),
])
def test_too_much_is_refused_unread(text: str, shown: str) -> None:
    outputs = ", ".join(f"float[1] y{i}" for i in range(1001 if "outputs" in shown else 1))
    with pytest.raises(UnsupportedError) as error:
        imported(f"g (float[1] x) => ({outputs}) {{ {text} }}")
    assert shown in str(error.value)


def test_too_many_nodes_are_refused() -> None:
    budget = Budget(nodes=NODE_LIMIT)
    with pytest.raises(UnsupportedError, match=f"at most {NODE_LIMIT} nodes"):
        budget.add_node("n")

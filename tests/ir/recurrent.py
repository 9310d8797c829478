"""Small networks that carry a state from run to run."""

from __future__ import annotations

from tests.passes.graphs import Sketch
from tinsmith.ir.graph import Graph
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.recurrent import GRU, GateFunction
from tinsmith.ops.reshape import Reshape


def gru_cell(size: int = 7, hidden: int = 9) -> Graph:
    """One step of a GRU on x0 [1, 1, size]; its hidden state is the graph's, its output too."""
    s = Sketch()
    x, h = s.input(1, 1, size), s.input(1, 1, hidden)
    gates = (GateFunction("sigmoid"), GateFunction("tanh"))
    w, r = s.weight(1, 3 * hidden, size), s.weight(1, 3 * hidden, hidden)
    _, after = s.nodes_out(GRU(hidden, gates), 2, x, w, r, s.weight(1, 6 * hidden), h)
    return s.graph(s.node(Reshape((hidden,)), after)).with_state({h: after})


def exchange() -> Graph:
    """States a and b change places, a counts the input in: y = a * 2; b' = a; a' = b + x."""
    s = Sketch()
    x, a, b = s.input(4), s.input(4), s.input(4)
    y = s.node(Mul(), a, s.constant([2.0] * 4))
    return s.graph(y, s.node(Add(), b, x)).with_state({a: "add1", b: a})


def last_input() -> Graph:
    """y = Relu(the input of the run before)."""
    s = Sketch()
    x, before = s.input(5), s.input(5)
    return s.graph(s.node(Relu(), before)).with_state({before: x})

"""RNN, GRU, LSTM."""

from typing import Any

from tests.cases.case import Case, random
from tinsmith.ops.recurrent import GRU, LSTM, RNN, GateFunction, GateKind, Recurrent

SIGMOID, TANH = GateFunction("sigmoid"), GateFunction("tanh")
DEFAULTS = {RNN: (TANH,), GRU: (SIGMOID, TANH), LSTM: (SIGMOID, TANH, TANH)}
KINDS: tuple[tuple[GateKind, float, float], ...] = (
    ("relu", 0, 0), ("tanh", 0, 0), ("sigmoid", 0, 0), ("affine", 0.5, 0.1),
    ("leaky_relu", 0.1, 0), ("thresholded_relu", 0.2, 0), ("scaled_tanh", 0.7, 1.3),
    ("hard_sigmoid", 0.2, 0.5), ("elu", 0.8, 0), ("softsign", 0, 0), ("softplus", 0, 0))


def recurrent(name: str, kind: type[Recurrent], steps: int = 5, batch: int = 2, size: int = 7,
              hidden: int = 9, direction: str = "forward", bias: bool = True, state: bool = False,
              peepholes: bool = False, dtype: str = "float32", tolerance: float = 1e-5,
              weights: bool = True, outputs: tuple[int, ...] | None = None,
              functions: tuple[GateFunction, ...] | None = None, **fields: Any) -> Case:
    """A case with seeded operands."""
    d = 2 if direction == "bidirectional" else 1
    rows = kind.gates * hidden
    op = kind(hidden, functions or DEFAULTS[kind] * d, direction, **fields)
    operands = [random(steps, batch, size, dtype=dtype),
                random(d, rows, size, dtype=dtype, seed=1, low=-0.5, high=0.5),
                random(d, rows, hidden, dtype=dtype, seed=2, low=-0.5, high=0.5),
                random(d, 2 * rows, dtype=dtype, seed=3) if bias else None]
    states = [random(d, batch, hidden, dtype=dtype, seed=4 + i) if state else None
              for i in range(kind.states)]
    operands += states
    if kind is LSTM:
        operands.append(random(d, 3 * hidden, dtype=dtype, seed=6) if peepholes else None)
    positions = tuple(i for i in (1, 2, 3) if operands[i] is not None)
    while operands[-1] is None:
        operands.pop()
    return Case(f"{kind.__name__.lower()}_{name}", op, tuple(operands),
                positions if weights else (), tolerance, outputs)


CASES = (
    *(recurrent("plain", kind) for kind in DEFAULTS),
    *(recurrent("wide", kind, steps=3, batch=1, size=33, hidden=40, state=True)
      for kind in DEFAULTS),
    *(recurrent("long", kind, steps=29, hidden=20, direction="bidirectional", state=True)
      for kind in DEFAULTS),
    *(recurrent("reverse", kind, direction="reverse", state=True) for kind in DEFAULTS),
    *(recurrent("both", kind, direction="bidirectional", state=True) for kind in DEFAULTS),
    *(recurrent("no_bias", kind, bias=False) for kind in DEFAULTS),
    *(recurrent("runtime_weights", kind, weights=False, direction="bidirectional")
      for kind in DEFAULTS),
    *(recurrent("clip", kind, clip=0.3) for kind in DEFAULTS),
    *(recurrent("lengths", kind, batch=3, sequence_lens=(5, 0, 3), direction="bidirectional",
                state=True) for kind in DEFAULTS),
    *(recurrent("f64", kind, dtype="float64", tolerance=1e-12) for kind in DEFAULTS),
    *(recurrent("f16", kind, dtype="float16", tolerance=2e-3) for kind in DEFAULTS),
    *(recurrent("bf16", kind, dtype="bfloat16", tolerance=1e-2) for kind in DEFAULTS),
    *(recurrent("y_only", kind, outputs=(0,)) for kind in DEFAULTS),
    *(recurrent("state_only", kind, outputs=(1,)) for kind in DEFAULTS),
    *(recurrent("no_steps", kind, steps=0, state=True) for kind in DEFAULTS),
    recurrent("cell_only", LSTM, outputs=(2,)),
    recurrent("peepholes", LSTM, peepholes=True, state=True, direction="bidirectional"),
    recurrent("input_forget", LSTM, peepholes=True, input_forget=True),
    recurrent("linear_before_reset", GRU, linear_before_reset=True, state=True),
    recurrent("linear_before_reset_long", GRU, steps=29, batch=1, hidden=36,
              direction="reverse", linear_before_reset=True),
    recurrent("linear_before_reset_no_bias", GRU, linear_before_reset=True, bias=False,
              direction="bidirectional"),
    *(recurrent(f"gate_{kind}", RNN, functions=(GateFunction(kind, a, b),))
      for kind, a, b in KINDS),
    recurrent("different", LSTM, direction="bidirectional", functions=(
        SIGMOID, TANH, TANH, GateFunction("hard_sigmoid", 0.2, 0.5), GateFunction("softsign"),
        GateFunction("relu"))),
)

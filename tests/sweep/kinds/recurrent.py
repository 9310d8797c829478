"""LSTM, GRU and RNN."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.trial import Single

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
FUNCTIONS = {"LSTM": 3, "GRU": 2, "RNN": 1}
PLAIN = ("Sigmoid", "Tanh", "HardSigmoid", "Softsign")  # others let states grow without end


def draw(d: Draw) -> Single:
    """A layer in any direction, with any of its operands."""
    op = d.pick("LSTM", "GRU", "RNN")
    direction = d.pick("forward", "reverse", "bidirectional")
    ways = 2 if direction == "bidirectional" else 1
    time, batch, width, hidden = d.int(1, 5), d.int(1, 3), d.int(1, 7), d.pick(1, 3, 8, 13)
    gates = GATES[op]
    scale = np.float32(0.5)
    lengths = d.rng.integers(1, time, batch, endpoint=True).astype(np.int32)
    operands = [
        d.array((time, batch, width)), d.array((ways, gates * hidden, width)) * scale,
        d.array((ways, gates * hidden, hidden)) * scale,
        d.array((ways, 2 * gates * hidden)) * scale if d.chance(0.6) else None,
        lengths if d.chance(0.4) else None,
        d.array((ways, batch, hidden)) if d.chance(0.5) else None]
    attributes: dict[str, object] = {"hidden_size": hidden, "direction": direction}
    if op == "LSTM":
        operands += [d.array((ways, batch, hidden)) if d.chance(0.5) else None,
                     d.array((ways, 3 * hidden)) if d.chance(0.4) else None]
        attributes |= d.attributes(input_forget=(None, None, 0))
    if op == "GRU":
        attributes |= d.attributes(linear_before_reset=(None, 0, 1))
    if d.chance(0.4):
        known = (*PLAIN, "Relu") if op == "RNN" else PLAIN
        attributes["activations"] = [d.pick(*known) for _ in range(ways * FUNCTIONS[op])]
    if d.chance(0.2):
        attributes["clip"] = d.pick(0.3, 1.0)
    outputs = tuple(d.chance(0.7) for _ in range(3 if op == "LSTM" else 2))
    if not any(outputs):
        outputs = (True,)
    constant = (4,) if operands[4] is not None else ()
    return Single(op, tuple(operands), attributes, constant, outputs, d.pick(7, 14), share=2e-5)

"""RNN, GRU, LSTM: one state carried along a sequence, in one direction or both."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.precision import wide

GateKind: TypeAlias = Literal[
    "relu", "tanh", "sigmoid", "affine", "leaky_relu", "thresholded_relu", "scaled_tanh",
    "hard_sigmoid", "elu", "softsign", "softplus"]
Direction: TypeAlias = Literal["forward", "reverse", "bidirectional"]


@dataclass(frozen=True, slots=True)
class GateFunction:
    """The function that a gate applies to each element, with its parameters."""

    kind: GateKind
    alpha: float = 0.0
    beta: float = 0.0

    def reference(self, x: Array) -> Array:
        """The function in numpy, in the type of ``x``."""
        with np.errstate(all="ignore"):
            y = _GATES[self.kind](x, x.dtype.type(self.alpha), x.dtype.type(self.beta))
        return np.asarray(y, dtype=x.dtype)


_GATES: Mapping[str, Callable[[Array, float, float], Array]] = {
    "relu": lambda x, a, b: np.maximum(x, 0),
    "tanh": lambda x, a, b: np.tanh(x),
    "sigmoid": lambda x, a, b: 1 / (1 + np.exp(-x)),
    "affine": lambda x, a, b: a * x + b,
    "leaky_relu": lambda x, a, b: np.where(x < 0, a * x, x),
    "thresholded_relu": lambda x, a, b: np.where(x > a, x, 0),
    "scaled_tanh": lambda x, a, b: a * np.tanh(b * x),
    "hard_sigmoid": lambda x, a, b: np.clip(a * x + b, 0, 1),
    "elu": lambda x, a, b: np.where(x < 0, a * np.expm1(np.minimum(x, 0)), x),
    "softsign": lambda x, a, b: x / (1 + np.abs(x)),
    "softplus": lambda x, a, b: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
}


@dataclass(frozen=True, slots=True)
class Recurrent(Op):
    """What the three share.

    Inputs: x [S, B, I], w [D, G H, I], r [D, G H, H], then optional ones: b [D, 2 G H],
    initial_h [D, B, H] (and more in LSTM). Outputs: y [S, D, B, H], last h [D, B, H] (and more
    in LSTM). D: directions, G: gates. ``functions``: those of direction 0, then of direction 1.
    ``clip`` limits what the functions see, 0: not at all. ``sequence_lens``: how long each
    sequence of the batch is, None: all S; past its end y is 0.
    """

    approximate: ClassVar[bool] = True

    gates: ClassVar[int] = 0
    states: ClassVar[int] = 1
    functions_each: ClassVar[int] = 0

    hidden: int
    functions: tuple[GateFunction, ...]
    direction: Direction = "forward"
    clip: float = 0.0
    sequence_lens: tuple[int, ...] | None = None

    @property
    def directions(self) -> int:
        """1 or 2."""
        return 2 if self.direction == "bidirectional" else 1

    def infer(  # type: ignore[override]
        self, x: TensorType, w: TensorType, r: TensorType, b: TensorType | None = None,
        *states: TensorType | None,
    ) -> tuple[TensorType, ...]:
        """y and the last states."""
        self.require(x.dtype.is_float, "x", "a float type", x.dtype.value)
        self.require(x.rank == 3, "x", "three axes", x.shape)
        steps, batch, size = x.shape
        d, h, rows = self.directions, self.hidden, self.gates * self.hidden
        self.require(h >= 1, "hidden", "1 or more", h)
        self.require(self.clip >= 0, "clip", "no negative number", self.clip)
        self.require(len(self.functions) == d * self.functions_each, "functions",
                     f"{d * self.functions_each}", len(self.functions))
        asked = [("w", w, (d, rows, size)), ("r", r, (d, rows, h)), ("b", b, (d, 2 * rows))]
        extra = [(d, batch, h)] * self.states + [(d, 3 * h)]
        self.require(len(states) <= self.states + (self.states > 1), "inputs", "fewer",
                     4 + len(states))
        asked += [(f"input {4 + i}", s, extra[i]) for i, s in enumerate(states)]
        for what, kind, shape in asked:
            fits = what not in ("w", "r") if kind is None else kind == TensorType(shape, x.dtype)
            self.require(fits, what, str(TensorType(shape, x.dtype)), kind)
        lens = self.sequence_lens
        self.require(lens is None or (len(lens) == batch and all(0 <= n <= steps for n in lens)),
                     "sequence_lens", f"{batch} numbers from 0 to {steps}", lens)
        state = TensorType((d, batch, h), x.dtype)
        return (TensorType((steps, d, batch, h), x.dtype), *(state,) * self.states)

    def reference(  # type: ignore[override]
        self, x: Array, w: Array, r: Array, b: Array | None = None, *states: Array | None,
    ) -> tuple[Array, ...]:
        """Step by step, all sequences of the batch at once."""
        steps, batch, _ = x.shape
        values, rows = wide(x), self.gates * self.hidden
        bias = np.zeros((self.directions, 2 * rows), values.dtype) if b is None else wide(b)
        zeros = np.zeros((self.directions, batch, self.hidden), values.dtype)
        given = [*states, *(None,) * (self.states + 1 - len(states))]
        starts = [zeros if s is None else wide(s) for s in given[:self.states]]
        peepholes = np.zeros((self.directions, 3 * self.hidden), values.dtype)
        if self.states > 1 and (p := given[self.states]) is not None:
            peepholes = wide(p)
        y = np.zeros((steps, self.directions, batch, self.hidden), values.dtype)
        last = [np.empty_like(zeros) for _ in starts]
        for d in range(self.directions):
            state = [s[d] for s in starts]
            count = self.functions_each
            functions = self.functions[d * count:(d + 1) * count]
            for times, active in self.walk(d, steps, batch):
                projected = values[times, np.arange(batch)] @ wide(w[d]).T + bias[d, :rows]
                new = self.step(projected, wide(r[d]), bias[d, rows:], state, peepholes[d],
                                functions)
                state = [np.where(active[:, None], n, s)
                         for n, s in zip(new, state, strict=True)]
                y[times[active], d, active] = state[0][active]
            for result, s in zip(last, state, strict=True):
                result[d] = s
        return tuple(a.astype(x.dtype, copy=False) for a in (y, *last))

    def walk(self, d: int, steps: int, batch: int) -> list[tuple[Array, Array]]:
        """For each step, which time each sequence reads, and whether it is still running."""
        lens = np.full(batch, steps) if self.sequence_lens is None \
            else np.array(self.sequence_lens, np.int64)
        backwards = d == 1 or self.direction == "reverse"
        result = []
        for s in range(steps):
            active = s < lens
            times = lens - 1 - s if backwards else np.full(batch, s)
            result.append((np.where(active, times, 0), active))
        return result

    def clipped(self, x: Array) -> Array:
        """``x`` limited to [-clip, clip]."""
        return np.asarray(np.clip(x, -self.clip, self.clip), dtype=x.dtype) if self.clip else x

    def step(self, projected: Array, r: Array, bias: Array, state: Sequence[Array],
             peepholes: Array, functions: Sequence[GateFunction]) -> tuple[Array, ...]:
        """The next states. ``projected``: x w^T + the first half of the bias."""
        raise NotImplementedError

    def effort(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """The products, and some calls of numpy at every step."""
        return self.macs(inputs, outputs) + 50_000 * self.directions * outputs[0].shape[0]

    def macs(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """Both matrix products at every step."""
        x, w, r = inputs[:3]
        return math.prod(x.shape[:2]) * (w.size + r.size) if x and w and r else 0


@dataclass(frozen=True, slots=True)
class RNN(Recurrent):
    """h = f(x w^T + h r^T + b)."""

    gates: ClassVar[int] = 1
    functions_each: ClassVar[int] = 1

    def step(self, projected: Array, r: Array, bias: Array, state: Sequence[Array],
             peepholes: Array, functions: Sequence[GateFunction]) -> tuple[Array, ...]:
        """As the formula says."""
        return (functions[0].reference(self.clipped(projected + state[0] @ r.T + bias)),)


@dataclass(frozen=True, slots=True)
class GRU(Recurrent):
    """Gates in the order update, reset, candidate."""

    gates: ClassVar[int] = 3
    functions_each: ClassVar[int] = 2

    linear_before_reset: bool = False

    def step(self, projected: Array, r: Array, bias: Array, state: Sequence[Array],
             peepholes: Array, functions: Sequence[GateFunction]) -> tuple[Array, ...]:
        """h = (1 - z) n + z h."""
        n, (h,) = self.hidden, state
        f, g = functions
        both = f.reference(self.clipped(projected[:, :2 * n] + h @ r[:2 * n].T + bias[:2 * n]))
        z, reset = both[:, :n], both[:, n:]
        if self.linear_before_reset:
            carried = reset * (h @ r[2 * n:].T + bias[2 * n:])
        else:
            carried = (reset * h) @ r[2 * n:].T + bias[2 * n:]
        candidate = g.reference(self.clipped(projected[:, 2 * n:] + carried))
        return ((1 - z) * candidate + z * h,)


@dataclass(frozen=True, slots=True)
class LSTM(Recurrent):
    """Gates in the order input, output, forget, cell; more inputs: initial_c, peepholes [D, 3 H].

    Output 2 is the last cell state. With ``input_forget`` the forget gate is 1 - the input gate.
    """

    gates: ClassVar[int] = 4
    states: ClassVar[int] = 2
    functions_each: ClassVar[int] = 3

    input_forget: bool = False

    def step(self, projected: Array, r: Array, bias: Array, state: Sequence[Array],
             peepholes: Array, functions: Sequence[GateFunction]) -> tuple[Array, ...]:
        """c = forget c + input g; h = output h(c)."""
        h, c = state
        f, g, last = functions
        i, o, forget, cell = np.split(projected + h @ r.T + bias, 4, axis=1)
        pi, po, pf = np.split(peepholes, 3)
        i = f.reference(self.clipped(i + pi * c))
        forget = 1 - i if self.input_forget else f.reference(self.clipped(forget + pf * c))
        c = forget * c + i * g.reference(self.clipped(cell))
        o = f.reference(self.clipped(o + po * c))
        return o * last.reference(c), c

"""RNN, GRU, LSTM of float32 with constant weights and the usual functions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.kernel import Call, Forms, Kernel, Site, plain_forms
from tinsmith.kernels.matmul.fully_connected import packed_columns
from tinsmith.kernels.registers import fits
from tinsmith.kernels.work import TILED, arithmetic, read_again
from tinsmith.ops.recurrent import GRU, LSTM, RNN, Recurrent

FUNCTIONS = frozenset(("sigmoid", "tanh", "relu"))
TILES = ((6, 4), (6, 2), (2, 2))  # rows and vectors of a register tile, the best first
BLOCK_STEPS = 24  # a multiple of every tile; their gates stay in the first or second cache


class RecurrentFast(Kernel):
    """Each sequence of each direction by itself, all of them at full length."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Row-major."""
        return (plain_forms(site),) if _serves(site) else ()

    def cycles(self, site: Site, forms: Forms) -> float:
        """The state's weights are read anew at each step, those of the input once a block."""
        steps, batch, size = site.input(0).shape
        op = site.op
        assert isinstance(op, Recurrent)
        lanes = site.target.lanes
        rows = op.directions * op.gates * -(-op.hidden // lanes) * lanes
        state = 4 * rows * op.hidden
        return steps * batch * (
            arithmetic(site.target, rows * size, share=TILED)
            + max(arithmetic(site.target, rows * op.hidden, share=TILED),
                  read_again(site.target, state, threads=site.request.threads)))

    def lower(self, site: Site, forms: Forms) -> Call:
        """The call, with weights as the header's head comment says."""
        op, lanes = site.op, site.target.lanes
        assert isinstance(op, Recurrent)
        steps, batch, size = site.input(0).shape
        p, b = next(each for each in TILES if fits(site.target, *each))
        block = min(steps, BLOCK_STEPS)
        results = tuple(i for i in range(1 + op.states) if site.has_output(i)) or (0,)
        vector = -(-op.hidden // lanes) * lanes
        f, g, h = (*(f.kind for f in op.functions[:op.functions_each]), "tanh", "tanh")[:3]
        return Call(
            kernel="recurrent_f32",
            operands=(0, *(i if site.has_input(i) else -1 for i in (4, 5))),
            results=results,
            weights=_packed(site, op, b, lanes),
            constants=(
                ("steps", steps), ("batch", batch), ("input", size), ("hidden", op.hidden),
                ("directions", op.directions), ("gates", op.gates),
                ("kind", f"TIN_RECURRENT_{op.name}"),
                ("backwards", int(op.direction == "reverse")),
                ("linear_before_reset", int(_linear_before_reset(op))),
                ("has_h", int(site.has_input(4))), ("has_c", int(site.has_input(5))),
                *((name, f"TIN_ACT_{kind.upper()}") for name, kind in zip("fgh", (f, g, h),
                                                                          strict=True)),
                ("tile_p", p), ("tile_b", b), ("block", block)),
            macros=tuple((name, str(int(i in results)))
                         for i, name in enumerate(("Y", "Y_H", "Y_C"))),
            scratch_bytes=4 * (block * op.gates + 2) * vector,
            chunks=op.directions * batch,
        )


def _serves(site: Site) -> bool:
    op = site.op
    if not isinstance(op, RNN | GRU | LSTM) or site.input(0).dtype is not DType.F32:
        return False
    steps, batch, size = site.input(0).shape
    half = op.functions[:op.functions_each]
    return (
        min(steps, batch, size, op.hidden) > 0
        and all(site.constant(i) is not None for i in (1, 2))
        and (not site.has_input(3) or site.constant(3) is not None)
        and not site.has_input(6)
        and op.clip == 0 and not (isinstance(op, LSTM) and op.input_forget)
        and op.sequence_lens in (None, (steps,) * batch)
        and op.functions in (half, half * 2)
        and all(f.kind in FUNCTIONS for f in half))


def _linear_before_reset(op: Recurrent) -> bool:
    return isinstance(op, GRU) and op.linear_before_reset


def _packed(site: Site, op: Recurrent, b: int, lanes: int) -> tuple[Array, Array, Array]:
    """Weights of input and state as [direction][matrix], and the bias."""
    w, r, bias = (site.constant(i) for i in (1, 2, 3))
    assert w is not None and r is not None
    gates, hidden = op.gates, op.hidden
    vector = -(-hidden // lanes) * lanes
    parts = ((0, 2), (2, 3)) if isinstance(op, GRU) else ((0, gates),)
    inputs: list[Array] = []
    states: list[Array] = []
    for d in range(op.directions):
        inputs.append(packed_columns(_columns(w[d], gates, vector), b, lanes))
        columns = _columns(r[d], gates, vector).reshape(hidden, gates, vector)
        states += [packed_columns(columns[:, first:last].reshape(hidden, -1), b, lanes)
                   for first, last in parts]
    biases = np.zeros((op.directions, gates + 1, vector), np.float32)
    if bias is not None:
        given = bias.reshape(op.directions, 2, gates, hidden)
        biases[:, :gates, :hidden] = given[:, 0] + given[:, 1]
        if _linear_before_reset(op):
            biases[:, gates - 1, :hidden] = given[:, 0, gates - 1]
            biases[:, gates, :hidden] = given[:, 1, gates - 1]
    return np.concatenate(inputs), np.concatenate(states), biases


def _columns(w: Array, gates: int, vector: int) -> Array:
    """Weights [gates hidden, k] as [k, gates vector], each gate zero-padded to whole vectors."""
    hidden, k = w.shape[0] // gates, w.shape[1]
    wide = np.zeros((k, gates, vector), np.float32)
    wide[:, :, :hidden] = w.reshape(gates, hidden, k).transpose(2, 0, 1)
    return wide.reshape(k, gates * vector)


KERNEL = RecurrentFast()

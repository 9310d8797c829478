"""LSTM and GRU over a whole sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import nn

from tinsmith.dtypes import Array
from tinsmith.exporters.torch.node import Mappings, NodeExport, Tensor, parameter
from tinsmith.ops.recurrent import GRU, LSTM, Recurrent


@dataclass(frozen=True, slots=True)
class Recurrence:
    """PyTorch's module for an operator: its gates are the operator's, in this order."""

    module: Callable[..., nn.Module]
    order: tuple[int, ...]
    functions: tuple[str, ...]


LSTM_MODULE = Recurrence(nn.LSTM, (0, 2, 3, 1), ("sigmoid", "tanh", "tanh"))


GRU_MODULE = Recurrence(nn.GRU, (1, 0, 2), ("sigmoid", "tanh"))


def recurrent(node: NodeExport, op: Recurrent, x: Tensor, w: Tensor, r: Tensor,
              b: Tensor | None = None, *states: Tensor | None) -> tuple[Tensor, ...]:
    """``nn.LSTM`` or ``nn.GRU``, its gates in PyTorch's order."""
    kind = LSTM_MODULE if isinstance(op, LSTM) else GRU_MODULE
    simple = (op.direction != "reverse" and not op.clip and op.sequence_lens is None
             and not any(s is not None for s in states)
             and tuple(f.kind for f in op.functions) == kind.functions * op.directions
             and not getattr(op, "input_forget", False)
             and getattr(op, "linear_before_reset", True))
    arrays = node.constants[1:4 if b is not None else 3]
    if not simple or any(a is None for a in arrays):
        raise node.refuse(f"a plain {op.name} with known weights")
    module = module_of(kind, op, [a for a in arrays if a is not None])
    found = node.layer(module)(x)
    steps, directions, batch, hidden = node.result.shape
    y = found[0].reshape(steps, batch, directions, hidden).permute(0, 2, 1, 3)
    return (y, found[1][0], found[1][1]) if isinstance(op, LSTM) else (y, found[1])


def module_of(kind: Recurrence, op: Recurrent, arrays: Sequence[Array]) -> nn.Module:
    """The module with the operator's weights."""
    w, r, *biases = arrays
    module = kind.module(w.shape[2], op.hidden, bias=bool(biases),
                         bidirectional=op.directions == 2)
    for direction, suffix in zip(range(op.directions), ("", "_reverse"), strict=False):
        named = {"weight_ih_l0": w[direction], "weight_hh_l0": r[direction]}
        if biases:
            half = biases[0].shape[1] // 2
            named |= {"bias_ih_l0": biases[0][direction, :half],
                      "bias_hh_l0": biases[0][direction, half:]}
        for name, array in named.items():
            gates = array.reshape(len(kind.order), op.hidden, *array.shape[1:])
            setattr(module, name + suffix,
                    parameter(gates[list(kind.order)].reshape(array.shape)))
    return module


OPERATORS: Mappings = {
    GRU: recurrent,
    LSTM: recurrent,
}

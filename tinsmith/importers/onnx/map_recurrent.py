"""RNN, GRU, LSTM."""

from __future__ import annotations

from typing import cast

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import recurrent
from tinsmith.ops.recurrent import Direction, GateFunction, GateKind, Recurrent
from tinsmith.ops.transpose import Transpose

# ONNX name: our name, and the defaults of alpha and beta (as many as the function takes)
_FUNCTIONS: dict[str, tuple[GateKind, tuple[float, ...]]] = {
    "relu": ("relu", ()),
    "tanh": ("tanh", ()),
    "sigmoid": ("sigmoid", ()),
    "affine": ("affine", (1.0, 0.0)),
    "leakyrelu": ("leaky_relu", (0.01,)),
    "thresholdedrelu": ("thresholded_relu", (1.0,)),
    "scaledtanh": ("scaled_tanh", (1.0, 1.0)),
    "hardsigmoid": ("hard_sigmoid", (0.2, 0.5)),
    "elu": ("elu", (1.0,)),
    "softsign": ("softsign", ()),
    "softplus": ("softplus", ()),
}
_DIRECTIONS = ("forward", "reverse", "bidirectional")


def _functions(node: NodeImport, default: tuple[str, ...], count: int) -> tuple[GateFunction, ...]:
    """The gates' functions; alphas and betas go, in order, to those that take them."""
    names = node.attribute_strings("activations", default)[:count]
    names = names if names else default
    if len(names) != count:
        raise node.unsupported("activations", f"{count} names", list(names), "check the model")
    alphas = list(node.attribute_floats("activation_alpha"))
    betas = list(node.attribute_floats("activation_beta"))
    found = []
    for name in names:
        if name.lower() not in _FUNCTIONS:
            raise node.unsupported("activations", f"names out of {', '.join(_FUNCTIONS)}", name,
                                   "check the model")
        kind, parameters = _FUNCTIONS[name.lower()]
        values = [given.pop(0) if given else standard
                  for given, standard in zip((alphas, betas), parameters, strict=False)]
        found.append(GateFunction(kind, *values))
    return tuple(found)


def _attributes(
    node: NodeImport, op: type[Recurrent], default: tuple[str, ...]
) -> tuple[int, tuple[GateFunction, ...], Direction, float, tuple[int, ...] | None]:
    """The fields that all three share."""
    direction = node.attribute_str("direction", "forward")
    if direction not in _DIRECTIONS:
        raise node.unsupported("direction", " or ".join(_DIRECTIONS), direction, "check the model")
    directions = 2 if direction == "bidirectional" else 1
    hidden = node.attribute_int("hidden_size", node.type(2).shape[-1])
    lens = node.ints(4, "sequence_lens") if node.has_input(4) else None
    x = node.type(0)
    steps = x.shape[1 if node.attribute_int("layout", 0) else 0]
    if lens is not None and set(lens) == {steps}:
        lens = None
    return (hidden, _functions(node, default * directions, len(default) * directions),
            cast(Direction, direction), node.attribute_float("clip", 0.0), lens)


def _emit(node: NodeImport, op: Recurrent) -> None:
    """Adds the node; with ``layout`` 1 (batch first), with transposes around it."""
    batch_first = node.attribute_int("layout", 0) == 1

    def swapped(index: int) -> str:
        value = node.value(index)
        return node.temporary(Transpose((1, 0, 2)), value) if batch_first and value else value

    operands = [swapped(0), node.value(1), node.value(2), node.value(3), swapped(5)]
    if op.states > 1:
        operands += [swapped(6), node.value(7)]
    while not operands[-1]:
        operands.pop()
    if not batch_first:
        node.emit(op, *operands)
        return
    names = [node.builder.fresh(f"{node.raw.name}/{op.name}.{i}") for i in range(1 + op.states)]
    node.builder.add_node(node.raw.name, op, operands, names)
    for i, name in enumerate(names):
        node.emit_output(i, Transpose((2, 0, 1, 3) if i == 0 else (1, 0, 2)), name)


def RNN(node: NodeImport) -> None:
    """One gate."""
    _emit(node, recurrent.RNN(*_attributes(node, recurrent.RNN, ("Tanh",))))


def GRU(node: NodeImport) -> None:
    """Three gates."""
    fields = _attributes(node, recurrent.GRU, ("Sigmoid", "Tanh"))
    before = bool(node.attribute_int("linear_before_reset", 0))
    _emit(node, recurrent.GRU(*fields, linear_before_reset=before))


def LSTM(node: NodeImport) -> None:
    """Four gates."""
    fields = _attributes(node, recurrent.LSTM, ("Sigmoid", "Tanh", "Tanh"))
    _emit(node, recurrent.LSTM(*fields, input_forget=bool(node.attribute_int("input_forget", 0))))

"""LSTM over a whole sequence, forward or in both directions."""

from __future__ import annotations

import numpy as np

from tinsmith.exporters.tflite.layout import plain
from tinsmith.exporters.tflite.writer import Mappings, Writer, refusal
from tinsmith.formats.tflite import Activation, Code, OptionTable, byte, flag
from tinsmith.ir.graph import Node
from tinsmith.ops.recurrent import LSTM

ABSENT = -1
GATES = (0, 2, 3, 1)  # input, forget, cell, output among ONNX's input, output, forget, cell


def lstm(writer: Writer, node: Node) -> None:
    """UNIDIRECTIONAL_ or BIDIRECTIONAL_SEQUENCE_LSTM, time first, the directions side by side.

    Their states live from run to run: who runs the model resets its variables before each.
    """
    op = node.op
    assert isinstance(op, LSTM)
    check(node, op)
    steps, directions, batch, hidden = writer.shape(node.outputs[0])
    weights = [gate_weights(writer, node, direction) for direction in range(directions)]
    states = [writer.state((batch, hidden), f"{node.name}.state{i}") for i in range(2 * directions)]
    source = writer.read(node.inputs[0], plain(3))
    both = writer.temporary((steps, batch, directions * hidden), f"{node.name}.steps")
    gates = [tensor for direction in weights for tensor in direction]
    if directions == 1:
        writer.emit(Code.UNIDIRECTIONAL_SEQUENCE_LSTM,
                    (source, *gates, *states, *(ABSENT,) * 4), (both,),
                    OptionTable(71, {0: byte(Activation.TANH), 3: flag(True)}))
    else:
        writer.emit(Code.BIDIRECTIONAL_SEQUENCE_LSTM,
                    (source, *gates, *states, *(ABSENT,) * 9), (both,),
                    OptionTable(69, {0: byte(Activation.TANH), 3: flag(True), 4: flag(True)}))
    target = writer.define(node.outputs[0], (0, 2, 1, 3))
    shape = writer.tensors[target].shape
    writer.emit(Code.RESHAPE, (both, writer.integers(shape)), (target,))


def check(node: Node, op: LSTM) -> None:
    """Refuses what LiteRT's operators lack."""
    kinds = [function.kind for function in op.functions]
    usual = kinds == ["sigmoid", "tanh", "tanh"] * op.directions
    if op.direction == "reverse" or op.clip or op.sequence_lens or op.input_forget or not usual:
        raise refusal(node, "a plain LSTM, forward or bidirectional", op)
    if any(node.inputs[4:]) or any(node.outputs[1:]):
        raise refusal(node, "no states given or asked for, no peepholes", node.inputs[4:])


def gate_weights(writer: Writer, node: Node, direction: int) -> list[int]:
    """Weights of the input, of the state, peepholes, biases, projection: of one direction."""
    inputs, states, bias = (writer.weight(node, i) for i in (1, 2, 3))
    assert inputs is not None and states is not None
    gates, hidden = 4, states.shape[2]
    size = gates * hidden
    total = (np.zeros(size, np.float32) if bias is None
             else bias[direction, :size] + bias[direction, size:])

    def of(array: np.ndarray, what: str) -> list[int]:
        split = array.reshape(gates, hidden, *array.shape[1:])
        return [writer.constant(np.ascontiguousarray(split[gate]),
                                f"{node.name}.{what}{direction}.{gate}") for gate in GATES]

    return [*of(inputs[direction], "input"), *of(states[direction], "state"), *(ABSENT,) * 3,
            *of(total, "bias"), *(ABSENT,) * 2]


OPERATORS: Mappings = {LSTM: lstm}

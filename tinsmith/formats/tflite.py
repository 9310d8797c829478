"""The parts of the .tflite schema that are written: operators, their options, tensors, the model.

Numbers are those of the schema: codes of operators, kinds of option tables, positions of fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.formats.flatbuffers import Field, Scalar, Table, encode

IDENTIFIER = b"TFL3"
VERSION = 3
SAME, VALID = 0, 1
ELEMENT_TYPES = {"float32": 0, "int32": 2}


class Code(IntEnum):
    """An operator."""

    ADD = 0
    AVERAGE_POOL_2D = 1
    CONCATENATION = 2
    CONV_2D = 3
    DEPTHWISE_CONV_2D = 4
    FLOOR = 8
    FULLY_CONNECTED = 9
    LOCAL_RESPONSE_NORMALIZATION = 13
    LOGISTIC = 14
    MAX_POOL_2D = 17
    MUL = 18
    RELU = 19
    RELU_N1_TO_1 = 20
    RELU6 = 21
    RESHAPE = 22
    RESIZE_BILINEAR = 23
    SOFTMAX = 25
    TANH = 28
    PAD = 34
    TRANSPOSE = 39
    MEAN = 40
    SUB = 41
    DIV = 42
    UNIDIRECTIONAL_SEQUENCE_LSTM = 44
    STRIDED_SLICE = 45
    EXP = 47
    BIDIRECTIONAL_SEQUENCE_LSTM = 52
    PRELU = 54
    MAXIMUM = 55
    MINIMUM = 57
    NEG = 59
    PADV2 = 60
    SLICE = 65
    TRANSPOSE_CONV = 67
    LOG = 73
    SUM = 74
    SQRT = 75
    POW = 78
    REDUCE_PROD = 81
    REDUCE_MAX = 82
    REDUCE_MIN = 89
    RESIZE_NEAREST_NEIGHBOR = 97
    LEAKY_RELU = 98
    MIRROR_PAD = 100
    ABS = 101
    CEIL = 104
    ELU = 111
    HARD_SWISH = 117
    BATCH_MATMUL = 126
    GELU = 150
    RELU_0_TO_1 = 152


VERSIONS = {Code.TRANSPOSE_CONV: 3, Code.RESIZE_BILINEAR: 3, Code.RESIZE_NEAREST_NEIGHBOR: 3,
            Code.FULLY_CONNECTED: 5, Code.TRANSPOSE: 4}
"""Of operators whose first version lacks what is used of them here."""


class Activation(IntEnum):
    """What an operator can do to its result."""

    NONE = 0
    RELU = 1
    RELU_N1_TO_1 = 2
    RELU6 = 3
    TANH = 4


@dataclass(frozen=True, slots=True)
class OptionTable:
    """An option table: its kind, and its fields that are not the default."""

    kind: int = 0
    fields: Mapping[int, Field] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor; with ``data`` it is a constant, a ``state`` lives from run to run."""

    name: str
    shape: tuple[int, ...]
    data: Array | None = None
    state: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator; tensors by position, -1 for an absent input."""

    code: Code
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: OptionTable


def conv_options(padding: int, strides: Sequence[int], dilations: Sequence[int],
                 activation: int) -> OptionTable:
    """Of CONV_2D; strides and dilations are those of height and width."""
    return OptionTable(1, {0: byte(padding), 1: word(strides[1]), 2: word(strides[0]),
                       3: byte(activation), 4: word(dilations[1]), 5: word(dilations[0])})


def depthwise_options(padding: int, strides: Sequence[int], dilations: Sequence[int],
                      multiplier: int, activation: int) -> OptionTable:
    """Of DEPTHWISE_CONV_2D."""
    return OptionTable(2, {0: byte(padding), 1: word(strides[1]), 2: word(strides[0]),
                       3: word(multiplier), 4: byte(activation), 5: word(dilations[1]),
                       6: word(dilations[0])})


def pool_options(padding: int, strides: Sequence[int], kernel: Sequence[int],
                 activation: int) -> OptionTable:
    """Of MAX_POOL_2D and AVERAGE_POOL_2D."""
    return OptionTable(5, {0: byte(padding), 1: word(strides[1]), 2: word(strides[0]),
                       3: word(kernel[1]), 4: word(kernel[0]), 5: byte(activation)})


def transpose_conv_options(padding: int, strides: Sequence[int], activation: int) -> OptionTable:
    """Of TRANSPOSE_CONV."""
    return OptionTable(49, {0: byte(padding), 1: word(strides[1]), 2: word(strides[0]),
                        3: byte(activation)})


def fully_connected_options(keep_axes: bool, activation: int) -> OptionTable:
    """Of FULLY_CONNECTED."""
    return OptionTable(8, {0: byte(activation), 2: flag(keep_axes)})


def resize_options(bilinear: bool, align_corners: bool, half_pixel: bool) -> OptionTable:
    """Of RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR."""
    if bilinear:
        return OptionTable(15, {2: flag(align_corners), 3: flag(half_pixel)})
    return OptionTable(74, {0: flag(align_corners), 1: flag(half_pixel)})


def byte(value: int) -> Scalar:
    """A signed byte: an enumeration."""
    return Scalar("b", value)


def word(value: int) -> Scalar:
    """A signed integer of 32 bits."""
    return Scalar("i", value)


def number(value: float) -> Scalar:
    """A float of 32 bits."""
    return Scalar("f", value)


def flag(value: bool) -> Scalar:
    """A truth value."""
    return Scalar("?", value)


def model(name: str, tensors: Sequence[Tensor], operators: Sequence[Operator],
          inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
    """The file."""
    codes = sorted({operator.code for operator in operators})
    buffers, held = [Table({})], []
    for tensor in tensors:
        held.append(_tensor(tensor, len(buffers) if tensor.data is not None else 0))
        if tensor.data is not None:
            data = np.ascontiguousarray(tensor.data).reshape(-1).view(np.uint8)
            buffers.append(Table({0: data}))
    subgraph = Table({0: held, 1: indices(inputs), 2: indices(outputs),
                      3: [_operator(operator, codes) for operator in operators], 4: name})
    return encode(Table({
        0: Scalar("I", VERSION), 1: [_operator_code(code) for code in codes], 2: [subgraph],
        3: "written by tinsmith", 4: buffers}), IDENTIFIER)


def _operator_code(code: Code) -> Table:
    return Table({0: byte(min(code, 127)), 2: word(VERSIONS.get(code, 1)), 3: word(code)})


def _tensor(tensor: Tensor, buffer: int) -> Table:
    kind = "float32" if tensor.data is None else str(tensor.data.dtype)
    return Table({0: indices(tensor.shape), 1: byte(ELEMENT_TYPES[kind]), 2: Scalar("I", buffer),
                  3: tensor.name, 5: flag(tensor.state)})


def _operator(operator: Operator, codes: Sequence[Code]) -> Table:
    fields: dict[int, Field] = {0: Scalar("I", codes.index(operator.code)),
                                1: indices(operator.inputs), 2: indices(operator.outputs)}
    if operator.options.kind:
        fields |= {3: Scalar("B", operator.options.kind), 4: Table(operator.options.fields)}
    return Table(fields)


def indices(values: Sequence[int]) -> Array:
    """A vector of integers."""
    return np.array(values, np.int32)

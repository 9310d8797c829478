"""Mutations of declared values and of tensors."""

from __future__ import annotations

import random

import numpy as np
import onnx
import onnx.numpy_helper
from onnx import ModelProto, TensorProto

from tests.robustness.model_parts import (
    FLOATS,
    INTEGERS,
    NAMES,
    STRINGS,
    names_of,
    tensors_of,
    values_of,
)


def value_dimension(model: ModelProto, rng: random.Random) -> None:
    dims = rng.choice(values_of(model)).type.tensor_type.shape.dim
    rng.choice(dims).dim_value = rng.choice(INTEGERS)


def value_name_dimension(model: ModelProto, rng: random.Random) -> None:
    dims = rng.choice(values_of(model)).type.tensor_type.shape.dim
    rng.choice(dims).dim_param = rng.choice(NAMES)


def value_rank(model: ModelProto, rng: random.Random) -> None:
    shape = rng.choice(values_of(model)).type.tensor_type.shape
    if rng.random() < 0.5 and shape.dim:
        del shape.dim[rng.randrange(len(shape.dim))]
    else:
        shape.dim.add(dim_value=rng.choice((0, 1, 2, 7)))


def value_no_shape(model: ModelProto, rng: random.Random) -> None:
    rng.choice(values_of(model)).type.tensor_type.ClearField("shape")


def value_type(model: ModelProto, rng: random.Random) -> None:
    rng.choice(values_of(model)).type.tensor_type.elem_type = rng.choice((*range(26), -1, 1000))


def value_no_type(model: ModelProto, rng: random.Random) -> None:
    value = rng.choice(values_of(model))
    value.ClearField("type")
    if rng.random() < 0.5:
        value.type.sequence_type.elem_type.tensor_type.elem_type = 1


def tensor_dimension(model: ModelProto, rng: random.Random) -> None:
    dims = rng.choice(tensors_of(model)).dims
    dims[rng.randrange(len(dims))] = rng.choice(INTEGERS)


def tensor_rank(model: ModelProto, rng: random.Random) -> None:
    dims = rng.choice(tensors_of(model)).dims
    if dims and rng.random() < 0.5:
        del dims[rng.randrange(len(dims))]
    else:
        dims.insert(rng.randrange(len(dims) + 1), rng.choice((1, 1, 1, 2, 0)))


def tensor_type(model: ModelProto, rng: random.Random) -> None:
    rng.choice(tensors_of(model)).data_type = rng.choice((*range(26), -1, 1000))


def tensor_data(model: ModelProto, rng: random.Random) -> None:
    tensor = rng.choice(tensors_of(model))
    raw = tensor.raw_data
    tensor.raw_data = rng.choice((raw[:rng.randrange(len(raw) + 1)], raw + raw, b"", b"\xff" * 8))


def tensor_field(model: ModelProto, rng: random.Random) -> None:
    tensor = rng.choice(tensors_of(model))
    tensor.ClearField("raw_data")
    for _ in range(rng.randrange(5)):
        rng.choice((tensor.float_data, tensor.int32_data, tensor.int64_data, tensor.double_data,
                    tensor.uint64_data)).append(rng.choice((0, 1, 5)))
    if rng.random() < 0.3:
        tensor.string_data.append(rng.choice(STRINGS))


def tensor_values(model: ModelProto, rng: random.Random) -> None:
    """Other numbers in a small tensor: shapes, axes, pads, scales ..."""
    small = [t for t in tensors_of(model) if np.prod(t.dims, dtype=float) <= 16 and t.raw_data]
    tensor = rng.choice(small)
    array = onnx.numpy_helper.to_array(tensor).copy()
    flat = array.reshape(-1)
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(flat.size)
        with np.errstate(all="ignore"):
            flat[at] = (np.array(rng.choice(INTEGERS)).astype(array.dtype)
                        if array.dtype.kind in "iub" else rng.choice(FLOATS))
    tensor.raw_data = array.tobytes()


def tensor_length(model: ModelProto, rng: random.Random) -> None:
    """A vector of another length: too many axes, too few pads."""
    small = [t for t in tensors_of(model) if len(t.dims) == 1 and t.dims[0] < 64 and t.raw_data]
    tensor = rng.choice(small)
    array = onnx.numpy_helper.to_array(tensor)
    longer = np.concatenate([array, array])[:rng.randrange(2 * array.size + 1)]
    tensor.dims[0] = longer.size
    tensor.raw_data = longer.tobytes()


def tensor_external(model: ModelProto, rng: random.Random) -> None:
    tensor = rng.choice(tensors_of(model))
    if not tensor.external_data or rng.random() < 0.3:
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights.bin")
    places = ("../weights.bin", "/etc/passwd", "", "nothing.bin", ".", "a/../weights.bin",
              "/dev/zero", "weights.bin\x00", "x" * 5000, "weights.bin")
    numbers = ("-1", "abc", "", "99999999999999999999", "9223372036854775807", "3", "0", "1e3")
    entry = rng.choice(tensor.external_data)
    entry.value = rng.choice(places if entry.key == "location" else numbers)
    if rng.random() < 0.2:
        entry.key = rng.choice(("location", "offset", "length", "checksum", "nonsense"))


def tensor_name(model: ModelProto, rng: random.Random) -> None:
    rng.choice(tensors_of(model)).name = rng.choice((*NAMES, *names_of(model)[:20]))


WAYS = (
    value_dimension, value_dimension, value_name_dimension, value_rank, value_no_shape, value_type,
    value_type, value_no_type, tensor_dimension, tensor_dimension, tensor_rank, tensor_rank,
    tensor_type, tensor_data, tensor_field, tensor_values, tensor_values, tensor_values,
    tensor_values, tensor_length, tensor_external, tensor_name,
)

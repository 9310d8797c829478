"""Weights that lie in files beside the model: checked before they are read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import onnx
import onnx.checker
import onnx.external_data_helper
import onnx.helper

from tinsmith.errors import ModelError, printable

KEYS = frozenset({"location", "offset", "length", "checksum", "basepath"})


def load_external(proto: onnx.ModelProto, folder: Path) -> None:
    """Puts the data of external tensors into the model; files outside ``folder`` are refused."""
    for tensor in tensors(proto):
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        check(tensor, folder)
        try:
            onnx.external_data_helper.load_external_data_for_tensor(tensor, str(folder))
        except (OSError, ValueError, RuntimeError, onnx.checker.ValidationError) as error:
            lines = str(error).splitlines() or [type(error).__name__]
            raise _wrong(tensor, "a readable file in the model's folder", lines[0]) from error
        tensor.data_location = onnx.TensorProto.DEFAULT
        del tensor.external_data[:]


def tensors(proto: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """Every tensor of a model: of graphs, attributes and functions."""
    yield from _of_graph(proto.graph)
    for function in proto.functions:
        yield from _of_nodes(function.node)


def _of_graph(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _of_nodes(graph.node)


def _of_nodes(nodes: Iterator[onnx.NodeProto]) -> Iterator[onnx.TensorProto]:
    for node in nodes:
        for attribute in node.attribute:
            yield from (attribute.t, attribute.sparse_tensor.values, *attribute.tensors)
            for graph in (attribute.g, *attribute.graphs):
                yield from _of_graph(graph)


def check(tensor: onnx.TensorProto, folder: Path) -> None:
    """``ModelError`` unless the file has as many bytes as the tensor's shape and type ask for."""
    fields = {entry.key: entry.value for entry in tensor.external_data}
    if len(fields) != len(tensor.external_data) or not set(fields) <= KEYS:
        raise _wrong(tensor, f"each of {', '.join(sorted(KEYS))} at most once", sorted(fields))
    if not fields.get("location"):
        raise _wrong(tensor, "a location", "none")
    numbers = {}
    for key in ("offset", "length"):
        text = fields.get(key, "0")
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise _wrong(tensor, f"a number as {key}", f"'{text}'")
        numbers[key] = int(text)
    path = folder / fields["location"]
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        raise _wrong(tensor, f"a file '{path}'", "none") from None
    need = _size_bytes(tensor)
    if "length" in fields and numbers["length"] != need:
        raise _wrong(tensor, f"a length of {need} bytes", numbers["length"])
    if numbers["offset"] + need > size:
        raise _wrong(tensor, f"{numbers['offset'] + need} bytes in '{path}'", size)
    if "length" not in fields:
        tensor.external_data.add(key="length", value=str(need))


def _size_bytes(tensor: onnx.TensorProto) -> int:
    """The bytes of a tensor; types of less than a byte are packed."""
    if any(d < 0 for d in tensor.dims):
        raise _wrong(tensor, "no negative dimension", list(tensor.dims))
    try:
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    except KeyError:
        raise _wrong(tensor, "a known element type", tensor.data_type) from None
    name = onnx.TensorProto.DataType.Name(tensor.data_type)
    bits = next((n for n in (2, 4) if name.endswith(f"INT{n}") or name.startswith(f"FLOAT{n}E")),
                8 * kind.itemsize)
    return -(-math.prod(int(d) for d in tensor.dims) * int(bits) // 8)


def _wrong(tensor: onnx.TensorProto, expected: str, got: object) -> ModelError:
    return ModelError(f"import: weight '{printable(str(tensor.name))}' external data: expected "
                      f"{expected}, got {got}; put the file beside the model, or export it again")

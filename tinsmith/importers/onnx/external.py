"""Weights that lie in files beside the model: checked before they are read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

import onnx
import onnx.checker
import onnx.external_data_helper
import onnx.helper

from tinsmith.errors import ModelError, UnsupportedError, printable
from tinsmith.importers.limits import MODEL_LIMIT_BYTES, TENSOR_LIMIT

KEYS = frozenset({"location", "offset", "length", "checksum", "basepath"})
SHARED_LIMIT_BYTES = 1 << 26  # that tensors may have beyond twice the bytes that they lie in


class Region(NamedTuple):
    """The bytes of a file that hold a tensor."""

    path: Path
    offset: int
    size_bytes: int


def load_external(proto: onnx.ModelProto, folder: Path) -> None:
    """Puts the data of external tensors into the model; files outside ``folder`` are refused.

    All are checked, and counted together, before the first is read.
    """
    outside = [t for t in tensors(proto) if t.data_location == onnx.TensorProto.EXTERNAL]
    check_total([check(tensor, folder) for tensor in outside])
    for tensor in outside:
        try:
            onnx.external_data_helper.load_external_data_for_tensor(tensor, str(folder))
        except (OSError, ValueError, RuntimeError, onnx.checker.ValidationError) as error:
            lines = str(error).splitlines() or [type(error).__name__]
            raise _wrong(tensor, "a readable file in the model's folder", lines[0]) from error
        tensor.data_location = onnx.TensorProto.DEFAULT
        del tensor.external_data[:]


def check_total(regions: Sequence[Region]) -> None:
    """Refuses more bytes than we compile, or many tensors made of few bytes."""
    total = sum(region.size_bytes for region in regions)
    if total > MODEL_LIMIT_BYTES:
        raise UnsupportedError(f"import: model 'external data': expected at most "
                               f"{MODEL_LIMIT_BYTES} bytes of weights, got {total}; "
                               "export a smaller one")
    stored = sum(region.size_bytes for region in set(regions))
    if total > SHARED_LIMIT_BYTES + 2 * stored:
        raise UnsupportedError(f"import: model 'external data': expected weights that share few "
                               f"bytes, got {total} bytes of weights in {stored} of files; "
                               "use one weight in their place")


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


def check(tensor: onnx.TensorProto, folder: Path) -> Region:
    """Where the data lie.

    Raises:
        ModelError: the file has fewer bytes than the tensor's shape and type ask for.
        UnsupportedError: the tensor is larger than what we compile.
    """
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
    place = PurePath(fields["location"])
    if place.is_absolute() or ".." in place.parts:
        raise _wrong(tensor, "a file in the model's folder", f"'{place}'")
    path = folder / place
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        raise _wrong(tensor, f"a file '{path}'", "none") from None
    need = _size_bytes(tensor)
    count = math.prod(int(d) for d in tensor.dims)
    if count > TENSOR_LIMIT:
        raise UnsupportedError(
            f"import: weight '{printable(str(tensor.name))}' external data: expected at most "
            f"{TENSOR_LIMIT} elements, got {count}; export a smaller model")
    if "length" in fields and numbers["length"] != need:
        raise _wrong(tensor, f"a length of {need} bytes", numbers["length"])
    if numbers["offset"] + need > size:
        raise _wrong(tensor, f"{numbers['offset'] + need} bytes in '{path}'", size)
    if "length" not in fields:
        tensor.external_data.add(key="length", value=str(need))
    return Region(path, numbers["offset"], need)


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

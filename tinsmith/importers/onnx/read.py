"""ONNX bytes to raw nodes: parses the file, loads weights, inlines functions. Knows no operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx
import onnx.external_data_helper
import onnx.inliner
import onnx.numpy_helper
from google.protobuf.message import DecodeError

from tinsmith.dtypes import Array
from tinsmith.errors import ModelError, UnsupportedError

Attribute: TypeAlias = (
    "int | float | str | Array | RawGraph | RawType | tuple[int, ...] | tuple[float, ...] "
    "| tuple[str, ...]"
)


@dataclass(frozen=True, slots=True)
class RawType:
    """A declared type: ONNX element type and dimensions (a name or None where open)."""

    elem_type: int
    shape: tuple[int | str | None, ...] | None


@dataclass(frozen=True, slots=True)
class RawNode:
    """One node as the file has it."""

    name: str
    op_type: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class RawGraph:
    """A graph (or a body of If, Loop, Scan) as the file has it."""

    name: str
    nodes: tuple[RawNode, ...]
    inputs: Mapping[str, RawType]
    outputs: Mapping[str, RawType]
    weights: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class RawModel:
    """A model file: its graph, operator set versions and metadata."""

    graph: RawGraph
    opsets: Mapping[str, int]
    metadata: Mapping[str, str]


def read(path: Path) -> RawModel:
    """The raw nodes of an ONNX file; ``ModelError`` when it is damaged."""
    try:
        proto = onnx.ModelProto.FromString(path.read_bytes())
    except (DecodeError, OSError, ValueError, MemoryError) as error:
        raise ModelError(f"import: file '{path}': expected an ONNX model, got {_first(error)}; "
                         "export it again") from error
    return read_proto(proto, path.parent)


def read_proto(proto: onnx.ModelProto, folder: Path | None = None) -> RawModel:
    """The raw nodes of a parsed model whose external data lies in ``folder``."""
    if not proto.HasField("graph") or not (proto.graph.node or proto.graph.output):
        raise ModelError("import: model 'graph': expected nodes and outputs, got none; "
                         "export it again")
    try:
        if folder is not None:
            onnx.external_data_helper.load_external_data_for_model(proto, str(folder))
        if proto.functions:
            proto = onnx.inliner.inline_local_functions(proto)
        return RawModel(
            graph=_graph(proto.graph),
            opsets={o.domain: o.version for o in proto.opset_import} or {"": 1},
            metadata={p.key: p.value for p in proto.metadata_props},
        )
    except (ModelError, UnsupportedError):
        raise
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, MemoryError,
            RecursionError, RuntimeError, OverflowError, onnx.checker.ValidationError) as error:
        raise ModelError(f"import: model '{proto.graph.name}': expected well-formed parts, got "
                         f"{type(error).__name__}: {_first(error)}; export it again") from error


def _first(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _graph(proto: onnx.GraphProto) -> RawGraph:
    weights = {t.name: _tensor(t) for t in proto.initializer}
    for sparse in proto.sparse_initializer:
        weights[sparse.values.name] = _sparse(sparse)
    return RawGraph(
        name=proto.name or "model",
        nodes=tuple(raw_node(n, i) for i, n in enumerate(proto.node)),
        inputs={v.name: _type(v.type, v.name) for v in proto.input},
        outputs={v.name: _type(v.type, v.name) for v in proto.output},
        weights=weights,
    )


def raw_node(proto: onnx.NodeProto, index: int) -> RawNode:
    """One node of a graph or function; ``index`` names it when it has no name."""
    return RawNode(
        name=proto.name or f"{proto.op_type}_{index}",
        op_type=proto.op_type,
        domain="" if proto.domain == "ai.onnx" else proto.domain,
        inputs=tuple(proto.input),
        outputs=tuple(proto.output),
        attributes={a.name: _attribute(a) for a in proto.attribute},
    )


def _attribute(proto: onnx.AttributeProto) -> Attribute:
    kind = onnx.AttributeProto
    if proto.type == kind.TENSOR:
        return _tensor(proto.t)
    if proto.type == kind.SPARSE_TENSOR:
        return _sparse(proto.sparse_tensor)
    if proto.type == kind.GRAPH:
        return _graph(proto.g)
    if proto.type == kind.STRING:
        return str(proto.s.decode("utf-8", "replace"))
    if proto.type == kind.STRINGS:
        return tuple(s.decode("utf-8", "replace") for s in proto.strings)
    if proto.type == kind.INT:
        return int(proto.i)
    if proto.type == kind.INTS:
        return tuple(int(i) for i in proto.ints)
    if proto.type == kind.FLOAT:
        return float(proto.f)
    if proto.type == kind.FLOATS:
        return tuple(float(f) for f in proto.floats)
    if proto.type == kind.TYPE_PROTO:
        return _type(proto.tp, proto.name)
    raise UnsupportedError(
        f"import: attribute '{proto.name}': expected a number, string, tensor or graph, got "
        f"{kind.AttributeType.Name(proto.type)}; export without it")


def _tensor(proto: onnx.TensorProto) -> Array:
    if proto.data_type == onnx.TensorProto.STRING:
        return np.array([s.decode("utf-8", "replace") for s in proto.string_data],
                        dtype=object).reshape(tuple(proto.dims))
    return np.asarray(onnx.numpy_helper.to_array(proto))


def _sparse(proto: onnx.SparseTensorProto) -> Array:
    shape = tuple(proto.dims)
    values = _tensor(proto.values)
    indices = _tensor(proto.indices)
    dense = np.zeros(shape, values.dtype)
    if indices.ndim == 1:
        dense.reshape(-1)[indices] = values
    else:
        dense[tuple(indices.T)] = values
    return dense


def _type(proto: onnx.TypeProto, name: str) -> RawType:
    if not proto.HasField("tensor_type"):
        kind = proto.WhichOneof("value")
        if kind is None:  # bodies of If, Loop and Scan may leave their types open
            return RawType(onnx.TensorProto.UNDEFINED, None)
        raise UnsupportedError(f"import: value '{name}': expected a dense tensor, got {kind}; "
                               "Tinsmith compiles tensors only")
    tensor = proto.tensor_type
    if not tensor.HasField("shape"):
        return RawType(tensor.elem_type, None)
    return RawType(tensor.elem_type, tuple(
        d.dim_value if d.HasField("dim_value") else d.dim_param or None
        for d in tensor.shape.dim))

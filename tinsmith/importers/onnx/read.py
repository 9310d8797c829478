"""ONNX bytes to raw nodes: parses the file, loads weights, inlines functions. Knows no operator."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx
import onnx.checker
import onnx.inliner
import onnx.numpy_helper
from google.protobuf.message import DecodeError

from tinsmith.dtypes import Array
from tinsmith.errors import ModelError, UnsupportedError, printable
from tinsmith.importers.onnx.external import load_external
from tinsmith.importers.onnx.unfold import check_count, check_functions, text

Attribute: TypeAlias = (
    "int | float | str | Array | RawGraph | RawType | tuple[int, ...] | tuple[float, ...] "
    "| tuple[str, ...]"
)
FILE_LIMIT_BYTES = (1 << 31) - 1  # protobuf's own
SPARSE_LIMIT = 1 << 26  # elements of a sparse tensor when it is made dense


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
        size = path.stat().st_size
        if size > FILE_LIMIT_BYTES:
            raise ModelError(f"import: file '{path}': expected at most {FILE_LIMIT_BYTES} bytes, "
                             f"got {size}; export it with external data")
        proto = onnx.ModelProto.FromString(path.read_bytes())
    except (DecodeError, OSError, ValueError, MemoryError) as error:
        raise ModelError(f"import: file '{path}': expected an ONNX model, got {_first(error)}; "
                         "export it again") from error
    return read_proto(proto, path.parent)


def read_proto(proto: onnx.ModelProto, folder: Path | None = None) -> RawModel:
    """The raw nodes of a parsed model whose external data lies in ``folder``."""
    if not proto.HasField("graph") or not proto.graph.output:
        raise ModelError("import: model 'graph': expected nodes and outputs, got none; "
                         "export it again")
    check_count(proto)
    if not 1 <= proto.ir_version <= onnx.IR_VERSION:
        raise UnsupportedError(f"import: model 'ir_version': expected 1 to {onnx.IR_VERSION}, got "
                               f"{proto.ir_version}; export it for this onnx, or install a newer")
    try:
        if folder is not None:
            load_external(proto, folder)
        if proto.functions:
            check_functions(proto)
            proto = onnx.inliner.inline_local_functions(proto)
        return RawModel(
            graph=_graph(proto.graph),
            opsets=_opsets(proto.opset_import),
            metadata={text(p.key): text(p.value) for p in proto.metadata_props},
        )
    except (ModelError, UnsupportedError):
        raise
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, MemoryError,
            RecursionError, RuntimeError, OverflowError, onnx.checker.ValidationError) as error:
        raise ModelError(f"import: model '{proto.graph.name}': expected well-formed parts, got "
                         f"{type(error).__name__}: {_first(error)}; export it again") from error


def _first(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _opsets(imports: Iterable[onnx.OperatorSetIdProto]) -> dict[str, int]:
    """Versions by domain; a model without any is of version 1."""
    found: dict[str, int] = {}
    for entry in imports:
        domain = "" if entry.domain == "ai.onnx" else text(entry.domain)
        if found.setdefault(domain, entry.version) != entry.version:
            raise ModelError(f"import: operator set '{domain}': expected one version, got "
                             f"{found[domain]} and {entry.version}; export it again")
    return found or {"": 1}


def _graph(proto: onnx.GraphProto) -> RawGraph:
    for what, names in (("initializer", [t.name for t in proto.initializer]),
                        ("input", [v.name for v in proto.input]),
                        ("output", [v.name for v in proto.output])):
        _check_unique(what, names)
    weights = {text(t.name): _tensor(t) for t in proto.initializer}
    for sparse in proto.sparse_initializer:
        weights[text(sparse.values.name)] = _sparse(sparse)
    return RawGraph(
        name=text(proto.name) or "model",
        nodes=tuple(raw_node(n, i) for i, n in enumerate(proto.node)),
        inputs={text(v.name): _type(v.type, v.name) for v in proto.input},
        outputs={text(v.name): _type(v.type, v.name) for v in proto.output},
        weights=weights,
    )


def _check_unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen or not name:
            got = "it twice" if name else "none"
            raise ModelError(f"import: {what} '{text(name)}': expected a name of its own, got "
                             f"{got}; export it again")
        seen.add(name)


def raw_node(proto: onnx.NodeProto, index: int) -> RawNode:
    """One node of a graph or function; ``index`` names it when it has no name."""
    return RawNode(
        name=printable(text(proto.name) or f"{text(proto.op_type)}_{index}"),
        op_type=text(proto.op_type),
        domain="" if proto.domain == "ai.onnx" else text(proto.domain),
        inputs=tuple(map(text, proto.input)),
        outputs=tuple(map(text, proto.output)),
        attributes=_attributes(proto),
    )


def _attributes(node: onnx.NodeProto) -> dict[str, Attribute]:
    _check_unique(f"{text(node.op_type)} '{text(node.name)}' attribute",
                  [a.name for a in node.attribute])
    return {text(a.name): _attribute(a) for a in node.attribute}


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
        return tuple(proto.ints)
    if proto.type == kind.FLOAT:
        return float(proto.f)
    if proto.type == kind.FLOATS:
        return tuple(proto.floats)
    if proto.type == kind.TYPE_PROTO:
        return _type(proto.tp, proto.name)
    raise UnsupportedError(
        f"import: attribute '{proto.name}': expected a number, string, tensor or graph, got "
        f"{kind.AttributeType.Name(proto.type)}; export without it")


def _tensor(proto: onnx.TensorProto) -> Array:
    if proto.data_location == onnx.TensorProto.EXTERNAL:
        raise ModelError(f"import: weight '{text(proto.name)}': expected its data in the model, "
                         "got a reference to a file; load the model from its file")
    if proto.data_type == onnx.TensorProto.STRING:
        return np.array([s.decode("utf-8", "replace") for s in proto.string_data],
                        dtype=object).reshape(tuple(proto.dims))
    return np.asarray(onnx.numpy_helper.to_array(proto))


def _sparse(proto: onnx.SparseTensorProto) -> Array:
    shape = tuple(proto.dims)
    if any(d < 0 for d in shape) or math.prod(shape) > SPARSE_LIMIT:
        raise UnsupportedError(
            f"import: sparse tensor '{text(proto.values.name)}': expected at most "
            f"{SPARSE_LIMIT} elements, got {shape}; make it smaller")
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
        d.dim_value if d.HasField("dim_value") and d.dim_value >= 0 else text(d.dim_param) or None
        for d in tensor.shape.dim))

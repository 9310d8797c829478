"""What the operators that read an input say of its axes: which count samples, which do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.importers.onnx.read import RawGraph, RawNode

FOLLOWED = 1000  # nodes that are looked at for one input

FIRST_IS_BATCH = frozenset("""
    Conv ConvTranspose ConvInteger QLinearConv DeformConv AveragePool MaxPool LpPool
    GlobalAveragePool GlobalMaxPool GlobalLpPool BatchNormalization InstanceNormalization
    GroupNormalization LRN DepthToSpace SpaceToDepth GridSample Upsample ImageScaler Crop
    TreeEnsemble TreeEnsembleClassifier TreeEnsembleRegressor LinearClassifier LinearRegressor
    Scaler Normalizer SVMClassifier SVMRegressor Imputer
""".split())  # noqa: SIM905 - a list of words reads best as words
SAME_AXES = frozenset("""
    Abs Add Cast Ceil Clip Concat DequantizeLinear Div Dropout Elu Erf Exp Floor Gelu HardSigmoid
    HardSwish Identity LayerNormalization LeakyRelu Log LogSoftmax Max Min Mul Neg PRelu Pad Pow
    QuantizeLinear Relu Resize Round Selu Sigmoid Slice Softmax Softplus Split Sqrt Sub Sum Tanh
    Where
""".split())  # noqa: SIM905
WEIGHTS = {"Conv": 1, "ConvTranspose": 1, "ConvInteger": 1, "QLinearConv": 3, "DeformConv": 1,
           "BatchNormalization": 1, "Gemm": 1, "MatMul": 1, "LSTM": 1, "GRU": 1, "RNN": 1}

Axes: TypeAlias = tuple[int | None, ...]  # for each axis of a value, which one of the input it is


@dataclass(frozen=True, slots=True)
class Roles:
    """Axes that count samples, axes that count something else, and axes of known extents."""

    batch: frozenset[int] = frozenset()
    other: frozenset[int] = frozenset()
    extents: Mapping[int, int] | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads each value of a graph, and which values are constant: made once for all inputs."""

    readers: Mapping[str, list[RawNode]]
    constants: Mapping[str, Array]


def reading(raw: RawGraph) -> Reading:
    """What ``follow`` needs of a graph."""
    return Reading(_readers(raw), _constants(raw))


def follow(graph: Reading, name: str, rank: int | None) -> Roles:
    """The roles of the axes of input ``name``; its ``rank`` may be unknown."""
    readers, constants = graph.readers, graph.constants
    if rank is None:
        rank = _rank(readers, name, constants)
        if rank is None:
            return Roles()
    batch: set[int] = set()
    other: set[int] = set()
    extents: dict[int, int] = {}
    waiting: list[tuple[str, Axes]] = [(name, tuple(range(rank)))]
    seen = {name}
    for step, (value, axes) in enumerate(waiting):
        for node in readers.get(value, ()) if step < FOLLOWED else ():
            samples, rest, known = _told(node, value, axes, constants)
            batch |= samples
            other |= rest
            extents |= known
            moved = None if samples or rest else _moved(node, value, axes, constants)
            for output in node.outputs if moved is not None else ():
                if output and output not in seen:
                    seen.add(output)
                    waiting.append((output, moved or ()))
    return Roles(frozenset(batch), frozenset(other), extents, rank)


def _readers(raw: RawGraph) -> Mapping[str, list[RawNode]]:
    found: dict[str, list[RawNode]] = {}
    for node in raw.nodes:
        for value in dict.fromkeys(filter(None, node.inputs)):
            found.setdefault(value, []).append(node)
    return found


def _constants(raw: RawGraph) -> Mapping[str, Array]:
    found = dict(raw.weights)
    for node in raw.nodes:
        value = next(iter(node.attributes.values()), None)
        if node.op_type == "Constant" and node.outputs and isinstance(value, np.ndarray | tuple):
            found[node.outputs[0]] = np.asarray(value)
    return found


def _rank(readers: Mapping[str, Iterable[RawNode]], name: str,
          constants: Mapping[str, Array]) -> int | None:
    """How many axes the first operator that says so expects of a value."""
    waiting, seen = [name], {name}
    for step, value in enumerate(waiting):
        for node in readers.get(value, ()) if step < FOLLOWED else ():
            perm = node.attributes.get("perm")
            if node.op_type == "Transpose" and isinstance(perm, tuple):
                return len(perm)
            if node.inputs[0] == value and node.op_type in WEIGHTS and (
                    node.op_type not in ("MatMul", "BatchNormalization")):
                weights = _weights(node, constants)
                return 2 if node.op_type == "Gemm" else weights.ndim if weights is not None else 4
            if node.op_type in SAME_AXES:
                fresh = [output for output in node.outputs if output and output not in seen]
                seen.update(fresh)
                waiting += fresh
    return None


def _weights(node: RawNode, constants: Mapping[str, Array]) -> Array | None:
    at = WEIGHTS.get(node.op_type, 0)
    return constants.get(node.inputs[at]) if 0 < at < len(node.inputs) else None


def _told(
    node: RawNode, value: str, axes: Axes, constants: Mapping[str, Array]
) -> tuple[set[int], set[int], dict[int, int]]:
    """Axes of the input that ``node`` counts samples along, others, and extents it needs."""
    if not axes or not node.inputs or node.inputs[0] != value:
        return set(), set(), {}
    kind, weights = node.op_type, _weights(node, constants)
    if kind in ("LSTM", "GRU", "RNN"):
        sample, feature = (0 if node.attributes.get("layout") == 1 else 1), 2
        extent = weights.shape[2] if weights is not None and weights.ndim == 3 else 0
    elif kind in FIRST_IS_BATCH:
        sample, feature, extent = 0, 1, _channels(node, weights)
    elif kind == "Gemm" and not node.attributes.get("transA"):
        sample, feature, extent = 0, 1, 0
        if weights is not None and weights.ndim == 2:
            extent = weights.shape[1 if node.attributes.get("transB") else 0]
    elif kind == "MatMul" and len(axes) == 2 and weights is not None and weights.ndim == 2:
        sample, feature, extent = 0, 1, weights.shape[0]
    elif kind == "Flatten" and node.attributes.get("axis", 1) == 1:
        sample, feature, extent = 0, -1, 0
    else:
        return set(), set(), {}
    batch = {axis for axis in axes[sample:sample + 1] if axis is not None}
    other = {axis for axis in axes if axis is not None} - batch
    at = axes[feature] if 0 <= feature < len(axes) else None
    return batch, other, {} if at is None or not extent else {at: int(extent)}


def _channels(node: RawNode, weights: Array | None) -> int:
    """The extent of the second axis that a convolution or a normalisation asks for; 0: unknown."""
    if weights is None or not weights.ndim:
        return 0
    group = node.attributes.get("group", 1)
    if node.op_type in ("ConvTranspose", "BatchNormalization"):
        return int(weights.shape[0])
    return int(weights.shape[1]) * (group if isinstance(group, int) else 1) if (
        weights.ndim > 1) else 0


def _moved(
    node: RawNode, value: str, axes: Axes, constants: Mapping[str, Array]
) -> Axes | None:
    """Where the axes are after ``node``; None where they can no longer be followed."""
    if node.op_type == "OneHot" or (  # categories to rows, of a table too
            node.op_type == "Gather" and node.inputs[0] in constants and node.inputs[1] == value
            and not node.attributes.get("axis")):
        return (*axes, None)
    if node.op_type == "MatMul" and node.inputs[0] == value and axes and (
            node.inputs[1] in constants and constants[node.inputs[1]].ndim == 2):
        return (*axes[:-1], None)
    if node.op_type in SAME_AXES:
        joined = node.attributes.get("axis") if node.op_type in ("Concat", "Split") else None
        return tuple(None if isinstance(joined, int) and i in (joined, joined + len(axes)) else a
                     for i, a in enumerate(axes))
    if node.op_type == "Transpose":
        perm = node.attributes.get("perm", tuple(range(len(axes)))[::-1])
        places = perm if isinstance(perm, tuple) else ()
        if sorted(map(str, places)) == sorted(map(str, range(len(axes)))):
            return tuple(axes[int(p)] for p in places)
        return None
    listed = node.attributes.get("axes")
    if listed is None and len(node.inputs) > 1:
        listed = constants.get(node.inputs[1])
    numbers = [] if listed is None else [int(i) for i in np.ravel(listed)]  # type: ignore[arg-type]
    if node.op_type == "Unsqueeze" and numbers:
        rank = len(axes) + len(numbers)
        new, rest = {i % rank for i in numbers}, iter(axes)
        return tuple(None if i in new else next(rest, None) for i in range(rank))
    if node.op_type == "Squeeze" and numbers:
        gone = {i % len(axes) for i in numbers}
        return tuple(a for i, a in enumerate(axes) if i not in gone)
    if node.op_type == "Reshape":
        return _reshaped(axes, numbers)
    return None


def _reshaped(axes: Axes, target: list[int]) -> Axes:
    """A first axis stays where it is copied (0), or where all of it is left over (-1)."""
    if not target:  # computed: what exporters write copies the batch
        return (*axes[:1], None, None, None)
    moved: list[int | None] = []
    for i, extent in enumerate(target):
        kept = i < len(axes) and len(moved) == i and (extent == 0 or (i == 0 and extent == -1))
        moved.append(axes[i] if kept else None)
    return tuple(moved)

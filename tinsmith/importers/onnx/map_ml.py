"""ai.onnx.ml: scalers, linear models and encoders of numbers, made of other operators.

Results are those of ONNX Runtime, also where its label of two classes differs from the largest
score. Classes and categories that are texts are refused: compiled code has numbers only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.errors import ShapeError
from tinsmith.importers.onnx.map_slice import concatenate, part_of
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import (
    activations,
    arithmetic,
    cast,
    comparison,
    concat,
    gather,
    gemm,
    pad,
    reduce,
    reshape,
    softmax,
    topk,
)

DOMAIN = "ai.onnx.ml"
LARGEST_TABLE = 1 << 12  # keys of a LabelEncoder, all of which are compared


def Scaler(node: NodeImport) -> None:
    """(x - offset) * scale, one of each or one for each feature."""
    x = floats(node)
    for name, op in (("offset", arithmetic.Sub()), ("scale", arithmetic.Mul())):
        numbers = node.attribute_floats(name)
        if numbers:
            _check_features(node, name, numbers)
            x = node.temporary(op, x, node.number(np.array(numbers)))
    node.alias(x)


def Normalizer(node: NodeImport) -> None:
    """Rows divided by their largest element, sum of magnitudes, or length; rows of 0 stay."""
    norm = node.attribute_str("norm", "MAX")
    axes = (node.type(0).rank - 1,)
    found: dict[str, reduce.Reduce] = {"MAX": reduce.ReduceMax(axes), "L1": reduce.ReduceL1(axes),
                                       "L2": reduce.ReduceL2(axes)}
    if norm not in found:
        raise node.unsupported("norm", "MAX, L1 or L2", norm, "check the model")
    x = floats(node)
    size = node.temporary(found[norm], x)
    none = node.temporary(comparison.Equal(), size, node.number(0.0))
    divisor = node.temporary(comparison.Where(), none, node.number(1.0), size)
    node.emit(arithmetic.Div(), x, divisor)


def Binarizer(node: NodeImport) -> None:
    """1 where x is above the threshold, else 0, in the type of x."""
    x = node.type(0)
    limit = node.number(node.attribute_float("threshold", 0.0), x.dtype)
    above = node.temporary(comparison.Greater(), node.value(0), limit)
    node.emit(cast.Cast(x.dtype), above)


def Imputer(node: NodeImport) -> None:
    """One value (NaN, say) replaced by another, one for all or one for each feature."""
    x = node.type(0)
    kind = "floats" if x.dtype.is_float else "int64s"
    values: Sequence[float] = (node.attribute_floats(f"imputed_value_{kind}") if x.dtype.is_float
                               else node.attribute_ints(f"imputed_value_{kind}"))
    _check_features(node, f"imputed_value_{kind}", values)
    replaced: float = (node.attribute_float("replaced_value_float", 0.0) if x.dtype.is_float
                       else node.attribute_int("replaced_value_int64", 0))
    if replaced != replaced:
        hit = node.temporary(comparison.IsNaN(), node.value(0))
    else:
        hit = node.temporary(comparison.Equal(), node.value(0), node.number(replaced, x.dtype))
    node.emit(comparison.Where(), hit, node.number(np.array(values), x.dtype), node.value(0))


def FeatureVectorizer(node: NodeImport) -> None:
    """All inputs side by side, each cut or filled with 0 to its number of features."""
    given = node.attribute_ints("inputdimensions")
    parts = []
    for i in range(node.input_count):
        value = rows(node, floats(node, i))
        x = node.builder.types[value]
        count = given[i] if given else x.shape[1]
        if len(given) not in (0, node.input_count) or count < 0:
            raise node.unsupported("inputdimensions", f"{node.input_count} numbers", given,
                                   "check the model")
        if count < x.shape[1]:
            value = node.temporary(part_of(x, 1, 0, count), value)
        elif count > x.shape[1]:
            value = node.temporary(pad.Pad((0, 0), (0, count - x.shape[1])), value)
        parts.append(value)
    concatenate(node, 1, parts)


def ArrayFeatureExtractor(node: NodeImport) -> None:
    """The features at the given places of the last axis."""
    x, places = node.type(0), node.temporary(
        reshape.Reshape((node.type(1).size,)), node.value(1))
    value = node.value(0)
    if x.rank == 1:
        value = node.temporary(reshape.Reshape((1, *x.shape)), value)
    node.emit(gather.Gather(max(x.rank - 1, 1)), value, places)


def LabelEncoder(node: NodeImport) -> None:
    """The value of each key, where both are numbers; the default where there is no such key."""
    x = node.type(0)
    keys, values, default = (_table(node, name) for name in ("keys", "values", "default"))
    if keys is None or values is None or not 1 <= keys.size <= LARGEST_TABLE or (
            keys.size != values.size):
        raise node.unsupported("keys and values", f"1 to {LARGEST_TABLE} numbers of each",
                               "texts, or none", "encode texts outside of the model")
    if default is None:
        name, other = ("default_float", -0.0) if values.dtype.kind == "f" else ("default_int64", -1)
        given = node.raw.attributes.get(name, other)
        default = np.array(given)
    last = {key: i for i, key in enumerate(keys.tolist())}  # of keys that are there twice
    order = [i for key, i in last.items() if key == key]
    keys, values = keys.astype(x.dtype.numpy), values.reshape(-1)
    missing = [i for i, key in enumerate(np.isnan(keys)) if key]
    order += missing[-1:]
    column = node.temporary(reshape.Reshape((*x.shape, 1)), node.value(0))
    hit = node.temporary(comparison.Equal(), column, node.number(keys[order], x.dtype))
    if missing:
        nan = node.temporary(comparison.IsNaN(), column)
        last_is_nan = node.constant_array(np.arange(len(order)) == len(order) - 1)
        hit = node.temporary(comparison.Where(), nan, last_is_nan, hit)
    flags = node.temporary(cast.Cast(DType.I32), hit)
    axis = x.rank
    place = node.temporary(topk.ArgMax(axis, False), flags)
    there = node.temporary(cast.Cast(DType.BOOL), node.temporary(
        reduce.ReduceMax((axis,), False), flags))
    at = node.temporary(comparison.Where(), there, place,
                        node.constant_array(np.array(len(order), np.int64)))
    table = np.append(values[order], default.reshape(-1)[:1].astype(values.dtype))
    node.emit(gather.Gather(0), node.constant_array(table), at)


def _table(node: NodeImport, name: str) -> Array | None:
    """Keys, values or default, whichever attribute gives them as numbers."""
    found = node.attribute_array(f"{name}_tensor")
    if found is None:
        for kind, dtype in (("int64s", np.int64), ("floats", np.float32)):
            given = node.raw.attributes.get(f"{name}_{kind}")
            if isinstance(given, tuple):
                return np.array(given, dtype)
    return None if found is None or found.dtype == object else found.reshape(-1)


def LinearRegressor(node: NodeImport) -> None:
    """x times the coefficients of each target, and an intercept."""
    scores = _linear(node, node.attribute_int("targets", 1))
    transformed(node, 0, scores, node.attribute_str("post_transform", "NONE"))


def LinearClassifier(node: NodeImport) -> None:
    """Scores of the classes, and the label of the best; one score serves for two classes."""
    labels = class_labels(node, "classlabels_ints")
    features = node.builder.types[rows(node, floats(node))].shape[1]
    count = len(node.attribute_floats("coefficients")) // max(features, 1)
    scores = _linear(node, count)
    post = node.attribute_str("post_transform", "NONE")
    if count != 1:
        pick_label(node, scores, labels)
        transformed(node, 1, scores, post)
        return
    above = node.temporary(comparison.Greater(), scores, node.number(0.0))
    two_labels(node, above, labels)
    two_scores(node, scores, post, complement=True)


def _linear(node: NodeImport, count: int) -> str:
    """x times coefficients (count, features), and intercepts."""
    x = rows(node, floats(node))
    features = node.builder.types[x].shape[1]
    coefficients = np.array(node.attribute_floats("coefficients"))
    intercepts = np.array(node.attribute_floats("intercepts", (0.0,) * count))
    if coefficients.size != count * features or intercepts.size != count or not count:
        raise ShapeError(
            f"import: {node.raw.op_type} '{node.raw.name}' coefficients: expected {features} for "
            f"each of {count} intercepts, got {coefficients.size} for {intercepts.size}; "
            "check the model")
    return node.temporary(gemm.Gemm(trans_b=True), x, node.number(
        coefficients.reshape(count, features)), node.number(intercepts))


def class_labels(node: NodeImport, name: str) -> Array:
    """The labels of the classes, which must be numbers."""
    labels = node.attribute_ints(name)
    if len(labels) < 2:
        texts = node.raw.attributes.get("classlabels_strings")
        raise node.unsupported("labels", "two numbers or more", "texts" if texts else len(labels),
                               "export with classes as numbers")
    return np.array(labels, np.int64)


def pick_label(node: NodeImport, scores: str, labels: Array) -> None:
    """Output 0: the label of the largest score of each row."""
    if node.builder.types[scores].shape[1] != len(labels):
        raise ShapeError(f"import: {node.raw.op_type} '{node.raw.name}' labels: expected one for "
                         f"each score, got {len(labels)} for {node.builder.types[scores]}; "
                         "check the model")
    best = node.temporary(topk.ArgMax(1, False), scores)
    node.emit_output(0, gather.Gather(0), node.constant_array(labels), best)


def two_labels(node: NodeImport, above: str, labels: Array) -> None:
    """Output 0: the second label where the score, (n, 1), is above its limit, else the first."""
    if len(labels) != 2:
        raise node.unsupported("labels", "two for one score", len(labels), "check the model")
    flat = node.temporary(reshape.Reshape((node.builder.types[above].size,)), above)
    first, second = (node.constant_array(labels[i]) for i in range(2))
    node.emit_output(0, comparison.Where(), flat, second, first)


def two_scores(node: NodeImport, score: str, post: str, complement: bool) -> None:
    """Output 1: scores of two classes made of that of the second one.

    ``complement``: the first one is 1 - score, and not -score.
    """
    if post == "LOGISTIC":
        score = node.temporary(activations.Sigmoid(), score)
        complement = True
    elif post == "PROBIT":
        raise _no_transform(node, post)
    other = node.temporary(arithmetic.Sub(), node.number(1.0 if complement else 0.0), score)
    node.emit_output(1, concat.Concat(1), other, score)


def transformed(node: NodeImport, index: int, scores: str, post: str) -> None:
    """Output ``index``: scores behind their transform, rounded to float32."""
    if node.builder.types[scores].dtype is not DType.F32:
        scores = node.temporary(cast.Cast(DType.F32), scores)
    scores = after(node, scores, post)
    node.alias(scores, index)


def after(node: NodeImport, scores: str, post: str) -> str:
    """Scores (n, targets) behind their transform."""
    if post == "NONE":
        return scores
    count = node.builder.types[scores].shape[1]
    if count == 1 or post not in ("LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"):
        raise _no_transform(node, f"{post} of {count}")
    if post == "LOGISTIC":
        return node.temporary(activations.Sigmoid(), scores)
    if post == "SOFTMAX":
        return node.temporary(softmax.Softmax(1), scores)
    return _softmax_zero(node, scores)


def _softmax_zero(node: NodeImport, scores: str) -> str:
    """Softmax of what is not 0; a 0 stays one."""
    kind = node.builder.types[scores].dtype
    zero = node.temporary(comparison.LessOrEqual(), node.temporary(arithmetic.Abs(), scores),
                          node.number(1e-7, kind))
    hidden = node.temporary(comparison.Where(), zero, node.number(-np.inf, kind), scores)
    spread = node.temporary(softmax.Softmax(1), hidden)
    return node.temporary(comparison.Where(), zero, node.number(0.0, kind), spread)


def _no_transform(node: NodeImport, post: str) -> Exception:
    return node.unsupported(
        "post_transform", "NONE, or LOGISTIC, SOFTMAX or SOFTMAX_ZERO of several scores", post,
        "runtimes differ in it: put the transform behind the model")


def floats(node: NodeImport, index: int = 0) -> str:
    """Input ``index`` in float32."""
    if node.type(index).dtype is DType.F32:
        return node.value(index)
    return node.temporary(cast.Cast(DType.F32), node.value(index))


def rows(node: NodeImport, value: str) -> str:
    """A value of one or two axes as (samples, features)."""
    x = node.builder.types[value]
    if x.rank == 2:
        return value
    if x.rank != 1:
        raise ShapeError(f"import: {node.raw.op_type} '{node.raw.name}' input: expected samples of "
                         f"features, got {x}; check the model")
    return node.temporary(reshape.Reshape((1, *x.shape)), value)


def _check_features(node: NodeImport, name: str, numbers: Sequence[float]) -> None:
    x = node.type(0)
    if len(numbers) not in (1, x.shape[-1] if x.rank else 1):
        raise ShapeError(f"import: {node.raw.op_type} '{node.raw.name}' {name}: expected one, or "
                         f"one for each feature, got {len(numbers)} for {x}; check the model")

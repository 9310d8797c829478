"""ai.onnx.ml and experimental operators beside ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper
from onnx import helper as h

from tinsmith.errors import ModelError, UnsupportedError
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.interpret import interpret

RNG = np.random.default_rng(0)
X = np.round(RNG.normal(size=(9, 4)), 2).astype(np.float32)
KINDS = {np.dtype(np.float32): 1, np.dtype(np.int64): 7, np.dtype(np.float64): 11,
         np.dtype(np.int32): 6}


def model_of(op: str, feeds: dict[str, np.ndarray], outputs: dict[str, int], ml: int = 3,
             domain: str = "ai.onnx.ml", **attributes: Any) -> onnx.ModelProto:
    node = h.make_node(op, list(feeds), list(outputs), "node", domain=domain, **attributes)
    graph = h.make_graph(
        [node], "g", [h.make_tensor_value_info(n, KINDS[a.dtype], a.shape)
                      for n, a in feeds.items()],
        [h.make_tensor_value_info(n, kind, None) for n, kind in outputs.items()])
    return h.make_model(graph, opset_imports=[h.make_opsetid("", 17),
                                              h.make_opsetid("ai.onnx.ml", ml)], ir_version=8)


def ours(model: onnx.ModelProto, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    return list(interpret(build(read_proto(model), {}, {}), feeds).values())


def check(op: str, feeds: dict[str, np.ndarray] | np.ndarray, outputs: dict[str, int],
          ml: int = 3, **attributes: Any) -> None:
    """The same answers as ONNX Runtime."""
    runtime = pytest.importorskip("onnxruntime")
    given = {"x": feeds} if isinstance(feeds, np.ndarray) else feeds
    model = model_of(op, given, outputs, ml, **attributes)
    session = runtime.InferenceSession(model.SerializeToString(),
                                       providers=["CPUExecutionProvider"])
    for got, want in zip(ours(model, given), session.run(None, given), strict=True):
        assert got.dtype == want.dtype
        assert got.shape == want.shape
        assert np.allclose(got, want, rtol=1e-5, atol=1e-6, equal_nan=True), (got, want)


FLOAT, LONG = {"y": TensorProto.FLOAT}, {"y": TensorProto.INT64}
BOTH = {"label": TensorProto.INT64, "scores": TensorProto.FLOAT}
ZEROED = np.concatenate([X, np.zeros((2, 4), np.float32), -np.abs(X)])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32"])
def test_scaler(dtype: str) -> None:
    x = (10 * X).astype(dtype)
    check("Scaler", x, FLOAT, 1, offset=[1.0, 2.0, -3.0, 0.5], scale=[0.5, 2.0, 1.0, 3.0])
    check("Scaler", x, FLOAT, 1, offset=[1.0], scale=[0.25])


@pytest.mark.parametrize("norm", ["MAX", "L1", "L2"])
def test_normalizer(norm: str) -> None:
    check("Normalizer", ZEROED, FLOAT, 1, norm=norm)
    check("Normalizer", X.astype(np.float64), FLOAT, 1, norm=norm)


def test_small_encoders() -> None:
    check("Binarizer", X, FLOAT, 1, threshold=0.25)
    x = X.copy()
    x[::2, 1] = np.nan
    check("Imputer", x, FLOAT, 1, imputed_value_floats=[7.0], replaced_value_float=np.nan)
    check("Imputer", np.round(X), FLOAT, 1, imputed_value_floats=[1.0, 2.0, 3.0, 4.0],
          replaced_value_float=0.0)
    whole = np.round(X).astype(np.int64)
    check("Imputer", whole, LONG, 1, imputed_value_int64s=[9], replaced_value_int64=1)
    check("FeatureVectorizer", {"a": X, "b": X[:, :3]}, FLOAT, 1, inputdimensions=[4, 3])
    check("ArrayFeatureExtractor", {"x": X, "i": np.array([[3, 0, 0]])}, FLOAT, 1)


KEYS = [0.5, np.nan, -1.0, 2.0]


@pytest.mark.parametrize("attributes", [
    {"keys_int64s": [3, 1, -2], "values_int64s": [30, 10, 20], "default_int64": 7},
    {"keys_int64s": [3, 1, -2], "values_floats": [0.5, 1.5, -2.0], "default_float": 9.0},
    {"keys_floats": KEYS, "values_int64s": [1, 2, 3, 4]},
    {"keys_floats": KEYS, "values_floats": [1.0, 2.0, 3.0, 4.0]},
])
def test_label_encoder(attributes: dict[str, Any]) -> None:
    x = np.array([[3, 1, 0], [-2, 5, 1]])
    if "keys_floats" in attributes:
        x = np.array([[0.5, np.nan, 2], [-1, 3, 0.25]], np.float32)
    check("LabelEncoder", x, LONG if "values_int64s" in attributes else FLOAT, 4, **attributes)


def numbers(*shape: int) -> list[float]:
    return [float(v) for v in np.round(RNG.normal(size=shape), 2).reshape(-1)]


@pytest.mark.parametrize("post", ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"])
@pytest.mark.parametrize("classes", [2, 3])
def test_linear_classifier(post: str, classes: int) -> None:
    check("LinearClassifier", X, BOTH, 1, coefficients=numbers(classes, 4), post_transform=post,
          intercepts=numbers(classes), classlabels_ints=[5, -7, 9][:classes])


@pytest.mark.parametrize("post", ["NONE", "LOGISTIC", "SOFTMAX"])
def test_linear_classifier_of_one_score(post: str) -> None:
    check("LinearClassifier", X, BOTH, 1, coefficients=numbers(4), intercepts=[0.25],
          classlabels_ints=[5, 7], post_transform=post)


@pytest.mark.parametrize("targets", [1, 3])
def test_linear_regressor(targets: int) -> None:
    check("LinearRegressor", X, FLOAT, 1, coefficients=numbers(targets, 4), targets=targets,
          intercepts=numbers(targets))


MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ")


def trees(kind: str, targets: int, each: str = "one", positive: bool = False,
          modes: tuple[str, ...] = MODES) -> dict[str, Any]:
    """Six full trees in the form before version 5; ``each`` leaf gives to one target or to all."""
    found: dict[str, list[Any]] = {f"nodes_{name}": [] for name in (
        "treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids",
        "missing_value_tracks_true")}
    found |= {f"{kind}_{name}": [] for name in ("treeids", "nodeids", "ids", "weights")}
    for tree in range(6):
        for number in range(7):
            leaf = number > 2
            row = (tree, number, 0 if leaf else int(RNG.integers(4)),
                   "LEAF" if leaf else modes[int(RNG.integers(len(modes)))],
                   0.0 if leaf else float(X[int(RNG.integers(9)), int(RNG.integers(4))]),
                   0 if leaf else 2 * number + 1, 0 if leaf else 2 * number + 2,
                   int(RNG.integers(2)))
            for column, value in zip(list(found.values())[:8], row, strict=True):
                column.append(value)
            for target in range(targets) if leaf and each == "all" else [tree % targets] * leaf:
                weight = float(np.round(RNG.normal(), 2))
                for name, value in (("treeids", tree), ("nodeids", number), ("ids", target),
                                    ("weights", abs(weight) / 6 if positive else weight)):
                    found[f"{kind}_{name}"].append(value)
    return found


MISSING = np.where(RNG.uniform(size=(9, 4)) < 0.2, np.float32(np.nan), X)


@pytest.mark.parametrize("aggregate", ["SUM", "AVERAGE", "MIN", "MAX"])
@pytest.mark.parametrize("targets", [1, 3])
def test_tree_regressor(aggregate: str, targets: int) -> None:
    for x in (X, MISSING, X.astype(np.float64)):
        check("TreeEnsembleRegressor", x, FLOAT, n_targets=targets, aggregate_function=aggregate,
              base_values=numbers(targets), **trees("target", targets))
    check("TreeEnsembleRegressor", X, FLOAT, n_targets=targets, aggregate_function=aggregate,
          **trees("target", targets, "all"))


@pytest.mark.parametrize("post", ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"])
@pytest.mark.parametrize("each", ["one", "all"])
def test_tree_classifier(post: str, each: str) -> None:
    check("TreeEnsembleClassifier", X, BOTH, classlabels_int64s=[4, -5, 6], post_transform=post,
          base_values=numbers(3), **trees("class", 3, each))
    check("TreeEnsembleClassifier", MISSING, BOTH, classlabels_int64s=[4, -5, 6],
          post_transform=post, **trees("class", 3, each, positive=True))


@pytest.mark.parametrize("post", ["NONE", "LOGISTIC"])
@pytest.mark.parametrize("positive", [False, True])
def test_tree_classifier_of_two_classes(post: str, positive: bool) -> None:
    for base in ({}, {"base_values": [0.125]}):
        check("TreeEnsembleClassifier", X, BOTH, classlabels_int64s=[4, 9], post_transform=post,
              **base, **trees("class", 1, positive=positive))


def new_trees(dtype: type, **changes: Any) -> dict[str, Any]:
    """Two trees of version 5: a comparison of each kind, a membership, a leaf alone."""
    def tensor(values: list[float], kind: Any) -> onnx.TensorProto:
        return numpy_helper.from_array(np.array(values, kind))

    modes = [0, 1, 2, 3, 4, 5, 6]
    return {
        "n_targets": 2, "aggregate_function": 1, "post_transform": 0, "tree_roots": [0, 4],
        "nodes_modes": tensor(modes, np.uint8), "nodes_featureids": [0, 1, 2, 3, 0, 1, 2],
        "nodes_splits": tensor([0.1, 0.2, -0.3, 0.4, 0.5, -0.6, 0], dtype),
        "nodes_truenodeids": [1, 0, 1, 2, 5, 3, 4], "nodes_trueleafs": [0, 1, 1, 1, 0, 1, 1],
        "nodes_falsenodeids": [2, 3, 3, 5, 6, 5, 0], "nodes_falseleafs": [0, 0, 1, 1, 0, 1, 1],
        "nodes_missing_value_tracks_true": [1, 0, 1, 0, 1, 0, 1],
        "leaf_targetids": [0, 1, 0, 1, 0, 1], "leaf_weights": tensor(
            [1.5, -2, 3, 0.25, -0.5, 4], dtype),
        "membership_values": tensor([float(X[0, 2]), 1, float(X[4, 2]), np.nan], dtype),
    } | changes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("aggregate", [0, 1, 2, 3])
def test_tree_ensemble(dtype: type, aggregate: int) -> None:
    x, kind = MISSING.astype(dtype), {"y": KINDS[np.dtype(dtype)]}
    attributes = new_trees(dtype, aggregate_function=aggregate)
    check("TreeEnsemble", x, kind, 5, **attributes)
    # ONNX Runtime takes 1 for LOGISTIC and 2 for SOFTMAX, the standard says the opposite
    (scores,) = ours(model_of("TreeEnsemble", {"x": x}, kind, 5, **attributes), {"x": x})
    grown = np.exp(scores)
    for post, want in ((1, grown / grown.sum(1, keepdims=True)), (2, grown / (1 + grown))):
        model = model_of("TreeEnsemble", {"x": x}, kind, 5, **attributes | {"post_transform": post})
        assert np.allclose(ours(model, {"x": x})[0], want, rtol=1e-5)


@pytest.mark.parametrize(("changes", "text"), [
    ({"nodes_truenodeids": [1, 0, 1, 2, 5, 3, 9]}, "truenodeids: expected a node or leaf, got 9"),
    ({"nodes_truenodeids": [0, 0, 1, 2, 5, 3, 4]}, "nodes: expected trees, got a cycle"),
    ({"nodes_featureids": [0, 1, 2, 4, 0, 1, 2]}, "features: expected numbers below 4, got 4"),
    ({"leaf_targetids": [0, 1, 0, 1, 0, 2]}, "targets: expected numbers below 2, got 2"),
    ({"tree_roots": [0, 99]}, "nodes: expected numbers below"),
    ({"nodes_trueleafs": [0]}, "nodes: expected as many of each attribute"),
    ({"aggregate_function": 4}, "aggregate_function: expected a number below 4, got 4"),
])
def test_trees_that_make_no_sense_are_refused(changes: dict[str, Any], text: str) -> None:
    model = model_of("TreeEnsemble", {"x": X}, FLOAT, 5, **new_trees(np.float32, **changes))
    with pytest.raises(ModelError, match=text):
        build(read_proto(model), {}, {})


@pytest.mark.parametrize(("op", "outputs", "attributes", "text"), [
    ("LinearClassifier", BOTH, {"coefficients": [1.0] * 8, "classlabels_strings": ["a", "b"]},
     "labels: expected two numbers or more, got texts; export with classes as numbers"),
    ("LabelEncoder", LONG, {"keys_strings": ["a"], "values_int64s": [1]},
     "expected 1 to 4096 numbers of each, got texts, or none; encode texts outside"),
    ("LinearRegressor", FLOAT, {"coefficients": [1.0] * 4, "post_transform": "PROBIT"},
     "post_transform: expected NONE"),
    ("LinearRegressor", FLOAT, {"coefficients": [1.0] * 4, "post_transform": "LOGISTIC"},
     "post_transform: expected NONE"),
    ("TreeEnsembleClassifier", BOTH, {"classlabels_int64s": [0, 1],
                                      **trees("class", 2, "all")}, "class_ids: expected 0 alone"),
])
def test_what_runtimes_disagree_on_is_refused(
    op: str, outputs: dict[str, int], attributes: dict[str, Any], text: str
) -> None:
    with pytest.raises(UnsupportedError, match=text):
        build(read_proto(model_of(op, {"x": X}, outputs, 2, **attributes)), {}, {})


IMAGE = RNG.normal(size=(1, 3, 6, 7)).astype(np.float32)


@pytest.mark.parametrize(("op", "attributes", "want"), [
    ("ImageScaler", {"scale": 0.5, "bias": [1.0, 2.0, 3.0]},
     IMAGE * np.float32(0.5) + np.float32([1, 2, 3]).reshape(3, 1, 1)),
    ("Crop", {"border": [1, 2, 3, 1]}, IMAGE[:, :, 2:5, 1:4]),
    ("Crop", {"border": [1, 2, 0, 0], "scale": [3, 2]}, IMAGE[:, :, 2:5, 1:3]),
    ("Affine", {"alpha": 2.0, "beta": 0.5}, IMAGE * 2 + np.float32(0.5)),
    ("Scale", {"scale": 3.0}, IMAGE * 3),
    ("ParametricSoftplus", {"alpha": 2.0, "beta": 0.5}, 2 * np.log1p(np.exp(IMAGE / 2))),
    ("ScaledTanh", {"alpha": 2.0, "beta": 0.5}, 2 * np.tanh(IMAGE / 2)),
    ("ThresholdedRelu", {"alpha": 0.5}, np.where(IMAGE > 0.5, IMAGE, 0)),
])
def test_experimental_operators(op: str, attributes: dict[str, Any], want: np.ndarray) -> None:
    (got,) = ours(model_of(op, {"x": IMAGE}, FLOAT, domain="", **attributes), {"x": IMAGE})
    assert np.allclose(got, want, rtol=1e-6)
    if op != "ThresholdedRelu":
        with pytest.raises(UnsupportedError, match=f"{op} 'node' attributes: expected one input"):
            ours(model_of(op, {"x": IMAGE}, FLOAT, domain="", other=1, **attributes), {"x": IMAGE})

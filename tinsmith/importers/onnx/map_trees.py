"""ai.onnx.ml: ensembles of decision trees, old and new form, to ``ops.tree_ensemble``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.errors import ModelError
from tinsmith.importers.onnx.map_ml import (
    after,
    class_labels,
    pick_label,
    rows,
    transformed,
    two_labels,
    two_scores,
)
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import arithmetic, cast, comparison
from tinsmith.ops.tree_ensemble import LEAF, MISSING, MODES
from tinsmith.ops.tree_ensemble import TreeEnsemble as Ensemble

DOMAIN = "ai.onnx.ml"
NEW_MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ")
MEMBER = 6
LARGEST_FOREST = 1 << 20  # nodes and leaves
NEW_POSTS = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")
NEW_AGGREGATES = ("AVERAGE", "SUM", "MIN", "MAX")


@dataclass(slots=True)
class Forest:
    """Trees while they are collected. A node is (mode, feature, yes, no), see ``TreeEnsemble``."""

    nodes: list[tuple[int, int, int, int]] = field(default_factory=list)
    thresholds: list[float] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)

    def add(self, node: tuple[int, int, int, int], threshold: float = 0.0) -> int:
        """Another node; its number."""
        self.nodes.append(node)
        self.thresholds.append(threshold)
        return len(self.nodes) - 1

    def check(self, node: NodeImport, features: int, targets: int) -> None:
        """Refuses indices out of range, and nodes that lead back to themselves."""
        if len(self.nodes) + len(self.targets) > LARGEST_FOREST:
            raise node.unsupported("nodes", f"at most {LARGEST_FOREST} and leaves",
                                   len(self.nodes) + len(self.targets), "train fewer trees")
        table = np.array(self.nodes, np.int64).reshape(-1, 4)
        inner = table[table[:, 0] != LEAF]
        leads, count = inner[:, 2:], len(table)
        places = np.array([*self.roots, *leads.reshape(-1)], np.int64)
        if len(places) and not 0 <= places.min() <= places.max() < count:
            raise _wrong(node, "nodes", f"numbers below {count}", int(places.max()))
        if len(inner) and not 0 <= inner[:, 1].min() <= inner[:, 1].max() < features:
            raise _wrong(node, "features", f"numbers below {features}", int(inner[:, 1].max()))
        if self.targets and not 0 <= min(self.targets) <= max(self.targets) < targets:
            raise _wrong(node, "targets", f"numbers below {targets}", max(self.targets))
        if np.isnan(self.weights).any():
            raise _wrong(node, "weights", "numbers", "NaN")
        if not ends(table):
            raise _wrong(node, "nodes", "trees", "a cycle")

    def emit(self, node: NodeImport, targets: int, aggregate: str) -> str:
        """The sums of all targets, (samples, targets), in the type of the features."""
        x = rows(node, node.value(0))
        kind = node.builder.types[x].dtype
        if kind not in (DType.F32, DType.F64):
            kind, x = DType.F32, node.temporary(cast.Cast(DType.F32), x)
        self.check(node, node.builder.types[x].shape[1], targets)
        arrays = (np.array(self.nodes, np.int32).reshape(-1, 4),
                  np.array(self.thresholds, kind.numpy), np.array(self.targets, np.int32),
                  np.array(self.weights, kind.numpy), np.array(self.roots, np.int32))
        op = Ensemble(targets, {"AVERAGE": "sum"}.get(aggregate, aggregate.lower()))
        total = node.temporary(op, x, *map(node.constant_array, arrays))
        if aggregate == "AVERAGE":
            count = node.number(float(max(len(self.roots), 1)), kind)
            total = node.temporary(arithmetic.Div(), total, count)
        return total


def ends(table: Array) -> bool:
    """Whether every path through the nodes ends: leaves are taken away, then what leads there."""
    inner = np.flatnonzero(table[:, 0] != LEAF)
    parents: dict[int, list[int]] = {}
    open_edges = {int(i): 2 for i in inner}
    for i in inner:
        for child in table[i, 2:]:
            parents.setdefault(int(child), []).append(int(i))
    waiting = [int(i) for i in np.flatnonzero(table[:, 0] == LEAF)]
    while waiting:
        for parent in parents.get(waiting.pop(), ()):
            open_edges[parent] -= 1
            if not open_edges[parent]:
                waiting.append(parent)
    return not any(open_edges.values())


def TreeEnsemble(node: NodeImport) -> None:
    """The form of version 5: leaves apart from nodes, all numbers in tensors."""
    forest, targets = _new_forest(node), node.attribute_int("n_targets", 0)
    aggregate = _choice(node, "aggregate_function", NEW_AGGREGATES, 1)
    post = _choice(node, "post_transform", NEW_POSTS, 0)
    to = node.type(0).dtype
    total = after(node, forest.emit(node, targets, aggregate), post)
    if node.builder.types[total].dtype is not to:
        total = node.temporary(cast.Cast(to), total)
    node.alias(total)


def _choice(node: NodeImport, name: str, words: Sequence[str], default: int) -> str:
    found = node.attribute_int(name, default)
    if not 0 <= found < len(words):
        raise _wrong(node, name, f"a number below {len(words)}", found)
    return words[found]


def _new_forest(node: NodeImport) -> Forest:
    """Nodes as they are; leaves behind them; a membership becomes a chain of equalities."""
    modes = _numbers(node, "nodes_modes")
    splits = _numbers(node, "nodes_splits")
    missing = node.attribute_ints("nodes_missing_value_tracks_true", (0,) * len(modes))
    features = node.attribute_ints("nodes_featureids")
    columns = {name: node.attribute_ints(f"nodes_{name}") for name in (
        "truenodeids", "trueleafs", "falsenodeids", "falseleafs")}
    lengths = {len(modes), len(splits), len(missing), len(features),
               *map(len, columns.values())}
    if len(lengths) != 1:
        raise _wrong(node, "nodes", "as many of each attribute", sorted(lengths))
    forest, weights = Forest(), _numbers(node, "leaf_weights")
    targets = node.attribute_ints("leaf_targetids")
    if len(weights) != len(targets):
        raise _wrong(node, "leaf_weights", f"{len(targets)} numbers", len(weights))
    forest.targets, forest.weights = list(targets), [float(w) for w in weights]
    count, members = len(modes), _memberships(node)
    forest.nodes = [(LEAF, 0, 0, 0)] * count
    forest.thresholds = [0.0] * count
    for i in range(len(targets)):
        forest.add((LEAF, 0, i, i + 1))

    def place(which: str, i: int) -> int:
        number, leaf = columns[f"{which}nodeids"][i], columns[f"{which}leafs"][i]
        if not 0 <= number < (len(targets) if leaf else count):
            raise _wrong(node, f"nodes_{which}nodeids", "a node or leaf", number)
        return number + count * bool(leaf)

    for i, mode in enumerate(int(m) for m in modes):
        yes, no = place("true", i), place("false", i)
        track = MISSING if missing[i] else 0
        if mode == MEMBER:
            for value in reversed(next(members, [])):
                forest.nodes[i] = (MODES["BRANCH_EQ"] + track, features[i], yes, no)
                forest.thresholds[i] = value
                no = forest.add(forest.nodes[i], value)
            if no < len(modes) + len(targets):
                raise _wrong(node, "membership_values", "a set for each membership", "none")
        elif 0 <= mode < len(NEW_MODES):
            forest.nodes[i] = (MODES[NEW_MODES[mode]] + track, features[i], yes, no)
            forest.thresholds[i] = float(splits[i])
        else:
            raise _wrong(node, "nodes_modes", "0 to 6", mode)
    forest.roots = list(node.attribute_ints("tree_roots"))
    return forest


def _memberships(node: NodeImport) -> Iterator[list[float]]:
    """The sets, in the order of the nodes that use them; NaN ends each."""
    found = node.attribute_array("membership_values")
    current: list[float] = []
    for value in [] if found is None else found.reshape(-1).tolist():
        if value != value:
            yield current
            current = []
        else:
            current.append(value)
    if current:
        yield current


def TreeEnsembleRegressor(node: NodeImport) -> None:
    """Sums of the targets, and base values."""
    targets = node.attribute_int("n_targets", 0) or 1
    aggregate = node.attribute_str("aggregate_function", "SUM")
    if aggregate not in NEW_AGGREGATES:
        raise _wrong(node, "aggregate_function", " or ".join(NEW_AGGREGATES), aggregate)
    total = _old_forest(node, "target").emit(node, targets, aggregate)
    total = _based(node, total, targets)
    transformed(node, 0, total, node.attribute_str("post_transform", "NONE"))


def TreeEnsembleClassifier(node: NodeImport) -> None:
    """Scores of the classes and the label of the best.

    Two classes have one score, for class 0: with weights that are all positive it is a
    probability, else it is compared with 0.
    """
    labels = class_labels(node, "classlabels_int64s")
    forest = _old_forest(node, "class")
    post = node.attribute_str("post_transform", "NONE")
    if len(labels) > 2:
        if not all(w > 0 for w in forest.weights) and not _same_targets(forest):
            raise node.unsupported("class_ids", "the same ones in all leaves of a tree", "others",
                                   "runtimes differ in it")
        total = _based(node, forest.emit(node, len(labels), "SUM"), len(labels))
        pick_label(node, total, labels)
        transformed(node, 1, total, post)
        return
    if set(forest.targets) != {0}:
        raise node.unsupported("class_ids", "0 alone for two classes", sorted(set(forest.targets)),
                               "runtimes differ in it: export one score")
    total = _based(node, forest.emit(node, 1, "SUM"), 1)
    if node.builder.types[total].dtype is not DType.F32:
        total = node.temporary(cast.Cast(DType.F32), total)
    positive = all(w >= 0 for w in forest.weights)
    limit = node.number(0.5 if positive else 0.0)
    two_labels(node, node.temporary(comparison.Greater(), total, limit), labels)
    two_scores(node, total, post, complement=positive)


def _same_targets(forest: Forest) -> bool:
    """Whether it does not depend on the sample which targets a tree gives something to."""
    for root in forest.roots:
        seen, waiting, found = {root}, [root], set()
        while waiting:
            mode, _, yes, no = forest.nodes[waiting.pop()]
            if mode == LEAF:
                found.add(frozenset(forest.targets[yes:no]))
            else:
                fresh = {yes, no} - seen
                seen |= fresh
                waiting += fresh
        if len(found) > 1:
            return False
    return True


def _based(node: NodeImport, total: str, targets: int) -> str:
    """Base values added, one for each target."""
    base = _numbers(node, "base_values")
    if not len(base):
        return total
    if len(base) != targets:
        raise node.unsupported("base_values", f"{targets} numbers", len(base), "check the model")
    return node.temporary(arithmetic.Add(), total,
                          node.number(base, node.builder.types[total].dtype))


def _old_forest(node: NodeImport, kind: str) -> Forest:
    """The form before version 5: nodes by tree and number; leaves give to several targets."""
    trees, numbers = (node.attribute_ints(f"nodes_{name}") for name in ("treeids", "nodeids"))
    features, yes, no = (node.attribute_ints(f"nodes_{name}") for name in (
        "featureids", "truenodeids", "falsenodeids"))
    modes, values = node.attribute_strings("nodes_modes"), _numbers(node, "nodes_values")
    missing = node.attribute_ints("nodes_missing_value_tracks_true") or (0,) * len(trees)
    owner_trees, owner_numbers, targets = (node.attribute_ints(f"{kind}_{name}") for name in (
        "treeids", "nodeids", "ids"))
    weights = _numbers(node, f"{kind}_weights")
    columns = (trees, numbers, features, yes, no, modes, values, missing)
    entries = (owner_trees, owner_numbers, targets, weights)
    for name, group in (("nodes", columns), (kind, entries)):
        if len({len(column) for column in group}) != 1:
            raise _wrong(node, name, "as many of each attribute",
                         sorted({len(column) for column in group}))
    places = {key: i for i, key in enumerate(zip(trees, numbers, strict=True))}
    if len(places) != len(trees):
        raise _wrong(node, "nodes_nodeids", "different ones in a tree", "one twice")
    given: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for tree, number, target, weight in zip(*entries, strict=True):
        given.setdefault((tree, number), []).append((target, float(weight)))
    forest = Forest()
    children: set[int] = set()
    for i, mode in enumerate(modes):
        if mode not in MODES:
            raise node.unsupported("nodes_modes", ", ".join(MODES), f"'{mode}'", "check the model")
        if mode == "LEAF":
            leaf = given.get((trees[i], numbers[i]), [])
            first = len(forest.targets)
            forest.targets += [target for target, _ in leaf]
            forest.weights += [weight for _, weight in leaf]
            forest.add((LEAF, 0, first, len(forest.targets)))
            continue
        left, right = (places.get((trees[i], number), -1) for number in (yes[i], no[i]))
        children.update((left, right))
        forest.add((MODES[mode] + (MISSING if missing[i] else 0), features[i], left, right),
                   float(values[i]))
    roots: dict[int, int] = {}
    for i, tree in enumerate(trees):
        if i not in children and roots.setdefault(tree, i) != i:
            raise _wrong(node, "nodes_truenodeids", "one root of each tree", "two")
    if set(roots) != set(trees):
        raise _wrong(node, "nodes_truenodeids", "one root of each tree", "none")
    forest.roots = list(roots.values())
    return forest


def _numbers(node: NodeImport, name: str) -> Array:
    """An attribute with numbers: a tensor, or a list (beside a tensor of another name)."""
    tensor = node.raw.attributes.get(f"{name}_as_tensor", node.raw.attributes.get(name))
    if isinstance(tensor, np.ndarray) and tensor.dtype != object:
        return tensor.reshape(-1)
    return np.array(node.attribute_floats(name))


def _wrong(node: NodeImport, what: str, expected: str, got: object) -> ModelError:
    return ModelError(f"import: {node.raw.op_type} '{node.raw.name}' {what}: expected {expected}, "
                      f"got {got}; check the model")

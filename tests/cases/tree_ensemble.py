"""TreeEnsemble: every comparison, missing values, every aggregate, leaves of several targets."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.ops.tree_ensemble import MISSING, TreeEnsemble


def forest(trees, depth, features, targets, dtype="float32", seed=0):
    """Full binary trees with random comparisons; nodes, thresholds, targets, weights, roots."""
    rng = np.random.default_rng(seed)
    nodes, entries, roots = [], [], []

    def grow(level):
        at = len(nodes)
        nodes.append(None)
        if level == 0:
            first = len(entries)
            entries.extend(rng.integers(0, targets, rng.integers(0, 4)))
            nodes[at] = (0, 0, first, len(entries))
        else:
            mode = rng.integers(1, 7) + MISSING * rng.integers(0, 2)
            nodes[at] = (mode, rng.integers(0, features), grow(level - 1), grow(level - 1))
        return at

    for _ in range(trees):
        roots.append(grow(depth))
    weights = rng.uniform(-1, 1, len(entries)).astype(dtype)
    thresholds = np.round(rng.uniform(-1, 1, len(nodes)), 1).astype(dtype)
    return (np.array(nodes, np.int32), thresholds, np.array(entries, np.int32), weights,
            np.array(roots, np.int32))


def samples(count, features, dtype="float32"):
    x = np.round(random(count, features), 1).astype(dtype)
    x.reshape(-1)[::7] = np.nan
    x.reshape(-1)[::11] = np.inf
    return x


def case(name, count, features, targets, trees, depth, aggregate="sum", dtype="float32"):
    return Case(f"tree_ensemble_{name}", TreeEnsemble(targets, aggregate),
                (samples(count, features, dtype), *forest(trees, depth, features, targets, dtype)),
                weights=(1, 2, 3, 4, 5), tolerance=1e-6)


CASES = (
    case("one_leaf", 3, 2, 1, 1, 0),
    case("one_sample", 1, 5, 3, 20, 4),
    case("many_samples", 301, 7, 4, 30, 5),
    case("least", 50, 3, 5, 4, 3, "min"),
    case("largest", 50, 3, 5, 4, 3, "max"),
    case("f64", 20, 4, 2, 10, 4, dtype="float64"),
    case("no_sample", 0, 4, 2, 3, 2),
)

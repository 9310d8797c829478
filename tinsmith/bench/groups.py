"""Sorts layers into the groups that published comparisons show, by the engines' words for them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tinsmith.bench.engine import LayerTime

CONVOLUTION, POOLING, REST = "convolution + activation + concat", "pooling + softmax", "the rest"
GROUPS = (
    (CONVOLUTION, "conv gemm igemm winograd relu elu clip sigmoid tanh swish silu gelu erf mish "
                  "activation clamp minmax concat"),
    (POOLING, "pool softmax globalmean reducemean argmax"),
)
"""Parts of names: the first group with a part in a layer's kind takes the layer."""


def group_of(kind: str) -> str:
    """The group of a layer of this kind: MaxPool, Convolution (NHWC, F32) IGEMM, aten::cat."""
    plain = re.sub(r"[^a-z0-9]", "", kind.lower())
    if plain in ("atencat", "cat"):
        return CONVOLUTION
    for group, parts in GROUPS:
        if any(part in plain for part in parts.split()):
            return group
    return REST


def split(layers: Sequence[LayerTime]) -> dict[str, float]:
    """Seconds of a run by group."""
    found = {CONVOLUTION: 0.0, POOLING: 0.0, REST: 0.0}
    for layer in layers:
        found[group_of(layer.kind)] += layer.seconds
    return found

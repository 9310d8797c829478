"""Random networks of three to about ten nodes: chains with branches, residuals and splits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.sweep import layers
from tests.sweep.draw import Draw
from tests.sweep.layers import LARGEST
from tests.sweep.network import Network
from tests.sweep.trial import Trial

Layer = Callable[[Network, str], str | None]
SHARE = 1e-5  # a tenth of what is promised of any network


def branches(n: Network, x: str) -> str | None:
    """Two layers of one value, joined."""
    results = [made for layer in (n.d.pick(*SIMPLE), n.d.pick(*SIMPLE))
               if (made := layer(n, x)) is not None]
    if not results:
        return None
    a, b = results[0], n.d.pick(results[-1], x)
    if n.shapes[a] == n.shapes[b] and n.d.chance(0.5):
        return n.one(n.d.pick("Add", "Mul", "Sub"), a, b)
    axes = range(len(n.shapes[a]))
    joinable = [axis for axis in axes if len(n.shapes[b]) == len(n.shapes[a]) and all(
        n.shapes[a][i] == n.shapes[b][i] for i in axes if i != axis)]
    return n.one("Concat", a, b, axis=n.d.pick(*joinable)) if joinable else a


def residual(n: Network, x: str) -> str | None:
    """x + f(x), with an activation before or after."""
    channels, axes = n.shapes[x][1], len(n.shapes[x]) - 2
    if axes not in (1, 2, 3):
        return None
    made = n.one("Conv", x, n.normal(channels, channels, *[3] * axes, fan=channels * 3**axes),
                 n.normal(channels), pads=[1] * (2 * axes))
    if n.d.chance(0.5):
        made = layers.activation(n, made) or made
    total = n.one("Add", *n.d.some((made, x), 2))
    return n.one("Relu", total) if n.d.chance(0.5) else total


def squeeze_and_excite(n: Network, x: str) -> str | None:
    """Each channel scaled by a function of the means of all."""
    shape = n.shapes[x]
    if len(shape) != 4:
        return None
    inner = n.d.int(1, 8)
    made = n.one("GlobalAveragePool", x)
    made = n.one("Conv", made, n.normal(inner, shape[1], 1, 1, fan=shape[1]), n.normal(inner))
    made = n.one("Conv", n.one("Relu", made), n.normal(shape[1], inner, 1, 1, fan=inner))
    return n.one("Mul", x, n.one(n.d.pick("Sigmoid", "HardSigmoid"), made))


def split(n: Network, x: str) -> str | None:
    """Parts of the channels, some changed, joined again in any order."""
    channels = n.shapes[x][1]
    if channels < 2:
        return None
    cut = n.d.int(1, channels - 1)
    parts = n.add("Split", (x, n.weight(np.array([cut, channels - cut], np.int64))), 2, axis=1)
    made = [n.d.pick(layers.activation, layers.arithmetic)(n, parts[0]) or parts[0], parts[1]]
    return n.one("Concat", *n.d.some(made, 1), axis=1)


SIMPLE: tuple[Layer, ...] = (
    layers.convolution, layers.convolution, layers.same_convolution, layers.pool,
    layers.activation, layers.activation, layers.arithmetic, layers.resize, layers.glue)
LAYERS: tuple[Layer, ...] = (
    layers.convolution, layers.convolution, layers.convolution, layers.convolution,
    layers.same_convolution, layers.same_convolution, layers.transposed, layers.pool, layers.pool,
    layers.resize, layers.activation, layers.activation, layers.activation, layers.arithmetic,
    layers.arithmetic, layers.normalisation, layers.normalisation, layers.glue, layers.glue,
    layers.matrix, branches, branches, residual, squeeze_and_excite, split)


def chain(number: int, seed: int) -> Trial:
    """The network of this number."""
    d = Draw("chain", number, seed)
    n = Network(d)
    axes = d.pick(1, 2, 2, 2, 2, 2, 2, 3)
    extents = [d.pick(1, d.int(2, 9), d.int(5, 30)) if axes < 3 else d.int(2, 8)
               for _ in range(axes)]
    x = n.input((d.pick(1, 1, 1, 2, 3), d.pick(1, 3, 4, 8, 16, d.int(1, 35)), *extents))
    target = d.int(3, 10)
    for _ in range(40):
        before = (list(n.nodes), dict(n.shapes))
        made = d.pick(*LAYERS)(n, x)
        last = made or x
        if made is None or np.prod(n.shapes[last]) > LARGEST or any(
                0 in shape for shape in n.shapes.values()):
            n.nodes, n.shapes = before
            continue
        x = last
        if len(n.shapes[x]) < 3 or len(n.nodes) >= target:
            break
    outputs = [v for v in n.unread() if v != x and d.chance(0.5)] + [x]
    if d.chance(0.2):
        outputs.append(d.pick(*(v for node in n.nodes for v in node.output)))
    return Trial("chain", number, n.model(list(dict.fromkeys(outputs))), n.feeds, SHARE)

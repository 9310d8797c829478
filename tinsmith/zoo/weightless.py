"""The layers that have no weights: activations, pooling, joining, arranging."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from tinsmith.zoo import moments as mo
from tinsmith.zoo.assembly import Assembly, Value
from tinsmith.zoo.moments import Moments, Vector
from tinsmith.zoo.window import Padding, Pair, Window


class Weightless(Assembly):
    """The Builder's layers without weights. A name that is left out is made from the input's."""

    # -- activations

    def relu(self, x: Value, name: str | None = None) -> Value:
        """max(x, 0)."""
        return self._elementwise("Relu", x, name, lambda v: np.maximum(v, 0))

    def relu6(self, x: Value, name: str | None = None) -> Value:
        """min(max(x, 0), 6), as a Clip with constant limits."""
        limits = [
            self.constant("relu6.min", np.array(0, np.float32)),
            self.constant("relu6.max", np.array(6, np.float32)),
        ]
        out = mo.through(x.moments, lambda v: np.clip(v, 0, 6))
        return self.node("Clip", name or f"{x.name}.relu6", [x, *limits], x.shape, out)

    def leaky_relu(self, x: Value, alpha: float = 0.1) -> Value:
        """x where x > 0, alpha * x elsewhere."""
        return self._elementwise(
            "LeakyRelu", x, None, lambda v: np.maximum(v, alpha * v), alpha=alpha
        )

    def hardswish(self, x: Value, name: str | None = None) -> Value:
        """x * clip(x / 6 + 1/2, 0, 1)."""
        return self._elementwise("HardSwish", x, name, lambda v: v * np.clip(v / 6 + 0.5, 0, 1))

    def hardsigmoid(self, x: Value, name: str | None = None) -> Value:
        """clip(x / 6 + 1/2, 0, 1)."""
        return self._elementwise(
            "HardSigmoid", x, name, lambda v: np.clip(v / 6 + 0.5, 0, 1), alpha=1 / 6, beta=0.5
        )

    def sigmoid(self, x: Value, name: str | None = None) -> Value:
        """1 / (1 + exp(-x))."""
        return self._elementwise("Sigmoid", x, name, lambda v: 1 / (1 + np.exp(-v)))

    def softmax(self, x: Value, name: str | None = None) -> Value:
        """Softmax over axis 1."""
        small = Moments(np.full(x.shape[1], 1 / x.shape[1]), np.zeros(x.shape[1]))
        return self.node("Softmax", name or f"{x.name}.softmax", [x], x.shape, small, axis=1)

    def dropout(self, x: Value, name: str, ratio: float = 0.5) -> Value:
        """Dropout, which does nothing at inference; exporters leave it in."""
        constant = self.constant(f"{name}.ratio", np.array(ratio, np.float32))
        return self.node("Dropout", name, [x, constant], x.shape, x.moments)

    def lrn(self, x: Value, name: str, size: int, alpha: float, beta: float) -> Value:
        """Local response normalisation across `size` channels, bias 1."""
        return self.node(
            "LRN", name, [x], x.shape, x.moments, size=size, alpha=alpha, beta=beta, bias=1.0
        )

    # -- pooling and resizing

    def max_pool(
        self,
        x: Value,
        name: str,
        kernel: int | Pair = 3,
        stride: int | Pair = 2,
        pad: Padding = 0,
        ceil: bool = False,
    ) -> Value:
        """Max pooling; `ceil` lets the last window hang over the edge."""
        window = Window.over((x.shape[2], x.shape[3]), kernel, stride, pad, ceil)
        moments = mo.largest(x.moments, prod(window.kernel))
        return self._pool("MaxPool", x, name, window, moments, ceil_mode=int(ceil))

    def avg_pool(
        self, x: Value, name: str, kernel: int | Pair, stride: int | Pair, pad: Padding = 0
    ) -> Value:
        """Average pooling; padding counts as zeros."""
        window = Window.over((x.shape[2], x.shape[3]), kernel, stride, pad)
        return self._pool("AveragePool", x, name, window, _averaged(x), count_include_pad=1)

    def global_avg_pool(self, x: Value, name: str) -> Value:
        """The mean of each channel, as (batch, channels, 1, 1)."""
        shape = (*x.shape[:2], 1, 1)
        return self.node("GlobalAveragePool", name, [x], shape, _averaged(x))

    def spatial_mean(self, x: Value, name: str) -> Value:
        """The mean of each channel as (batch, channels), by ReduceMean."""
        out = _averaged(x)
        return self.node("ReduceMean", name, [x], x.shape[:2], out, axes=[2, 3], keepdims=0)

    def upsample(self, x: Value, name: str, mode: str = "nearest") -> Value:
        """Twice the height and width, by "nearest" or (bi)"linear" Resize."""
        scales = self.constant("upsample.scales", np.array([1, 1, 2, 2], np.float32))
        batch, depth, height, width = x.shape
        nearest = {"nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
        linear = {"coordinate_transformation_mode": "half_pixel"}
        return self.node(
            "Resize",
            name,
            [x, "", scales],
            (batch, depth, 2 * height, 2 * width),
            x.moments,
            mode=mode,
            **(nearest if mode == "nearest" else linear),
        )

    # -- joining and arranging

    def add(self, a: Value, b: Value, name: str) -> Value:
        """a + b, of one shape."""
        return self.node("Add", name, [a, b], a.shape, mo.added(a.moments, b.moments))

    def multiply(self, a: Value, b: Value, name: str) -> Value:
        """a * b, where b may be one number per channel."""
        return self.node("Mul", name, [a, b], a.shape, mo.multiplied(a.moments, b.moments))

    def scale(self, x: Value, name: str, factor: float, offset: float = 0.0) -> Value:
        """(x + offset) * factor, with constants."""
        if offset:
            constant = self.constant(f"{name}.offset", np.array(offset, np.float32))
            moved = Moments(x.moments.mean + offset, x.moments.var)
            x = self.node("Add", f"{name}.shift", [x, constant], x.shape, moved)
        constant = self.constant(f"{name}.factor", np.array(factor, np.float32))
        scaled = Moments(x.moments.mean * factor, x.moments.var * factor**2)
        return self.node("Mul", name, [x, constant], x.shape, scaled)

    def concat(self, values: Sequence[Value], name: str) -> Value:
        """Channels side by side."""
        channels = sum(value.shape[1] for value in values)
        shape = (values[0].shape[0], channels, *values[0].shape[2:])
        mean = np.concatenate([value.moments.mean for value in values])
        var = np.concatenate([value.moments.var for value in values])
        return self.node("Concat", name, values, shape, Moments(mean, var), axis=1)

    def halves(self, x: Value, name: str) -> tuple[Value, Value]:
        """The first and the second half of the channels."""
        half = x.shape[1] // 2
        shape = (x.shape[0], half, *x.shape[2:])
        names = [f"{name}.0", f"{name}.1"]
        self.nodes("Split", name, [x], names, axis=1)
        first, second = x.moments.map(lambda v: v[:half]), x.moments.map(lambda v: v[half:])
        return Value(names[0], shape, first), Value(names[1], shape, second)

    def channel_shuffle(self, x: Value, name: str, groups: int) -> Value:
        """Deal the channels of `groups` groups out in turn (reshape, transpose, reshape)."""
        batch, depth, height, width = x.shape
        y = self.reshape(x, (batch, groups, depth // groups, height, width), f"{name}.deal")
        y = self.transpose(y, (0, 2, 1, 3, 4), f"{name}.swap")
        moments = x.moments.map(lambda v: v.reshape(groups, -1).T.reshape(-1))
        return self.reshape(Value(y.name, y.shape, moments), x.shape, name)

    def flatten(self, x: Value, name: str) -> Value:
        """(batch, everything else)."""
        repeats = prod(x.shape[2:])
        moments = x.moments.map(lambda v: np.repeat(v, repeats))
        shape = (x.shape[0], prod(x.shape[1:]))
        return self.node("Flatten", name, [x], shape, moments, axis=1)

    def reshape(self, x: Value, shape: tuple[int, ...], name: str | None = None) -> Value:
        """The same elements in another shape; channels keep their order."""
        name = name or f"{x.name}.reshape"
        target = self.constant(f"{name}.shape", np.array(shape, np.int64))
        return self.node("Reshape", name, [x, target], shape, x.moments)

    def transpose(self, x: Value, order: tuple[int, ...], name: str | None = None) -> Value:
        """Axes in another order."""
        shape = tuple(x.shape[axis] for axis in order)
        name = name or f"{x.name}.transpose"
        return self.node("Transpose", name, [x], shape, x.moments, perm=order)

    def squeeze(self, x: Value, axis: int, name: str) -> Value:
        """Drop an axis of length 1."""
        axes = self.constant(f"{name}.axes", np.array([axis], np.int64))
        shape = x.shape[:axis] + x.shape[axis + 1 :]
        return self.node("Squeeze", name, [x, axes], shape, x.moments)

    def _elementwise(
        self,
        op: str,
        x: Value,
        name: str | None,
        function: Callable[[Vector], Vector],
        **attributes: float,
    ) -> Value:
        moments = mo.through(x.moments, function)
        name = name or f"{x.name}.{op.lower()}"
        return self.node(op, name, [x], x.shape, moments, **attributes)

    def _pool(
        self, op: str, x: Value, name: str, window: Window, moments: Moments, **attributes: int
    ) -> Value:
        shape = (*x.shape[:2], *window.out((x.shape[2], x.shape[3])))
        return self.node(
            op,
            name,
            [x],
            shape,
            moments,
            kernel_shape=window.kernel,
            strides=window.stride,
            pads=window.pads,
            **attributes,
        )


def _averaged(x: Value) -> Moments:
    """What an average leaves of the variance: most of it lies between channels, not pixels."""
    return Moments(x.moments.mean, x.moments.var * 0.75)

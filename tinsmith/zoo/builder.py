"""The words in which a network is written: one method per layer.

A layer takes its input, a name, and its sizes; names follow the network's published code
(``layer1.0.conv1``), weights are ``<layer>.weight``, ``<layer>.bias`` and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod, sqrt

import numpy as np
import onnx

from tinsmith.zoo import moments as mo
from tinsmith.zoo.assembly import Preprocess, Value
from tinsmith.zoo.moments import Moments, Vector
from tinsmith.zoo.weightless import Weightless
from tinsmith.zoo.weights import Array, WeightSource
from tinsmith.zoo.window import Padding, Pair, Window

__all__ = ["IMAGENET", "UNIT", "Builder", "Preprocess", "Value"]

IMAGENET = Preprocess((123.675, 116.28, 103.53), (58.395, 57.12, 57.375), 0.875)
"""The preprocessing of most ImageNet classifiers."""

UNIT = Preprocess((0.0, 0.0, 0.0), (255.0, 255.0, 255.0))
"""Pixels scaled to 0..1, the image stretched: that of most detectors."""


class Builder(Weightless):
    """Writes one network; give its methods in the order of the data flow."""

    def __init__(self, name: str, weights: WeightSource) -> None:
        super().__init__(name)
        self._weights = weights

    def model(self, outputs: Mapping[str, Value], description: str) -> onnx.ModelProto:
        """Close the network: every weight has to be used by now."""
        self._weights.finish()
        return self.close(outputs, description)

    def conv(
        self,
        x: Value,
        name: str,
        channels: int,
        kernel: int | Pair = 3,
        stride: int | Pair = 1,
        pad: Padding = None,
        groups: int = 1,
        bias: bool = True,
        gain: float = 1.0,
    ) -> Value:
        """Convolution; `pad` None keeps the size at stride 1, and `gain` is the output's std.

        Without a bias a BatchNormalization is taken to follow: weights are He's, with a size of
        their own in each channel, and the running statistics make up for it.
        """
        size = (x.shape[2], x.shape[3])
        window = Window.over(size, kernel, stride, pad)
        shape = (channels, x.shape[1] // groups, *window.kernel)
        scale = gain / sqrt(float(x.moments.power.mean()) * window.coverage(size))
        weight = self._weight(name, shape, scale if bias else sqrt(2.0), spread=not bias)
        power = _sums(weight, x.moments.power, groups) * window.coverage(size)
        biases = [self._bias(name, channels, gain)] if bias else []
        return self.node(
            "Conv",
            name,
            [x, f"{name}.weight", *biases],
            (x.shape[0], channels, *window.out(size)),
            mo.weighted(power),
            kernel_shape=window.kernel,
            strides=window.stride,
            pads=window.pads,
            group=groups,
        )

    def conv_transpose(
        self, x: Value, name: str, channels: int, kernel: int, stride: int, pad: int
    ) -> Value:
        """Transposed convolution without a bias; a BatchNormalization is taken to follow."""
        batch, depth, height, width = x.shape
        shape = (depth, channels, kernel, kernel)
        weight = self._weight(name, shape, sqrt(2.0) * stride, fan_in=depth * kernel * kernel)
        taps = np.swapaxes(weight, 0, 1)
        power = _sums(taps, x.moments.power, 1) / stride**2
        grown = tuple((side - 1) * stride - 2 * pad + kernel for side in (height, width))
        return self.node(
            "ConvTranspose",
            name,
            [x, f"{name}.weight"],
            (batch, channels, *grown),
            mo.weighted(power),
            kernel_shape=(kernel, kernel),
            strides=(stride, stride),
            pads=(pad,) * 4,
        )

    def batchnorm(self, x: Value, name: str, eps: float = 1e-5, gain: float = 1.0) -> Value:
        """BatchNormalization at inference, over axis 1; `gain` is the output's std."""
        count = x.shape[1]
        std = np.sqrt(x.moments.power)
        gamma = self._take(f"{name}.weight", (count,), lambda r: gain * r.uniform(0.8, 1.2, count))
        beta = self._take(f"{name}.bias", (count,), lambda r: gain * r.normal(0.0, 0.1, count))
        self._take(
            f"{name}.running_mean",
            (count,),
            lambda r: mo.coarse(x.moments.mean * 0.5 + std * r.normal(0.0, 0.1, count)),
        )
        self._take(
            f"{name}.running_var",
            (count,),
            lambda r: mo.coarse(x.moments.power * r.uniform(0.8, 1.25, count)),
        )
        self._weights.skip(f"{name}.num_batches_tracked")
        parts = [f"{name}.{part}" for part in ("weight", "bias", "running_mean", "running_var")]
        after = Moments(beta.astype(np.float64), gamma.astype(np.float64) ** 2)
        return self.node("BatchNormalization", name, [x, *parts], x.shape, after, epsilon=eps)

    def linear(self, x: Value, name: str, features: int, gain: float = 1.0) -> Value:
        """A fully connected layer over the last axis; Gemm for a matrix, MatMul for a sequence."""
        matrix = len(x.shape) == 2
        scale = gain / sqrt(float(x.moments.power.mean()))
        shape = (features, x.shape[-1]) if matrix else (x.shape[-1], features)
        weight = self._weight(name, shape, scale, fan_in=x.shape[-1])
        rows = weight if matrix else weight.T
        out = mo.weighted(_sums(rows, x.moments.power, 1))
        bias = self._bias(name, features, gain)
        full = (*x.shape[:-1], features)
        if matrix:
            return self.node("Gemm", name, [x, f"{name}.weight", bias], full, out, transB=1)
        product = self.node("MatMul", f"{name}.matmul", [x, f"{name}.weight"], full, out)
        return self.node("Add", name, [product, bias], full, out)

    def bidirectional_lstm(self, x: Value, name: str, hidden: int) -> Value:
        """LSTM in both directions over (time, batch, features), outputs side by side."""
        time, batch, features = x.shape
        scale = 1.0 / sqrt(float(x.moments.power.mean()))
        self._weight(name, (2, 4 * hidden, features), scale, fan_in=features, part="weight_ih")
        self._weight(name, (2, 4 * hidden, hidden), 1.0, fan_in=hidden, part="weight_hh")
        self._take(f"{name}.bias", (2, 8 * hidden), lambda r: r.normal(0, 0.1, (2, 8 * hidden)))
        weights = [f"{name}.{part}" for part in ("weight_ih", "weight_hh", "bias")]
        self.nodes(
            "LSTM", name, [x, *weights], [name], hidden_size=hidden, direction="bidirectional"
        )
        # A cell's output is sigmoid(.) * tanh(.), of about this variance at unit gates.
        out = Moments(np.zeros(2 * hidden), np.full(2 * hidden, 0.1))
        y = Value(name, (time, 2, batch, hidden), out)
        y = self.transpose(y, (0, 2, 1, 3))
        return self.reshape(y, (time, batch, 2 * hidden))

    def _take(
        self,
        name: str,
        shape: tuple[int, ...],
        draw: Callable[[np.random.Generator], np.ndarray],
    ) -> Array:
        array = self._weights.take(name, shape, draw)
        self.constant(name, array)
        return array

    def _weight(
        self,
        name: str,
        shape: tuple[int, ...],
        scale: float,
        spread: bool = False,
        fan_in: int | None = None,
        part: str = "weight",
    ) -> Array:
        """Normal weights of std scale / sqrt(fan_in); `spread` varies it between channels."""
        std = np.float32(mo.coarse(np.array(scale / sqrt(fan_in or prod(shape[1:])))))

        def draw(random: np.random.Generator) -> np.ndarray:
            drawn = random.standard_normal(shape, dtype=np.float32)
            drawn *= std
            if spread:
                sizes = np.exp(random.normal(0.0, 0.25, shape[0])).astype(np.float32)
                drawn *= sizes.reshape(-1, *(1,) * (len(shape) - 1))
            return drawn

        return self._take(f"{name}.{part}", shape, draw)

    def _bias(self, name: str, count: int, gain: float) -> str:
        self._take(f"{name}.bias", (count,), lambda r: r.normal(0.0, 0.1 * gain, count))
        return f"{name}.bias"


def _sums(weight: np.ndarray, power: Vector, groups: int) -> Vector:
    """sum(w^2 E[x^2]) of each output channel."""
    channels, depth = weight.shape[:2]
    taps = weight.reshape(groups, channels // groups, depth, -1)
    energy = np.einsum("goit,goit->goi", taps, taps)
    sums: Vector = np.einsum("goi,gi->go", energy, power.reshape(groups, depth))
    return sums.reshape(channels)

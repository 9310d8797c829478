"""MobileNet v3 large, width 1.0 (Howard et al. 2019, arXiv:1905.02244), ends in logits.

Layers have torchvision's names.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from tinsmith.zoo.builder import IMAGENET, Builder, Value

Activation = Literal["relu", "hardswish"]
EPS = 1e-3
# Around 1, HardSwish enlarges what is large and shrinks what is small; far above, it is a ReLU.
SWISH_GAIN = 4.0


class Row(NamedTuple):
    """A row of the paper's table 1."""

    kernel: int
    expanded: int
    channels: int
    squeeze: bool
    activation: Activation
    stride: int


ROWS = (
    Row(3, 16, 16, False, "relu", 1),
    Row(3, 64, 24, False, "relu", 2),
    Row(3, 72, 24, False, "relu", 1),
    Row(5, 72, 40, True, "relu", 2),
    Row(5, 120, 40, True, "relu", 1),
    Row(5, 120, 40, True, "relu", 1),
    Row(3, 240, 80, False, "hardswish", 2),
    Row(3, 200, 80, False, "hardswish", 1),
    Row(3, 184, 80, False, "hardswish", 1),
    Row(3, 184, 80, False, "hardswish", 1),
    Row(3, 480, 112, True, "hardswish", 1),
    Row(3, 672, 112, True, "hardswish", 1),
    Row(5, 672, 160, True, "hardswish", 2),
    Row(5, 960, 160, True, "hardswish", 1),
    Row(5, 960, 160, True, "hardswish", 1),
)


def network(b: Builder) -> dict[str, Value]:
    """15 inverted residual blocks, some with squeeze and excitation."""
    x = b.input("image", (1, 3, 224, 224), IMAGENET)
    x = _conv(b, x, "features.0", 16, 3, "hardswish", stride=2)
    for index, row in enumerate(ROWS, 1):
        x = _block(b, x, f"features.{index}", row)
    x = _conv(b, x, "features.16", 960, 1, "hardswish")
    x = b.flatten(b.global_avg_pool(x, "avgpool"), "flatten")
    x = b.hardswish(b.linear(x, "classifier.0", 1280, gain=SWISH_GAIN))
    x = b.dropout(x, "classifier.2", 0.2)
    return {"logits": b.linear(x, "classifier.3", 1000, gain=2.0)}


def _block(b: Builder, x: Value, name: str, row: Row) -> Value:
    y, position = x, 0
    if row.expanded != x.shape[1]:
        y = _conv(b, y, f"{name}.block.{position}", row.expanded, 1, row.activation)
        position += 1
    y = _conv(
        b,
        y,
        f"{name}.block.{position}",
        row.expanded,
        row.kernel,
        row.activation,
        row.stride,
        groups=row.expanded,
    )
    position += 1
    if row.squeeze:
        y = _squeeze_excite(b, y, f"{name}.block.{position}")
        position += 1
    y = _conv(b, y, f"{name}.block.{position}", row.channels, 1, None)
    return b.add(y, x, f"{name}.add") if x.shape == y.shape else y


def _squeeze_excite(b: Builder, x: Value, name: str) -> Value:
    """Scale each channel by a gate computed from the mean of all of them."""
    quarter = x.shape[1] // 4
    narrow = max(8, (quarter + 4) // 8 * 8)
    if narrow < 0.9 * quarter:
        narrow += 8
    gate = b.global_avg_pool(x, f"{name}.avgpool")
    gate = b.relu(b.conv(gate, f"{name}.fc1", narrow, kernel=1))
    gate = b.hardsigmoid(b.conv(gate, f"{name}.fc2", x.shape[1], kernel=1, gain=0.5))
    return b.multiply(x, gate, f"{name}.scale")


def _conv(
    b: Builder,
    x: Value,
    name: str,
    channels: int,
    kernel: int,
    activation: Activation | None,
    stride: int = 1,
    groups: int = 1,
) -> Value:
    x = b.conv(x, f"{name}.0", channels, kernel, stride, groups=groups, bias=False)
    x = b.batchnorm(x, f"{name}.1", EPS, gain=SWISH_GAIN if activation == "hardswish" else 1.0)
    if activation is None:
        return x
    return b.relu(x) if activation == "relu" else b.hardswish(x)

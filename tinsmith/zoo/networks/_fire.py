"""SqueezeNet's Fire module, and the head of its two versions."""

from __future__ import annotations

from tinsmith.zoo.builder import Builder, Value


def fire(b: Builder, x: Value, name: str, squeeze: int, expand: int) -> Value:
    """Squeeze to few channels by 1x1, expand by 1x1 and 3x3 side by side."""
    x = b.relu(b.conv(x, f"{name}.squeeze", squeeze, kernel=1))
    one = b.relu(b.conv(x, f"{name}.expand1x1", expand, kernel=1))
    three = b.relu(b.conv(x, f"{name}.expand3x3", expand, kernel=3))
    return b.concat([one, three], name)


def classify(b: Builder, x: Value) -> dict[str, Value]:
    """Dropout, a 1x1 convolution with one channel per class, the mean of each, Softmax."""
    x = b.dropout(x, "drop9")
    x = b.relu(b.conv(x, "conv10", 1000, kernel=1, gain=4.0))
    x = b.flatten(b.global_avg_pool(x, "pool10"), "flatten")
    return {"probabilities": b.softmax(x)}

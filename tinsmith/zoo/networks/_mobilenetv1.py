"""MobileNet v1's body, shared by the classifier and the detector that stands on it."""

from __future__ import annotations

from tinsmith.zoo.builder import Builder, Value

BLOCKS = (
    # channels, stride
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip


def body(b: Builder, x: Value) -> list[Value]:
    """The output of the first layer and of each of the 13 blocks."""
    x = b.relu(b.batchnorm(b.conv(x, "conv1", 32, stride=2, bias=False), "conv1.bn"))
    outputs = [x]
    for index, (channels, stride) in enumerate(BLOCKS, 2):
        outputs.append(separable(b, outputs[-1], f"conv{index}", channels, stride))
    return outputs


def separable(b: Builder, x: Value, name: str, channels: int, stride: int = 1) -> Value:
    """A depthwise 3x3 and a pointwise convolution, each with BatchNormalization and ReLU."""
    depth = x.shape[1]
    x = b.conv(x, f"{name}.dw", depth, stride=stride, groups=depth, bias=False)
    x = b.relu(b.batchnorm(x, f"{name}.dw.bn"))
    x = b.conv(x, f"{name}.pw", channels, kernel=1, bias=False)
    return b.relu(b.batchnorm(x, f"{name}.pw.bn"))

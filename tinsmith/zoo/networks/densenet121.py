"""DenseNet-121 (Huang et al. 2016, arXiv:1608.06993), ends in logits.

Layers have torchvision's names. BatchNormalization stands before its convolution here.
"""

from __future__ import annotations

from tinsmith.zoo.builder import IMAGENET, Builder, Value

GROWTH = 32
LAYERS = (6, 12, 24, 16)


def network(b: Builder) -> dict[str, Value]:
    """Four dense blocks, each but the last followed by a transition to half of everything."""
    x = b.input("image", (1, 3, 224, 224), IMAGENET)
    x = b.conv(x, "features.conv0", 64, kernel=7, stride=2, bias=False)
    x = b.max_pool(b.relu(b.batchnorm(x, "features.norm0")), "features.pool0", pad=1)
    for block, count in enumerate(LAYERS, 1):
        for layer in range(1, count + 1):
            x = _dense_layer(b, x, f"features.denseblock{block}.denselayer{layer}")
        if block < len(LAYERS):
            x = _transition(b, x, f"features.transition{block}")
    x = b.relu(b.batchnorm(x, "features.norm5"))
    x = b.flatten(b.global_avg_pool(x, "pool"), "flatten")
    return {"logits": b.linear(x, "classifier", 1000, gain=2.0)}


def _dense_layer(b: Builder, x: Value, name: str) -> Value:
    """Computes 32 channels from all before it, and puts them beside those."""
    y = b.relu(b.batchnorm(x, f"{name}.norm1"))
    y = b.conv(y, f"{name}.conv1", 4 * GROWTH, kernel=1, bias=False)
    y = b.relu(b.batchnorm(y, f"{name}.norm2"))
    y = b.conv(y, f"{name}.conv2", GROWTH, bias=False)
    return b.concat([x, y], f"{name}.concat")


def _transition(b: Builder, x: Value, name: str) -> Value:
    x = b.relu(b.batchnorm(x, f"{name}.norm"))
    x = b.conv(x, f"{name}.conv", x.shape[1] // 2, kernel=1, bias=False)
    return b.avg_pool(x, f"{name}.pool", kernel=2, stride=2)

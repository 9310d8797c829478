"""Face-quality network: 64 x 64 grey face in, one quality between 0 and 1 out.

A small network with one module after Szegedy et al. 2014 (arXiv:1409.4842), whose pooling path
has no convolution. Path widths and the poolings between layers are ours.
"""

from __future__ import annotations

from tinsmith.zoo.builder import Builder, Preprocess, Value

WIDTH = 12


def network(b: Builder) -> dict[str, Value]:
    """Three convolutions, an inception module after the first, three linear layers."""
    x = b.input("face", (1, 1, 64, 64), Preprocess((127.5,), (127.5,)))
    x = b.max_pool(b.relu(b.conv(x, "conv1", WIDTH)), "pool1", kernel=2)
    x = b.max_pool(_inception(b, x, "inception"), "pool2", kernel=2)
    x = b.max_pool(b.relu(b.conv(x, "conv2", 96)), "pool3", kernel=2)
    x = b.max_pool(b.relu(b.conv(x, "conv3", 128)), "pool4", kernel=2)
    x = b.flatten(x, "flatten")
    x = b.relu(b.linear(x, "fc1", 128))
    x = b.relu(b.linear(x, "fc2", 64))
    return {"quality": b.sigmoid(b.linear(x, "fc3", 1, gain=2.0))}


def _inception(b: Builder, x: Value, name: str) -> Value:
    """1x1, 3x3, 5x5 and max pooling side by side."""
    paths = [b.relu(b.conv(x, f"{name}.{k}x{k}", WIDTH, kernel=k)) for k in (1, 3, 5)]
    return b.concat([*paths, b.max_pool(x, f"{name}.pool", stride=1, pad=1)], name)

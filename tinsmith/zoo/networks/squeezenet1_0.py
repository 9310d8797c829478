"""SqueezeNet 1.0 (Iandola et al. 2016, arXiv:1602.07360), 227 x 227, ends in Softmax."""

from __future__ import annotations

from tinsmith.zoo.builder import IMAGENET, Builder, Value
from tinsmith.zoo.networks._fire import classify, fire


def network(b: Builder) -> dict[str, Value]:
    """Poolings after conv1, fire4 and fire8."""
    x = b.input("image", (1, 3, 227, 227), IMAGENET)
    x = b.relu(b.conv(x, "conv1", 96, kernel=7, stride=2, pad=0))
    x = b.max_pool(x, "pool1", ceil=True)
    x = fire(b, x, "fire2", 16, 64)
    x = fire(b, x, "fire3", 16, 64)
    x = fire(b, x, "fire4", 32, 128)
    x = b.max_pool(x, "pool4", ceil=True)
    x = fire(b, x, "fire5", 32, 128)
    x = fire(b, x, "fire6", 48, 192)
    x = fire(b, x, "fire7", 48, 192)
    x = fire(b, x, "fire8", 64, 256)
    x = b.max_pool(x, "pool8", ceil=True)
    return classify(b, fire(b, x, "fire9", 64, 256))

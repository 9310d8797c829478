"""SqueezeNet 1.1 (Iandola et al. 2016, arXiv:1602.07360; its authors' faster version), 224 x 224.

Ends in Softmax.
"""

from __future__ import annotations

from tinsmith.zoo.builder import IMAGENET, Builder, Value
from tinsmith.zoo.networks._fire import classify, fire


def network(b: Builder) -> dict[str, Value]:
    """A 3x3 first layer, and poolings after conv1, fire3 and fire5."""
    x = b.input("image", (1, 3, 224, 224), IMAGENET)
    x = b.relu(b.conv(x, "conv1", 64, kernel=3, stride=2, pad=0))
    x = b.max_pool(x, "pool1", ceil=True)
    x = fire(b, x, "fire2", 16, 64)
    x = fire(b, x, "fire3", 16, 64)
    x = b.max_pool(x, "pool3", ceil=True)
    x = fire(b, x, "fire4", 32, 128)
    x = fire(b, x, "fire5", 32, 128)
    x = b.max_pool(x, "pool5", ceil=True)
    x = fire(b, x, "fire6", 48, 192)
    x = fire(b, x, "fire7", 48, 192)
    x = fire(b, x, "fire8", 64, 256)
    return classify(b, fire(b, x, "fire9", 64, 256))

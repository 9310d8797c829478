"""MobileNet v1, width 1.0 (Howard et al. 2017, arXiv:1704.04861), ends in logits."""

from __future__ import annotations

from tinsmith.zoo.builder import IMAGENET, Builder, Value
from tinsmith.zoo.networks._mobilenetv1 import body


def network(b: Builder) -> dict[str, Value]:
    """One convolution, 13 separable ones, one linear layer; ReLU as in the paper."""
    x = body(b, b.input("image", (1, 3, 224, 224), IMAGENET))[-1]
    x = b.flatten(b.global_avg_pool(x, "pool"), "flatten")
    return {"logits": b.linear(x, "fc", 1000, gain=2.0)}

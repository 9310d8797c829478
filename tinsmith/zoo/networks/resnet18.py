"""ResNet-18, version 1 (He et al. 2015, arXiv:1512.03385), ends in logits."""

from __future__ import annotations

from tinsmith.zoo.builder import Builder, Value
from tinsmith.zoo.networks._resnet import basic, classifier


def network(b: Builder) -> dict[str, Value]:
    """18 layers with weights."""
    return classifier(b, basic, (2, 2, 2, 2))

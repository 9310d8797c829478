"""VGG-19 (Simonyan and Zisserman 2014, arXiv:1409.1556), without normalisation, ends in logits."""

from __future__ import annotations

from tinsmith.zoo.builder import Builder, Value
from tinsmith.zoo.networks._vgg import vgg


def network(b: Builder) -> dict[str, Value]:
    """19 layers with weights."""
    return vgg(b, (2, 2, 4, 4, 4))

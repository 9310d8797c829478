"""What YOLOv3 detectors share: the Darknet layer and the raw output of one scale."""

from __future__ import annotations

from tinsmith.zoo.builder import Builder, Value

ANCHORS = 3
CLASSES = 80


def darknet(b: Builder, x: Value, name: str, channels: int, kernel: int = 3) -> Value:
    """Convolution, BatchNormalization, LeakyReLU 0.1."""
    x = b.conv(x, f"{name}.conv", channels, kernel, bias=False)
    return b.leaky_relu(b.batchnorm(x, f"{name}.bn"))


def detect(b: Builder, x: Value, name: str) -> Value:
    """Per anchor: x, y, width, height, objectness and the classes, before any sigmoid."""
    return b.conv(x, name, ANCHORS * (5 + CLASSES), kernel=1, gain=2.0)

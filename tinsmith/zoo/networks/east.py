"""EAST text detector (Zhou et al. 2017, arXiv:1704.03155) on ResNet-50, 320 x 320.

Outputs at a quarter of the size: `score` (is it text) and `geometry` (distances to the four sides
of the rotated box in pixels, and its angle in radians).
"""

from __future__ import annotations

from dataclasses import replace
from math import pi

from tinsmith.zoo.builder import IMAGENET, Builder, Value
from tinsmith.zoo.networks._resnet import bottleneck, stages, stem

REACH = 512.0


def network(b: Builder) -> dict[str, Value]:
    """ResNet-50, three merges upwards, two heads."""
    x = b.input("image", (1, 3, 320, 320), replace(IMAGENET, crop=None))
    *finer, x = stages(b, stem(b, x), bottleneck, (3, 4, 6, 3))
    for index, (level, width) in enumerate(zip(reversed(finer), (128, 64, 32), strict=True), 1):
        x = b.upsample(x, f"merge{index}.unpool", mode="linear")
        x = b.concat([x, level], f"merge{index}.concat")
        x = _conv(b, x, f"merge{index}.1", width, 1)
        x = _conv(b, x, f"merge{index}.2", width, 3)
    x = _conv(b, x, "merge4", 32, 3)
    # Gains keep the sigmoids out of saturation.
    score = b.sigmoid(b.conv(x, "head.score", 1, kernel=1, gain=0.5))
    sides = b.sigmoid(b.conv(x, "head.sides", 4, kernel=1, gain=0.5))
    sides = b.scale(sides, "head.sides.pixels", REACH)
    angle = b.sigmoid(b.conv(x, "head.angle", 1, kernel=1, gain=0.5))
    angle = b.scale(angle, "head.angle.radians", pi / 2, -0.5)
    return {"score": score, "geometry": b.concat([sides, angle], "head.geometry")}


def _conv(b: Builder, x: Value, name: str, channels: int, kernel: int) -> Value:
    x = b.conv(x, f"{name}.conv", channels, kernel, bias=False)
    return b.relu(b.batchnorm(x, f"{name}.bn"))

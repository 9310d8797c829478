"""SimpleBaseline human pose (Xiao et al. 2018, arXiv:1804.06208), ResNet-50, 256 x 192.

Output: a heat map for each of COCO's 17 joints, at a quarter of the size.
"""

from __future__ import annotations

from dataclasses import replace

from tinsmith.zoo.builder import IMAGENET, Builder, Value
from tinsmith.zoo.networks._resnet import bottleneck, stages, stem

JOINTS = 17


def network(b: Builder) -> dict[str, Value]:
    """ResNet-50 and three transposed convolutions."""
    x = b.input("image", (1, 3, 256, 192), replace(IMAGENET, crop=None))
    x = stages(b, stem(b, x), bottleneck, (3, 4, 6, 3))[-1]
    for index in range(3):
        x = b.conv_transpose(x, f"deconv{index}", 256, kernel=4, stride=2, pad=1)
        x = b.relu(b.batchnorm(x, f"deconv{index}.bn"))
    return {"heatmaps": b.conv(x, "final", JOINTS, kernel=1)}

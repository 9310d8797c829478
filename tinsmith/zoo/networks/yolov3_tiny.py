"""YOLOv3-tiny (Redmon and Farhadi 2018, arXiv:1804.02767), 416 x 416, COCO's 80 classes.

Outputs are the raw maps of the two scales; decoding and suppression are left to the caller.
"""

from __future__ import annotations

from tinsmith.zoo.builder import UNIT, Builder, Value
from tinsmith.zoo.networks._yolo import darknet, detect


def network(b: Builder) -> dict[str, Value]:
    """Seven convolutions with poolings, then a head at 13 x 13 and one at 26 x 26."""
    x = b.input("image", (1, 3, 416, 416), UNIT)
    for index, channels in enumerate((16, 32, 64, 128), 1):
        x = darknet(b, x, f"conv{index}", channels)
        x = b.max_pool(x, f"pool{index}", kernel=2)
    fine = darknet(b, x, "conv5", 256)
    x = darknet(b, b.max_pool(fine, "pool5", kernel=2), "conv6", 512)
    x = b.max_pool(x, "pool6", kernel=2, stride=1, pad="same")
    x = darknet(b, x, "conv7", 1024)
    x = darknet(b, x, "conv8", 256, kernel=1)
    large = detect(b, darknet(b, x, "conv9", 512), "detect13")
    x = b.upsample(darknet(b, x, "conv10", 128, kernel=1), "upsample")
    x = b.concat([x, fine], "route")
    small = detect(b, darknet(b, x, "conv11", 256), "detect26")
    return {"scale13": large, "scale26": small}

"""YOLOv3 on MobileNet v1, 320 x 320, COCO's 80 classes.

Redmon and Farhadi 2018 (arXiv:1804.02767) with the body of Howard et al. 2017 (arXiv:1704.04861)
in place of Darknet-53, as GluonCV and PaddleDetection pair them. Outputs are raw maps.
"""

from __future__ import annotations

from tinsmith.zoo.builder import UNIT, Builder, Value
from tinsmith.zoo.networks._mobilenetv1 import body
from tinsmith.zoo.networks._yolo import darknet, detect


def network(b: Builder) -> dict[str, Value]:
    """Heads at 10 x 10, 20 x 20 and 40 x 40; each coarser one feeds the next."""
    features = body(b, b.input("image", (1, 3, 320, 320), UNIT))
    x, outputs = features[13], {}
    for scale, width, finer in ((10, 512, features[11]), (20, 256, features[5]), (40, 128, None)):
        x = _five(b, x, f"head{scale}", width)
        outputs[f"scale{scale}"] = detect(
            b, darknet(b, x, f"head{scale}.6", 2 * width), f"detect{scale}"
        )
        if finer is not None:
            x = darknet(b, x, f"route{scale}", width // 2, kernel=1)
            x = b.concat([b.upsample(x, f"upsample{scale}"), finer], f"concat{scale}")
    return outputs


def _five(b: Builder, x: Value, name: str, width: int) -> Value:
    """1x1 to the width and 3x3 to twice of it, in turn, five times."""
    for index in range(1, 6):
        wide = index % 2 == 0
        x = darknet(b, x, f"{name}.{index}", 2 * width if wide else width, 3 if wide else 1)
    return x

"""Published set-ups, as options of the bench."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset sets; options that are given win.

    Attributes:
        about: what it shows.
    """

    about: str
    networks: tuple[str, ...]
    threads: tuple[int, ...]
    batches: tuple[int, ...] = (1,)
    runs: int | None = None
    pause_s: float | None = None
    groups: bool = False
    memory_bytes: int | None = None


PRESETS = {
    "squeezenet-arm": Preset(
        "SqueezeNet at 227 x 227 on four threads: time by group of layers, processor, memory",
        ("squeezenet1.0",), (4,), groups=True),
    "integer-convnets": Preset(
        "VGG19, ResNet50 and MobileNetV2 on one to four threads, 100 runs each, pauses of 2 s",
        ("vgg19", "resnet50", "mobilenetv2"), (1, 2, 3, 4), runs=100, pause_s=2.0),
    "iot-edge": Preset(
        "the face-quality network and VGG16: batches of 1, 2, 4 on 1, 2, 4 cores",
        ("fqa", "vgg16"), (1, 2, 4), (1, 2, 4)),
}

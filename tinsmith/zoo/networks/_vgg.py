"""VGG: 3x3 convolutions between poolings, then three fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence

from tinsmith.zoo.builder import IMAGENET, Builder, Value

CHANNELS = (64, 128, 256, 512, 512)


def vgg(b: Builder, repeats: Sequence[int]) -> dict[str, Value]:
    """The network with that many convolutions before each pooling."""
    x = b.input("image", (1, 3, 224, 224), IMAGENET)
    for stage, (channels, count) in enumerate(zip(CHANNELS, repeats, strict=True), 1):
        for layer in range(1, count + 1):
            x = b.relu(b.conv(x, f"conv{stage}_{layer}", channels))
        x = b.max_pool(x, f"pool{stage}", kernel=2, stride=2)
    x = b.flatten(x, "flatten")
    x = b.dropout(b.relu(b.linear(x, "fc6", 4096)), "drop6")
    x = b.dropout(b.relu(b.linear(x, "fc7", 4096)), "drop7")
    return {"logits": b.linear(x, "fc8", 1000, gain=2.0)}

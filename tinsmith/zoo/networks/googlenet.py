"""GoogLeNet, Inception v1 (Szegedy et al. 2014, arXiv:1409.4842), ends in logits.

With the paper's local response normalisation and without its two auxiliary heads.
"""

from __future__ import annotations

from typing import NamedTuple

from tinsmith.zoo.builder import IMAGENET, Builder, Value


class Widths(NamedTuple):
    """Channels of an inception module's paths (the paper's table 1)."""

    one: int
    three_reduce: int
    three: int
    five_reduce: int
    five: int
    pool: int


MODULES = {
    "3a": Widths(64, 96, 128, 16, 32, 32),
    "3b": Widths(128, 128, 192, 32, 96, 64),
    "4a": Widths(192, 96, 208, 16, 48, 64),
    "4b": Widths(160, 112, 224, 24, 64, 64),
    "4c": Widths(128, 128, 256, 24, 64, 64),
    "4d": Widths(112, 144, 288, 32, 64, 64),
    "4e": Widths(256, 160, 320, 32, 128, 128),
    "5a": Widths(256, 160, 320, 32, 128, 128),
    "5b": Widths(384, 192, 384, 48, 128, 128),
}
POOL_AFTER = ("3b", "4e")


def network(b: Builder) -> dict[str, Value]:
    """Nine inception modules."""
    x = b.input("image", (1, 3, 224, 224), IMAGENET)
    x = b.relu(b.conv(x, "conv1", 64, kernel=7, stride=2))
    x = b.max_pool(x, "pool1", ceil=True)
    x = b.lrn(x, "norm1", size=5, alpha=1e-4, beta=0.75)
    x = b.relu(b.conv(x, "conv2.reduce", 64, kernel=1))
    x = b.relu(b.conv(x, "conv2", 192))
    x = b.lrn(x, "norm2", size=5, alpha=1e-4, beta=0.75)
    x = b.max_pool(x, "pool2", ceil=True)
    for module, widths in MODULES.items():
        x = _inception(b, x, f"inception{module}", widths)
        if module in POOL_AFTER:
            x = b.max_pool(x, f"pool{module[0]}", ceil=True)
    x = b.flatten(b.avg_pool(x, "pool5", kernel=7, stride=1), "flatten")
    x = b.dropout(x, "drop", 0.4)
    return {"logits": b.linear(x, "fc", 1000, gain=2.0)}


def _inception(b: Builder, x: Value, name: str, widths: Widths) -> Value:
    one = b.relu(b.conv(x, f"{name}.1x1", widths.one, kernel=1))
    three = b.relu(b.conv(x, f"{name}.3x3.reduce", widths.three_reduce, kernel=1))
    three = b.relu(b.conv(three, f"{name}.3x3", widths.three))
    five = b.relu(b.conv(x, f"{name}.5x5.reduce", widths.five_reduce, kernel=1))
    five = b.relu(b.conv(five, f"{name}.5x5", widths.five, kernel=5))
    pool = b.max_pool(x, f"{name}.pool", stride=1, pad=1)
    pool = b.relu(b.conv(pool, f"{name}.pool.project", widths.pool, kernel=1))
    return b.concat([one, three, five, pool], name)

"""Inception v3 (Szegedy et al. 2015, arXiv:1512.00567), 299 x 299, ends in logits.

Layers have torchvision's names; the auxiliary head is left out.
"""

from __future__ import annotations

from tinsmith.zoo.builder import Builder, Preprocess, Value
from tinsmith.zoo.window import Padding, Pair


def network(b: Builder) -> dict[str, Value]:
    """Modules at 35 x 35, 17 x 17 and 8 x 8."""
    x = b.input("image", (1, 3, 299, 299), Preprocess((127.5,) * 3, (127.5,) * 3, 0.875))
    x = _conv(b, x, "Conv2d_1a_3x3", 32, stride=2, pad=0)
    x = _conv(b, x, "Conv2d_2a_3x3", 32, pad=0)
    x = _conv(b, x, "Conv2d_2b_3x3", 64)
    x = b.max_pool(x, "maxpool1")
    x = _conv(b, x, "Conv2d_3b_1x1", 80, 1)
    x = _conv(b, x, "Conv2d_4a_3x3", 192, pad=0)
    x = b.max_pool(x, "maxpool2")
    x = _module_a(b, x, "Mixed_5b", 32)
    x = _module_a(b, x, "Mixed_5c", 64)
    x = _module_a(b, x, "Mixed_5d", 64)
    x = _reduce_b(b, x, "Mixed_6a")
    for name, width in (("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)):
        x = _module_c(b, x, f"Mixed_{name}", width)
    x = _reduce_d(b, x, "Mixed_7a")
    x = _module_e(b, x, "Mixed_7b")
    x = _module_e(b, x, "Mixed_7c")
    x = b.flatten(b.global_avg_pool(x, "avgpool"), "flatten")
    x = b.dropout(x, "dropout")
    return {"logits": b.linear(x, "fc", 1000, gain=2.0)}


def _module_a(b: Builder, x: Value, name: str, pool_channels: int) -> Value:
    one = _conv(b, x, f"{name}.branch1x1", 64, 1)
    five = _conv(b, x, f"{name}.branch5x5_1", 48, 1)
    five = _conv(b, five, f"{name}.branch5x5_2", 64, 5)
    three = _conv(b, x, f"{name}.branch3x3dbl_1", 64, 1)
    three = _conv(b, three, f"{name}.branch3x3dbl_2", 96)
    three = _conv(b, three, f"{name}.branch3x3dbl_3", 96)
    return b.concat([one, five, three, _pooled(b, x, name, pool_channels)], name)


def _reduce_b(b: Builder, x: Value, name: str) -> Value:
    three = _conv(b, x, f"{name}.branch3x3", 384, stride=2, pad=0)
    double = _conv(b, x, f"{name}.branch3x3dbl_1", 64, 1)
    double = _conv(b, double, f"{name}.branch3x3dbl_2", 96)
    double = _conv(b, double, f"{name}.branch3x3dbl_3", 96, stride=2, pad=0)
    return b.concat([three, double, b.max_pool(x, f"{name}.pool")], name)


def _module_c(b: Builder, x: Value, name: str, width: int) -> Value:
    one = _conv(b, x, f"{name}.branch1x1", 192, 1)
    seven = _conv(b, x, f"{name}.branch7x7_1", width, 1)
    seven = _conv(b, seven, f"{name}.branch7x7_2", width, (1, 7))
    seven = _conv(b, seven, f"{name}.branch7x7_3", 192, (7, 1))
    double = _conv(b, x, f"{name}.branch7x7dbl_1", width, 1)
    double = _conv(b, double, f"{name}.branch7x7dbl_2", width, (7, 1))
    double = _conv(b, double, f"{name}.branch7x7dbl_3", width, (1, 7))
    double = _conv(b, double, f"{name}.branch7x7dbl_4", width, (7, 1))
    double = _conv(b, double, f"{name}.branch7x7dbl_5", 192, (1, 7))
    return b.concat([one, seven, double, _pooled(b, x, name, 192)], name)


def _reduce_d(b: Builder, x: Value, name: str) -> Value:
    three = _conv(b, x, f"{name}.branch3x3_1", 192, 1)
    three = _conv(b, three, f"{name}.branch3x3_2", 320, stride=2, pad=0)
    seven = _conv(b, x, f"{name}.branch7x7x3_1", 192, 1)
    seven = _conv(b, seven, f"{name}.branch7x7x3_2", 192, (1, 7))
    seven = _conv(b, seven, f"{name}.branch7x7x3_3", 192, (7, 1))
    seven = _conv(b, seven, f"{name}.branch7x7x3_4", 192, stride=2, pad=0)
    return b.concat([three, seven, b.max_pool(x, f"{name}.pool")], name)


def _module_e(b: Builder, x: Value, name: str) -> Value:
    one = _conv(b, x, f"{name}.branch1x1", 320, 1)
    three = _conv(b, x, f"{name}.branch3x3_1", 384, 1)
    three = _spread(b, three, f"{name}.branch3x3_2")
    double = _conv(b, x, f"{name}.branch3x3dbl_1", 448, 1)
    double = _conv(b, double, f"{name}.branch3x3dbl_2", 384)
    double = _spread(b, double, f"{name}.branch3x3dbl_3")
    return b.concat([one, three, double, _pooled(b, x, name, 192)], name)


def _spread(b: Builder, x: Value, name: str) -> Value:
    """1x3 and 3x1 side by side."""
    wide, tall = _conv(b, x, f"{name}a", 384, (1, 3)), _conv(b, x, f"{name}b", 384, (3, 1))
    return b.concat([wide, tall], name)


def _pooled(b: Builder, x: Value, name: str, channels: int) -> Value:
    pool = b.avg_pool(x, f"{name}.pool", kernel=3, stride=1, pad=1)
    return _conv(b, pool, f"{name}.branch_pool", channels, 1)


def _conv(
    b: Builder,
    x: Value,
    name: str,
    channels: int,
    kernel: int | Pair = 3,
    stride: int = 1,
    pad: Padding = None,
) -> Value:
    x = b.conv(x, f"{name}.conv", channels, kernel, stride, pad, bias=False)
    return b.relu(b.batchnorm(x, f"{name}.bn", eps=1e-3))

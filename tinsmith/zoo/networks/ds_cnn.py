"""DS-CNN keyword spotting (Zhang et al. 2017, arXiv:1711.07128) as in MLPerf Tiny, 12 words.

Input: 49 frames of 10 MFCC. MLPerf Tiny (Banbury et al. 2021, arXiv:2106.07597) keeps the biases
before BatchNormalization; so do we. Ends in logits.
"""

from __future__ import annotations

from tinsmith.zoo.builder import Builder, Value

WIDTH = 64
WORDS = 12


def network(b: Builder) -> dict[str, Value]:
    """One convolution and four separable ones."""
    x = b.input("mfcc", (1, 1, 49, 10))
    x = b.conv(x, "conv1", WIDTH, kernel=(10, 4), stride=2, pad="same")
    x = b.dropout(b.relu(b.batchnorm(x, "bn1", 1e-3)), "drop1", 0.2)
    for index in range(2, 6):
        x = b.conv(x, f"dw{index}", WIDTH, groups=WIDTH)
        x = b.relu(b.batchnorm(x, f"dw{index}.bn", 1e-3))
        x = b.conv(x, f"pw{index}", WIDTH, kernel=1)
        x = b.relu(b.batchnorm(x, f"pw{index}.bn", 1e-3))
    x = b.dropout(x, "drop2", 0.4)
    x = b.flatten(b.avg_pool(x, "pool", kernel=(x.shape[2], x.shape[3]), stride=1), "flatten")
    return {"logits": b.linear(x, "fc", WORDS, gain=2.0)}

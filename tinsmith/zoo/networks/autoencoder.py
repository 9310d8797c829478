"""Deep autoencoder for machine sounds, as in MLPerf Tiny (Banbury et al. 2021, arXiv:2106.07597).

Input: 5 frames of 128 log-mel bands. Output: the same, rebuilt; the error is the anomaly score.
"""

from __future__ import annotations

from tinsmith.zoo.builder import Builder, Value

BANDS = 640
WIDTHS = (128, 128, 128, 128, 8, 128, 128, 128, 128)


def network(b: Builder) -> dict[str, Value]:
    """Nine linear layers with BatchNormalization and ReLU, and a last one without."""
    x = b.input("logmel", (1, BANDS))
    for index, width in enumerate(WIDTHS, 1):
        x = b.relu(b.batchnorm(b.linear(x, f"fc{index}", width), f"bn{index}", 1e-3))
    return {"rebuilt": b.linear(x, "fc10", BANDS)}

"""CRNN text reader (Shi et al. 2015, arXiv:1507.05717), 32 x 128 grey, 36 characters and a blank.

Ends in the logits that CTC decodes: 31 steps from left to right, 37 classes.
"""

from __future__ import annotations

from tinsmith.zoo.builder import Builder, Preprocess, Value

CLASSES = 37
HIDDEN = 256


def network(b: Builder) -> dict[str, Value]:
    """Seven convolutions squeeze the height to 1; two bidirectional LSTM read along the width."""
    x = b.input("image", (1, 1, 32, 128), Preprocess((127.5,), (127.5,)))
    x = b.max_pool(b.relu(b.conv(x, "conv0", 64)), "pool0", kernel=2)
    x = b.max_pool(b.relu(b.conv(x, "conv1", 128)), "pool1", kernel=2)
    x = _conv_bn(b, x, "2", 256)
    x = b.max_pool(b.relu(b.conv(x, "conv3", 256)), "pool3", kernel=(2, 1), stride=(2, 1))
    x = _conv_bn(b, x, "4", 512)
    x = b.max_pool(b.relu(b.conv(x, "conv5", 512)), "pool5", kernel=(2, 1), stride=(2, 1))
    x = b.relu(b.conv(x, "conv6", 512, kernel=2, pad=0))
    x = b.transpose(b.squeeze(x, 2, "columns"), (2, 0, 1), "sequence")
    x = b.linear(b.bidirectional_lstm(x, "rnn0.lstm", HIDDEN), "rnn0.embedding", HIDDEN)
    x = b.bidirectional_lstm(x, "rnn1.lstm", HIDDEN)
    return {"logits": b.linear(x, "rnn1.embedding", CLASSES, gain=2.0)}


def _conv_bn(b: Builder, x: Value, index: str, channels: int) -> Value:
    x = b.conv(x, f"conv{index}", channels, bias=False)
    return b.relu(b.batchnorm(x, f"bn{index}"))

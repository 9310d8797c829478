"""Identity and Dropout: at inference both are other names of their input."""

from __future__ import annotations

import numpy as np

from tinsmith.importers.onnx.node import NodeImport


def Identity(node: NodeImport) -> None:
    """Another name of the input."""
    node.alias(node.value(0))


def Dropout(node: NodeImport) -> None:
    """Another name of the input; the mask, if asked for, is all true."""
    training, ratio = node.constant(2), node.constant(1)
    drops = ratio is None or bool(ratio.any())
    if node.has_input(2) and drops and (training is None or bool(training.any())):
        raise node.unsupported("training_mode", "false", "true", "export for inference")
    node.alias(node.value(0))
    node.emit_constant(np.ones(node.type(0).shape, bool), 1)

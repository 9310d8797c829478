"""BatchNormalization."""

from __future__ import annotations

from tinsmith.importers.onnx.build import NodeImport
from tinsmith.ops import batch_normalization


def BatchNormalization(node: NodeImport) -> None:
    """Statistics come from the model: what training would compute is refused."""
    if node.attribute_int("training_mode", 0) or node.output_count > 1:
        raise node.unsupported("training_mode", "0", "1", "export the model for inference")
    if node.attribute_int("spatial", 1) != 1:
        raise node.unsupported("spatial", "1", "0", "export with opset 9 or newer")
    op = batch_normalization.BatchNormalization(node.attribute_float("epsilon", 1e-5))
    node.emit(op, *node.values())

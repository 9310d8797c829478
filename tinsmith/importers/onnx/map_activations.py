"""Activation functions."""

from __future__ import annotations

from tinsmith.dtypes import Array
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import activations, arithmetic
from tinsmith.ops.reshape import Reshape


def Relu(node: NodeImport) -> None:
    """As ours."""
    node.emit(activations.Relu(), node.value(0))


def Clip(node: NodeImport) -> None:
    """Bounds are attributes before opset 11, then inputs; unknown ones become Max and Min."""
    if node.opset < 11:
        given = node.raw.attributes
        low = node.attribute_float("min", 0.0) if "min" in given else None
        high = node.attribute_float("max", 0.0) if "max" in given else None
        node.emit(activations.Clip(low, high), node.value(0))
        return
    constant = all(not node.has_input(i) or node.constant(i) is not None for i in (1, 2))
    if constant:
        node.emit(activations.Clip(_bound(node, 1, "min"), _bound(node, 2, "max")), node.value(0))
        return
    value = node.value(0)
    if node.has_input(1):
        bounded = node.has_input(2)
        lower = arithmetic.Max()
        if not bounded:
            node.emit(lower, value, node.value(1))
            return
        value = node.temporary(lower, value, node.value(1))
    node.emit(arithmetic.Min(), value, node.value(2))


def _bound(node: NodeImport, index: int, what: str) -> float | int | None:
    array = node.constant(index)
    if array is None:
        return None
    if array.size != 1 or array.dtype != node.type(0).dtype.numpy:
        raise node.unsupported(what, f"a scalar of {node.type(0).dtype.value}",
                               f"{array.dtype}{list(array.shape)}", "check the model")
    return _scalar(array)


def _scalar(array: Array) -> float | int:
    value = array.reshape(-1)[0]
    return int(value) if array.dtype.kind in "iu" else float(value)


def Sigmoid(node: NodeImport) -> None:
    """As ours."""
    node.emit(activations.Sigmoid(), node.value(0))


def HardSigmoid(node: NodeImport) -> None:
    """alpha 0.2, beta 0.5 unless given."""
    node.emit(activations.HardSigmoid(node.attribute_float("alpha", 0.2),
                                      node.attribute_float("beta", 0.5)), node.value(0))


def HardSwish(node: NodeImport) -> None:
    """As ours."""
    node.emit(activations.HardSwish(), node.value(0))


def LeakyRelu(node: NodeImport) -> None:
    """alpha 0.01 unless given."""
    node.emit(activations.LeakyRelu(node.attribute_float("alpha", 0.01)), node.value(0))


def ThresholdedRelu(node: NodeImport) -> None:
    """alpha 1 unless given."""
    node.emit(activations.ThresholdedRelu(node.attribute_float("alpha", 1.0)), node.value(0))


def Shrink(node: NodeImport) -> None:
    """bias 0, lambd 0.5 unless given."""
    node.emit(activations.Shrink(node.attribute_float("bias", 0.0),
                                 node.attribute_float("lambd", 0.5)), node.value(0))


def Tanh(node: NodeImport) -> None:
    """As ours."""
    node.emit(activations.Tanh(), node.value(0))


def Elu(node: NodeImport) -> None:
    """alpha 1 unless given."""
    node.emit(activations.Elu(node.attribute_float("alpha", 1.0)), node.value(0))


def Selu(node: NodeImport) -> None:
    """Defaults of the paper unless given."""
    node.emit(activations.Selu(node.attribute_float("alpha", activations.SELU_ALPHA),
                               node.attribute_float("gamma", activations.SELU_GAMMA)),
              node.value(0))


def Celu(node: NodeImport) -> None:
    """alpha 1 unless given."""
    node.emit(activations.Celu(node.attribute_float("alpha", 1.0)), node.value(0))


def Mish(node: NodeImport) -> None:
    """As ours."""
    node.emit(activations.Mish(), node.value(0))


def Softplus(node: NodeImport) -> None:
    """As ours."""
    node.emit(activations.Softplus(), node.value(0))


def Softsign(node: NodeImport) -> None:
    """As ours."""
    node.emit(activations.Softsign(), node.value(0))


def Swish(node: NodeImport) -> None:
    """alpha 1 unless given."""
    node.emit(activations.Swish(node.attribute_float("alpha", 1.0)), node.value(0))


def Gelu(node: NodeImport) -> None:
    """Exact unless ``approximate`` is 'tanh'."""
    approximate = node.attribute_str("approximate", "none")
    if approximate not in ("none", "tanh"):
        raise node.unsupported("approximate", "none or tanh", approximate, "check the model")
    node.emit(activations.Gelu(approximate == "tanh"), node.value(0))


def PRelu(node: NodeImport) -> None:
    """As ours: the slope broadcasts to x; before opset 7 one for each channel stands alone."""
    x, slope = node.type(0), node.type(1)
    if node.opset < 7 and slope.rank == 1 and slope.size > 1 and x.rank > 2:
        shaped = node.temporary(Reshape((slope.size, *(1,) * (x.rank - 2))), node.value(1))
        node.emit(activations.PRelu(), node.value(0), shaped)
        return
    node.emit(activations.PRelu(), node.value(0), node.value(1))

"""The export to .tflite: what the file says, and with LiteRT installed what it computes."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np
import pytest

import tests.cases as package
from tests.cases.case import Case
from tests.formats.tflite_file import calls, names, root
from tests.passes.graphs import Sketch, feeds
from tinsmith import zoo
from tinsmith.dtypes import Array, DType
from tinsmith.errors import UnsupportedError
from tinsmith.exporters.tflite import export
from tinsmith.exporters.tflite.layout import channels_last, reshaped, same_bytes, transposed
from tinsmith.exporters.tflite.windows import Axis
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.ops.activations import Clip, HardSigmoid, LeakyRelu, Relu
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalAveragePool
from tinsmith.ops.pool import AveragePool, MaxPool
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.resize import Resize
from tinsmith.ops.softmax import Softmax
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.manager import run
from tinsmith.passes.standard import STANDARD

SMALL_NETWORKS = ("autoencoder", "ds-cnn", "fqa", "shufflenetv2", "squeezenet1.1")
DIFFERENT = ("special", "edges", "nonfinite", "reduce_in_turn")
"""Parts of names of cases that LiteRT answers otherwise: infinities, NaN, eight axes."""


def conv(s: Sketch, x: str, channels: int, kernel: int = 1, stride: int = 1,
         pads: tuple[int, ...] = (0, 0, 0, 0), group: int = 1) -> str:
    inputs = s.types[x].shape[1]
    op = Conv((stride, stride), pads, (1, 1), group)
    return s.node(op, x, s.weight(channels, inputs // group, kernel, kernel), s.weight(channels))


def test_an_activation_goes_into_the_operator_before_it() -> None:
    s = Sketch()
    y = s.node(Clip(0, 6), conv(s, s.input(1, 3, 8, 8), 4))
    z = s.node(Relu(), s.node(Add(), y, s.weight(1, 4, 1, 1)))
    found = calls(export(s.graph(z)))
    assert [call.name for call in found] == ["TRANSPOSE", "CONV_2D", "ADD", "TRANSPOSE"]
    assert found[1].options is not None and found[1].options.scalar(3, "b") == 3
    assert found[2].options is not None and found[2].options.scalar(0, "b") == 1
    assert found[2].shapes[1] == (1, 1, 1, 4)


def test_a_value_that_others_read_keeps_its_operator_plain() -> None:
    s = Sketch()
    y = conv(s, s.input(1, 1, 4, 4), 4)
    assert "RELU" in names(export(s.graph(s.node(Add(), s.node(Relu(), y), y))))


@pytest.mark.parametrize(("stride", "pads", "expected"), [
    (1, (1, 1, 1, 1), []),              # SAME
    (1, (0, 0, 0, 0), []),              # VALID
    (2, (0, 0, 1, 1), []),              # SAME of an even extent
    (2, (1, 1, 1, 1), ["PAD"]),         # what PyTorch does
])
def test_padding_is_an_operator_only_where_no_kind_fits(
        stride: int, pads: tuple[int, ...], expected: list[str]) -> None:
    s = Sketch()
    x = s.node(Transpose((0, 3, 1, 2)), s.input(1, 8, 8, 2))
    found = names(export(s.graph(conv(s, x, 3, 3, stride, pads))))
    assert found == [*expected, "CONV_2D", "TRANSPOSE"]


def test_the_end_of_a_pad_is_cut_to_what_is_read() -> None:
    axis = Axis(size=8, extent=4, reach=3, stride=2, before=1)
    assert (axis.after, axis.same, axis.valid) == (0, False, False)


def test_depthwise_filters() -> None:
    s = Sketch()
    x = s.node(Transpose((0, 3, 1, 2)), s.input(1, 5, 5, 4))
    y = s.node(GlobalAveragePool(), conv(s, x, 8, 3, pads=(1, 1, 1, 1), group=4))
    found = calls(export(s.graph(y)))[0]
    assert (found.name, found.shapes[1]) == ("DEPTHWISE_CONV_2D", (1, 3, 3, 8))
    assert found.options is not None and found.options.scalar(3, "i") == 2


def test_a_shuffle_of_channels_is_one_transpose() -> None:
    s = Sketch()
    x = s.node(Transpose((0, 3, 1, 2)), s.input(1, 4, 4, 6))
    y = s.node(Reshape((1, 2, 3, 4, 4)), conv(s, x, 6))
    y = s.node(Reshape((1, 6, 4, 4)), s.node(Transpose((0, 2, 1, 3, 4)), y))
    found = names(export(s.graph(s.node(GlobalAveragePool(), conv(s, y, 2)))))
    assert found == ["CONV_2D", "RESHAPE", "TRANSPOSE", "RESHAPE", "CONV_2D", "MEAN", "RESHAPE"]


def test_flat_images_stay_and_the_weights_move() -> None:
    s = Sketch()
    x = s.node(Transpose((0, 3, 1, 2)), s.input(1, 2, 3, 4))
    flat = s.node(Reshape((1, 24)), s.node(MaxPool((1, 1), (1, 1), (0,) * 4, (1, 1)), x))
    graph = s.graph(s.node(Gemm(), flat, s.weight(24, 5)))
    found = calls(export(graph))
    assert [call.name for call in found] == ["MAX_POOL_2D", "RESHAPE", "FULLY_CONNECTED"]
    weights = graph.weights["w0"].reshape(4, 2, 3, 5).transpose(1, 2, 0, 3).reshape(24, 5).T
    np.testing.assert_array_equal(found[2].constants[1], weights)


def test_zeros_pad_the_maximum_of_what_is_never_negative() -> None:
    for relu, expected in ((True, "PAD"), (False, "PADV2")):
        s = Sketch()
        x = conv(s, s.input(1, 1, 8, 8), 2)
        x = s.node(Relu(), x) if relu else x
        y = s.node(MaxPool((3, 3), (2, 2), (1, 1, 1, 1), (1, 1)), x)
        assert expected in names(export(s.graph(y)))


def test_inputs_and_outputs_keep_names_shapes_and_order() -> None:
    s = Sketch()
    a, b = s.input(1, 3, 4, 4), s.input(1, 3, 4, 4)
    graph = root(export(s.graph(conv(s, b, 5), s.node(Relu(), a)))).tables(2)[0]
    tensors = graph.tables(0)
    assert [tensors[i].text(3) for i in graph.vector(1, "int32")] == [a, b]
    assert [tuple(tensors[i].vector(0, "int32")) for i in graph.vector(2, "int32")] == [
        (1, 5, 4, 4), (1, 3, 4, 4)]


@pytest.mark.parametrize(("shape", "order", "wanted", "expected"), [
    ((1, 6, 4, 5), (0, 2, 3, 1), (1, 2, 3, 4, 5), (0, 3, 4, 1, 2)),
    ((1, 8, 1, 1), (0, 2, 3, 1), (1, 8), (0, 1)),
    ((1, 8, 1, 5), (0, 2, 3, 1), (1, 8, 5), (0, 2, 1)),
    ((2, 3, 4), (0, 1, 2), (2, 12), (0, 1)),
    ((1, 3, 4, 5), (0, 2, 3, 1), (1, 60), None),
    ((1, 1), (0, 1), (1,), (0,)),
])
def test_orders_of_reshaped_values(shape: tuple[int, ...], order: tuple[int, ...],
                                   wanted: tuple[int, ...],
                                   expected: tuple[int, ...] | None) -> None:
    assert reshaped(shape, order, wanted) == expected
    if expected is not None:
        value = np.arange(np.prod(shape)).reshape(shape)
        np.testing.assert_array_equal(value.reshape(wanted).transpose(expected).reshape(-1),
                                      value.transpose(order).reshape(-1))


def test_a_transpose_renames_axes() -> None:
    value = np.arange(24).reshape(1, 2, 3, 4)
    order = transposed(channels_last(4), (2, 0, 1, 3))
    np.testing.assert_array_equal(value.transpose(2, 0, 1, 3).transpose(order).reshape(-1),
                                  value.transpose(channels_last(4)).reshape(-1))
    assert same_bytes((1, 5, 1, 1), channels_last(4), (0, 1, 2, 3))


def refusals() -> dict[str, tuple[Graph, str]]:
    """Graphs that cannot be exported, and what is said of them."""
    leaky, dilated, cubic = Sketch(), Sketch(), Sketch()
    integers, fused = Sketch(), Sketch()
    dilated_op = ConvTranspose((2, 2), (0, 0, 0, 0), (2, 2), output_padding=(0, 0))
    cubic_op = Resize((1, 1, 8, 8), (1.0, 1.0, 2.0, 2.0), mode="cubic")
    ints = (integers.input(2, dtype=DType.I64), integers.input(2, dtype=DType.I64))
    computed = fused.node(Gemm(), fused.input(2, 3), fused.input(3, 4))
    return {
        "dilated": (dilated.graph(dilated.node(dilated_op, dilated.input(1, 1, 4, 4),
                                               dilated.weight(1, 1, 2, 2))),
                    "one group, no dilation"),
        "cubic": (cubic.graph(cubic.node(cubic_op, cubic.input(1, 1, 4, 4))), "linear or nearest"),
        "integers": (integers.graph(integers.node(Add(), *ints)), "expected float32"),
        "computed": (fused.graph(computed), "expected constant operand 1, got a computed one"),
        "pool": (leaky.graph(leaky.node(MaxPool((2, 2), (1, 1), (0,) * 4, (2, 2)),
                                        leaky.input(1, 1, 8, 8))), "without dilation"),
    }


@pytest.mark.parametrize("name", refusals())
def test_what_cannot_be_said_is_refused_by_name(name: str) -> None:
    graph, text = refusals()[name]
    with pytest.raises(UnsupportedError, match=text) as caught:
        export(graph)
    assert f"export to tflite: node '{graph.nodes[0].name}'" in str(caught.value)


@pytest.mark.parametrize("name", ["ds-cnn", "squeezenet1.1", "shufflenetv2"])
def test_networks_of_the_zoo_move_nothing_but_at_their_edges(name: str) -> None:
    found = names(export(network(name)))
    inner = 16 if name == "shufflenetv2" else 0
    assert found.count("TRANSPOSE") <= 1 + inner


def network(name: str) -> Graph:
    return run(build(read_proto(zoo.build(name)), {}, {}), STANDARD).graph


def litert(data: bytes, inputs: list[Array]) -> list[Array]:
    """What LiteRT makes of a file, run twice."""
    library = pytest.importorskip("ai_edge_litert.interpreter")
    interpreter = library.Interpreter(model_content=data)
    interpreter.allocate_tensors()
    for _ in range(2):
        interpreter.reset_all_variables()
        for entry, array in zip(interpreter.get_input_details(), inputs, strict=True):
            interpreter.set_tensor(entry["index"], array)
        interpreter.invoke()
    return [interpreter.get_tensor(entry["index"]) for entry in interpreter.get_output_details()]


def error(graph: Graph, inputs: dict[str, Array]) -> float:
    """The worst difference from the interpreter, as a share of the largest magnitude."""
    got = litert(export(graph), [inputs[name] for name in graph.inputs])
    wanted = interpret(graph, inputs).values()
    assert [g.shape for g in got] == [w.shape for w in wanted]
    return max(far(g, w) for g, w in zip(got, wanted, strict=True))


def far(got: Array, wanted: Array) -> float:
    """The largest difference as a share of the largest finite magnitude; infinite for a NaN."""
    with np.errstate(invalid="ignore"):
        distance = np.where(got == wanted, 0, np.abs(got - wanted))
    scale = np.abs(wanted[np.isfinite(wanted)]).max(initial=1e-30)
    return float(np.nan_to_num(distance / scale, nan=np.inf).max())


@pytest.mark.parametrize("name", SMALL_NETWORKS)
def test_litert_computes_the_same_networks(name: str) -> None:
    pytest.importorskip("ai_edge_litert")
    graph = network(name)
    assert error(graph, feeds(graph)) < 1e-5


def cases() -> list[Case]:
    """All cases of operators that take little time and no special numbers."""
    files = [info.name for info in pkgutil.iter_modules(package.__path__) if info.name != "case"]
    every = [case for file in files
             for case in importlib.import_module(f"{package.__name__}.{file}").CASES]
    return [case for case in every if not any(part in case.name for part in DIFFERENT)
            and sum(a.size for a in case.inputs if a is not None) < 100_000]


def test_litert_computes_the_same_operators() -> None:
    pytest.importorskip("ai_edge_litert")
    wrong, count = {}, 0
    for case in cases():
        graph = case.graph()
        try:
            export(graph)
        except UnsupportedError:
            continue
        if graph.inputs and (distance := error(graph, case.feeds())) > 1e-5:
            wrong[case.name] = distance
        count += 1
    assert wrong == {}
    assert count > 150


@pytest.mark.parametrize("op", [
    Resize((1, 2, 8, 12), (1.0, 1.0, 2.0, 2.0), mode="linear"),
    Resize((1, 2, 8, 12), (1.0, 1.0, 2.0, 2.0), mode="linear",
           coordinate_transformation_mode="align_corners"),
    Resize((1, 2, 8, 12), (1.0, 1.0, 2.0, 2.0), coordinate_transformation_mode="asymmetric",
           nearest_mode="floor"),
    AveragePool((3, 3), (1, 1), (1, 1, 1, 1), (1, 1), count_include_pad=True),
    AveragePool((3, 3), (2, 2), (1, 1, 1, 1), (1, 1)),
    HardSigmoid(1 / 6), HardSigmoid(), LeakyRelu(0.1), Softmax(1), Softmax(2),
    Clip(-2, 3), Clip(0, 1),
], ids=str)
def test_litert_computes_the_same_after_a_convolution(op: object) -> None:
    s = Sketch()
    y = conv(s, s.input(1, 3, 4, 6), 2)
    y = s.node(op, y)  # type: ignore[arg-type]
    graph = s.graph(s.node(Mul(), y, s.weight(2, 1, 1)))
    assert error(graph, feeds(graph)) < 1e-5

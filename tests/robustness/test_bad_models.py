"""Bad model files: one clear error, exit code 1, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import pytest
from onnx import TensorProto
from onnx import helper as h

import tinsmith as tin
from tests.robustness.hand_made import convolutions, external
from tests.robustness.refusals import is_clear, refused
from tinsmith.errors import ModelError, UnsupportedError, UserError


def conv_model() -> onnx.ModelProto:
    return onnx.ModelProto.FromString(convolutions().SerializeToString())


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "expected a model of a known format (ONNX), got an empty file"),
    "text": (b"this is no model\n", "expected"),
    "truncated": (convolutions().SerializeToString()[:700], "expected"),
    "zeros": (bytes(1000), "expected"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_files_that_are_no_models(tmp_path: Path, case: str) -> None:
    data, text = BAD_FILES[case]
    path = tmp_path / "bad.onnx"
    path.write_bytes(data)
    with pytest.raises(UserError) as error:
        tin.load(path)
    assert is_clear(error.value)
    assert text in refused("compile", path, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_paths_that_are_no_model(tmp_path: Path) -> None:
    (tmp_path / "folder.onnx").mkdir()
    for path in (tmp_path / "none.onnx", tmp_path / "folder.onnx", tmp_path,
                 tmp_path / "model.txt", tmp_path / "\x00.onnx", tmp_path / ("x" * 300 + ".onnx"),
                 Path("/dev/null"), tmp_path / "folder.onnx" / "deeper.onnx"):
        with pytest.raises(UserError) as error:
            tin.load(path)
        assert is_clear(error.value), str(error.value)
        refused("compile", path, "-o", tmp_path / "out")
        refused("inspect", path)


def without_weight(model: onnx.ModelProto) -> None:
    del model.graph.initializer[0]


def weight_too_short(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].raw_data = model.graph.initializer[0].raw_data[:-4]


def weight_of_other_type(model: onnx.ModelProto) -> None:
    weight = model.graph.initializer[0]
    array = onnx.numpy_helper.to_array(weight).astype(np.float16)
    weight.CopyFrom(onnx.numpy_helper.from_array(array, weight.name))


def weight_of_other_shape(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[0] //= 2
    model.graph.initializer[0].dims[1] *= 2


def weight_outside(model: onnx.ModelProto) -> None:
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../secret.bin")


def weight_nowhere(model: onnx.ModelProto) -> None:
    weight_outside(model)
    model.graph.initializer[0].external_data[0].value = "nothing.bin"


def cycle(model: onnx.ModelProto) -> None:
    model.graph.node[1].input[0] = model.graph.node[-1].output[0]


def output_of_nothing(model: onnx.ModelProto) -> None:
    model.graph.output[0].name = "nobody"


def output_of_other_type(model: onnx.ModelProto) -> None:
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.INT64


def name_twice(model: onnx.ModelProto) -> None:
    model.graph.node[1].output[0] = model.graph.node[0].output[0]


def input_without_shape(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.ClearField("shape")


def huge_input(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 2**40


def negative_input(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = -8


def text_input(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.STRING


def unknown_operator(model: onnx.ModelProto) -> None:
    model.graph.node[2].op_type = "Rulu"


def unknown_attribute(model: onnx.ModelProto) -> None:
    model.graph.node[2].attribute.append(h.make_attribute("slope", 0.5))


def wrong_attribute(model: onnx.ModelProto) -> None:
    model.graph.node[0].attribute[0].CopyFrom(h.make_attribute("kernel_shape", "all"))


def too_many_inputs(model: onnx.ModelProto) -> None:
    model.graph.node[2].input.append("n0")


def flag_of_seven(model: onnx.ModelProto) -> None:
    model.graph.node[3].attribute.append(h.make_attribute("storage_order", 7))


def too_new(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 999


def too_new_operator(model: onnx.ModelProto) -> None:
    model.graph.node[2].op_type = "Gelu"


def no_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].domain = "elsewhere"


def future_format(model: onnx.ModelProto) -> None:
    model.ir_version = 1000


def function_of_itself(model: onnx.ModelProto) -> None:
    imports = [*model.opset_import, h.make_opsetid("own", 1)]
    model.functions.append(h.make_function(
        "own", "Again", ["a"], ["b"], [h.make_node("Again", ["a"], ["b"], domain="own")], imports))


def functions_without_end(model: onnx.ModelProto) -> None:
    imports = [*model.opset_import, h.make_opsetid("own", 1)]
    for level in range(40):
        inner = (f"F{level + 1}", "own") if level < 39 else ("Abs", "")
        calls = [h.make_node(inner[0], [a], [b], domain=inner[1]) for a, b in ("ab", "bc")]
        model.functions.append(h.make_function("own", f"F{level}", ["a"], ["c"], calls, imports))


def loop_without_end(model: onnx.ModelProto) -> None:
    def value(name: str, kind: int) -> onnx.ValueInfoProto:
        return h.make_tensor_value_info(name, kind, [])

    body = h.make_graph([h.make_node("Identity", ["i"], ["j"])], "body",
                        [value("i", 7), value("go", 9)], [value("go", 9), value("j", 7)])
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(2**60), "forever"))
    model.graph.node.append(h.make_node("Loop", ["forever", ""], ["steps"], body=body))


def constant_of_terabytes(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([2**20, 2**20]), "size"))
    model.graph.node.append(h.make_node("ConstantOfShape", ["size"], ["ones"]))


BAD_MODELS: tuple[tuple[Callable[[onnx.ModelProto], None], str], ...] = (
    (without_weight, "Conv 'conv' input 'w0': expected a value defined before, got none"),
    (weight_too_short, "expected well-formed parts"),
    (weight_of_other_type, "'w': expected float32, got float16"),
    (weight_of_other_shape, "expected 6 x 1 channels"),
    (weight_outside, "weight 'w0' external data"),
    (weight_nowhere, "nothing.bin', got none; put the file beside the model"),
    (cycle, "expected a value defined before, got none"),
    (output_of_nothing, "output 'nobody': expected a value, got none"),
    (output_of_other_type, "output 'y': expected int64 as declared, got float32"),
    (name_twice, "output 'c0': expected a name of its own, got one that is taken"),
    (input_without_shape, "for example: --shape x=1x3x224x224"),
    (huge_input, "value 'x': expected at most 2147483647 elements"),
    (negative_input, "expected static shapes, got open dimensions"),
    (text_input, "value 'x': expected one of float32"),
    (unknown_operator, "operator 'Rulu'"),
    (unknown_attribute, "Relu 'relu' attributes: expected only none at all, got 'slope'"),
    (wrong_attribute, "attribute 'kernel_shape': expected a list of integers, got str"),
    (too_many_inputs, "Relu 'relu' inputs: expected 1, got 2"),
    (flag_of_seven, "attribute 'storage_order': expected 0 or 1, got 7"),
    (too_new, "operator set 'ai.onnx': expected version 7 to"),
    (too_new_operator, "Gelu 'relu': expected an operator of opset 17, got one of a newer opset"),
    (no_opset, "expected the model to name the operator set ai.onnx"),
    (future_format, "model 'ir_version': expected 1 to"),
    (function_of_itself, "function 'Again': expected no call of itself, got one"),
    (functions_without_end, "with functions inlined"),
    (loop_without_end, "expected at most 10000 steps"),
    (constant_of_terabytes, "value 'ones': expected at most 2147483647 elements"),
)


@pytest.mark.parametrize(("spoil", "text"), BAD_MODELS, ids=lambda p: getattr(p, "__name__", ""))
def test_models_that_contradict_themselves(
    tmp_path: Path, spoil: Callable[[onnx.ModelProto], None], text: str
) -> None:
    model = conv_model()
    spoil(model)
    path = tmp_path / "bad.onnx"
    path.write_bytes(model.SerializeToString())
    (tmp_path.parent / "secret.bin").write_bytes(bytes(10_000))
    with pytest.raises((ModelError, UnsupportedError)) as error:
        tin.load(path)
    assert text in str(error.value)
    assert is_clear(error.value)
    assert text in refused("compile", path, "-o", tmp_path / "out", "--no-build")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2J", "x" * 4000, "\u202e", "%s"])
def test_names_in_errors_are_printable(tmp_path: Path, name: str) -> None:
    model = conv_model()
    model.graph.node[0].name = name
    model.graph.node[0].input[1] = name
    path = tmp_path / "bad.onnx"
    path.write_bytes(model.SerializeToString())
    text = refused("compile", path, "-o", tmp_path / "out")
    assert text.isprintable()
    assert len(text) < 1500


def test_external_weights_that_are_cut(tmp_path: Path) -> None:
    model, files = external()
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    data = files["weights.bin"]
    (tmp_path / "weights.bin").write_bytes(data)
    assert tin.load(path).weights
    (tmp_path / "weights.bin").write_bytes(data[:-1])
    assert f"expected {len(data)} bytes in" in refused("inspect", path)
    (tmp_path / "weights.bin").unlink()
    assert "put the file beside the model" in refused("inspect", path)
    (tmp_path / "weights.bin").symlink_to("/etc/passwd")
    assert "external data" in refused("inspect", path)

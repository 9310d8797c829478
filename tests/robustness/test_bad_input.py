"""Bad input of every kind: one clear error, exit code 1, and nothing left behind."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import pytest
from onnx import TensorProto
from onnx import helper as h

import tinsmith as tin
from tests.cli.models import Done, tinsmith, write_model
from tests.robustness import corpus, fuzz
from tests.robustness.trial import ONE_LINE
from tinsmith.errors import DataError, ModelError, ToolchainError, UnsupportedError, UserError
from tinsmith.runtime.session import Session

ROOT = Path(__file__).parents[2]
QUICK = 300
TINY_DISK_BYTES = 100_000


def test_spoilt_files() -> None:
    findings = fuzz.run(QUICK, seed=1_000_003, jobs=1, every=0, quiet=True)
    assert not findings, "\n".join(f"{f.number} {f.verdict} {f.why}" for f in findings)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with more weights than the tiny disk holds."""
    rng = np.random.default_rng(0)
    nodes = [h.make_node("Conv", ["x", "w"], ["c"], "conv"),
             h.make_node("Flatten", ["c"], ["f"], "flatten"),
             h.make_node("MatMul", ["f", "m"], ["y"], "fc")]
    weights = {"w": rng.standard_normal((8, 3, 3, 3)).astype(np.float32),
               "m": rng.standard_normal((8 * 36, 200)).astype(np.float32)}
    return write_model(tmp_path_factory.mktemp("model") / "net.onnx", nodes,
                       {"x": [1, 3, 8, 8]}, {"y": [1, 200]}, weights)


@pytest.fixture(scope="module")
def session(model: Path) -> Session:
    return tin.compile(tin.load(model))


def is_clear(error: UserError) -> bool:
    return bool(ONE_LINE.fullmatch(str(error))) and error.exit_code == 1


def refused(*words: object) -> str:
    """The one line that a call of the command line ends with."""
    return one_line(tinsmith(*words))


def one_line(done: Done) -> str:
    assert done.code == 1, done
    assert done.out == ""
    assert done.err.count("\n") == 1, done.err
    text = done.err.removeprefix("tinsmith: ").rstrip("\n")
    assert ONE_LINE.fullmatch(text), text
    return text


def run_apart(*words: object, **environment: str) -> Done:
    """The command line in a process of its own, under whatever limits ``before`` sets there."""
    done = subprocess.run(
        [sys.executable, "-m", "tinsmith", *map(str, words)], cwd=ROOT, text=True,
        capture_output=True, check=False, env={**os.environ, **environment})
    return Done(done.returncode, done.stdout, done.stderr)


# -- tensors that do not fit

X = np.zeros((1, 3, 8, 8), np.float32)
BAD_FEEDS: dict[str, tuple[dict[str, np.ndarray], str]] = {
    "shape": ({"x": X[0]}, "expected f32[1,3,8,8], got float32[3, 8, 8]"),
    "batch": ({"x": np.concatenate([X, X])}, "got float32[2, 3, 8, 8]"),
    "dtype": ({"x": X.astype(np.float64)}, "got float64[1, 3, 8, 8]"),
    "object": ({"x": np.full(X.shape, None)}, "got object[1, 3, 8, 8]"),
    "text": ({"x": np.full(X.shape, "a")}, "got <U1[1, 3, 8, 8]"),
    "nothing": ({}, "got nothing"),
    "unknown": ({"x": X, "z": X}, "expected one of ['x'], got 'z'"),
}


@pytest.mark.cc
@pytest.mark.parametrize("case", BAD_FEEDS)
def test_tensors_that_do_not_fit(session: Session, case: str) -> None:
    feeds, text = BAD_FEEDS[case]
    with pytest.raises(DataError) as error:
        session(feeds)
    assert text in str(error.value)
    assert is_clear(error.value)


@pytest.mark.cc
def test_ragged_lists_are_refused(session: Session) -> None:
    with pytest.raises(DataError) as error:
        session([[1.0], [2.0, 3.0]])  # type: ignore[arg-type]
    assert is_clear(error.value)


@pytest.mark.cc
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_images_that_are_no_numbers(model: Path, tmp_path: Path, value: float) -> None:
    x = X.copy()
    x[0, 1, 2, 3] = value
    np.save(tmp_path / "x.npy", x)
    assert "expected finite values" in refused("run", model, tmp_path / "x.npy")
    np.savez(tmp_path / "x.npz", x=x)
    assert "expected finite values" in refused("run", model, tmp_path / "x.npz")


@pytest.mark.cc
def test_arrays_that_are_no_arrays(model: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    whole = (tmp_path / "x.npy").read_bytes()
    bad = tmp_path / "bad.npy"
    for data in (b"", whole[:7], whole[:90], whole[:-1], whole.replace(b"<f4", b"|O8"),
                 whole.replace(b"8, 8)", b"8,9**9)"), b"\x93NUMPY\x01\x00\xff\xff" + whole[10:]):
        bad.write_bytes(data)
        assert "bad.npy" in refused("run", model, bad)
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04nonsense")
    assert "bad.npz" in refused("run", model, tmp_path / "bad.npz")
    assert "no file" in refused("run", model, tmp_path)


# -- model files

def conv_model() -> onnx.ModelProto:
    return onnx.ModelProto.FromString(corpus.convolutions().SerializeToString())


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "expected a model of a known format (ONNX), got an empty file"),
    "text": (b"this is no model\n", "expected"),
    "truncated": (corpus.convolutions().SerializeToString()[:700], "expected"),
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
    model, files = corpus.external()
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


# -- folders, compilers, disks

def test_folders_that_cannot_be_written(model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/tinsmith"),
                   Path("/dev/null/x"), tmp_path / ("x" * 300)):
        assert "save: folder" in refused("compile", model, "-o", folder, "--no-build")
        with pytest.raises(DataError) as error:
            graph = tin.load(model)
            tin.save(graph, tin.pipeline.plan(tin.optimise(graph).graph), folder)
        assert is_clear(error.value)
    assert (tmp_path / "file").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_missing_compiler(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("gcc", "clang", "gcc-99", "/nowhere/gcc", "tcc"):
        text = refused("compile", model, "-o", tmp_path / "out", "--cc", name)
        assert "toolchain: compiler" in text
        with pytest.raises(ToolchainError) as error:
            tin.compile(tin.load(model), compiler=name)
        assert is_clear(error.value)
    assert not (tmp_path / "out").exists()


def test_a_compiler_that_only_fails(model: Path, tmp_path: Path) -> None:
    fake = tmp_path / "gcc"
    fake.write_text("#!/bin/sh\necho 'model.c:1: error: no' >&2\nexit 1\n")
    fake.chmod(0o755)
    text = refused("compile", model, "-o", tmp_path / "out", "--cc", fake)
    assert "error: no" in text
    assert [p.name for p in tmp_path.iterdir()] == ["gcc"]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 100 KB; skipped where it cannot be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={TINY_DISK_BYTES}", "tmpfs",
                           str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no right to mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=False)


def bundle_of_before(folder: Path) -> dict[str, bytes]:
    """A small bundle in ``folder``, and its files."""
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    (folder / "model.c").write_text("/* before */")
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_full_disk(model: Path, tiny_disk: Path) -> None:
    earlier = bundle_of_before(tiny_disk / "earlier")
    for folder in (tiny_disk / "new", tiny_disk / "earlier"):
        text = refused("compile", model, "-o", folder, "--no-build")
        assert "No space left on device; free some space" in text
    assert contents(tiny_disk / "earlier") == earlier
    assert [p.name for p in tiny_disk.iterdir()] == ["earlier"]


@pytest.mark.cc
def test_a_full_disk_while_compiling(model: Path, tiny_disk: Path, tmp_path: Path) -> None:
    text = one_line(run_apart("compile", model, "-o", tmp_path / "out",
                              TINSMITH_CACHE=str(tiny_disk / "cache")))
    assert "full disk" in text or "No space left" in text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [("--no-build",), ("--cc", "gcc")])
def test_files_that_may_not_grow(model: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    earlier = bundle_of_before(tmp_path / "earlier")
    script = ("import resource, sys; from tinsmith.cli.main import main; "
              f"resource.setrlimit(resource.RLIMIT_FSIZE, ({TINY_DISK_BYTES}, -1)); "
              "sys.exit(main(sys.argv[1:]))")
    for name in ("new", "earlier"):
        done = subprocess.run(
            [sys.executable, "-c", script, "compile", model, "-o", tmp_path / name, *words],
            cwd=ROOT, text=True, capture_output=True, check=False,
            env={**os.environ, "TINSMITH_CACHE": str(tmp_path / "cache")})
        text = one_line(Done(done.returncode, done.stdout, done.stderr))
        assert "File too large" in text, text
    assert contents(tmp_path / "earlier") == earlier
    assert {p.name for p in tmp_path.iterdir()} <= {"earlier", "cache"}


def test_no_memory(model: Path, tmp_path: Path) -> None:
    big = onnx.load(model)
    big.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 20_000
    big.graph.input[0].type.tensor_type.shape.dim[3].dim_value = 10_000
    del big.graph.node[1:]
    big.graph.output[0].CopyFrom(h.make_tensor_value_info("c", 1, None))
    path = tmp_path / "big.onnx"
    path.write_bytes(big.SerializeToString())
    script = ("import resource, sys; from tinsmith.cli.main import main; "
              "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)); "
              "sys.exit(main(sys.argv[1:]))")
    done = subprocess.run([sys.executable, "-c", script, "compile", path, "-o", tmp_path / "out",
                           "--no-build"], cwd=ROOT, text=True, capture_output=True, check=False)
    assert "memory" in one_line(Done(done.returncode, done.stdout, done.stderr))
    assert not (tmp_path / "out").exists()


def test_networks_that_would_take_hours(tmp_path: Path) -> None:
    nodes = [h.make_node("MaxPool", ["x"], ["y"], "pool", kernel_shape=[9000, 9000])]
    path = write_model(tmp_path / "slow.onnx", nodes, {"x": [1, 1, 20_000, 20_000]},
                       {"y": [1, 1, 11_001, 11_001]})
    assert "expected at most 1e+12 operations" in refused("compile", path, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_limits_are_those_of_this_process() -> None:
    """The tests above set limits in other processes only."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY

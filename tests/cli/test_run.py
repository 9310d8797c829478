"""``tinsmith run``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tinsmith as tin
from tests.cli.models import adder, classifier, failed, tinsmith
from tinsmith.cli.tensors import as_input
from tinsmith.dtypes import DType
from tinsmith.errors import DataError
from tinsmith.interpret import interpret
from tinsmith.ir.op import TensorType
from tinsmith.schedule.plan import Port

pytestmark = pytest.mark.cc
FACTS = {"tinsmith.mean": "127,127,127", "tinsmith.std": "128,128,128", "tinsmith.size": "8,8",
         "tinsmith.crop": "0.875"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    return classifier(folder, FACTS)


@pytest.fixture(scope="module")
def image(folder: Path) -> Path:
    pixels = np.random.default_rng(1).integers(0, 255, (16, 20, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(folder / "a.png")
    return folder / "a.png"


@pytest.fixture(scope="module")
def array(folder: Path) -> Path:
    np.save(folder / "x.npy", np.random.default_rng(2).random((1, 3, 8, 8), np.float32))
    return folder / "x.npy"


def test_names_the_best_classes(model: Path, image: Path, folder: Path) -> None:
    labels = folder / "labels.txt"
    labels.write_text("cat\ndog\nsnail\nwhale\n")
    done = tinsmith("run", model, image, "--labels", labels, "--top", "2")
    assert done.code == 0, done.err
    assert "shares by softmax" in done.out
    assert sum(name in done.out for name in ("cat", "dog", "snail", "whale")) == 2


def test_an_array_gives_what_the_interpreter_gives(model: Path, array: Path, folder: Path) -> None:
    out = folder / "y.npz"
    done = tinsmith("run", model, array, "--output", out, "--json")
    assert done.code == 0, done.err
    want = interpret(tin.load(model), {"image": np.load(array)})["logits"]
    np.testing.assert_allclose(np.load(out)["logits"], want, rtol=1e-4)
    (top,) = done.json["runs"][0]["outputs"]["logits"]["top"]
    assert top[0]["index"] == int(want.argmax())
    assert sum(each["probability"] for each in top) == pytest.approx(1.0, abs=1e-5)
    assert done.json["runs"][0]["milliseconds"] > 0


def test_metadata_says_how_pixels_become_numbers(model: Path, image: Path, folder: Path) -> None:
    out = folder / "z.npz"
    assert tinsmith("run", model, image, "--output", out).code == 0
    pixels = Image.open(image).resize((8, 8), Image.Resampling.BICUBIC,
                                      box=(10 - 7, 8 - 7, 10 + 7, 8 + 7))
    x = ((np.asarray(pixels, np.float32) - 127) / 128).transpose(2, 0, 1)[None]
    want = interpret(tin.load(model), {"image": x})["logits"]
    np.testing.assert_allclose(np.load(out)["logits"], want, rtol=1e-3, atol=1e-4)


def test_without_metadata_it_says_what_it_does(folder: Path, image: Path) -> None:
    (folder / "bare").mkdir(exist_ok=True)
    bare = classifier(folder / "bare")
    assert "pixels are scaled to 0..1" in tinsmith("run", bare, image).err
    assert tinsmith("run", bare, image, "--mean", "0", "--std", "255").err == ""
    assert tinsmith("run", bare, image, "-q").err == ""


def test_probabilities_are_shown_as_they_are(folder: Path, array: Path) -> None:
    (folder / "soft").mkdir(exist_ok=True)
    done = tinsmith("run", classifier(folder / "soft", softmax=True), array)
    assert "values of logits" in done.out
    assert "softmax" not in done.out


def test_a_bundle_runs_too(model: Path, array: Path, folder: Path) -> None:
    assert tinsmith("compile", model, "-o", folder / "bundle").code == 0
    done = tinsmith("run", folder / "bundle", array, "--json", "--threads", "1")
    assert done.code == 0, done.err
    other = tinsmith("run", model, array, "--json", "--threads", "1")
    assert (done.json["runs"][0]["outputs"] == other.json["runs"][0]["outputs"])


def test_several_inputs_by_order_name_or_archive(folder: Path) -> None:
    model = adder(folder)
    a, b = np.full((2, 3), 1, np.float32), np.full((2, 3), 2, np.float32)
    np.save(folder / "a.npy", a)
    np.save(folder / "b.npy", b)
    np.savez(folder / "ab.npz", a=a, b=b)
    for words in ((folder / "a.npy", folder / "b.npy"),
                  (f"b={folder / 'b.npy'}", f"a={folder / 'a.npy'}"), (folder / "ab.npz",)):
        done = tinsmith("run", model, *words, "--json")
        assert done.code == 0, done.err
        assert done.json["runs"][0]["outputs"]["y"]["values"] == [[3.0] * 3] * 2
    assert "add NAME=FILE" in failed(1, "run", model, folder / "a.npy")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(model: Path, folder: Path, value: float) -> None:
    x = np.zeros((1, 3, 8, 8), np.float32)
    x[0, 1, 2, 3] = value
    np.save(folder / "nan.npy", x)
    text = failed(1, "run", model, folder / "nan.npy")
    assert "expected finite values" in text
    assert "at [0, 1, 2, 3]" in text


def test_inputs_that_do_not_fit_are_explained(model: Path, folder: Path, image: Path) -> None:
    np.save(folder / "flat.npy", np.zeros(5, np.float32))
    text = failed(1, "run", model, folder / "flat.npy")
    assert text.endswith("expected f32[1,3,8,8], got float32[5]; reshape it\n")
    np.save(folder / "small.npy", np.zeros((1, 3, 4, 4), np.float32))
    text = failed(1, "run", model, folder / "small.npy")
    assert text.endswith("reshape it, or compile with --shape image=1x3x4x4\n")
    np.save(folder / "text.npy", np.array(["a"] * 192).reshape(1, 3, 8, 8))
    assert "convert it" in failed(1, "run", model, folder / "text.npy")
    assert "expected an image, .npy or .npz, got no file" in failed(1, "run", model, "none.png")
    (folder / "bad.png").write_bytes(image.read_bytes()[:60])
    assert "bad.png': expected an image" in failed(1, "run", model, folder / "bad.png")
    (folder / "bad.npy").write_bytes(b"nonsense")
    assert "bad.npy': expected arrays" in failed(1, "run", model, folder / "bad.npy")
    text = failed(1, "run", model, f"wrong={image}")
    assert "input 'wrong': expected one of ['image'], got another; change NAME=FILE" in text
    (folder / "x.txt").write_text("1")
    assert "got '.txt'" in failed(1, "run", model, folder / "x.txt")
    (folder / "short.txt").write_text("one\n")
    assert "expected 4 lines, got 1" in failed(1, "run", model, image, "--labels",
                                                folder / "short.txt")
    assert "std: expected numbers other than 0" in failed(1, "run", model, image, "--std", "0")
    assert "mean: expected 1 or 3 numbers" in failed(1, "run", model, image, "--mean", "1,2")


def test_a_batch_takes_as_many_images(folder: Path, image: Path) -> None:
    (folder / "two").mkdir(exist_ok=True)
    model = classifier(folder / "two", shape=("n", 3, 8, 8))
    words = ("run", model, "--shape", "image=2x3x8x8", "-q")
    done = tinsmith(*words, image, image, "--json")
    assert done.code == 0, done.err
    assert len(done.json["runs"][0]["outputs"]["logits"]["top"]) == 2
    assert "expected a multiple of 2 images" in failed(1, *words, image)


def test_a_size_for_open_dimensions(folder: Path, image: Path) -> None:
    (folder / "open").mkdir(exist_ok=True)
    model = classifier(folder / "open", shape=("n", 3, "h", "w"))
    assert tinsmith("run", model, image, "--size", "8", "-q").code == 0


@pytest.mark.parametrize(("command", "words"), [
    ("run", ("--precision", "bf16")), ("run", ("--shape", "image=1x3x8x8")),
    ("profile", ("--exact",)), ("verify", ("--bind", "image=3")),
    ("verify", ("--target", "cortex-a53")),
])
def test_a_bundle_is_compiled_already(model: Path, folder: Path, array: Path, command: str,
                                      words: tuple[str, ...]) -> None:
    bundle = folder / "bundle"
    assert tinsmith("compile", model, "-o", bundle, "--no-build").code == 0
    inputs = (array,) if command == "run" else ()
    text = failed(2, command, bundle, *inputs, *words)
    assert (f"bundle: option '{words[0]}': expected it with a model, got the bundle '{bundle}'; "
            "give it to tinsmith compile") in text


def test_integers_that_the_input_cannot_hold_are_refused(tmp_path: Path) -> None:
    port = Port("ids", TensorType((3,), DType.U8))
    assert as_input(np.array([0, 7, 255], np.uint64), port, "x.npy").dtype == np.uint8
    with pytest.raises(DataError) as error:
        as_input(np.array([0, 300, 1], np.uint64), port, "x.npy")
    assert str(error.value) == ("input: 'x.npy' for 'ids': expected values that uint8 holds, got "
                                "300 at [1]; check the data")

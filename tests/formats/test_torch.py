"""The restricted reader of PyTorch files: what it reads, and what it refuses."""

from __future__ import annotations

import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.formats.torch_files import (
    call,
    named,
    names,
    plain,
    state_dict,
    tensor,
    write_legacy,
    write_zip,
)
from tinsmith.errors import ModelError
from tinsmith.formats.torch.archive import load_state_dict

WRITERS = pytest.mark.parametrize("write", [write_legacy, write_zip])
SIX = np.arange(6, dtype=np.float32)


def arrays() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {
        "conv.weight": random.normal(size=(4, 3, 3, 3)).astype(np.float32),
        "bn.running_var": random.uniform(size=4),
        "half": random.normal(size=(2, 5)).astype(np.float16),
        "bn.num_batches_tracked": np.array(1234567890123),
        "empty": np.zeros((0, 3), np.float32),
        "mask": np.array([True, False]),
    }


@WRITERS
def test_reads_tensors_in_order(write, tmp_path: Path) -> None:
    expected = arrays()
    loaded = load_state_dict(write(tmp_path / "a.pth", *state_dict(expected)))
    assert list(loaded) == list(expected)
    for name, array in expected.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array)


@WRITERS
def test_reads_views_of_one_storage(write, tmp_path: Path) -> None:
    contents = names(
        {
            "whole": tensor("0", 6, (2, 3), (3, 1)),
            "turned": tensor("0", 6, (3, 2), (1, 3)),
            "tail": tensor("0", 6, (2,), (1,), offset=4),
            "scalar": tensor("0", 6, (), (), offset=5),
        }
    )
    loaded = load_state_dict(write(tmp_path / "a.pth", contents, {"0": SIX}))
    np.testing.assert_array_equal(loaded["whole"], SIX.reshape(2, 3))
    np.testing.assert_array_equal(loaded["turned"], SIX.reshape(2, 3).T)
    np.testing.assert_array_equal(loaded["tail"], [4, 5])
    assert loaded["scalar"] == 5


def test_drops_the_attributes_of_the_dictionary_and_the_parameter(tmp_path: Path) -> None:
    value = call(named("torch._utils", "_rebuild_parameter"), tensor("0", 6, (6,), (1,)))
    contents = names({"a": value}, attributes=plain({"_metadata": {"": {"version": 1}}}) + b"b")
    loaded = load_state_dict(write_legacy(tmp_path / "a.pth", contents, {"0": SIX}))
    np.testing.assert_array_equal(loaded["a"], SIX)


@pytest.mark.parametrize(
    "function",
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("torch.storage", "_load_from_bytes"),
        ("torch", "load"),
        ("tinsmith.formats.torch.archive", "os"),
    ],
)
@WRITERS
def test_refuses_to_call_anything_else(write, function: tuple[str, str], tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    contents = names({"a": call(named(*function), plain(f"touch {marker}"))})
    path = write(tmp_path / "a.pth", contents, {})
    text = (
        f"read: weights '{path}': expected only tensors, got a call of '{'.'.join(function)}'; "
        "such a file can run any program: save model.state_dict() alone"
    )
    with pytest.raises(ModelError) as caught:
        load_state_dict(path)
    assert str(caught.value) == text
    assert not marker.exists()


def test_refuses_what_pickle_itself_makes_of_a_malicious_object(tmp_path: Path) -> None:
    marker = tmp_path / "marker"

    class Malicious:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (marker,)

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path = tmp_path / "a.pth"
        path.write_bytes(pickle.dumps(Malicious(), protocol))
        with pytest.raises(ModelError):
            load_state_dict(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "value",
    [
        # attributes set on a tensor after its check, on a function, on a storage
        tensor("0", 6, (6,), (1,)) + plain([0, 1, (9, 9), (9, 9)]) + b"b",
        named("torch._utils", "_rebuild_tensor_v2") + plain({"a": 1}) + b"b",
        named("torch", "FloatStorage") + plain(["b"]) + b"b",
        # NEWOBJ, EXT1, a call of something that is no function
        named("collections", "OrderedDict") + b")\x81",
        b"\x82\x01",
        call(plain("text")),
        # references
        plain(("storage", "FloatStorage", "0", "cpu", 6)) + b"Q",
        plain(("module", 1)) + b"Q",
        b"j\xff\xff\xff\x7f",
        # an index that would take 16 GiB in the C machine
        tensor("0", 6, (6,), (1,)) + b"r\xff\xff\xff\x7f" + b"h\x63",
    ],
)
def test_refuses_other_instructions(value: bytes, tmp_path: Path) -> None:
    path = write_legacy(tmp_path / "a.pth", names({"a": value}), {"0": SIX})
    with pytest.raises(ModelError, match=r"expected a PyTorch state_dict, got a damaged file"):
        load_state_dict(path)


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        ((7,), (1,), 0),
        ((6,), (1,), 1),
        ((2, 3), (4, 1), 0),
        ((2,), (6,), 0),
        ((), (), 6),
        ((0,), (1,), 7),
        ((1 << 40,), (0,), 0),
    ],
)
@WRITERS
def test_refuses_a_view_outside_its_storage(
    write, shape: tuple[int, ...], strides: tuple[int, ...], offset: int, tmp_path: Path
) -> None:
    contents = names({"a": tensor("0", 6, shape, strides, offset)})
    path = write(tmp_path / "a.pth", contents, {"0": SIX})
    with pytest.raises(ModelError, match="expected tensor 'a' inside its storage of 6 elements"):
        load_state_dict(path)


@pytest.mark.parametrize(
    "value",
    [
        tensor("0", 6, (6,), (-1,), offset=5),
        tensor("0", 6, (-1,), (1,)),
        tensor("0", 6, (6,), (1,), offset=-1),
        tensor("0", 6, (6,), (1.0,)),
        tensor("0", 6, (True,), (1,)),
        tensor("0", 6, [6], [1]),
        tensor("0", 6, (6,), (1, 1)),
        tensor("0", 5, (5,), (1,)),
        tensor("0", -6, (5,), (1,)),
        tensor("1", 6, (6,), (1,)),
        tensor("0", 6, (6,), (1,), kind="DoubleStorage") + b"0" + tensor("0", 6, (6,), (1,)),
    ],
)
@WRITERS
def test_refuses_a_description_that_makes_no_sense(write, value: bytes, tmp_path: Path) -> None:
    path = write(tmp_path / "a.pth", names({"a": value}), {"0": SIX})
    with pytest.raises(ModelError, match="got a damaged file"):
        load_state_dict(path)


@WRITERS
def test_refuses_what_is_not_tensors_by_name(write, tmp_path: Path) -> None:
    for contents, message in (
        (pickle.dumps([1, 2], 2), "expected a dictionary of tensors, got list"),
        (pickle.dumps({}, 2), "expected a dictionary of tensors, got dict"),
        (pickle.dumps({"epoch": 3}, 2), "expected a tensor under each name, got int under 'epoch'"),
    ):
        with pytest.raises(ModelError, match=message):
            load_state_dict(write(tmp_path / "a.pth", contents, {}))


@WRITERS
def test_refuses_a_truncated_file(write, tmp_path: Path) -> None:
    data = write(tmp_path / "a.pth", *state_dict(arrays())).read_bytes()
    cut = tmp_path / "cut.pth"
    for length in {*range(0, len(data), 61), len(data) - 1}:
        cut.write_bytes(data[:length])
        # A cut in the middle of a name leaves another name.
        with pytest.raises(ModelError, match=r"got a damaged file|got a call of"):
            load_state_dict(cut)


@WRITERS
def test_a_changed_byte_does_no_harm(write, tmp_path: Path) -> None:
    data = write(tmp_path / "a.pth", *state_dict(arrays())).read_bytes()
    random = np.random.default_rng(0)
    changed = tmp_path / "changed.pth"
    for _ in range(400):
        bytes_ = bytearray(data)
        bytes_[random.integers(len(data))] = random.integers(256)
        changed.write_bytes(bytes_)
        try:
            load_state_dict(changed)
        except ModelError:
            continue


def test_refuses_a_compressed_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    write_zip(path, *state_dict(arrays()), compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ModelError, match=r"model/data.pkl is compressed"):
        load_state_dict(path)


def test_refuses_big_endian_storages(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.pth", *state_dict(arrays()))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("model/byteorder", b"big")
    with pytest.raises(ModelError, match="big-endian"):
        load_state_dict(path)


def test_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none.pth"
    with pytest.raises(ModelError) as caught:
        load_state_dict(path)
    assert str(caught.value) == (
        f"read: weights '{path}': expected a readable file, got No such file or directory; "
        "check the path"
    )


DEEP = b")" + b"\x85" * 300_000  # a tuple in a tuple in a tuple ...
LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
from tinsmith.errors import ModelError
from tinsmith.formats.torch.archive import load_state_dict
try:
    load_state_dict(Path(sys.argv[1]))
except ModelError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("contents", "storages", "text"),
    [
        (b"\x80\x02}" + DEEP + b"Ns.", {}, "a dictionary with a tuple as a key"),
        (b"\x80\x02}(" + DEEP + b"Nu.", {}, "a dictionary with a tuple as a key"),
        (b"\x80\x02(" + DEEP + b"Nd.", {}, "a dictionary with a tuple as a key"),
        (b"\x80\x02}." + b"\x80\x02](" + DEEP + b"e.", {}, "a dictionary with a tuple as a key"),
        (b"\x80\x02" + b"N0" * 20_000_000 + b"N.", {}, "bytes of instructions"),
        (
            names({"a": tensor("0", 6, (2**62,) * 100_000, (0,) * 100_000)}),
            {"0": SIX},
            "a tensor without storage, offset, shape or strides",
        ),
        (
            names({str(i): tensor("0", 1 << 22, (1 << 22,), (1,)) for i in range(400)}),
            {"0": np.zeros(1 << 22, np.float32)},
            "expected tensors that share few elements",
        ),
    ],
    ids=["key", "keys", "dict", "storage keys", "instructions", "shape", "shared"],
)
def test_hostile_files_take_neither_long_nor_much(
    contents: bytes, storages: dict[str, np.ndarray], text: str, tmp_path: Path
) -> None:
    path = write_legacy(tmp_path / "a.pth", contents, storages)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-300:])
    assert text in done.stdout

"""The bound on a network's stack: read from compilers, and under QEMU no less than what it took."""

from __future__ import annotations

import json
import re
from pathlib import Path

import onnx
import pytest

from tests.cli.models import tinsmith
from tinsmith import zoo
from tinsmith.errors import ToolchainError
from tinsmith.runtime.stack import LIBM_BYTES, RUNTIME_BYTES, bound
from tinsmith.toolchain.stack import read_frames

CLANG = """\
a.c:2:5: warning: stack frame size (176) exceeds limit (0) in 'f' [-Wframe-larger-than]
a.c:9:5: warning: stack frame size (16) exceeds limit (0) in 'g' [-Wframe-larger-than]
"""
GCC = """\
a.c: In function 'f':
a.c:2:5: warning: stack usage is 168 bytes [-Wstack-usage=]
a.c: In function 'unused':
a.c: In function 'g':
a.c:9:5: warning: stack usage is 8 bytes [-Wstack-usage=]
"""


def test_what_compilers_say() -> None:
    assert read_frames(CLANG, "a.c") == {"f": 176, "g": 16}
    assert read_frames(GCC, "a.c") == {"f": 168, "g": 8}
    assert read_frames("", "a.c") == {}
    with pytest.raises(ToolchainError, match="bound on the stack of 'f', got none"):
        read_frames(GCC.replace("stack usage is 168 bytes", "stack usage might be unbounded"), "a")


def test_the_longest_chain() -> None:
    sizes = {"n_run": 40, "n_step": 10, "n_begin": 20, "n_step_0": 24, "n_step_1": 32,
             "n_layer_0": 400, "n_layer_1": 100, "n_init": 8, "n_set_up": 30, "memcpy": 12}
    deepest = 32 + 400 + 12 + RUNTIME_BYTES
    assert bound(sizes, "n", 0) == 40 + deepest
    assert bound({**sizes, "n_prepare": 48}, "n", 0) == 8 + 48 + deepest
    assert bound({**sizes, "n_begin": 900}, "n", 0) == 40 + 900
    assert bound(sizes, "n", LIBM_BYTES) == 40 + deepest - 12 + LIBM_BYTES


@pytest.mark.cc
@pytest.mark.qemu
@pytest.mark.one_target
@pytest.mark.parametrize("compiler", ["zig", "gcc"])
@pytest.mark.parametrize("prefer", ["time", "memory"])
def test_the_bound_holds_and_is_near(tmp_path: Path, compiler: str, prefer: str) -> None:
    onnx.save(zoo.build("ds-cnn"), tmp_path / "ds-cnn.onnx")
    done = tinsmith("compile", tmp_path / "ds-cnn.onnx", "-o", tmp_path / "b", "--target",
                    "cortex-m4", "--on", "qemu", "--cc", compiler, "--prefer", prefer, "--json")
    if done.code and "install" in done.err:
        pytest.skip(done.err)
    assert done.code == 0, done.err
    most = done.json["stack_bytes"]
    taken = int(re.fullmatch(r"stack: (\d+) bytes", done.json["selftest"][-1])[1])  # type: ignore[index]
    assert 0 < taken <= most <= 2 * taken
    assert json.loads((tmp_path / "b" / "manifest.json").read_text())["stack_bytes"] == most

"""Programs without operating system and C library, on emulated Cortex-M boards."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tinsmith.errors import TargetError, ToolchainError
from tinsmith.runtime.runner import run_program
from tinsmith.targets import find
from tinsmith.toolchain import Cache, build
from tinsmith.toolchain.baremetal import linker_script

Need = Callable[..., None]
PROGRAM = {
    "main.c": r"""
#include <assert.h>
#include <math.h>
#include <string.h>
#include "semihost.h"
static int kept[4] = {1, 2, 3, 4};
static int zeros[100];
static float values[64];
__attribute__((section(".large"))) const int large[1000] = {5, 6};
int main(int argc, char **argv) {
    float sum = 0.0f;
    char text[8];
    int file, i;
    for (i = 0; i < argc; i++) { tin_write(argv[i]); tin_write(" "); }
    assert(zeros[argc] == 0);
    zeros[argc] = 1;
    for (i = 0; i < 64; i++) values[i] = (float)i;
    for (i = 0; i < 64; i++) sum += sqrtf(values[i]) + expf(values[i] * 0.01f) + tanhf(1.0f);
    kept[2] = -kept[2];
    tin_write_int((int32_t)sum);
    tin_write(" ");
    tin_write_int(kept[2]);
    tin_write("\n");
    file = tin_open("in.bin", 0);
    if (file < 0) return 1;
    memset(text, 0, sizeof text);
    if (tin_read(file, text, 7) != 5 || tin_size(file) != 5) return 2;
    tin_close(file);
    file = tin_open("out.bin", 1);
    if (tin_store(file, text, 5) != 5) return 3;
    tin_close(file);
    return zeros[argc] + large[1] + 35;
}
"""
}
FAULT = {"main.c": "int main(void) { *(volatile int *)0xF0000000 = 1; return 0; }\n"}


@pytest.mark.cc
@pytest.mark.one_target
@pytest.mark.qemu
@pytest.mark.parametrize("compiler", ["gcc", pytest.param("zig", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["cortex-m4", "cortex-m7"])
def test_program_runs(cache: Cache, need: Need, tmp_path: Path, compiler: str, name: str) -> None:
    need(compiler, name, emulator=True)
    target = find(name)
    program = build(PROGRAM, target, kind="program", compiler=compiler)
    done = run_program(
        program, target, ["one", "two"], cwd=tmp_path, files={"in.bin": b"hello"}, timeout_s=60
    )
    assert done.stdout == b"program one two 475 -3\n", done
    assert done.returncode == 42
    assert (tmp_path / "out.bin").read_bytes() == b"hello"


@pytest.mark.cc
@pytest.mark.one_target
@pytest.mark.qemu
def test_a_fault_ends_the_program(cache: Cache, need: Need) -> None:
    need("gcc", "cortex-m4", emulator=True)
    target = find("cortex-m4")
    done = run_program(build(FAULT, target, kind="program", compiler="gcc"), target, timeout_s=30)
    assert (done.returncode, done.stdout) == (134, b"fault\n")


def test_linker_script_needs_a_known_board() -> None:
    assert "ORIGIN = 0x20000000" in linker_script(find("cortex-m7"))
    with pytest.raises(TargetError, match="expected a board among mps2-an386, mps2-an500, got 'x'"):
        linker_script(replace(find("cortex-m4"), qemu_machine="x"))


def test_no_library_without_an_operating_system(cache: Cache) -> None:
    with pytest.raises(ToolchainError, match="expected a program or objects, got a shared library"):
        build(PROGRAM, find("cortex-m4"), kind="shared")


@pytest.mark.cc
@pytest.mark.one_target
def test_objects_hold_no_startup(cache: Cache) -> None:
    folder = build(PROGRAM, find("cortex-m4"), kind="objects")
    assert [path.name for path in folder.rglob("*.o")] == ["main.o"]

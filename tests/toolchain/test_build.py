"""build(): libraries, programs and objects, from the cache where it can."""

import ctypes
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tinsmith.errors import InternalError, ToolchainError
from tinsmith.targets import find
from tinsmith.toolchain import Cache, build, sanitizer_preload

Need = Callable[..., None]
pytestmark = [pytest.mark.cc, pytest.mark.one_target]

MODULE = sys.modules[build.__module__]  # `tinsmith.toolchain.build` names the function
EXPORT = '__attribute__((visibility("default"))) '
SOURCES = {
    "model.c": f'#include <math.h>\n#include "kernels/k.h"\nfloat half(float);\n'
    f"{EXPORT}float model_run(float x);\n"
    f"{EXPORT}float model_run(float x) {{ return sqrtf(x) + half(x) + K; }}\n",
    "step_001.c": "float half(float);\nfloat half(float x) { return 0.5f * x; }\n",
    "kernels/k.h": "#define K 2.0f\n",
}
HELLO = {"main.c": '#include <stdio.h>\nint main(void) { puts("hello"); return 3; }\n'}
OVERFLOW = {
    "main.c": "int main(int argc, char **argv) {\n    volatile int a[4] = {0};\n"
    "    (void)argv;\n    return a[argc + 3];\n}\n"
}


def run(library: Path, x: float) -> float:
    function = ctypes.CDLL(str(library)).model_run
    function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float]
    return float(function(x))


def no_compiler(*_: object) -> None:
    raise AssertionError("a compiler was called")


@pytest.mark.parametrize("compiler", ["zig", "gcc", "clang"])
@pytest.mark.parametrize("target", ["native", "c"])
def test_shared(cache: Cache, need: Need, compiler: str, target: str) -> None:
    need(compiler, target)
    path = build(SOURCES, find(target), kind="shared", compiler=compiler, data={"w.bin": b"123"})
    assert run(path, 4.0) == 6.0
    assert (path.parent / "w.bin").read_bytes() == b"123"
    assert cache.root in path.parents


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_program(cache: Cache, need: Need, compiler: str) -> None:
    need(compiler, "native")
    done = subprocess.run([build(HELLO, find("native"), kind="program", compiler=compiler)])
    assert done.returncode == 3


def test_objects(cache: Cache, need: Need) -> None:
    folder = build(SOURCES, find("cortex-a53"), kind="objects")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.o")}
    assert names == {"model.o", "step_001.o"}


def test_second_build_calls_no_compiler(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(SOURCES, find("native"), kind="shared")
    monkeypatch.setattr(MODULE, "run_tool", no_compiler)
    assert build(SOURCES, find("native"), kind="shared") == first
    with pytest.raises(AssertionError):
        build(SOURCES, find("native"), kind="shared", flags=["-DOTHER"])


def test_a_changed_file_compiles_alone(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    real = MODULE.run_tool

    def spy(compiler: object, arguments: object, what: str, *rest: object) -> None:
        called.append(what)
        real(compiler, arguments, what, *rest)

    monkeypatch.setattr(MODULE, "run_tool", spy)
    build(SOURCES, find("native"), kind="shared")
    assert sorted(called) == ["libmodel.so", "model.c", "step_001.c"]
    called.clear()
    changed = {**SOURCES, "step_001.c": SOURCES["step_001.c"].replace("0.5f", "0.25f")}
    assert run(build(changed, find("native"), kind="shared"), 4.0) == 5.0
    assert called == ["step_001.c", "libmodel.so"]
    called.clear()
    build({**SOURCES, "kernels/k.h": "#define K 3.0f\n"}, find("native"), kind="shared")
    assert len(called) == 3  # a header counts for every file


def test_a_damaged_library_is_built_again(cache: Cache) -> None:
    path = build(SOURCES, find("native"), kind="shared")
    path.write_bytes(b"rubbish")
    assert run(build(SOURCES, find("native"), kind="shared"), 4.0) == 6.0


def build_here(root: str) -> str:
    os.environ["TINSMITH_CACHE"] = root
    return str(build(SOURCES, find("native"), kind="shared"))


def test_concurrent_builds(cache: Cache) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        paths = set(pool.map(build_here, [str(cache.root)] * 4))
    assert len(paths) == 1 and run(Path(paths.pop()), 4.0) == 6.0
    assert not list((cache.root / "making").iterdir())


@pytest.mark.parametrize("compiler", ["zig", "gcc", "clang"])
def test_compile_error(cache: Cache, need: Need, compiler: str) -> None:
    need(compiler, "native")
    bad = {"model.c": "int f(void);\nint f(void) { return y; }\n"}
    with pytest.raises(ToolchainError) as caught:
        build(bad, find("native"), kind="shared", compiler=compiler)
    text = str(caught.value)
    assert text.startswith(f"toolchain: {compiler} 'model.c': expected it to build, got: model.c:2")
    assert "correct the source" in text
    assert not list(cache.root.glob("entries/*")) and not list(cache.root.glob("making/*"))


def test_a_warning_is_an_error(cache: Cache) -> None:
    with pytest.raises(ToolchainError, match="unused"):
        build({"a.c": "static int x;\n"}, find("native"), kind="objects")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_link_error(cache: Cache, need: Need, compiler: str) -> None:
    need(compiler, "native")
    bad = {"m.c": f"int g(void);\n{EXPORT}int f(void);\nint f(void) {{ return g(); }}\n"}
    with pytest.raises(ToolchainError, match=r"(?s)libmodel.so.*undefined.*a function is missing"):
        build(bad, find("native"), kind="shared", compiler=compiler)


def test_levels_are_per_file(cache: Cache) -> None:
    text = "#ifdef __OPTIMIZE__\n#error optimised\n#endif\ntypedef int nothing;\n"
    build({"a.c": text}, find("native"), kind="objects", levels={"a.c": "-O0"})
    with pytest.raises(ToolchainError, match="optimised"):
        build({"a.c": text}, find("native"), kind="objects")


@pytest.mark.parametrize("name", ["../a.c", "/a.c", ""])
def test_names_stay_inside(cache: Cache, name: str) -> None:
    with pytest.raises(InternalError, match="expected a relative name"):
        build({name: ""}, find("native"), kind="objects")


def test_no_source(cache: Cache) -> None:
    with pytest.raises(InternalError, match=r"expected at least one \.c file"):
        build({"a.h": ""}, find("native"), kind="objects")


def test_compiler_without_space(cache: Cache, tmp_path: Path) -> None:
    script = tmp_path / "gcc"
    script.write_text("#!/bin/sh\necho 'a.c: fatal: No space left on device' >&2\nexit 1\n")
    script.chmod(0o755)
    with pytest.raises(ToolchainError, match="got a full disk"):
        build({"a.c": "int x;"}, find("native"), kind="objects", compiler=str(script))
    assert not list(cache.root.glob("entries/*")) and not list(cache.root.glob("making/*"))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_sanitized_program(cache: Cache, need: Need, compiler: str) -> None:
    need(compiler, "native")
    try:
        program = build(OVERFLOW, find("native"), kind="program", compiler=compiler, sanitize=True)
    except ToolchainError as error:
        if "libclang-rt" in str(error):
            pytest.skip("clang is here without its sanitizers")
        raise
    done = subprocess.run([program], capture_output=True)
    assert done.returncode != 0
    assert b"out of bounds" in done.stderr or b"stack-buffer-overflow" in done.stderr


def test_sanitized_library(cache: Cache, need: Need) -> None:
    need("gcc", "native")
    library = build(SOURCES, find("native"), kind="shared", compiler="gcc", sanitize=True)
    call = f"import ctypes; print(ctypes.CDLL({str(library)!r}).model_run)"
    preload = str(sanitizer_preload("gcc", find("native")))
    done = subprocess.run(
        [sys.executable, "-c", call],
        env=os.environ | {"LD_PRELOAD": preload, "ASAN_OPTIONS": "detect_leaks=0"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["cortex-a53", "cortex-m4"])
def test_sanitizers_are_for_this_machine(cache: Cache, name: str) -> None:
    with pytest.raises(ToolchainError, match="expected one of this machine for a sanitized build"):
        build(HELLO, find(name), kind="program", sanitize=True)


def test_a_compiler_that_cannot_start(cache: Cache, tmp_path: Path) -> None:
    script = tmp_path / "gcc"
    script.write_text("not a program")
    script.chmod(0o755)
    with pytest.raises(ToolchainError, match="expected it to start, got: Exec format error"):
        build({"a.c": "int x;"}, find("native"), kind="objects", compiler=str(script))


def test_what_is_built_once_is_said_once(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """zig's C library for programs takes 40 s of processor time; shared libraries need none."""
    def pretend(compiler: object, arguments: list[str], what: str, folder: Path, zig: Path) -> None:
        (folder / arguments[-1]).write_text(what)

    (cache.root / "zig").mkdir(mode=0o700, parents=True)
    monkeypatch.setenv("ZIG_GLOBAL_CACHE_DIR", str(cache.root / "zig"))
    monkeypatch.setattr(MODULE, "run_tool", pretend)
    said: list[str] = []
    for target in ("native", "c"):  # programs of both link with one library
        build(HELLO, find(target), kind="program", say=said.append)
    assert len(said) == 1
    assert said[0].startswith("building the C library for ")
    assert said[0].endswith("-linux-musl, once on this machine")
    build(HELLO, find("cortex-a7"), kind="program", say=said.append)
    assert said[1:] == ["building the C library for arm-linux-musleabihf, once on this machine"]
    build(SOURCES, find("native"), kind="objects", say=said.append)
    build(HELLO, find("native"), kind="program", flags=["-DX=1"], say=said.append)
    assert len(said) == 2


@pytest.mark.parametrize("compiler", ["zig", "gcc", "clang"])
def test_the_users_environment_changes_no_build(
    cache: Cache, need: Need, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiler: str
) -> None:
    """It is no part of the key, so it must be no part of the result."""
    need(compiler, "native")
    (tmp_path / "traps").mkdir()
    (tmp_path / "traps" / "math.h").write_text("#error trapped\n")
    (tmp_path / "traps" / "libm.so").write_text("INPUT(trapped)\n")
    for name in ("CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "GCC_EXEC_PREFIX", "COMPILER_PATH"):
        monkeypatch.setenv(name, str(tmp_path / "traps"))
    monkeypatch.setenv("CCC_OVERRIDE_OPTIONS", "+-DTRAPPED=*")
    monkeypatch.setenv("DEPENDENCIES_OUTPUT", str(tmp_path / "traps" / "written"))
    text = '#include <math.h>\ndouble root(double x) { return sqrt(x); }\n'
    assert build({"root.c": text}, find("native"), kind="shared", compiler=compiler).exists()
    assert not (tmp_path / "traps" / "written").exists()

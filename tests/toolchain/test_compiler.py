"""Finding compilers, and the words of their command lines."""

from pathlib import Path

import pytest

from tinsmith.errors import ToolchainError
from tinsmith.targets import find
from tinsmith.toolchain.compiler import (
    BuildOptions,
    compile_arguments,
    find_compiler,
    link_arguments,
)


def fake(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("name", "target", "text"),
    [
        (
            "gcc",
            "cortex-a53",
            "compiler 'aarch64-linux-gnu-gcc': expected it on PATH for target "
            "'cortex-a53', got nothing; install it (apt-get install gcc-aarch64-linux-gnu)",
        ),
        ("gcc", "cortex-a7", "apt-get install gcc-arm-linux-gnueabihf)"),
        ("gcc", "cortex-m4", "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi)"),
        ("gcc", "native", "compiler 'gcc': expected it on PATH"),
        ("clang-14", "native", "install it (apt-get install clang-14) or use --cc zig"),
        ("/no/such/gcc", "native", "compiler '/no/such/gcc': expected it on PATH"),
        ("tcc", "native", "compiler 'tcc': expected zig, gcc or clang"),
    ],
)
def test_missing(
    name: str, target: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError) as caught:
        find_compiler(name, find(target))
    assert text in str(caught.value)


def test_missing_zig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tinsmith.toolchain.compiler.find_spec", lambda name: None)
    with pytest.raises(ToolchainError, match=r"compiler 'zig': .*; pip install ziglang"):
        find_compiler("zig", find("native"))


def test_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    fake(tmp_path, "clang-9", "clang-14", "clang-cpp-14", "aarch64-linux-gnu-gcc-12", "gcc-11")
    native, a53 = find("native"), find("cortex-a53")
    assert find_compiler("clang", native).path.name == "clang-14"
    assert find_compiler("clang-9", native).path.name == "clang-9"
    assert find_compiler("gcc", a53).path.name == "aarch64-linux-gnu-gcc-12"
    assert find_compiler(str(tmp_path / "gcc-11"), native).family == "gcc"


def test_arguments() -> None:
    zig = find_compiler("zig", find("native"))
    arguments = compile_arguments(zig, find("cortex-a7"), BuildOptions("shared", ("-DX=1",)), "-O1")
    assert arguments[0] == "cc" and arguments[-1] == "-DX=1"
    wanted = "-std=c99 -Werror -ffp-contract=fast -fPIC -O1 -fno-sanitize=undefined"
    assert set(arguments).issuperset([*wanted.split(), "-mcpu=cortex_a7-slowfpvmlx"])
    assert "-DTIN_PLAIN_C=1" in compile_arguments(zig, find("c"), BuildOptions("objects"))
    a53, a72 = find("cortex-a53"), find("cortex-a72")
    program = BuildOptions("program")
    assert link_arguments(zig, a53, program) == link_arguments(zig, a72, program)  # one libc


def test_zig_has_no_address_sanitizer() -> None:
    zig = find_compiler("zig", find("native"))
    with pytest.raises(ToolchainError, match="expected gcc or clang for a sanitized build"):
        compile_arguments(zig, find("native"), BuildOptions("shared", (), True))

"""Bundles in a program of somebody else: several at once, in C and C++, under sanitizers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emit.embedding import (
    LANGUAGES,
    Embedded,
    call,
    compiled,
    convolution,
    embed,
    library,
    need,
    program,
    sanitized,
    tiny,
    zig,
)
from tinsmith import pipeline
from tinsmith.emit.host import emit
from tinsmith.importers import load

pytestmark = [pytest.mark.cc, pytest.mark.one_target]
ADDRESS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-O1")
THREAD = ("-fsanitize=thread", "-g", "-O1")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Embedded, ...]:
    """Networks for one, two and four threads."""
    need("make")
    folder = tmp_path_factory.mktemp("three")
    return tuple(embed(convolution(folder, name, channels), folder / name, threads)
                 for name, channels, threads in (("one", 16, 1), ("two", 24, 2), ("four", 32, 4)))


@pytest.fixture(scope="module")
def libraries(three: tuple[Embedded, ...]) -> Iterator[dict[str, list[str]]]:
    """Their libraries by compiler, built when they are asked for."""
    class Libraries(dict[str, list[str]]):
        def __missing__(self, compiler: str) -> list[str]:
            need(compiler)
            self[compiler] = [library(one, compiler) for one in three]
            return self[compiler]

    yield Libraries()


def test_the_networks_share_their_work(three: tuple[Embedded, ...]) -> None:
    """Else the tests below would say little."""
    assert all(one.pieces >= one.threads for one in three)


@pytest.mark.parametrize(("compiler", "standard"), [
    *LANGUAGES.items(), ("g++", "c++20"), ("gcc", "gnu17"), ("clang++", "c++11")])
def test_three_networks_in_one_program(
        three: tuple[Embedded, ...], libraries: dict[str, list[str]], tmp_path: Path,
        compiler: str, standard: str) -> None:
    need(compiler)
    made = libraries["clang" if "clang" in compiler else "gcc"]
    for order in (three, three[::-1]):
        done = call(tmp_path, str(compiled(tmp_path, compiler, program(order), order, made,
                                           standard=standard)))
        assert done.stdout == "all right\n"


@pytest.mark.parametrize("flags", [ADDRESS, THREAD], ids=["address", "thread"])
def test_sanitizers_find_nothing_in_three_networks_at_once(
        three: tuple[Embedded, ...], tmp_path: Path, flags: tuple[str, ...]) -> None:
    need("gcc", "g++")
    sanitized("gcc", flags, tmp_path)
    made = [library(one, "gcc", flags) for one in three]
    for compiler in ("gcc", "g++"):
        ready = compiled(tmp_path, compiler, program(three, callers=2, runs=3), three, made, flags)
        assert call(tmp_path, str(ready)).stdout == "all right\n"


@pytest.mark.parametrize("flags", [("-O1",), THREAD], ids=["plain", "thread"])
def test_eight_contexts_of_one_network_in_eight_threads(
        three: tuple[Embedded, ...], tmp_path: Path, flags: tuple[str, ...]) -> None:
    need("gcc")
    sanitized("gcc", flags, tmp_path)
    two = three[1:2]
    ready = compiled(tmp_path, "gcc", program(two, callers=8, runs=4), two,
                     [library(two[0], "gcc", flags)], flags)
    assert call(tmp_path, str(ready)).stdout == "all right\n"


def test_two_bundles_in_one_cmake_build(three: tuple[Embedded, ...], tmp_path: Path) -> None:
    need("cmake", "cc")
    one, four = three[0], three[2]
    (tmp_path / "program.c").write_text(program((one, four)))
    (tmp_path / "CMakeLists.txt").write_text(f"""\
cmake_minimum_required(VERSION 3.13)
project(both C)
add_subdirectory({one.folder} one)
add_subdirectory({four.folder} four)
find_package(Threads REQUIRED)
add_executable(program program.c)
target_link_libraries(program {one.name} {four.name} Threads::Threads)
""")
    call(tmp_path, "cmake", "-B", "out", "-DCMAKE_C_FLAGS=-O1 -ffast-math")
    call(tmp_path, "cmake", "--build", "out")
    assert call(tmp_path, "out/program").stdout == "all right\n"


def test_a_header_alone_is_a_whole_one(three: tuple[Embedded, ...], tmp_path: Path) -> None:
    """It includes nothing of ours: no other file of the bundle has to be there."""
    need("g++")
    for one in three:
        text = (one.folder / f"{one.name}.h").read_text()
        (tmp_path / f"{one.name}.h").write_text(text)
        assert [line for line in text.splitlines() if line.startswith("#include")] == [
            "#include <stddef.h>", "#include <stdint.h>"]
    lines = "".join(f'#include "{one.name}.h"\n' for one in three)
    (tmp_path / "a.cpp").write_text(lines + lines)
    call(tmp_path, "g++", "-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "a.cpp")


def test_a_users_flags_do_not_make_it_wrong(three: tuple[Embedded, ...], tmp_path: Path) -> None:
    need("gcc")
    flags = ("-Ofast", "-march=native", "-std=gnu17", "-funsafe-math-optimizations")
    done = subprocess.run(["make", "-n", "CC=gcc", f"CFLAGS={' '.join(flags)}"], text=True,
                          cwd=three[0].folder, capture_output=True, check=True).stdout
    for line in done.splitlines():
        if " -c " in line:
            given, needed = line.index("-Ofast"), line.index("-fno-fast-math")
            assert given < needed < line.index("-ffp-contract=fast")
            assert line.rindex("-std=") == line.index("-std=c99")
    two = three[1:2]
    made = [library(two[0], "gcc", flags)]
    ready = compiled(tmp_path, "gcc", program(two), two, made)
    assert call(tmp_path, str(ready)).stdout == "all right\n"




@pytest.mark.parametrize(("threads", "systems"), [
    (1, ("x86_64-linux-gnu", "arm-linux-musleabihf")),
    (2, ("x86_64-linux-gnu", "x86_64-linux-musl", "aarch64-linux-gnu", "arm-linux-gnueabihf",
         "arm-linux-musleabihf", "aarch64-macos")),
    (1024, ("aarch64-linux-gnu",))])
def test_a_context_is_large_enough_with_every_c_library(
        tmp_path: Path, threads: int, systems: tuple[str, ...]) -> None:
    graph = load(tiny(tmp_path / "net.onnx"))
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "c", threads))
    for file, text in emit(made, "net").items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    build = (*zig().split(), "-std=c99", "-Wall", "-Wextra", "-Werror", "-c", "net.c", "-o", "o")
    for system in systems:
        call(tmp_path, *build, "-target", system)
    text = (tmp_path / "net.h").read_text()
    (tmp_path / "net.h").write_text(text.replace("NET_CONTEXT_BYTES ", "NET_CONTEXT_BYTES 8 //"))
    assert "net_fits" in call(tmp_path, *build, "-target", systems[0], code=1).stderr

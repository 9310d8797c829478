"""Running programs: here, under QEMU, and over ssh (with a stand-in for ssh and scp)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tinsmith.errors import ToolchainError
from tinsmith.runtime.runner import qemu_command, run_program, runs_here
from tinsmith.targets import find
from tinsmith.toolchain import Cache, build

HELLO_TARGETS = ("native", "c", "cortex-a53", "cortex-a76", "cortex-a7", "riscv64")
Need = Callable[..., None]
HELLO = {
    "main.c": r"""
#include <math.h>
#include <pthread.h>
#include <stdio.h>
static void *work(void *p) { *(int *)p = 7; return p; }
int main(int argc, char **argv) {
    pthread_t thread;
    int value = 0;
    char line[64] = "";
    FILE *file = fopen("in.txt", "r");
    if (file == NULL || fgets(line, 60, file) == NULL) return 3;
    fclose(file);
    if (pthread_create(&thread, NULL, work, &value) != 0) return 4;
    pthread_join(thread, NULL);
    printf("%s %d %.3f %s\n", argc > 1 ? argv[1] : "-", value, (double)expf(1.0f), line);
    return 5;
}
"""
}


@pytest.mark.cc
@pytest.mark.one_target
@pytest.mark.qemu
@pytest.mark.parametrize("compiler", ["gcc", pytest.param("zig", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "name", ["native", "c", "cortex-a53", "cortex-a76", "cortex-a7", "riscv64"]
)
def test_hello(cache: Cache, need: Need, compiler: str, name: str) -> None:
    need(compiler, name, emulator=name not in ("native", "c"))
    target = find(name)
    program = build(HELLO, target, kind="program", compiler=compiler)
    done = run_program(program, target, ["x y"], files={"in.txt": b"hi"}, timeout_s=60)
    assert (done.returncode, done.stdout) == (5, b"x y 7 2.718 hi\n"), done


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_runs_here() -> None:
    assert runs_here(find("native"))
    assert not runs_here(find("cortex-m4"))
    assert not (runs_here(find("cortex-a53")) and runs_here(find("x86-64-v2")))


def test_timeout(tmp_path: Path) -> None:
    program = script(tmp_path / "p", "exec sleep 30")
    with pytest.raises(ToolchainError, match=r"run: program 'p': expected an end within 0.2 s"):
        run_program(program, find("native"), on="here", timeout_s=0.2)


def test_a_program_that_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("")
    with pytest.raises(ToolchainError, match=r"run: program 'p': expected it to start, got: Perm"):
        run_program(tmp_path / "p", find("native"), on="here")


def test_an_unknown_place(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"place 'there': expected auto, here, qemu or ssh"):
        run_program(tmp_path / "p", find("native"), on="there")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cortex-a53", "emulator 'qemu-aarch64': .*; apt-get install qemu-user,"),
        ("cortex-m4", "emulator 'qemu-system-arm': .*; apt-get install qemu-system-arm,"),
    ],
)
def test_missing_emulator(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match=text):
        qemu_command(tmp_path / "p", find(name), [])


def test_emulator_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    script(tmp_path / "qemu-arm-static", "")
    words = qemu_command(Path("p"), find("zuluko"), ["x"], ["-plugin", "q"])
    assert words == [
        f"{tmp_path}/qemu-arm-static",
        *["-cpu", "cortex-a7", "-plugin", "q", "p", "x"],
    ]


@pytest.fixture
def fake_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ssh runs the last argument here; scp copies, with the host's name taken off."""
    tools = tmp_path / "tools"
    tools.mkdir()
    script(tools / "ssh", 'for last; do :; done; echo "$@" >> "$0.log"; exec sh -c "$last"')
    script(
        tools / "scp",
        'for last; do from=$to; to=$last; done; exec cp "${from#me@board:}" "${to#me@board:}"',
    )
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return tools


def test_ssh(fake_ssh: Path, tmp_path: Path) -> None:
    program = script(tmp_path / "p", 'cat in/a.txt > out.txt; echo "$1"; pwd; exit 6')
    done = run_program(
        program,
        find("odroid-c2"),
        ["it's $HOME"],
        on="ssh://me@board:2222",
        cwd=tmp_path,
        files={"in/a.txt": b"abc"},
        fetch=["out.txt"],
    )
    first, folder = done.stdout.decode().splitlines()
    assert (done.returncode, first) == (6, "it's $HOME")
    assert (tmp_path / "out.txt").read_bytes() == b"abc"
    assert folder.startswith("/tmp/tinsmith-") and not Path(folder).exists()
    assert "-p 2222 me@board" in (fake_ssh / "ssh.log").read_text()


def test_ssh_timeout(fake_ssh: Path, tmp_path: Path) -> None:
    program = script(tmp_path / "p", "exec sleep 30")
    with pytest.raises(ToolchainError, match="expected an end within 1 s"):
        run_program(program, find("odroid-c2"), on="ssh://me@board", timeout_s=1)


def test_ssh_unreachable(fake_ssh: Path, tmp_path: Path) -> None:
    script(fake_ssh / "ssh", "echo 'no route to host' >&2; exit 255")
    with pytest.raises(ToolchainError, match=r"host 'me@board': .* got: no route to host; check"):
        run_program(script(tmp_path / "p", ""), find("odroid-c2"), on="ssh://me@board")


@pytest.mark.parametrize("place", ["ssh://", "ssh://-oProxyCommand=x", "ssh://a:b"])
def test_ssh_place(place: str, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="expected ssh://user@host or"):
        run_program(tmp_path / "p", find("odroid-c2"), on=place)

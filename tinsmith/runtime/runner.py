"""Runs a program built for a target: on this machine, under QEMU, or on a board over ssh."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tinsmith.errors import TargetError, ToolchainError
from tinsmith.targets import Target, find
from tinsmith.toolchain.compiler import is_host

TIMEOUT_S = 600.0
QEMU_PACKAGES = {"qemu-system-arm": "qemu-system-arm"}  # all others come with qemu-user
SSH_OPTIONS = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=15")
SSH_FAILED = 255  # ssh's own exit code, as against the program's
X86_LEVELS = ("c", "x86-64-v2", "x86-64-v3", "x86-64-v4")


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended, and the bytes that it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run_program(
    path: Path,
    target: Target,
    args: Sequence[str] = (),
    *,
    on: str = "auto",
    cwd: Path | None = None,
    files: Mapping[str, bytes] | None = None,
    fetch: Sequence[str] = (),
    emulator_args: Sequence[str] = (),
    timeout_s: float = TIMEOUT_S,
) -> Completed:
    """Runs the program at ``path`` and waits for its end; a non-zero exit code is no error here.

    Args:
        path: a program that `tinsmith.toolchain.build` made for ``target``.
        target: decides the emulator and its CPU, which refuses instructions that the core lacks.
        args: the program's arguments; none may hold a blank on a bare-metal target.
        on: 'here', 'qemu', 'ssh://user@host[:port]', or 'auto': here where this machine can run
            the target's code, else QEMU.
        cwd: the program's working directory (on ssh: where ``files`` and ``fetch`` live here);
            a temporary one by default.
        files: relative name -> content, written to the working directory first.
        fetch: names of files to bring back to ``cwd`` from an ssh host.
        emulator_args: more options for QEMU, e.g. ``('-plugin', './roiprof.so,out=p.prof')``.
        timeout_s: the program is ended after this long.

    Raises:
        ToolchainError: a missing emulator, no end in time, an unreachable host.
    """
    place = on if on != "auto" else ("here" if runs_here(target) else "qemu")
    with tempfile.TemporaryDirectory(prefix="tinsmith-run-") as spare:
        folder = Path(cwd) if cwd is not None else Path(spare)
        for name, content in (files or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        program = Path(path).resolve()
        if place.startswith("ssh://"):
            return run_over_ssh(program, args, place, folder, tuple(files or ()), fetch, timeout_s)
        if place == "here":
            command = [str(program), *args]
        elif place == "qemu":
            command = qemu_command(program, target, args, emulator_args)
        else:
            raise ToolchainError(
                f"run: place '{place}': expected auto, here, qemu or ssh://user@host, got another; "
                f"change --on"
            )
        return wait_for(command, folder, timeout_s, program.name)


def runs_here(target: Target) -> bool:
    """Whether this machine executes the target's instructions itself."""
    if platform.system() != "Linux" or not is_host(target):
        return False
    if target.isa == "c":
        return True
    try:
        here = find("native")
    except TargetError:
        return False
    levels = (X86_LEVELS.index(t.isa) if t.isa in X86_LEVELS else 0 for t in (target, here))
    return next(levels) <= next(levels) and set(target.features) <= set(here.features)


def qemu_command(
    program: Path, target: Target, args: Sequence[str], extra: Sequence[str] = ()
) -> list[str]:
    """The emulator's command line.

    Raises:
        ToolchainError: the emulator is not installed.
    """
    emulator = shutil.which(target.qemu) or shutil.which(f"{target.qemu}-static")
    if emulator is None:
        package = QEMU_PACKAGES.get(target.qemu, "qemu-user")
        raise ToolchainError(
            f"run: emulator '{target.qemu}': expected it on PATH for target '{target.name}', got "
            f"nothing; apt-get install {package}, or run on a board with --on ssh://user@host"
        )
    if not target.qemu_machine:
        return [emulator, "-cpu", target.qemu_cpu, *extra, str(program), *args]
    words = ",".join(f"arg={word.replace(',', ',,')}" for word in (program.name, *args))
    return [
        *(emulator, "-M", target.qemu_machine, "-nographic", "-monitor", "none"),
        *("-serial", "null", "-chardev", "stdio,id=console"),
        *("-semihosting-config", f"enable=on,target=native,chardev=console,{words}"),
        *(*extra, "-kernel", str(program)),
    ]


def run_over_ssh(
    program: Path,
    args: Sequence[str],
    place: str,
    folder: Path,
    names: Sequence[str],
    fetch: Sequence[str],
    timeout_s: float,
) -> Completed:
    """Copies the program and its files to a fresh folder of the host, runs it there, tidies up."""
    host, _, port = place.removeprefix("ssh://").rstrip("/").partition(":")
    if not host or host.startswith("-") or (port and not port.isdigit()):
        raise ToolchainError(
            f"run: place '{place}': expected ssh://user@host or ssh://user@host:port, got "
            f"another; change --on"
        )
    ssh = [*remote_tool("ssh"), *(("-p", port) if port else ()), host]
    scp = [*remote_tool("scp"), "-q", *(("-P", port) if port else ())]
    remote = PurePosixPath(f"/tmp/tinsmith-{uuid.uuid4().hex[:12]}")
    folders = sorted({str((remote / name).parent) for name in (program.name, *names)})
    try:
        made = f"mkdir -m 700 {remote} && {shlex.join(['mkdir', '-p', *folders])}"
        must(ssh, [made], host, timeout_s)
        must(scp, [str(program), f"{host}:{remote}/{program.name}"], host, timeout_s)
        for name in names:
            must(scp, [str(folder / name), f"{host}:{remote / name}"], host, timeout_s)
        # the host's own limit ends the program even where this side loses the connection
        limit = f"timeout {timeout_s:.0f} " if timeout_s >= 1 else ""
        call = f"cd {remote} && chmod +x {shlex.quote(program.name)} && "
        words = shlex.join([f"./{program.name}", *args])
        done = wait_for([*ssh, f"{call}{limit}{words}"], folder, timeout_s + 15, program.name)
        if done.returncode == SSH_FAILED:
            raise unreachable(host, done.stderr)
        if limit and done.returncode == 124:
            raise late(program.name, timeout_s)
        for name in fetch:
            must(scp, [f"{host}:{remote / name}", str(folder / name)], host, timeout_s)
        return done
    finally:
        subprocess.run([*ssh, f"rm -rf {remote}"], capture_output=True, timeout=60, check=False)


def remote_tool(name: str) -> list[str]:
    """ssh or scp with its options: never asks for a password."""
    found = shutil.which(name)
    if found is None:
        raise ToolchainError(
            f"run: program '{name}': expected it on PATH, got nothing; "
            f"apt-get install openssh-client"
        )
    return [found, *SSH_OPTIONS]


def must(tool: Sequence[str], args: Sequence[str], host: str, timeout_s: float) -> None:
    """Runs one ssh or scp command that has to work."""
    done = wait_for([*tool, *args], Path.cwd(), max(timeout_s, 60), Path(tool[0]).name)
    if done.returncode != 0:
        raise unreachable(host, done.stderr)


def unreachable(host: str, stderr: bytes) -> ToolchainError:
    """The error for a host that does not do as told."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
    return ToolchainError(
        f"run: host '{host}': expected it to take and run a program, got: {lines[-1]}; "
        f"check that 'ssh {host} true' works without a password"
    )


def wait_for(command: Sequence[str], folder: Path, timeout_s: float, what: str) -> Completed:
    """Runs a command to its end.

    Raises:
        ToolchainError: it cannot be started, or does not end in time.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise late(what, timeout_s) from None
    except OSError as error:
        raise ToolchainError(
            f"run: program '{what}': expected it to start, got: {error.strerror}; "
            f"run it where its target's code can run (--on qemu)"
        ) from error
    return Completed(done.returncode, done.stdout, done.stderr)


def late(what: str, timeout_s: float) -> ToolchainError:
    """The error for a program that does not end."""
    return ToolchainError(
        f"run: program '{what}': expected an end within {timeout_s:g} s, got none; "
        f"allow more time, or fewer runs under emulation"
    )

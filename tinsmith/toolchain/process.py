"""Runs a compiler or linker and turns its complaint into one readable error."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tinsmith.errors import ToolchainError
from tinsmith.toolchain.compiler import Compiler

TIMEOUT_S = 900.0
SHOWN_LINES = 6
KEPT = (  # of the environment: what a compiler needs to start, and nothing that changes its output
    *("PATH", "HOME", "USER", "LOGNAME", "LD_LIBRARY_PATH", "XDG_CACHE_HOME", "SYSTEMROOT"),
    "ZIG_GLOBAL_CACHE_DIR",
)
CURES = (  # what the text says when the complaint matches; first match wins
    (
        r"cannot find .*(libclang_rt|clang_rt\.)",
        "install clang's runtimes: apt-get install libclang-rt-dev, or use --compiler gcc",
    ),
    (r"cannot find -lm", "install the target's C library (Debian: libnewlib-arm-none-eabi)"),
    (
        r"unrecognized .*(-march|-mcpu|-mavx)|unknown target CPU|unknown value .* for '-m|"
        r"bad value .* for '-m",
        "this compiler is too old for the target; use --cc zig",
    ),
    (r"undefined (reference|symbol)", "a function is missing from the sources or the link flags"),
)


def run_tool(
    compiler: Compiler, arguments: Sequence[str], what: str, folder: Path, zig_cache: Path
) -> str:
    """Runs one compiler command in ``folder``; ``what`` names the file or product it makes.

    Returns:
        What it said: its warnings.

    Raises:
        ToolchainError: it failed; the text holds its first error lines.
        OSError: the disk is full.
    """
    try:
        done = subprocess.run(
            [str(compiler.path), *arguments],
            cwd=folder,
            env=environment(folder, zig_cache),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except OSError as error:
        raise ToolchainError(
            f"toolchain: compiler '{compiler.path}': expected it to start, got: {error.strerror}; "
            f"install it again"
        ) from error
    except subprocess.TimeoutExpired:
        raise ToolchainError(
            f"toolchain: {compiler.family} '{what}': expected an end within {TIMEOUT_S:.0f} s, "
            f"got none; lower the optimisation of this file"
        ) from None
    output = (done.stderr or done.stdout).decode("utf-8", "replace")
    if done.returncode == 0:
        return output
    if "No space left on device" in output or "NoSpaceLeft" in output:
        raise OSError(errno.ENOSPC, "No space left on device")
    raise ToolchainError(complaint(compiler, what, done.returncode, output))


def complaint(compiler: Compiler, what: str, code: int, output: str) -> str:
    """The error text for a failed command."""
    lines = [line for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"error|undefined|cannot|killed", line, re.I)]
    shown = (telling or lines)[:SHOWN_LINES]
    cure = next((text for pattern, text in CURES if re.search(pattern, output, re.I)), "")
    first = shown[0].strip() if shown else f"exit code {code} and no message"
    rest = "".join(f"\n  {line}" for line in shown[1:])
    return (
        f"toolchain: {compiler.family} '{what}': expected it to build, got: {first}; "
        f"{cure or 'correct the source, or report it if Tinsmith wrote it'}{rest}"
    )


def environment(folder: Path, zig_cache: Path) -> dict[str, str]:
    """The environment of a compiler: English, and its caches and temporary files inside ours.

    CPATH, LIBRARY_PATH, GCC_EXEC_PREFIX and their like would change what it makes, but no key of
    the cache. Where the user sets ZIG_GLOBAL_CACHE_DIR (zig's libc builds), that stays.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    own = {"LC_ALL": "C", "TMPDIR": str(folder), "ZIG_LOCAL_CACHE_DIR": str(folder / ".zig")}
    return {"ZIG_GLOBAL_CACHE_DIR": str(zig_cache)} | kept | own

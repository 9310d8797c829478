"""A bundle's own program: built, measured, and put to its self-test."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tinsmith.emit.binding import BINDING
from tinsmith.emit.devices.cpu import baseline
from tinsmith.errors import SelftestError, TargetError
from tinsmith.runtime.compare import CURE
from tinsmith.runtime.runner import run_program
from tinsmith.targets import Target, titled
from tinsmith.toolchain import build

Say = Callable[[str], None]
DATA = (".bin", ".json", ".txt", "Makefile")
WRONG_PROCESSOR = 4  # an exit code of templates/main.c
CONSTANTS = ("weights.c", "golden.c")  # words of four bytes that are part of a bare-metal program


@dataclass(frozen=True, slots=True)
class Program:
    """A built program: where it lies, and the bytes of its code when it is stripped."""

    path: Path
    code_bytes: int


def build_program(files: Mapping[str, bytes], target: Target, compiler: str,
                  say: Say | None = None) -> Program:
    """Builds the program of a bundle from its files; ``say`` is told of what is built once.

    Raises:
        ToolchainError: the compiler is missing or fails.
    """
    sources = {name: data.decode() for name, data in files.items()
               if not name.endswith(DATA) and name != BINDING
               and not name.startswith(("tin_libc/", "link.ld"))}
    path = build(sources, target, kind="program", compiler=compiler, baseline=baseline(sources),
                 say=say)
    constants = sum(files[name].count(b"0x") * 4 for name in CONSTANTS if name in files)
    return Program(path, loaded_bytes(path.read_bytes()) - constants)


def loaded_bytes(elf: bytes) -> int:
    """The bytes of an ELF file that are loaded: code, constants and initial values.

    What ``strip`` leaves, but for headers and padding.
    """
    if elf[:4] != b"\x7fELF" or len(elf) < 64:
        return len(elf)
    wide, order = elf[4] == 2, "<" if elf[5] == 1 else ">"
    header = struct.unpack_from(f"{order}16sHHI{'QQQ' if wide else 'III'}IHHHHHH", elf)
    start, each, count = header[5], header[9], header[10]
    row = f"{order}IIQQQQQQ" if wide else f"{order}IIIIIIII"
    total = 0
    for i in range(count):
        segment = struct.unpack_from(row, elf, start + i * each)
        if segment[0] == 1:  # PT_LOAD
            total += segment[5] if wide else segment[4]
    return total


def selftest(program: Program, target: Target, files: Mapping[str, bytes], on: str) -> list[str]:
    """Runs the golden self-test; returns what the program printed, line by line.

    Raises:
        SelftestError: a result is wrong, or the program crashed.
        TargetError: the processor lacks the target's instructions.
        ToolchainError: the emulator is missing, or there is no end in time.
    """
    data = {name: files[name] for name in ("weights.bin", "golden.bin") if name in files}
    arguments = () if target.bare_metal else ("--selftest",)
    done = run_program(program.path, target, arguments, on=on, files=data)
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if done.returncode != 0:
        lines += done.stderr.decode("utf-8", "replace").splitlines()
        title = titled(target.name, target.isa, target.features)
        if done.returncode == WRONG_PROCESSOR:
            raise TargetError(f"selftest: program for '{title}': expected a processor with its "
                              f"instructions, got another (--on {on}); run it elsewhere with --on, "
                              "or compile with another --target")
        told = [line for line in lines if "FAILED" in line] or lines
        raise SelftestError(
            f"selftest: program for '{title}': expected the network's answers, got exit code "
            f"{done.returncode}: {'; '.join(told) or 'no message'}; {CURE}", lines)
    return lines

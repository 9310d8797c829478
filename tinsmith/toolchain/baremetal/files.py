"""The files of a bare-metal program: startup, memory functions, semihosting, linker script."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from tinsmith.errors import TargetError
from tinsmith.targets import Target

FOLDER = "tin_libc"  # where the substitutes for C library headers lie in the build folder


@dataclass(frozen=True, slots=True)
class Machine:
    """An emulated board: where its memories start and how large they are, in bytes."""

    code_start: int
    code_bytes: int
    ram_start: int
    ram_bytes: int
    large_start: int
    large_bytes: int


MACHINES = {
    "mps2-an386": Machine(0x00000000, 4 << 20, 0x20000000, 4 << 20, 0x21000000, 16 << 20),
    "mps2-an500": Machine(0x00000000, 4 << 20, 0x20000000, 4 << 20, 0x60000000, 16 << 20),
}


def bare_metal_files(target: Target) -> dict[str, str]:
    """File name -> text of all that a program for this target needs beside its own sources.

    The program has ``main``; it may include ``semihost.h`` for text, files and exit.
    """
    folder = files("tinsmith.toolchain.baremetal").joinpath("c")
    texts = {
        path.name: path.read_text("utf-8")
        for path in sorted(folder.iterdir(), key=lambda path: path.name)
        if path.name.endswith((".c", ".h"))
    }
    placed = {f"{FOLDER}/{name}": text for name, text in texts.items()}
    return {**placed, "link.ld": linker_script(target)}


def linker_script(target: Target) -> str:
    """The GNU ld script: vectors and code first, then data to copy, zeros, and the stack on top.

    It describes the emulated board, which is roomier than the chips: whether a network fits a
    chip's memories is the planner's question. Section ``.large`` is 16 MB of slow memory for
    weights that only an emulator has to hold.
    """
    machine = MACHINES.get(target.qemu_machine)
    if machine is None:
        raise TargetError(
            f"toolchain: target '{target.name}': expected a board among {', '.join(MACHINES)}, "
            f"got '{target.qemu_machine}'; link with the board's own linker script"
        )
    return SCRIPT.format(machine=machine)


SCRIPT = """\
ENTRY(Reset_Handler)
MEMORY
{{
    CODE  (rx)  : ORIGIN = {machine.code_start:#x}, LENGTH = {machine.code_bytes}
    RAM   (rwx) : ORIGIN = {machine.ram_start:#x}, LENGTH = {machine.ram_bytes}
    LARGE (rwx) : ORIGIN = {machine.large_start:#x}, LENGTH = {machine.large_bytes}
}}
SECTIONS
{{
    .text : {{ KEEP(*(.vectors)) *(.text .text.*) *(.rodata .rodata.*) . = ALIGN(8); }} > CODE
    tin_data_load = LOADADDR(.data);
    .data :
    {{
        tin_data_start = .; *(.data .data.*) . = ALIGN(4); tin_data_end = .;
    }} > RAM AT > CODE
    .bss (NOLOAD) : ALIGN(8)
    {{
        tin_bss_start = .; *(.bss .bss.* COMMON) . = ALIGN(4); tin_bss_end = .;
    }} > RAM
    .large : {{ *(.large .large.*) }} > LARGE
    tin_stack_top = ORIGIN(RAM) + LENGTH(RAM);
    /DISCARD/ : {{ *(.ARM.exidx .ARM.exidx.*) *(.ARM.extab .ARM.extab.*) *(.comment) *(.note.*) }}
}}
"""

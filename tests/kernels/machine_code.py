"""Innermost loops of compiled code, and which vectors they keep on the stack."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*?)\s*(?:(?://|@|;|#\s).*)?$")
CONDITION = r"(?:\.?(?:eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|hs|lo))?"
JUMP = re.compile(rf"(?:j\w+|cbn?z|tbn?z|b{CONDITION})(?:\.[nw])?$")
MULTIPLY_ADD = re.compile(r"vfn?madd\w+|fml[as]|vml[as]\S*|vfm[as]\S*|mulps|vmulps")
X86_SLOT = re.compile(r"(-?(?:0x[0-9a-f]+)?)\(%rsp\)")
VECTOR_X86 = re.compile(r"%[xyz]mm")
MEMORY_ARM = re.compile(r"v?(ld|st)[prmu1]\S*$|v?(ld|st)ur$")
VECTOR_ARM = re.compile(r"\{?\s*[vqd]\d+")
ADDRESS_ARM = re.compile(r"\[(\w+)(?:, #(-?(?:0x[0-9a-f]+|\d+)))?")
STACK_ADDRESS = re.compile(r"(\w+), sp(?:, #(0x[0-9a-f]+|\d+))?$")
WRITES_NONE = ("st", "vst", "cmp", "tst", "b", "cb", "tb", "push", "vpush", "pld", "prfm")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One line of a disassembly."""

    address: int
    name: str
    operands: str


@dataclass(frozen=True, slots=True)
class Loop:
    """An innermost loop: its instructions, and stack slots of vectors that it stores and loads."""

    function: str
    body: tuple[Instruction, ...]
    spilled: frozenset[int]

    @property
    def multiply_adds(self) -> int:
        """How many there are."""
        return sum(bool(MULTIPLY_ADD.fullmatch(each.name)) for each in self.body)


def loops_of(path: Path, objdump: str) -> Iterator[Loop]:
    """The innermost loops of an object file."""
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", str(path)], capture_output=True,
                          text=True, check=True).stdout
    name, code = "", list[Instruction]()
    for line in [*text.splitlines(), "0 <end>:"]:
        if head := FUNCTION.match(line):
            yield from _loops(name, code)
            name, code = head[1], []
        elif found := INSTRUCTION.match(line):
            code.append(Instruction(int(found[1], 16), found[2], found[3]))


def _loops(function: str, code: list[Instruction]) -> Iterator[Loop]:
    places = {each.address: i for i, each in enumerate(code)}
    spans = set()
    for i, each in enumerate(code):
        target = re.search(r"([0-9a-f]+) <", each.operands)
        if JUMP.match(each.name) and target and places.get(int(target[1], 16), i + 1) <= i:
            spans.add((places[int(target[1], 16)], i))
    accesses = _accesses(code)
    for first, last in sorted(spans):
        if any((a, b) != (first, last) and first <= a and b <= last for a, b in spans):
            continue
        stored, loaded = ({slot for kind, slot in accesses[first:last + 1] if kind == wanted}
                          for wanted in ("store", "load"))
        yield Loop(function, tuple(code[first:last + 1]), frozenset(stored & loaded))


def _accesses(code: list[Instruction]) -> list[tuple[str, int]]:
    """For each instruction ('store' or 'load', slot) where a vector goes to or from the stack."""
    found = []
    bases = {"sp": 0}  # registers that hold addresses of the stack
    for each in code:
        found.append(_access_x86(each) if "%" in each.operands else _access_arm(each, bases))
        written = each.operands.partition(",")[0]
        if written == "sp" or each.name.startswith(WRITES_NONE):
            continue
        moved = STACK_ADDRESS.match(each.operands)
        if moved and each.name in ("add", "mov"):
            bases[written] = int(moved[2] or "0", 0)
        else:
            bases.pop(written, None)
    return found


def _access_x86(each: Instruction) -> tuple[str, int]:
    slot = X86_SLOT.search(each.operands)
    if not slot or not VECTOR_X86.search(each.operands):
        return ("", 0)
    return ("store" if each.operands.endswith(")") else "load", int(slot[1] or "0", 16))


def _access_arm(each: Instruction, bases: dict[str, int]) -> tuple[str, int]:
    kind, address = MEMORY_ARM.match(each.name), ADDRESS_ARM.search(each.operands)
    if not (kind and address and VECTOR_ARM.match(each.operands) and address[1] in bases):
        return ("", 0)
    wanted = "load" if "ld" in each.name[:3] else "store"
    return wanted, bases[address[1]] + int(address[2] or "0", 0)

"""Which bits a processor must show for a target's code, as ``kernels/c/processor.h`` reads them."""

from __future__ import annotations

from collections.abc import Mapping

from tinsmith.targets import Target

WORDS = 7
Bits = Mapping[str, tuple[int, int]]  # a name: which word, which bits

_X86: Bits = {
    # Intel's manual, volume 2, CPUID: leaf 1 ecx, 7 ebx, 7 ecx, 7 edx, 7.1 eax, 80000001 ecx, XCR0
    "x86-64-v2": (0, 1 << 0 | 1 << 9 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 23),
    "lahf": (5, 1 << 0),
    "x86-64-v3": (0, 1 << 12 | 1 << 22 | 1 << 27 | 1 << 28 | 1 << 29),
    "avx2 bmi": (1, 1 << 3 | 1 << 5 | 1 << 8),
    "lzcnt": (5, 1 << 5),
    "ymm": (6, 0x06),
    "x86-64-v4": (1, 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30 | 1 << 31),
    "zmm": (6, 0xE6),
    "avx2": (1, 1 << 5),
    "fma": (0, 1 << 12),
    "f16c": (0, 1 << 29),
    "avx512f": (1, 1 << 16),
    "avx512dq": (1, 1 << 17),
    "avx512bw": (1, 1 << 30),
    "avx512vl": (1, 1 << 31),
    "avxvnni": (4, 1 << 4),
    "avx512vnni": (2, 1 << 11),
    "avx512bf16": (4, 1 << 5),
    "avx512fp16": (3, 1 << 23),
}
_X86_LEVELS = {
    "x86-64-v2": ("x86-64-v2", "lahf"),
    "x86-64-v3": ("x86-64-v3", "avx2 bmi", "lzcnt", "ymm"),
    "x86-64-v4": ("x86-64-v4", "zmm"),
}
_AARCH64: Bits = {
    # Linux, arch/arm64/include/uapi/asm/hwcap.h; extensions come with ARMv8.2: crc32, LSE, RDM
    "neon": (0, 1 << 1),
    "dotprod": (0, 1 << 20 | 1 << 7 | 1 << 8 | 1 << 12),
    "fp16": (0, 1 << 9 | 1 << 10 | 1 << 7 | 1 << 8 | 1 << 12),
    "i8mm": (1, 1 << 13),
    "bf16": (1, 1 << 14),
}
_ARMV7: Bits = {"neon": (0, 1 << 12 | 1 << 16 | 1 << 17 | 1 << 18)}  # NEON, VFPv4, division


def processor_words(target: Target) -> tuple[int, ...]:
    """The bits that must be set in each word; () where every processor of the kind will do."""
    if target.isa in _X86_LEVELS:
        names = [*_X86_LEVELS]
        below = names[:names.index(target.isa) + 1]
        wanted = [bit for level in below for bit in _X86_LEVELS[level]]
        return _words(_X86, (*wanted, *target.features))
    if target.isa in ("aarch64", "armv7"):
        return _words(_AARCH64 if target.isa == "aarch64" else _ARMV7, target.features)
    return ()


def _words(bits: Bits, names: tuple[str, ...]) -> tuple[int, ...]:
    words = [0] * WORDS
    for name in names:
        word, mask = bits[name]
        words[word] |= mask
    return tuple(words)

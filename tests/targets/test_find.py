"""Targets by name: every row is sane, and an unknown name is answered with near ones."""

from dataclasses import FrozenInstanceError

import pytest

from tinsmith import targets
from tinsmith.errors import TargetError
from tinsmith.targets.target import Target

ISAS = ["x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64", "armv7", "riscv64", "thumb", "c"]
CORES = [
    "c",
    "x86-64-v4",
    "cortex-a7",
    "cortex-a15",
    "cortex-a53",
    "cortex-a57",
    "cortex-a72",
    "cortex-a76",
    "riscv64",
]
BOARDS = [
    "zuluko",
    "odroid-c2",
    "odroid-xu4",
    "odroid-n2plus",
    "rk3399",
    "jetson-tx2",
    "jetson-nano",
    "rpi-zero-2w",
    "rpi3",
    "rpi4",
    "rpi5",
]


def test_names_hold_cores_and_boards() -> None:
    assert targets.names()[0] == "native"
    assert set(targets.names()).issuperset([*CORES, *BOARDS, "cortex-m4", "cortex-m7"])


@pytest.mark.parametrize("name", targets.names())
def test_every_target_is_sane(name: str) -> None:
    target = targets.find(name)
    assert target.name == name
    assert target.isa in ISAS
    assert target.vector_bits == 32 * target.lanes
    assert target.lanes in (4, 8, 16)
    assert target.vector_registers in (8, 16, 32)
    assert target.core_count >= 1 and all(cluster.ghz > 0 for cluster in target.cores)
    assert target.memories and all(memory.bytes >= 1 << 17 for memory in target.memories)
    assert target.zig_target and target.zig_cpu and target.gcc and target.qemu
    assert target.bare_metal == (target.isa == "thumb") == bool(target.qemu_machine)
    assert ("-DTIN_PLAIN_C=1" in target.flags) == (target.isa in ("c", "riscv64", "thumb"))
    assert target.has("neon") == (target.isa in ("aarch64", "armv7"))
    assert hash(target) == hash(targets.find(name)) or name == "native"


def test_a_target_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        targets.find("c").lanes = 8  # type: ignore[misc]
    assert Target.__slots__


def test_a_board_is_its_core_with_other_numbers() -> None:
    board, core = targets.find("odroid-c2"), targets.find("cortex-a53")
    assert board.gcc_flags == core.gcc_flags and board.l2_bytes == core.l2_bytes == 512 << 10
    assert board.cores == (targets.Cluster("cortex-a53", 4, 1.536),)
    assert targets.find("odroid-xu4").core_count == 8
    assert targets.find("rpi5").has("dotprod") and not targets.find("rpi4").has("dotprod")


def test_gpus_are_data() -> None:
    assert targets.find("odroid-n2plus").gpu == targets.Gpu("Mali-G52", "opencl", "2.0", 2)
    assert targets.find("jetson-tx2").gpu == targets.Gpu("Pascal", "cuda", "6.2", 256)
    assert targets.find("rpi4").gpu is None


def test_an_x86_target_takes_extensions() -> None:
    target = targets.find("x86-64-v4+avx512vnni+avx512bf16")
    assert target.name == "x86-64-v4+avx512vnni+avx512bf16"
    assert target.features[-2:] == ("avx512vnni", "avx512bf16")
    assert target.zig_cpu == "x86_64_v4+avx512vnni+avx512bf16"
    assert target.gcc_flags[-2:] == ("-mavx512vnni", "-mavx512bf16")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cortex-a35", "targets: target 'cortex-a35': expected one of native, c, "),
        ("cortex-a35", "; did you mean cortex-a"),
        ("rpi-5", "did you mean rpi5"),
        ("", "targets: target '': expected one of"),
        ("zzzzzzzzz", "got no such name; tinsmith targets lists them all"),
        ("x86-64-v4+vnni", "targets: extension 'vnni': expected one of avxvnni, avx512vnni"),
        ("cortex-a53+bf16", "target 'cortex-a53': expected a plain name, got the extension 'bf16'"),
    ],
)
def test_unknown_names(name: str, text: str) -> None:
    with pytest.raises(TargetError) as caught:
        targets.find(name)
    assert text in str(caught.value)

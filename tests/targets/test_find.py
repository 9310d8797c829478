"""Targets by name: every row is sane, and an unknown name is answered with near ones."""

from dataclasses import FrozenInstanceError, replace

import pytest

from tinsmith import targets
from tinsmith.dtypes import DType
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
    "cortex-a55",
    "cortex-a72",
    "cortex-a73",
    "cortex-a76",
    "cortex-a78",
    "neoverse-n1",
    "haswell",
    "skylake",
    "skylake-server",
    "alder-lake-p",
    "alder-lake-e",
    "zen2",
    "zen3",
    "zen4",
    "zen5",
    "aarch64",
    "armv7",
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
    assert target.core_count >= 1 and target.model is target.cores[0].model
    assert target.memories and all(memory.bytes >= 1 << 17 for memory in target.memories)
    assert target.zig_target and target.zig_cpu and target.gcc and target.qemu
    assert target.bare_metal == (target.isa == "thumb") == bool(target.qemu_machine)
    assert ("-DTIN_PLAIN_C=1" in target.flags) == (target.isa in ("c", "riscv64", "thumb"))
    assert target.has("neon") == (target.isa in ("aarch64", "armv7"))
    assert hash(target) == hash(targets.find(name)) or name == "native"


@pytest.mark.parametrize("name", targets.names())
def test_every_model_is_sane(name: str) -> None:
    for cluster in targets.find(name).cores:
        model = cluster.model
        assert 0.1 < model.clock_ghz < 6 and 1 <= model.issue <= 8
        for unit in (model.f32, model.bf16, model.f16, model.load, model.store):
            assert unit is None or (0 < unit.per_cycle <= 4 and 1 <= unit.latency <= 8)
            assert unit is None or unit.bits in (32, 64, 128, 256, 512)
        rates = [c.bytes_per_cycle for c in (model.l1d, model.l2, model.l3) if c.size_bytes]
        assert [*rates, model.memory_bytes_per_cycle()] == sorted(
            [*rates, model.memory_bytes_per_cycle()], reverse=True)
        assert model.l1d.bytes_per_cycle <= model.load.per_cycle * model.load.bits / 8
        assert all(c.cores <= max(cluster.count, c.cores) for c in (model.l2, model.l3))
        assert model.memory_bytes_per_s <= model.memory_bytes_per_s_of_all
        assert 0 <= model.share_s <= model.wake_s <= model.spin_s < 1e-3


def test_a_board_knows_each_of_its_clusters() -> None:
    big, little = (cluster.model for cluster in targets.find("odroid-n2plus").cores)
    assert (big.core, big.clock_ghz, big.in_order) == ("cortex-a73", 2.4, False)
    assert (little.core, little.clock_ghz, little.in_order) == ("cortex-a53", 2.0, True)
    assert (little.l2.cores, targets.find("cortex-a53").model.l2.cores) == (2, 4)


def test_what_cores_share_they_share() -> None:
    model = targets.find("cortex-a53").model
    assert [model.l2.share(threads) >> 10 for threads in (1, 2, 4, 8)] == [512, 256, 128, 128]
    assert model.bytes_per_cycle(200 << 10) == model.l2.bytes_per_cycle
    assert model.bytes_per_cycle(200 << 10, 4) == model.memory_bytes_per_cycle(4)
    assert model.memory_bytes_per_cycle(4) < model.memory_bytes_per_cycle()
    assert model.cycles(model.seconds(300.0)) == pytest.approx(300.0)


def test_a_wide_vector_takes_turns() -> None:
    zen4, a72 = targets.find("zen4").model, targets.find("cortex-a72").model
    assert [zen4.f32.rate(bits) for bits in (128, 256, 512)] == [2, 2, 1]
    assert a72.f32.rate(128) == a72.load.rate(128) == 1
    assert targets.find("cortex-a7").model.f32.rate(128) == 0.25
    assert zen4.multiply_add(DType.BF16) == zen4.bf16 and zen4.multiply_add(DType.I8) is None


def test_the_model_of_a_target_can_be_replaced() -> None:
    target = targets.find("odroid-n2plus")
    faster = target.with_model(replace(target.model, clock_ghz=3.0))
    assert faster.model.clock_ghz == 3.0 and faster.cores[1] == target.cores[1]
    assert faster != target and hash(faster) != hash(target)


def test_a_target_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        targets.find("c").lanes = 8  # type: ignore[misc]
    assert Target.__slots__


def test_a_board_is_its_core_with_other_numbers() -> None:
    board, core = targets.find("odroid-c2"), targets.find("cortex-a53")
    assert board.gcc_flags == core.gcc_flags and board.model.l2 == core.model.l2
    assert board.cores == (targets.Cluster("cortex-a53", 4, replace(core.model, clock_ghz=1.536)),)
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
        ("cortex-a35", "targets: target 'cortex-a35': expected one of native, aarch64, "),
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

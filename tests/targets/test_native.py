"""The probe of this machine, fed with the files of other machines."""

import os
from pathlib import Path

import pytest

from tinsmith import targets
from tinsmith.errors import TargetError
from tinsmith.targets.find import plain_c
from tinsmith.targets.native import Facts, cache_bytes, memory_bytes, native_target, quota_cores
from tinsmith.targets.table import load

TABLE = load("cores.toml")
V2 = "cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3"
V3 = f"{V2} avx avx2 bmi1 bmi2 f16c fma abm movbe"
V4 = f"{V3} avx512f avx512bw avx512cd avx512dq avx512vl"


def facts(root: Path, machine: str, cpuinfo: str, cores: int = 2) -> Facts:
    return Facts(machine, cpuinfo, root, cores)


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("flags", "isa", "lanes", "extra"),
    [
        ("fpu sse2", "c", 4, ()),
        (V2, "x86-64-v2", 4, ()),
        (f"{V3} avx_vnni", "x86-64-v3", 8, ("avxvnni",)),
        (V4, "x86-64-v4", 16, ()),
        (f"{V4} avx512_vnni avx512_bf16", "x86-64-v4", 16, ("avx512vnni", "avx512bf16")),
        (f"{V3} avx512f avx512_vnni", "x86-64-v3", 8, ()),  # half an AVX-512 is none
    ],
)
def test_x86_levels(
    tmp_path: Path, flags: str, isa: str, lanes: int, extra: tuple[str, ...]
) -> None:
    text = f"processor\t: 0\nmodel name\t: Some CPU\ncpu MHz\t\t: 2500.5\nflags\t\t: {flags}\n"
    target = native_target(TABLE, facts(tmp_path, "x86_64", text))
    assert (target.name, target.isa, target.lanes) == ("native", isa, lanes)
    assert target.cores == (targets.Cluster("Some CPU", 2, 2.5),) or target.cores[0].ghz == 2.501
    named = tuple(name for name in target.features if "vnni" in name or "bf16" in name)
    assert named == extra


def test_aarch64(tmp_path: Path) -> None:
    text = "processor\t: 0\nFeatures\t: fp asimd asimdhp asimddp\nCPU part\t: 0xd0b\n"
    target = native_target(TABLE, facts(tmp_path, "aarch64", text))
    assert target.isa == "aarch64" and target.features == ("neon", "dotprod", "fp16")
    assert target.zig_cpu == "generic+v8_2a+dotprod+fullfp16"
    assert target.gcc_flags == ("-march=armv8.2-a+dotprod+fp16",)
    assert target.cores[0].core == "cortex-a76"


def test_plain_c_on_an_arm_machine() -> None:
    target = plain_c(targets.find("c"), TABLE, "aarch64")
    assert (target.name, target.isa, target.lanes) == ("c", "c", 4)
    assert target.zig_target == "aarch64-linux-gnu" and "-DTIN_PLAIN_C=1" in target.flags


def test_another_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="machine 's390x': expected x86_64 or aarch64"):
        native_target(TABLE, facts(tmp_path, "s390x", ""))


def test_caches(tmp_path: Path) -> None:
    rows = (("Data", 1, "48K"), ("Instruction", 1, "32K"), ("Unified", 2, "2M"), ("Odd", 3, "?"))
    for index, (kind, level, size) in enumerate(rows):
        at = f"sys/devices/system/cpu/cpu0/cache/index{index}"
        write(tmp_path, f"{at}/type", kind)
        write(tmp_path, f"{at}/level", str(level))
        write(tmp_path, f"{at}/size", size)
    assert cache_bytes(tmp_path) == {1: 48 << 10, 2: 2 << 20}


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "max 100000"}, 1 << 20),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 1 << 20),
        ({"cpu/cpu.cfs_quota_us": "400000", "cpu/cpu.cfs_period_us": "100000"}, 4),
        ({}, 1 << 20),
    ],
)
def test_cpu_quota(tmp_path: Path, files: dict[str, str], cores: int) -> None:
    for name, text in files.items():
        write(tmp_path, f"sys/fs/cgroup/{name}", text)
    assert quota_cores(tmp_path) == cores


def test_memory_is_the_smaller_limit(tmp_path: Path) -> None:
    assert memory_bytes(tmp_path) == 1 << 30
    write(tmp_path, "proc/meminfo", "MemTotal:        4194304 kB\n")
    assert memory_bytes(tmp_path) == 4 << 30
    write(tmp_path, "sys/fs/cgroup/memory.max", str(1 << 20))
    assert memory_bytes(tmp_path) == 1 << 20


def test_this_machine() -> None:
    target = targets.find("native")
    assert target.core_count <= len(os.sched_getaffinity(0))

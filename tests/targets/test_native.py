"""The probe of this machine, fed with the files of other machines."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tinsmith import targets
from tinsmith.errors import TargetError
from tinsmith.schedule.timings import machine_key
from tinsmith.targets.native import CHOICE, native_target, plain_c
from tinsmith.targets.probe import Facts, caches, memory_bytes, quota_cores
from tinsmith.targets.table import tables

TABLE = tables()
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
    assert (target.cores[0].core, target.core_count) == ("Some CPU", 2)
    assert target.model.clock_ghz == 2.5 or target.model.clock_ghz == 2.501
    named = tuple(name for name in target.features if "vnni" in name or "bf16" in name)
    assert named == extra


@pytest.mark.parametrize(
    ("choice", "isa", "words", "features"),
    [
        ("x86-64-v4", "x86-64-v4", "x86-64-v4", 0),
        ("x86-64-v4+avx512bf16", "x86-64-v4", "x86-64-v4 + avx512bf16", 1),
        ("x86-64-v3", "x86-64-v3", "x86-64-v3", 0),
        ("x86-64-v3+avxvnni", "x86-64-v3", "x86-64-v3 + avxvnni", 1),
        ("x86-64-v2", "x86-64-v2", "x86-64-v2", 0),
        ("c", "c", "c", 0),
    ],
)
def test_native_made_less(
    tmp_path: Path, choice: str, isa: str, words: str, features: int
) -> None:
    text = f"flags\t\t: {V4} avx512_vnni avx512_bf16 avx_vnni\n"
    write(tmp_path, "sys/fs/cgroup/memory.max", str(3 << 20))
    here = facts(tmp_path, "x86_64", text, cores=3)
    target = native_target(TABLE, here, choice)
    named = targets.find(choice)
    assert (target.name, target.isa, target.lanes) == ("native", isa, named.lanes)
    assert (target.features, target.gcc_flags) == (named.features, named.gcc_flags)
    assert (target.core_count, target.memories[0].bytes) == (3, 3 << 20)
    assert targets.instructions(target.isa, target.features) == words
    assert targets.titled("native", target.isa, target.features) == f"native ({words})"
    assert machine_key(target) != machine_key(native_target(TABLE, here))
    write(tmp_path, "sys/fs/cgroup/memory.max", str(2 << 20))
    other = facts(tmp_path, "x86_64", f"{text}cpu MHz : 1234\n", cores=1)
    assert machine_key(target) == machine_key(native_target(TABLE, other, choice))


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ("x86-64-v4", "expected a level that this machine has (x86-64-v3, x86-64-v2, c), got 'x8"),
        ("v3", "got 'v3'; choose one of them or unset it"),
        ("x86-64-v3+avx512vnni", "extensions of x86-64-v3 that this machine has (avxvnni), got"),
        ("x86-64-v2+avxvnni", "extensions of x86-64-v2 that this machine has (none), got"),
        ("c+avxvnni", "extensions of c that this machine has (none), got 'avxvnni'; leave it out"),
    ],
)
def test_native_is_no_more_than_the_machine(tmp_path: Path, choice: str, text: str) -> None:
    with pytest.raises(TargetError) as caught:
        native_target(TABLE, facts(tmp_path, "x86_64", f"flags : {V3} avx_vnni\n"), choice)
    assert str(caught.value).startswith(f"targets: TINSMITH_NATIVE '{choice}': expected")
    assert text in str(caught.value)


def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHOICE, "c")
    assert targets.find("native").isa == "c"
    monkeypatch.setenv(CHOICE, "x86-64-v9")
    with pytest.raises(TargetError, match="TINSMITH_NATIVE 'x86-64-v9'"):
        targets.find("native")


def test_aarch64_made_less(tmp_path: Path) -> None:
    here = facts(tmp_path, "aarch64", "Features\t: fp asimd asimdhp asimddp\n")
    assert native_target(TABLE, here, "aarch64").features == ("neon",)
    assert native_target(TABLE, here, "aarch64+fp16").features == ("neon", "fp16")
    assert native_target(TABLE, here, "c").isa == "c"
    with pytest.raises(TargetError, match=r"this machine has \(aarch64, c\)"):
        native_target(TABLE, here, "x86-64-v3")


def test_aarch64(tmp_path: Path) -> None:
    text = ("processor\t: 0\nFeatures\t: fp asimd asimdhp asimddp\n"
            "CPU implementer\t: 0x41\nCPU part\t: 0xd0b\n")
    target = native_target(TABLE, facts(tmp_path, "aarch64", text))
    assert target.isa == "aarch64" and target.features == ("neon", "dotprod", "fp16")
    assert target.zig_cpu == "generic+v8_2a+dotprod+fullfp16"
    assert target.gcc_flags == ("-march=armv8.2-a+dotprod+fp16",)
    assert target.cores[0].core == target.model.core == "cortex-a76"
    assert target.model.f32 == targets.find("cortex-a76").model.f32


def processors(*parts: int) -> str:
    """/proc/cpuinfo of so many Arm cores, by their parts."""
    return "\n".join(
        f"processor\t: {i}\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n"
        f"CPU part\t: {part:#x}\n" for i, part in enumerate(parts))


def test_big_and_little_cores_are_clusters(tmp_path: Path) -> None:
    text = processors(0xD03, 0xD03, 0xD03, 0xD03, 0xD08, 0xD08)  # an RK3399
    for cpu, khz in ((0, 1_416_000), (4, 1_800_000)):
        write(tmp_path, f"sys/devices/system/cpu/cpu{cpu}/cpufreq/cpuinfo_max_freq", str(khz))
    at = "sys/devices/system/cpu/cpu4/cache/index2"
    for name, said in (("type", "Unified"), ("level", "2"), ("size", "1024K"),
                       ("shared_cpu_list", "4-5")):
        write(tmp_path, f"{at}/{name}", said)
    big, little = native_target(TABLE, facts(tmp_path, "aarch64", text, cores=6)).cores
    assert (big.core, big.count, big.model.clock_ghz) == ("cortex-a72", 2, 1.8)
    assert (little.core, little.count, little.model.clock_ghz) == ("cortex-a53", 4, 1.416)
    assert (big.model.l2.size_bytes, big.model.l2.cores) == (1 << 20, 2)
    few = native_target(TABLE, facts(tmp_path, "aarch64", text, cores=3))
    assert [cluster.count for cluster in few.cores] == [2, 1]
    assert few.core_count == 3


def test_hybrid_x86_has_two_kinds_of_cores(tmp_path: Path) -> None:
    text = "\n".join(
        f"processor\t: {i}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 154\n"
        f"flags\t\t: {V3} avx_vnni\n" for i in range(8))
    write(tmp_path, "sys/devices/cpu_atom/cpus", "4-7")
    target = native_target(TABLE, facts(tmp_path, "x86_64", text, cores=8))
    assert [(c.count, c.model.core) for c in target.cores] == [
        (4, "alder-lake-p"), (4, "alder-lake-e")]


@pytest.mark.parametrize(
    ("vendor", "family", "model", "core"),
    [
        ("AuthenticAMD", 25, 1, "zen3"),
        ("AuthenticAMD", 25, 17, "zen4"),
        ("AuthenticAMD", 25, 97, "zen4"),
        ("AuthenticAMD", 26, 2, "zen5"),
        ("GenuineIntel", 6, 63, "haswell"),
        ("GenuineIntel", 6, 85, "skylake-server"),
        ("GenuineIntel", 6, 151, "alder-lake-p"),
        ("AuthenticAMD", 6, 151, "x86-64-v4"),  # in no document: a typical one
    ],
)
def test_an_x86_core_is_recognised(
    tmp_path: Path, vendor: str, family: int, model: int, core: str
) -> None:
    text = (f"vendor_id\t: {vendor}\ncpu family\t: {family}\nmodel\t\t: {model}\n"
            f"model name\t: Some CPU\ncpu MHz\t\t: 2600\nflags\t\t: {V4}\n")
    target = native_target(TABLE, facts(tmp_path, "x86_64", text))
    documented = targets.find(core).model
    assert target.model == replace(documented, clock_ghz=2.6)
    less = native_target(TABLE, facts(tmp_path, "x86_64", text), "x86-64-v2")
    assert less.model.store == (targets.find("x86-64-v2") if core == "x86-64-v4"
                                else targets.find(core)).model.store
    assert less.model.f32 == targets.find("x86-64-v2").model.f32  # no FMA: a product and a sum


def test_plain_c_on_an_arm_machine() -> None:
    target = plain_c(TABLE, "aarch64")
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
    assert caches(tmp_path) == {"l1d": (48 << 10, 1), "l2": (2 << 20, 1)}
    here = "sys/devices/system/cpu/cpu0"
    write(tmp_path, f"{here}/topology/thread_siblings_list", "0,8")
    write(tmp_path, f"{here}/cache/index0/shared_cpu_list", "0,8")
    write(tmp_path, f"{here}/cache/index2/shared_cpu_list", "0-3,8-11")
    assert caches(tmp_path) == {"l1d": (48 << 10, 1), "l2": (2 << 20, 4)}
    text = "vendor_id : AuthenticAMD\ncpu family : 25\nmodel : 1\nflags : " + V3
    model = native_target(TABLE, facts(tmp_path, "x86_64", text)).model
    assert (model.l2.size_bytes, model.l2.cores, model.l2.share(2)) == (2 << 20, 4, 1 << 20)
    assert model.clock_ghz == targets.find("zen3").model.clock_ghz  # nothing says another


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

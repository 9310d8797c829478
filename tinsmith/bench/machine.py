"""Facts about this machine, as far as it tells them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

CPU = Path("/sys/devices/system/cpu")


def facts() -> dict[str, str]:
    """Name and text of each fact."""
    found = {
        "processor": processor(),
        "cores": cores(),
        "caches": ", ".join(caches()),
        "memory": memory(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "governor": text(CPU / "cpu0/cpufreq/scaling_governor") or "not readable",
        "hypervisor": "yes: a virtual machine" if "hypervisor" in flags() else "",
        "Python": platform.python_version(),
    }
    return {name: fact for name, fact in found.items() if fact}


def cpu_info() -> dict[str, str]:
    """The first processor in /proc/cpuinfo."""
    first = text(Path("/proc/cpuinfo")).partition("\n\n")[0]
    return {name.strip(): rest.strip() for name, colon, rest in
            (line.partition(":") for line in first.splitlines()) if colon}


def flags() -> list[str]:
    """Extensions of the instruction set."""
    info = cpu_info()
    return (info.get("flags") or info.get("Features") or "").split()


def processor() -> str:
    """Model name with its numbers, where a hypervisor hides the rest; vector extensions."""
    info = cpu_info()
    name = info.get("model name") or platform.processor() or platform.machine()
    if "cpu family" in info:
        name += f" (family {info['cpu family']} model {info.get('model', '?')})"
    wide = [f for f in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd")
            if f in flags()]
    return f"{name}; {' '.join(wide)}" if wide else name


def cores() -> str:
    """How many there are, and how many this process may use."""
    total = os.cpu_count() or 1
    mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else total
    return f"{total}" if mine == total else f"{mine} of {total} in use"


def caches() -> Iterator[str]:
    """The caches of the first processor: L1d 48K."""
    for folder in sorted((CPU / "cpu0/cache").glob("index*")):
        kind = {"Data": "d", "Instruction": "i"}.get(text(folder / "type"), "")
        shared = text(folder / "shared_cpu_list")
        yield f"L{text(folder / 'level')}{kind} {text(folder / 'size')} (cores {shared})"


def memory() -> str:
    """Installed memory."""
    for line in text(Path("/proc/meminfo")).splitlines():
        if line.startswith("MemTotal:"):
            return f"{int(line.split()[1]) / 2**20:.1f} GiB"
    return ""


def text(path: Path) -> str:
    """A small file's text; "" if it cannot be read."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""

"""Finds C compilers and words their command lines. Runs nothing."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from tinsmith.errors import ToolchainError
from tinsmith.targets import Target

Kind = Literal["shared", "program", "objects"]
Family = Literal["zig", "gcc", "clang"]

LANGUAGE = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-Wno-psabi")
NUMBERS = ("-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math")
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
DEBIAN_PACKAGES = {
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
    "arm-linux-gnueabihf-gcc": "gcc-arm-linux-gnueabihf",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "riscv64-linux-gnu-gcc": "gcc-riscv64-linux-gnu libc6-dev-riscv64-cross",
}
HOST_LIBRARIES = ("/lib/{machine}-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib")


@dataclass(frozen=True, slots=True)
class Compiler:
    """A compiler on this machine."""

    family: Family
    path: Path

    @property
    def identity(self) -> str:
        """Changes whenever the compiler is replaced; costs no call of it."""
        real = self.path.resolve()
        status = real.stat()
        return f"{real} {status.st_size} {status.st_mtime_ns}"

    @property
    def release(self) -> str:
        """Family and version, the same on every machine that has this release."""
        if self.family == "zig":
            return f"zig {metadata.version('ziglang')}"
        return f"{self.family} {self.path.resolve().name}"


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What a caller may choose about a build, beside sources and target."""

    kind: Kind
    flags: tuple[str, ...] = ()
    sanitize: bool = False


def find_compiler(name: str, target: Target) -> Compiler:
    """The compiler of this name for this target: zig, gcc, clang, gcc-12, clang-14 or a path.

    Raises:
        ToolchainError: it is not installed; the text says what to install.
    """
    if name == "zig":
        return Compiler("zig", zig_path())
    family: Family = "clang" if "clang" in Path(name).name else "gcc"
    if family == "gcc" and "gcc" not in Path(name).name:
        raise ToolchainError(
            f"toolchain: compiler '{name}': expected zig, gcc or clang (a version or a path is "
            f"fine), got neither; use --cc zig"
        )
    if os.sep in name:
        found = Path(name) if os.access(name, os.X_OK) else None
        wanted: tuple[str, ...] = (name,)
    else:
        version = name.partition("-")[2]
        wanted = program_names(family, target, version)
        found = next((path for stem in wanted if (path := which(stem, version))), None)
    if found is None:
        package = DEBIAN_PACKAGES.get(wanted[0], name)
        raise ToolchainError(
            f"toolchain: compiler '{wanted[0]}': expected it on PATH for target '{target.name}', "
            f"got nothing; install it (apt-get install {package}) or use --cc zig"
        )
    return Compiler(family, found)


def zig_path() -> Path:
    """The zig binary of the ziglang package, or of PATH."""
    spec = find_spec("ziglang")
    if spec is not None and spec.origin is not None:
        inside = Path(spec.origin).parent / ("zig.exe" if os.name == "nt" else "zig")
        if inside.exists():
            return inside
    found = shutil.which("zig")
    if found is None:
        raise ToolchainError(
            "toolchain: compiler 'zig': expected the package ziglang or zig on PATH, got neither; "
            "pip install ziglang"
        )
    return Path(found)


def program_names(family: Family, target: Target, version: str) -> tuple[str, ...]:
    """Program names to look for, best first."""
    if family == "clang":
        return ("clang",)
    return ("gcc", target.gcc) if is_host(target) else (target.gcc,)


def which(stem: str, version: str) -> Path | None:
    """``stem-version`` on PATH; without a version ``stem``, or the newest ``stem-N``."""
    found = shutil.which(f"{stem}-{version}" if version else stem)
    if found or version:
        return Path(found) if found else None
    numbered = re.compile(re.escape(stem) + r"-(\d+)")
    matches = [
        (int(match.group(1)), path)
        for folder in os.environ.get("PATH", "").split(os.pathsep)
        for path in Path(folder or ".").glob(f"{stem}-*")
        if (match := numbered.fullmatch(path.name)) and os.access(path, os.X_OK)
    ]
    return max(matches)[1] if matches else None


def is_host(target: Target) -> bool:
    """Whether this machine's own compiler and libraries serve the target."""
    machine = {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    return target.os == "linux" and target.zig_target.startswith(f"{machine}-linux")


def compile_arguments(
    compiler: Compiler,
    target: Target,
    options: BuildOptions,
    level: str = "-O3",
    baseline: bool = False,
) -> tuple[str, ...]:
    """All arguments that turn one C file into an object, without the file names.

    ``baseline``: for any processor of the target's kind.
    """
    machine = {
        "zig": ("-target", target.zig_target,
                f"-mcpu={target.zig_baseline if baseline else target.zig_cpu}"),
        "gcc": target.baseline_flags if baseline else target.gcc_flags,
        "clang": (*clang_target(target),
                  *(target.baseline_flags if baseline else target.clang_flags)),
    }[compiler.family]
    arguments = [*driver(compiler), "-c", *LANGUAGE, *NUMBERS, "-fvisibility=hidden", *machine]
    arguments += [*target.flags, level]
    if not target.bare_metal:
        arguments.append("-fPIC")  # programs too: then they share objects with the library
    if target.bare_metal:
        arguments += ["-ffunction-sections", "-fdata-sections", "-Itin_libc"]
    if options.sanitize:
        arguments += sanitize_arguments(compiler, target)
    elif compiler.family == "zig":
        # zig's defaults double the time of a compilation
        arguments += ["-fno-sanitize=undefined", "-g0", "-fno-stack-protector"]
    return (*arguments, *options.flags)


def link_arguments(
    compiler: Compiler, target: Target, options: BuildOptions
) -> tuple[tuple[str, ...], ...]:
    """Ways to link, to be tried in this order: arguments before, with OBJECTS in their place.

    zig builds a libc for every new target, 10 to 50 s once. A shared library for this machine
    can do without: it is linked against the C library that is already here.
    """
    ways: list[tuple[str, ...]] = []
    host = host_libraries(target)
    if compiler.family == "zig" and options.kind == "shared" and host:
        ways.append(("ld.lld", "-shared", "--gc-sections", "-z", "defs", "OBJECTS", *host))
    arguments = [*driver(compiler), "-O3"]
    if compiler.family == "zig":
        arguments += zig_link_target(target, options)
        arguments += [f"-mcpu={target.zig_link_cpu}"] if target.zig_link_cpu else []
    elif compiler.family == "clang":
        arguments += clang_target(target)
    if target.bare_metal:
        if options.kind == "shared":
            raise ToolchainError(
                f"toolchain: target '{target.name}': expected a program or objects, got a shared "
                f"library, which needs an operating system; build a program"
            )
        return (bare_metal_link(compiler, target, arguments),)
    if options.kind == "shared":
        arguments += ["-shared"] if options.sanitize else ["-shared", "-Wl,-z,defs"]
    elif not is_host(target) and compiler.family != "zig":
        arguments.append("-static")
    if options.sanitize:
        arguments += sanitize_arguments(compiler, target)
    ways.append((*arguments, "-pthread", "OBJECTS", "-lm"))
    return tuple(ways)


def zig_library(way: Sequence[str]) -> tuple[str, ...]:
    """What zig links for: it builds a C library for that, once; () where it need not.

    About 40 s of processor time, most of it the start of a compiler for each of 1,300 files.
    """
    if way[0] != "cc" or "-target" not in way:
        return ()
    triple = way[way.index("-target") + 1]
    return (triple, *(word for word in way if word.startswith("-mcpu=")))


def zig_link_target(target: Target, options: BuildOptions) -> list[str]:
    """The target that zig links for: a program for this machine gets the small static libc, musl.

    Its objects are those of the shared library, made with glibc's headers. That is sound: all
    they use are C99 and POSIX functions, and musl's types are no larger than glibc's. The program
    then runs on any Linux, and a megabyte and a half of memory is saved.
    """
    if options.kind == "program" and is_host(target):
        return ["-target", target.zig_target.replace("-gnu", "-musl"), "-static", "-Wl,-S"]
    return ["-target", target.zig_target]


def bare_metal_link(compiler: Compiler, target: Target, start: Sequence[str]) -> tuple[str, ...]:
    """Links with our own startup and linker script, and without a C library."""
    arguments = [*start, "-static", "-Wl,-T,link.ld", "-Wl,--gc-sections"]
    if compiler.family == "zig":
        return (*arguments, "OBJECTS")  # not -nostdlib: it would leave out the compiler's runtime
    if compiler.family == "gcc":
        return (*arguments, "-nostdlib", *target.gcc_flags, "OBJECTS", "-lm", "-lgcc")
    raise ToolchainError(
        f"toolchain: compiler 'clang': expected zig or gcc for target '{target.name}', got clang, "
        f"which brings no linker and runtime for it; use --cc zig"
    )


def driver(compiler: Compiler) -> tuple[str, ...]:
    """The sub-command that makes the program a C compiler."""
    return ("cc",) if compiler.family == "zig" else ()


def clang_target(target: Target) -> tuple[str, ...]:
    """clang's --target, where the code is not for this machine."""
    return () if is_host(target) else (f"--target={target.clang_target}",)


def host_libraries(target: Target) -> tuple[str, ...]:
    """This machine's shared libm and libc, when the target is this machine and it has glibc."""
    if not is_host(target):
        return ()
    machine = target.zig_target.partition("-")[0]
    for pattern in HOST_LIBRARIES:
        folder = Path(pattern.format(machine=machine))
        paths = (folder / "libm.so.6", folder / "libc.so.6")
        if all(path.exists() for path in paths):
            return tuple(str(path) for path in paths)
    return ()


def sanitize_arguments(compiler: Compiler, target: Target) -> tuple[str, ...]:
    """Switches on the address and undefined-behaviour sanitizers.

    Raises:
        ToolchainError: zig has no address sanitizer; other machines' libraries are not here.
    """
    if not is_host(target):
        raise ToolchainError(
            f"toolchain: target '{target.name}': expected one of this machine for a sanitized "
            f"build, got another; use target c or native"
        )
    if compiler.family == "zig":
        raise ToolchainError(
            "toolchain: compiler 'zig': expected gcc or clang for a sanitized build, got zig, "
            "which has no address sanitizer; use --compiler gcc"
        )
    return SANITIZE

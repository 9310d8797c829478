"""How much stack each compiled function takes, as the compiler says."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tinsmith.errors import ToolchainError
from tinsmith.targets import Target
from tinsmith.toolchain.build import digest, make_job, write_files
from tinsmith.toolchain.cache import Cache, default_root
from tinsmith.toolchain.compiler import BuildOptions, find_compiler
from tinsmith.toolchain.process import run_tool

FRAMES = "frames.json"
_FLAGS = {"gcc": "-Wstack-usage=0", "clang": "-Wframe-larger-than=0",
          "zig": "-Wframe-larger-than=0"}
_CLANG = re.compile(r"stack frame size \((\d+)\) exceeds limit \(0\) in '(\w+)'")
_GCC = re.compile(r"In function '(\w+)'|stack usage (is|might be) (\d*)")


def frames(sources: Mapping[str, str], target: Target, compiler: str) -> dict[str, int]:
    """The bytes of stack of each function of the C files, those that take none left out.

    Raises:
        ToolchainError: the compiler is missing or fails, or a function takes what it is given to.
    """
    tool, store = find_compiler(compiler, target), Cache(default_root())
    options = BuildOptions("objects", ("-Wno-error", _FLAGS[tool.family]), False)
    job = make_job(tool, target, options, sources, {}, {})
    headers = job.headers_hash()
    key = digest(("frames", [job.object_key(name, headers) for name in job.compile]))

    def make(folder: Path) -> None:
        found: dict[str, int] = {}
        with tempfile.TemporaryDirectory(prefix="src-", dir=store.root / "making") as name:
            work = Path(name)
            write_files(work, job.sources)
            for source, arguments in job.compile.items():
                said = run_tool(tool, (*arguments, "-I.", source, "-o", "out.o"), source, work,
                                store.root / "zig")
                found |= read_frames(said, source)
        (folder / FRAMES).write_text(json.dumps(found))

    entry = store.fetch(key) or store.publish(key, make)
    read: dict[str, int] = json.loads((entry / FRAMES).read_text())
    return read


def read_frames(said: str, source: str) -> dict[str, int]:
    """The functions and their bytes in a compiler's warnings.

    Raises:
        ToolchainError: one of them takes more the more it is given.
    """
    found = {function: int(size) for size, function in _CLANG.findall(said)}
    function = ""
    for named, how, size in _GCC.findall(said):
        function = named or function
        if how == "might be" or (how and not size):
            raise ToolchainError(f"toolchain: file '{source}': expected a bound on the stack of "
                                 f"'{function}', got none; report this")
        if how:
            found[function] = int(size)
    return found

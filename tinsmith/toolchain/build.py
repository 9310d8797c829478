"""`build`: C sources in, a shared library, program or objects out, through the cache."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tinsmith.errors import InternalError, ToolchainError
from tinsmith.targets import Target
from tinsmith.toolchain.baremetal import bare_metal_files
from tinsmith.toolchain.cache import Cache, default_root
from tinsmith.toolchain.compiler import (
    BuildOptions,
    Compiler,
    Kind,
    compile_arguments,
    find_compiler,
    link_arguments,
    zig_library,
)
from tinsmith.toolchain.process import run_tool

Say = Callable[[str], None]
FORMAT = 1  # of a cache entry; raise it when the same key would give other files
PRODUCTS = {"shared": "libmodel.so", "program": "program", "objects": "objects"}


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that decides the bytes of a build."""

    compiler: Compiler
    sources: Mapping[str, str]
    data: Mapping[str, bytes]
    compile: Mapping[str, tuple[str, ...]]  # arguments for each .c file
    link: tuple[tuple[str, ...], ...]  # () for objects
    product: str

    def headers_hash(self) -> str:
        """One hash over all texts that a .c file may include."""
        texts = {name: text for name, text in self.sources.items() if name not in self.compile}
        return digest(sorted(texts.items()))

    def object_key(self, name: str, headers: str) -> str:
        """The cache key of one compiled file."""
        row = (FORMAT, self.compiler.identity, headers, name, self.sources[name])
        return digest((*row, self.compile[name]))

    def key(self, object_keys: Sequence[str]) -> str:
        """The cache key of the whole build."""
        data = sorted((name, hashlib.sha256(blob).hexdigest()) for name, blob in self.data.items())
        texts = sorted(self.sources.items()) if "-Wl,-T,link.ld" in str(self.link) else ()
        return digest((object_keys, data, texts, self.link, self.product))


def build(
    sources: Mapping[str, str],
    target: Target,
    *,
    kind: Kind,
    compiler: str = "zig",
    flags: Sequence[str] = (),
    data: Mapping[str, bytes] | None = None,
    jobs: int = 2,
    levels: Mapping[str, str] | None = None,
    baseline: Sequence[str] = (),
    sanitize: bool = False,
    cache: Cache | None = None,
    say: Say | None = None,
) -> Path:
    """Compiles every ``.c`` of ``sources`` for ``target`` and links them.

    Args:
        sources: relative file name -> text; headers are found relative to the root.
        target: the machine to compile for.
        kind: 'shared' (a library to load), 'program' (has ``main``), or 'objects' (no link).
        compiler: 'zig', 'gcc', 'clang', one with a version ('gcc-12'), or a path.
        flags: more compiler flags, after the default ones.
        data: files that are to lie beside the result; the compiler does not see them.
        jobs: compilers that may run at the same time.
        levels: optimisation of single files, e.g. ``{'step_003.c': '-O1'}``; otherwise -O3.
        baseline: files that are compiled for any processor of the target's kind.
        sanitize: check addresses and undefined behaviour at run time (gcc and clang).
        cache: where results are kept; the user's cache by default.
        say: is told of what takes long and is built only once on a machine.

    Returns:
        The library, the program, or the folder of objects, inside the cache: copy it to keep it.

    Raises:
        ToolchainError: no compiler, a failed compilation or link, a full disk.
    """
    tool = find_compiler(compiler, target)
    options = BuildOptions(kind, tuple(flags), sanitize)
    texts = {**extra_files(target, kind), **sources}
    job = make_job(tool, target, options, texts, dict(data or {}), dict(levels or {}), baseline)
    store = cache or Cache(default_root())
    headers = job.headers_hash()
    keys = {name: job.object_key(name, headers) for name in job.compile}
    key = job.key(tuple(keys.values()))
    entry = store.fetch(key)
    if entry is None:
        entry = store.publish(key, lambda folder: fill(folder, job, keys, store, jobs, say))
        store.trim(every_s=60)
    return entry / job.product


def extra_files(target: Target, kind: Kind) -> dict[str, str]:
    """What a bare-metal build needs beside the sources: headers, and for a program its startup."""
    if not target.bare_metal:
        return {}
    files = bare_metal_files(target)
    if kind == "program":
        return files
    return {name: text for name, text in files.items() if name.endswith(".h")}


def make_job(
    compiler: Compiler,
    target: Target,
    options: BuildOptions,
    sources: Mapping[str, str],
    data: Mapping[str, bytes],
    levels: Mapping[str, str],
    baseline: Sequence[str] = (),
) -> Job:
    """Words all commands of a build."""
    for name in (*sources, *data):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise InternalError(
                f"toolchain: file '{name}': expected a relative name inside the build folder, "
                f"got another; report this"
            )
    names = sorted(name for name in sources if name.endswith(".c"))
    if not names:
        raise InternalError(
            "toolchain: sources '': expected at least one .c file, got none; report this"
        )
    return Job(
        compiler=compiler,
        sources=sources,
        data=data,
        compile={
            name: compile_arguments(compiler, target, options, levels.get(name, "-O3"),
                                    name in baseline)
            for name in names
        },
        link=() if options.kind == "objects" else link_arguments(compiler, target, options),
        product=PRODUCTS[options.kind],
    )


def fill(folder: Path, job: Job, keys: Mapping[str, str], store: Cache, jobs: int,
         say: Say | None = None) -> None:
    """Makes the files of a build's cache entry: compiles in parallel, then links once."""
    with tempfile.TemporaryDirectory(prefix="src-", dir=store.root / "making") as name:
        work = Path(name)
        write_files(work, job.sources)
        pool = ThreadPoolExecutor(max_workers=max(1, jobs))
        try:
            made = [
                pool.submit(compile_file, work, job, source, keys[source], store)
                for source in job.compile
            ]
            objects = [future.result() for future in made]
        finally:
            pool.shutdown(cancel_futures=True)
        if job.link:
            link(work, job, [path.relative_to(work).as_posix() for path in objects], store, say)
            shutil.move(work / job.product, folder / job.product)
        else:
            for path in objects:
                kept = folder / job.product / path.relative_to(work)
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(path, kept)
        write_files(folder, job.data)


def compile_file(work: Path, job: Job, name: str, key: str, store: Cache) -> Path:
    """The object of one source file, from the cache or compiled now; returns its place in work."""
    made = work / PurePosixPath(name).with_suffix(".o")

    def make(folder: Path) -> None:
        out = made.relative_to(work).as_posix()
        arguments = (*job.compile[name], "-I.", name, "-o", out)
        run_tool(job.compiler, arguments, name, work, store.root / "zig")
        shutil.copy(made, folder / "file.o")

    entry = store.fetch(key)
    if entry is None:
        store.publish(key, make)
    else:
        shutil.copy(entry / "file.o", made)
    return made


def link(work: Path, job: Job, objects: Sequence[str], store: Cache,
         say: Say | None = None) -> None:
    """Links by the first way that works; the last way's error is the one that counts."""
    for number, way in enumerate(job.link, start=1):
        at = way.index("OBJECTS")
        arguments = (*way[:at], *objects, *way[at + 1 :], "-o", job.product)
        library = zig_library(way)
        mark = zig_cache(store) / f"tinsmith-{digest((job.compiler.identity, library))[:16]}"
        if library and say and not mark.exists():
            say(f"building the C library for {' '.join(library)}, once on this machine")
        try:
            run_tool(job.compiler, arguments, job.product, work, store.root / "zig")
            if library:
                mark.touch()
        except ToolchainError:
            if number == len(job.link):
                raise
        else:
            return


def zig_cache(store: Cache) -> Path:
    """Where zig keeps the C libraries that it has built."""
    return Path(os.environ.get("ZIG_GLOBAL_CACHE_DIR") or store.root / "zig")


def sanitizer_preload(compiler: str, target: Target) -> Path:
    """The library to name in LD_PRELOAD before a sanitized shared library is loaded by Python."""
    tool = find_compiler(compiler, target)
    name = "libasan.so" if tool.family == "gcc" else "libclang_rt.asan-x86_64.so"
    done = subprocess.run(
        [str(tool.path), f"-print-file-name={name}"], capture_output=True, text=True, check=False
    )
    path = Path(done.stdout.strip())
    if not path.is_absolute() or not path.exists():
        raise ToolchainError(
            f"toolchain: sanitizer '{name}': expected it beside {tool.path}, got nothing; "
            f"install it (gcc: libasan, clang: libclang-rt-dev)"
        )
    return path.resolve()


def write_files(folder: Path, contents: Mapping[str, str] | Mapping[str, bytes]) -> None:
    """Writes texts and blobs below a folder."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def digest(value: object) -> str:
    """sha256 of a value made of tuples, lists, strings and numbers."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()

"""The files around the network: main program, build files, golden vectors, manifest."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.emit.binding import BINDING, binding, identity_of
from tinsmith.emit.devices.cpu import baseline
from tinsmith.emit.host import emit
from tinsmith.emit.interface import describe
from tinsmith.emit.literals import c_string, initialiser
from tinsmith.emit.names import c_name
from tinsmith.emit.template import fill, template
from tinsmith.errors import TargetError
from tinsmith.schedule.fit import shortfalls
from tinsmith.schedule.plan import Plan, Port, aligned
from tinsmith.tolerance import SAME, UNLIKE, Distance

FORMAT = 6
MANIFEST = "manifest.json"
WEIGHTS = "weights.bin"
SEAL = "manifest_sha256"
_KINDS = {DType.F32: "TIN_FLOAT32", DType.F64: "TIN_FLOAT64", DType.F16: "TIN_FLOAT16",
          DType.BF16: "TIN_BFLOAT16"}
_UNCHECKED = 1e30  # selftest.h: TIN_UNCHECKED


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a bundle is built by hand.

    Attributes:
        compiler: what CC is unless the user says otherwise.
        flags: compiler flags that the network needs, for any compiler.
        target, zig_target: flags that name the machine, for gcc and clang, and for zig.
        baseline, zig_baseline: flags for any machine of its kind.
        emulator: the command line before the program's name that runs it here, for bare metal.
        files: what a program without operating system needs beside the network.
    """

    compiler: str = "cc"
    flags: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    zig_target: tuple[str, ...] = ()
    baseline: tuple[str, ...] = ()
    zig_baseline: tuple[str, ...] = ()
    emulator: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Golden:
    """Inputs of a self-test, the outputs they must give, and how far each may be off.

    ``UNLIKE`` is allowed where rounding alone decides the output, so that nothing can be checked.
    ``source`` says where the inputs come from.
    """

    inputs: Mapping[str, Array]
    outputs: Mapping[str, Array]
    allowed: Mapping[str, Distance]
    source: str = ""

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The outputs that cannot be checked."""
        return tuple(v for v, allowed in self.allowed.items() if allowed == UNLIKE)


def bundle(
    plan: Plan,
    golden: Golden,
    recipe: Recipe,
    name: str | None = None,
) -> dict[str, bytes]:
    """All files of a bundle; ``<name>.c`` and what it includes do not depend on the others.

    Args:
        plan: what to emit.
        golden: what the self-test checks.
        recipe: how it is built by hand.
        name: the name in C; made of the plan's name by default.

    Raises:
        TargetError: the network does not fit the memories of a target without operating system.
    """
    name = name or c_name(plan.name)
    weights = plan.blob()
    vectors = b"".join(_padded(golden.inputs[p.name]) for p in plan.inputs) + b"".join(
        _padded(golden.outputs[p.name]) for p in plan.outputs)
    network = emit(plan, name)
    if plan.target.bare_metal:
        check_memories(plan)
        network |= {"weights.c": words(f"{name}_weights", weights)}
    sources = sorted(file for file in network if file.endswith(".c"))
    fields = _fields(plan, name, golden, recipe, sources)
    around = _bare_metal(name, vectors, recipe) if plan.target.bare_metal else {}
    suffix = ".bare" if plan.target.bare_metal else ""
    main = "main_bare.c" if plan.target.bare_metal else "main.c"
    texts = {
        **network,
        **around,
        **_binding(plan, name, network, weights),
        main: _with_selftest(fill(main, **fields)),
        "Makefile": fill(f"Makefile{suffix}", **fields),
        "CMakeLists.txt": fill(f"CMakeLists{suffix}.txt", **fields),
    }
    files = {file: text.encode() for file, text in texts.items()}
    if not plan.target.bare_metal:
        files |= {WEIGHTS: weights, "golden.bin": vectors}
    files[MANIFEST] = manifest(plan, name, files, golden)
    return files


def _binding(plan: Plan, name: str, network: Mapping[str, str],
             weights: bytes) -> dict[str, str]:
    """What makes a library for a host program of the network, if its target can have one."""
    if plan.target.bare_metal:
        return {}
    files = {**{file: text.encode() for file, text in network.items()}, WEIGHTS: weights}
    return {BINDING: binding(name, identity_of(hashes(files)))}


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """sha256 of each file, in the order of their names."""
    return {file: hashlib.sha256(data).hexdigest() for file, data in sorted(files.items())}


def _bare_metal(name: str, golden: bytes, recipe: Recipe) -> dict[str, str]:
    """Golden vectors, and the board's files."""
    return {"golden.c": words(f"{name}_golden", golden), **recipe.files}


def _with_selftest(text: str) -> str:
    """A program with the comparison in it: no header of its own lies on anybody's include path."""
    return text.replace('#include "selftest.h"\n', template("selftest.h").template)


def check_memories(plan: Plan) -> None:
    """Refuses a network that is larger than a chip's memories."""
    for short in shortfalls(plan):
        raise TargetError(
            f"emit: network '{plan.name}': expected at most {short.have} bytes of {short.what} on "
            f"{plan.target.name}, got {short.need}; take a smaller network or a larger target")


def words(symbol: str, data: bytes) -> str:
    """Bytes as a constant array of little-endian 32-bit words, which lives in flash."""
    padded = np.frombuffer(data + bytes(-len(data) % 4), "<u4")
    rows = [", ".join(f"0x{word:08x}" for word in padded[at:at + 8].tolist())
            for at in range(0, len(padded), 8)] or ["0"]
    return fill("words.c", symbol=symbol, words=",\n    ".join(rows))


def _padded(array: Array) -> bytes:
    """An array's bytes up to the next multiple of the alignment."""
    data = np.ascontiguousarray(array).tobytes()
    return data + bytes(aligned(len(data)) - len(data))


def _fields(plan: Plan, name: str, golden: Golden, recipe: Recipe,
            sources: Sequence[str]) -> dict[str, object]:
    """What the templates' placeholders stand for."""
    bare = plan.target.bare_metal
    threaded = plan.request.threads > 1
    libs = "-lm -lgcc" if bare else "-lm -lpthread" if threaded else "-lm"
    general = baseline(sources)
    layers = [file for file in sources if file not in general]
    return {
        "name": name,
        "upper": name.upper(),
        "inputs": port_rows(plan.inputs, {}),
        "outputs": port_rows(plan.outputs, golden.allowed),
        "output_bytes": sum(aligned(p.type.size_bytes) for p in plan.outputs),
        "golden_bytes": sum(aligned(p.type.size_bytes) for p in (*plan.inputs, *plan.outputs)),
        "threads": plan.request.threads,
        "compiler": recipe.compiler,
        "flags": " ".join(recipe.flags),
        "target": " ".join(recipe.target),
        "zig_target": " ".join(recipe.zig_target),
        "baseline": " ".join(recipe.baseline),
        "zig_baseline": " ".join(recipe.zig_baseline),
        "cmake_target": ";".join(recipe.target),
        "cmake_baseline": ";".join(recipe.baseline),
        "cmake_threads": "find_package(Threads REQUIRED)\n" if threaded else "",
        "cmake_libs": "Threads::Threads m" if threaded else "m",
        "emulator": recipe.emulator,
        "libs": libs,
        "sources": " ".join(sources),
        "layer_sources": " ".join(layers),
        "baseline_sources": " ".join(general),
        "layers": _objects(layers),
        "objects": _objects(general),
        "board": _objects([file for file in recipe.files if file.endswith(".c")]),
    }


def _objects(sources: Sequence[str]) -> str:
    return " ".join(f"{file.removesuffix('.c')}.o" for file in sources)


def port_rows(ports: Sequence[Port], allowed: Mapping[str, Distance]) -> str:
    """Initialisers of ``struct tin_port``."""
    def row(port: Port) -> str:
        dtype, most = port.type.dtype, allowed.get(port.name, SAME)
        kind = _KINDS.get(dtype) or ("TIN_SIGNED" if dtype.is_signed_integer else "TIN_UNSIGNED")
        apart = initialiser(min(most.largest, _UNCHECKED), min(most.mean, _UNCHECKED))
        return initialiser(c_string(port.name), port.type.size_bytes, kind, dtype.size_bytes,
                           apart) + ", "

    return "".join(map(row, ports))


def manifest(plan: Plan, name: str, files: Mapping[str, bytes], golden: Golden) -> bytes:
    """What is in a bundle, for machines: sizes, shapes, steps, hashes, versions."""
    from tinsmith import __version__

    content = {
        "format": FORMAT,
        "tinsmith": __version__,
        "python": platform.python_version(),
        **describe(plan, name, golden.allowed).data(),
        "golden": golden.source,
        "sha256": hashes(files),
    }
    return sealed(content)


def amended(files: Mapping[str, bytes], facts: Mapping[str, object]) -> dict[str, bytes]:
    """The same files, with more facts in the manifest (what a build measured)."""
    return {**files, MANIFEST: sealed(json.loads(files[MANIFEST]) | dict(facts))}


def sealed(content: Mapping[str, object]) -> bytes:
    """A manifest's text, with the hash of its own content in it."""
    return (json.dumps({**content, SEAL: seal_of(content)}, indent=1) + "\n").encode()


def seal_of(content: Mapping[str, object]) -> str:
    """sha256 of a manifest's content but for this hash: it tells that a file is as it was written.

    It keeps damage out, no forger: whoever can write a bundle can write its code.
    """
    rest = {key: value for key, value in content.items() if key != SEAL}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()

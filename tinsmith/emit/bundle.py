"""The files around the network: main program, build files, golden vectors, manifest."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from tinsmith.dtypes import Array, DType
from tinsmith.emit.c import c_name, emit, manifest_steps
from tinsmith.schedule.plan import Plan, Port, aligned

TEMPLATES = Path(__file__).parent / "templates"
FORMAT = 1
TOLERANCE = {DType.F32: 1e-4, DType.F64: 1e-6, DType.F16: 2e-3, DType.BF16: 2e-2}
_KINDS = {DType.F32: "FLOAT32", DType.F64: "FLOAT64", DType.F16: "FLOAT16",
          DType.BF16: "BFLOAT16"}


def bundle(
    plan: Plan,
    golden_inputs: Mapping[str, Array],
    golden_outputs: Mapping[str, Array],
    flags: Sequence[str],
    name: str | None = None,
) -> dict[str, bytes]:
    """All files of a bundle for a machine with an operating system.

    Args:
        plan: what to emit.
        golden_inputs, golden_outputs: vectors for the self-test, by value name.
        flags: compiler flags of the target.
        name: the C name of the network; made of the plan's name by default.
    """
    name = c_name(name or plan.name)
    golden = b"".join(
        [golden_inputs[p.name].tobytes() for p in plan.inputs]
        + [golden_outputs[p.name].tobytes() for p in plan.outputs])
    texts = {
        **emit(plan, name),
        "main.c": _fill("main.c", plan, name, golden, flags),
        "Makefile": _fill("Makefile", plan, name, golden, flags),
        "CMakeLists.txt": _fill("CMakeLists.txt", plan, name, golden, flags),
    }
    files = {file: text.encode() for file, text in texts.items()}
    files["weights.bin"] = plan.blob()
    files["golden.bin"] = golden
    files["manifest.json"] = manifest(plan, name, files)
    return files


def _fill(template: str, plan: Plan, name: str, golden: bytes, flags: Sequence[str]) -> str:
    def rows(ports: Sequence[Port]) -> str:
        return "".join(
            f"{{{_c_string(p.name)}, {p.type.size_bytes}, {_KINDS.get(p.type.dtype, 'EXACT')}, "
            f"{TOLERANCE.get(p.type.dtype, 0.0)}}}, " for p in ports)

    def total(ports: Sequence[Port]) -> int:
        return sum(aligned(p.type.size_bytes) for p in ports)

    return Template((TEMPLATES / template).read_text()).substitute(
        name=name, upper=name.upper(), inputs=rows(plan.inputs), outputs=rows(plan.outputs),
        arena_bytes=plan.arena_bytes, input_bytes=total(plan.inputs),
        output_bytes=total(plan.outputs), golden_bytes=len(golden),
        threads=plan.options.threads, flags=" ".join(flags),
        libs="-lm -lpthread" if plan.options.threads > 1 else "-lm")


def _c_string(text: str) -> str:
    """A C string literal of any text."""
    return json.dumps(text.encode("ascii", "replace").decode()).replace("??", "?\\?")


def manifest(plan: Plan, name: str, files: Mapping[str, bytes]) -> bytes:
    """What is in a bundle, for machines: sizes, shapes, steps, hashes, versions."""
    from tinsmith import __version__

    def port(p: Port) -> dict[str, object]:
        return {"name": p.name, "shape": list(p.type.shape), "dtype": p.type.dtype.value}

    content = {
        "format": FORMAT,
        "name": name,
        "network": plan.name,
        "target": plan.target.name,
        "isa": plan.target.isa,
        "threads": plan.options.threads,
        "arena_bytes": plan.arena_bytes,
        "arena_bound_bytes": plan.bound_bytes,
        "weights_bytes": plan.weight_bytes,
        "inputs": [port(p) for p in plan.inputs],
        "outputs": [port(p) for p in plan.outputs],
        "macs": sum(s.macs for s in plan.steps),
        "steps": manifest_steps(plan),
        "metadata": dict(plan.metadata),
        "tinsmith": __version__,
        "python": platform.python_version(),
        "sha256": {file: hashlib.sha256(data).hexdigest()
                   for file, data in sorted(files.items())},
    }
    return (json.dumps(content, indent=1) + "\n").encode()

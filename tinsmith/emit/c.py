"""A Plan as C: its interface, its layers, and the kernel headers that they use."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tinsmith.emit.names import c_name
from tinsmith.emit.network import network_header, network_source
from tinsmith.emit.processor import processor_words
from tinsmith.kernels.kernel import Call, Constant
from tinsmith.kernels.registry import header_path, with_included
from tinsmith.schedule.plan import Plan, Step

LAYERS_PER_FILE = 4
_LAYER_FILE = re.compile(r"_layers_\d+\.c$")
_LANES = """\
#if defined(TIN_LANES) && TIN_LANES != {lanes}
#error "weights and layouts are for vectors of {lanes} floats: use the flags of the Makefile"
#endif"""


def emit(plan: Plan, name: str | None = None) -> dict[str, str]:
    """File names and texts: ``<name>.h``, ``<name>.c``, the layers, and ``kernels/*.h``.

    The layers stand in files of their own, a few in each, so that compilers can work in parallel.
    ``name`` is the name in C, made of the plan's by default (``c_name``).
    """
    name = name or c_name(plan.name)
    distinct, by_step = layers(plan, name)
    groups = _groups(distinct)
    return {
        f"{name}.h": network_header(plan, name),
        f"{name}.c": network_source(plan, name, tasks(plan), [layer.name for layer in by_step]),
        f"kernels/{name}_layers.h": _declarations(distinct, name),
        **{f"{name}_layers_{i}.c": _layer_file(group, name, plan.target.lanes)
           for i, group in enumerate(groups)},
        **kernel_headers(plan),
    }


def baseline(sources: Iterable[str]) -> tuple[str, ...]:
    """Of C files, those without kernels: they are built for any processor of the target's kind.

    So the network can say that a processor lacks the instructions of its layers.
    """
    files = {file for file in sources if file.endswith(".c")}
    layer_files = {file for file in files if _LAYER_FILE.sub(".c", file) in files - {file}}
    return tuple(sorted(files - layer_files))


def kernel_headers(plan: Plan) -> dict[str, str]:
    """The kernel headers of a plan and all that they include."""
    names = ["task", *(_header(step.call) for step in tasks(plan))]
    names += ["threads"] if plan.options.threads > 1 else []
    names += ["processor"] if processor_words(plan.target) else []
    found = with_included(map(header_path, names))
    return {f"kernels/{path}": text for path, text in found.items()}


def tasks(plan: Plan) -> tuple[Step, ...]:
    """All that a network runs: its steps, and behind them what runs once when it is loaded."""
    return (*plan.steps, *plan.preparations)


@dataclass(frozen=True, slots=True)
class Layer:
    """A kernel specialised by its constants; steps that differ only in addresses share it."""

    name: str
    function: str
    call: Call
    pointers: tuple[str, ...]


def layers(plan: Plan, name: str) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    """The distinct layers of a plan, and for each of its tasks the layer that it calls."""
    functions: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
    distinct: dict[str, Layer] = {}
    steps: list[Layer] = []
    for step in tasks(plan):
        call = step.call
        instance = (call.kernel, call.macros)
        if instance not in functions:
            functions[instance] = (
                f"{name}_{call.kernel}_{len(functions)}" if call.macros else call.kernel)
        pointers = tuple(_pointers(step))
        key = repr((instance, call.constants, pointers))
        if key not in distinct:
            distinct[key] = Layer(f"{name}_layer_{len(distinct)}", functions[instance], call,
                                  pointers)
        steps.append(distinct[key])
    return tuple(distinct.values()), tuple(steps)


def _groups(distinct: tuple[Layer, ...]) -> list[list[Layer]]:
    """The layers in groups of a few; layers of one kernel come together."""
    ordered = sorted(distinct, key=lambda layer: layer.function)
    return [ordered[i:i + LAYERS_PER_FILE] for i in range(0, len(ordered), LAYERS_PER_FILE)]


def _declarations(distinct: tuple[Layer, ...], name: str) -> str:
    guard = f"{name.upper()}_LAYERS_H"
    lines = "\n".join(f"{_signature(layer)};" for layer in distinct)
    return (f"/* The layers of {name}: kernels specialised by constants. */\n#ifndef {guard}\n"
            f"#define {guard}\n#include <stddef.h>\n\n{lines}\n#endif\n")


def _layer_file(group: list[Layer], name: str, lanes: int) -> str:
    parts = [f'/* Some layers of {name}. */\n#include "kernels/{name}_layers.h"', *_includes(group),
             _LANES.format(lanes=lanes), *(_layer(layer) for layer in group)]
    return "\n\n".join(parts) + "\n"


def _pointers(step: Step) -> Iterator[str]:
    """The declarations of a layer's pointer parameters."""
    for i in range(len(step.operands)):
        yield f"const void *x{i}"
    for i in range(len(step.weights)):
        yield f"const void *w{i}"
    for i in range(len(step.results)):
        yield f"void *y{i}"
    if step.scratch is not None:
        yield "void *scratch"


def _includes(distinct: Sequence[Layer]) -> Iterator[str]:
    """One include for each kernel, with its macros when it is a template."""
    seen: set[str] = set()
    for layer in distinct:
        if layer.function in seen:
            continue
        seen.add(layer.function)
        macros = (("KERNEL", layer.function), *layer.call.macros) if layer.call.macros else ()
        lines = [f"#define {_macro(key, value)}" for key, value in macros]
        lines.append(f'#include "kernels/{header_path(_header(layer.call))}"')
        lines += [f"#undef {key.split('(')[0]}" for key, _ in macros]
        yield "\n".join(lines)


def _header(call: Call) -> str:
    return call.header or call.kernel


def _macro(key: str, value: str) -> str:
    return f"{key} " + " \\\n    ".join(value.splitlines()) if value else key


def _layer(layer: Layer) -> str:
    arguments = ", ".join(p.split("*")[-1] for p in layer.pointers)
    return (
        f"{_signature(layer)}\n{{\n"
        f"    {layer.function}({arguments},\n"
        f"        (const struct {layer.call.kernel}){{{_fields(layer.call)}}},\n"
        f"        begin, end);\n}}")


def _fields(call: Call) -> str:
    """The designated initialisers of a struct, some to a line, none broken."""
    bound = [f".{key}\0=\0{literal(value)}".replace(" ", "\0") for key, value in call.constants]
    lines = textwrap.wrap(", ".join(bound), 88, break_long_words=False, break_on_hyphens=False)
    return "\n            ".join(lines).replace("\0", " ")


def _signature(layer: Layer) -> str:
    return (f"void {layer.name}({', '.join(layer.pointers)}{', ' if layer.pointers else ''}"
            "ptrdiff_t begin, ptrdiff_t end)")


def literal(value: Constant) -> str:
    """A constant as a C literal."""
    if isinstance(value, tuple):
        return "{" + ", ".join(literal(v) for v in value) + "}" if value else "{0}"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        if value == -(1 << 63):
            return "(-INT64_C(9223372036854775807) - 1)"
        return str(value) if abs(value) < 1 << 31 else f"INT64_C({value})"
    if math.isnan(value):
        return "__builtin_nanf(\"\")"
    if math.isinf(value):
        return "__builtin_inff()" if value > 0 else "-__builtin_inff()"
    text = repr(float(value))
    return text if abs(value) > 3.5e38 or float(value) != _as_f32(value) else f"{text}f"


def _as_f32(value: float) -> float:
    """A float as C would read it with the suffix f."""
    import struct
    return float(struct.unpack("f", struct.pack("f", value))[0])

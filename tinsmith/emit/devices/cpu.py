"""The host's cores: kernels specialised by constants, each called with addresses.

The layers stand in files of their own, a few in each, so that compilers can work in parallel. They
alone are compiled for the target's instructions.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tinsmith.emit.devices.printed import Printed, host_address
from tinsmith.emit.literals import initialiser, literal
from tinsmith.emit.processor import processor_words
from tinsmith.emit.template import fill, lines
from tinsmith.kernels.extents import is_extent
from tinsmith.kernels.kernel import HOST, Call
from tinsmith.kernels.registry import header_path, with_included
from tinsmith.request import Prefer
from tinsmith.schedule.plan import Argument, Plan, Step, aligned

LAYERS_PER_FILE = 4
_LAYER_FILE = re.compile(r"_layers_\d+\.c$")


def printed(plan: Plan, name: str) -> Printed:
    """The layers, the kernel headers that they use, and the question which processor it is."""
    mine = {i: task for i, task in enumerate(plan.tasks) if task.device == HOST}
    distinct, by_task = layers(tuple(mine.values()), name, plan.request.prefer)
    words = processor_words(plan.target)
    return Printed(
        files={
            **layer_files(distinct, name, plan.target.lanes, plan.request.prefer),
            **kernel_headers(mine.values(), plan),
        },
        calls={i: _call(task, layer, plan)
               for (i, task), layer in zip(mine.items(), by_task, strict=True)},
        includes=(*([f"kernels/{header_path('processor')}"] if words else []),
                  f"kernels/{name}_layers.h"),
        start=fill("processor.c", upper=name.upper(),
                   words=", ".join(f"0x{word:08x}" for word in words)) if words else "",
    )


def baseline(sources: Iterable[str]) -> tuple[str, ...]:
    """Of C files, those without kernels: they are built for any processor of the target's kind.

    So the network can say that a processor lacks the instructions of its layers.
    """
    files = {file for file in sources if file.endswith(".c")}
    layer_files = {file for file in files if _LAYER_FILE.sub(".c", file) in files - {file}}
    return tuple(sorted(files - layer_files))


def kernel_headers(tasks: Iterable[Step], plan: Plan) -> dict[str, str]:
    """The kernel headers of some tasks, and of the network itself, and all that they include."""
    names = ["task", *(_header(task.call) for task in tasks)]
    names += ["threads"] if plan.request.threads > 1 else []
    names += ["processor"] if processor_words(plan.target) else []
    found = with_included(map(header_path, names))
    return {f"kernels/{path}": text for path, text in found.items()}


@dataclass(frozen=True, slots=True)
class Layer:
    """A kernel specialised by its constants; steps that differ only in addresses share it.

    So do those that differ only in ``extents``, which it takes as variables.
    """

    name: str
    function: str
    call: Call
    pointers: tuple[str, ...]
    extents: tuple[str, ...] = ()


def layers(tasks: Sequence[Step], name: str,
           prefer: Prefer = "time") -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    """The distinct layers of some tasks, and for each task the layer that it calls.

    Where memory is preferred, layers that differ only in extents are one.
    """
    functions: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
    alike: dict[str, list[Step]] = {}
    keys: list[str] = []
    for task in tasks:
        call = task.call
        instance = (call.kernel, call.macros)
        if instance not in functions:
            functions[instance] = (
                f"{name}_{call.kernel}_{len(functions)}" if call.macros else call.kernel)
        fixed = tuple((key, value) for key, value in call.constants
                      if prefer == "time" or not is_extent(key, value))
        keys.append(repr((instance, fixed, tuple(_pointers(task)))))
        alike.setdefault(keys[-1], []).append(task)
    distinct = {
        key: Layer(f"{name}_layer_{i}", functions[same[0].call.kernel, same[0].call.macros],
                   same[0].call, tuple(_pointers(same[0])), _differing(same))
        for i, (key, same) in enumerate(alike.items())}
    return tuple(distinct.values()), tuple(distinct[key] for key in keys)


def _differing(tasks: Sequence[Step]) -> tuple[str, ...]:
    """The constants that are not the same in all calls."""
    first = dict(tasks[0].call.constants)
    return tuple(key for key in first
                 if any(dict(task.call.constants)[key] != first[key] for task in tasks))


def layer_files(distinct: tuple[Layer, ...], name: str, lanes: int,
                prefer: Prefer = "time") -> dict[str, str]:
    """The declarations of layers, and the files that hold them."""
    declarations = fill("layers.h", name=name, guard=f"{name.upper()}_LAYERS_H",
                        declarations=lines(f"{_signature(layer)};" for layer in distinct))
    return {f"kernels/{name}_layers.h": declarations,
            **{f"{name}_layers_{i}.c": _layer_file(group, name, lanes, prefer)
               for i, group in enumerate(_groups(distinct))}}


def _groups(distinct: tuple[Layer, ...]) -> list[list[Layer]]:
    """The layers in groups of a few; layers of one kernel come together."""
    ordered = sorted(distinct, key=lambda layer: layer.function)
    return [ordered[i:i + LAYERS_PER_FILE] for i in range(0, len(ordered), LAYERS_PER_FILE)]


def _layer_file(group: list[Layer], name: str, lanes: int, prefer: Prefer) -> str:
    any_extents = ["#define TIN_ANY_EXTENTS 1"] if prefer == "memory" else []
    return fill("layers.c", name=name, lanes=lanes,
                includes="\n\n".join([*any_extents, *_includes(group)]),
                layers="\n\n".join(_layer(layer) for layer in group))


def _pointers(task: Step) -> Iterator[str]:
    """The declarations of a layer's pointer parameters."""
    for i in range(len(task.operands)):
        yield f"const void *x{i}"
    for i in range(len(task.weights)):
        yield f"const void *w{i}"
    for i in range(len(task.results)):
        yield f"void *y{i}"
    if task.scratch is not None:
        yield "void *scratch"


def _includes(distinct: Sequence[Layer]) -> Iterator[str]:
    """One include for each kernel, with its macros when it is a template."""
    seen: set[str] = set()
    for layer in distinct:
        if layer.function in seen:
            continue
        seen.add(layer.function)
        macros = (("KERNEL", layer.function), *layer.call.macros) if layer.call.macros else ()
        rows = [f"#define {_macro(key, value)}" for key, value in macros]
        rows.append(f'#include "kernels/{header_path(_header(layer.call))}"')
        rows += [f"#undef {key.split('(')[0]}" for key, _ in macros]
        yield lines(rows)


def _header(call: Call) -> str:
    return call.header or call.kernel


def _macro(key: str, value: str) -> str:
    return f"{key} " + " \\\n    ".join(value.splitlines()) if value else key


def _layer(layer: Layer) -> str:
    return fill("layer.c", signature=_signature(layer), function=layer.function,
                arguments=", ".join(p.split("*")[-1] for p in layer.pointers),
                kernel=layer.call.kernel, constants=_fields(layer))


def _fields(layer: Layer) -> str:
    """The designated initialisers of a struct, some to a line, none broken."""
    values = {**{key: literal(value) for key, value in layer.call.constants},
              **{key: f"extents[{i}]" for i, key in enumerate(layer.extents)}}
    bound = [f".{key}\0=\0{value}".replace(" ", "\0") for key, value in values.items()]
    rows = textwrap.wrap(", ".join(bound), 88, break_long_words=False, break_on_hyphens=False)
    return "\n            ".join(rows).replace("\0", " ")


def _signature(layer: Layer) -> str:
    parameters = [*layer.pointers, *(["const ptrdiff_t *extents"] if layer.extents else []),
                  "ptrdiff_t begin", "ptrdiff_t end"]
    return f"void {layer.name}({', '.join(parameters)})"


def _call(task: Step, layer: Layer, plan: Plan) -> str:
    """The statements of a task: its layer with all addresses."""
    def address(argument: Argument | None) -> str:
        return host_address(argument.place, plan) if argument else "0"

    arguments = [address(a) for a in (*task.operands, *task.weights, *task.results)]
    if task.scratch is not None:
        arguments.append(f"{host_address(task.scratch, plan)} + "
                         f"(ptrdiff_t)thread * {aligned(task.call.scratch_bytes)}")
    before = "" if task.scratch is not None else "    (void)thread;\n"
    if layer.extents:
        constants = dict(task.call.constants)
        values = initialiser(*(constants[key] for key in layer.extents))
        before += f"    static const ptrdiff_t extents[] = {values};\n"
        arguments.append("extents")
    return fill("call.c", before=before, layer=layer.name,
                arguments=",\n            ".join([*arguments, "begin, end"]))

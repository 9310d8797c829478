"""A Plan as C: ``model.c``, ``model.h``, its layers, and the kernel headers that they use."""

from __future__ import annotations

import keyword
import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tinsmith.kernels.kernel import Call, Constant
from tinsmith.kernels.registry import FOLDER, header
from tinsmith.schedule.plan import Argument, Plan, Region, Step

LAYERS_PER_FILE = 4
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([\w.]+)"', re.MULTILINE)
_C_KEYWORDS = frozenset("""
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while main
""".split())  # noqa: SIM905 - a list of words reads best as words


_LANES = """\
#if defined(TIN_LANES) && TIN_LANES != {lanes}
#error "weights and layouts are for vectors of {lanes} floats: use the flags of the Makefile"
#endif"""


def c_name(name: str) -> str:
    """A C identifier made of any name."""
    cleaned = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_")[:44].strip("_") or "model"
    if (cleaned[0].isdigit() or cleaned in _C_KEYWORDS or keyword.iskeyword(cleaned)
            or (FOLDER / f"{cleaned}.h").is_file()):  # kernels name structs after themselves
        cleaned = f"net_{cleaned}"
    return cleaned


def emit(plan: Plan, name: str | None = None) -> dict[str, str]:
    """File names and texts: ``<name>.h``, ``<name>.c``, the layers, and ``kernels/*.h``.

    The layers stand in files of their own, a few in each, so that compilers can work in parallel.
    """
    name = c_name(name or plan.name)
    distinct, by_step = layers(plan, name)
    groups = _groups(distinct)
    return {
        f"{name}.h": model_header(plan, name),
        f"{name}_layers.h": _declarations(distinct, name),
        f"{name}.c": model_source(plan, name, by_step),
        **{f"{name}_layers_{i}.c": _layer_file(group, name, plan.target.lanes)
           for i, group in enumerate(groups)},
        **kernel_headers(plan),
    }


def kernel_headers(plan: Plan) -> dict[str, str]:
    """The kernel headers of a plan and all that they include."""
    found: dict[str, str] = {}
    waiting = ["pool.h", *(f"{_header(step.call)}.h" for step in tasks(plan))]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found[file] = header(file.removesuffix(".h"))
            waiting += _INCLUDE.findall(found[file])
    return {f"kernels/{file}": text for file, text in sorted(found.items())}


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
    parts = [f'/* Some layers of {name}. */\n#include "{name}_layers.h"', *_includes(group),
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


def model_header(plan: Plan, name: str) -> str:
    """The C interface of the network."""
    upper = name.upper()
    inputs = "\n".join(f" *   inputs[{i}]  {p.name}: {p.type}" for i, p in enumerate(plan.inputs))
    outputs = "\n".join(f" *   outputs[{i}] {p.name}: {p.type}"
                        for i, p in enumerate(plan.outputs))
    return f"""\
/* {_comment(plan.name)}: a network compiled by Tinsmith for {plan.target.name}.
 *
{_comment(inputs)}
{_comment(outputs)}
 *
 * Tensors are dense and row-major. Nothing is allocated. A context serves one caller at a time.
 *
{_comment(_memory(plan))} */
#ifndef {upper}_H
#define {upper}_H
#include <stddef.h>
#include <stdint.h>
#ifndef TIN_THREADS
#define TIN_THREADS {plan.options.threads}
#endif
#include "kernels/pool.h"

#ifdef __cplusplus
extern "C" {{
#endif

enum {name}_status {{
    {upper}_OK = 0,
    {upper}_NULL_POINTER = 1,
    {upper}_ARENA_TOO_SMALL = 2,
    {upper}_WEIGHTS_WRONG_SIZE = 3,
    {upper}_MISALIGNED = 4,
    {upper}_BAD_THREADS = 5
}};

enum {{
    {upper}_INPUTS = {len(plan.inputs)},
    {upper}_OUTPUTS = {len(plan.outputs)},
    {upper}_STEPS = {len(plan.steps)},
    {upper}_PREPARATIONS = {len(plan.preparations)},
    {upper}_ALIGNMENT = 64
}};

struct {name} {{
    const unsigned char *weights;
    unsigned char *arena;
    const void *const *inputs;
    void *const *outputs;
    int threads;
#if TIN_THREADS > 1
    struct tin_pool pool;
#endif
}};

/* Bytes of the arena that `{name}_init` asks for (64-byte aligned, as the weights must be). */
size_t {name}_arena_bytes(void);
size_t {name}_weights_bytes(void);

/* After `{name}_init` only the first so many bytes of the weights are read. */
size_t {name}_kept_bytes(void);

/* Sets up a context. threads: 1 to {plan.options.threads}. Arena and weights must outlive it. */
enum {name}_status {name}_init(struct {name} *model, const void *weights, size_t weights_bytes,
                               void *arena, size_t arena_bytes, int threads);

/* `{name}_init` in pieces, for a caller that lets weights go meanwhile: `{name}_attach`, then
 * `{name}_prepare` for each i from 0 to {upper}_PREPARATIONS - 1. It returns how many bytes of
 * the weights, from the first on, are still read afterwards. */
enum {name}_status {name}_attach(struct {name} *model, const void *weights, size_t weights_bytes,
                                 void *arena, size_t arena_bytes, int threads);
size_t {name}_prepare(struct {name} *model, int i);

/* Runs the network once. */
enum {name}_status {name}_run(struct {name} *model, const void *const *inputs,
                              void *const *outputs);

/* Runs one step of {len(plan.steps)}; for profiles and debuggers. Steps run in order. */
enum {name}_status {name}_step(struct {name} *model, int step, const void *const *inputs,
                               void *const *outputs);

/* Stops the threads of a context. */
void {name}_free(struct {name} *model);

#ifdef __cplusplus
}}
#endif
#endif
"""


def model_source(plan: Plan, name: str, by_step: tuple[Layer, ...]) -> str:
    """The network: its steps, with all addresses, and the interface functions."""
    parts = [
        f"/* {_comment(plan.name)}: made by Tinsmith for {plan.target.name}. */",
        f'#include "{name}.h"\n\n#include "{name}_layers.h"',
        *(_step(i, step, layer, plan, name)
          for i, (step, layer) in enumerate(zip(tasks(plan), by_step, strict=True))),
        _tasks(plan, name),
        _interface(plan, name),
    ]
    return "\n\n".join(parts) + "\n"


def _includes(distinct: Sequence[Layer]) -> Iterator[str]:
    """One include for each kernel, with its macros when it is a template."""
    seen: set[str] = set()
    for layer in distinct:
        if layer.function in seen:
            continue
        seen.add(layer.function)
        macros = (("KERNEL", layer.function), *layer.call.macros) if layer.call.macros else ()
        lines = [f"#define {_macro(key, value)}" for key, value in macros]
        lines.append(f'#include "kernels/{_header(layer.call)}.h"')
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


def _address(argument: Argument | None, plan: Plan) -> str:
    if argument is None:
        return "0"
    place = argument.place
    base = {
        Region.ARENA: "m->arena",
        Region.WEIGHTS: "m->weights",
        Region.PREPARED: "m->arena",
        Region.INPUT: f"(const unsigned char *)m->inputs[{place.index}]",
        Region.OUTPUT: f"(unsigned char *)m->outputs[{place.index}]",
    }[place.region]
    offset = place.offset + (plan.arena_bytes if place.region is Region.PREPARED else 0)
    return f"{base} + {offset}" if offset else base


def _step(i: int, step: Step, layer: Layer, plan: Plan, name: str) -> str:
    arguments = [_address(a, plan) for a in (*step.operands, *step.weights, *step.results)]
    if step.scratch is not None:
        each = -(-step.call.scratch_bytes // 64) * 64
        arguments.append(f"m->arena + {step.scratch.offset} + (ptrdiff_t)thread * {each}")
    unused = "" if step.scratch is not None else "    (void)thread;\n"
    origin = _comment(", ".join(step.origin) or step.name)
    return (
        f"/* {step.op} {origin} */\n"
        f"static void {name}_step_{i}(const void *model, int thread, ptrdiff_t begin, "
        "ptrdiff_t end)\n"
        f"{{\n    const struct {name} *m = model;\n{unused}"
        f"    {layer.name}(" + ",\n            ".join([*arguments, "begin, end"]) + ");\n"
        "    (void)m;\n}")


def _tasks(plan: Plan, name: str) -> str:
    rows = "\n".join(f"    {{{name}_step_{i}, {step.call.chunks}, {step.pieces}}},"
                     for i, step in enumerate(tasks(plan)))
    return (f"/* Each step: its chunks, and in how many pieces the threads share them. */\n"
            f"static const struct tin_task {name}_tasks[] = {{\n{rows}\n    {{0, 0, 0}},\n}};")


def _interface(plan: Plan, name: str) -> str:
    upper = name.upper()
    return f"""\
size_t {name}_arena_bytes(void)
{{
    return {plan.memory_bytes};
}}

size_t {name}_weights_bytes(void)
{{
    return {plan.weight_bytes};
}}

size_t {name}_kept_bytes(void)
{{
    return {plan.kept_bytes};
}}

enum {name}_status {name}_attach(struct {name} *model, const void *weights, size_t weights_bytes,
                                 void *arena, size_t arena_bytes, int threads)
{{
    const size_t arena_need = {plan.memory_bytes}, weights_need = {plan.weight_bytes};
    if (!model || (!weights && weights_need > 0) || (!arena && arena_need > 0))
        return {upper}_NULL_POINTER;
    if (arena_bytes < arena_need)
        return {upper}_ARENA_TOO_SMALL;
    if (weights_bytes != weights_need)
        return {upper}_WEIGHTS_WRONG_SIZE;
    if ((uintptr_t)weights % {upper}_ALIGNMENT || (uintptr_t)arena % {upper}_ALIGNMENT)
        return {upper}_MISALIGNED;
    if (threads < 1 || threads > TIN_THREADS)
        return {upper}_BAD_THREADS;
    model->weights = weights;
    model->arena = arena;
    model->inputs = 0;
    model->outputs = 0;
    model->threads = threads;
#if TIN_THREADS > 1
    model->threads = tin_pool_start(&model->pool, model, {name}_tasks, threads);
#endif
    return {upper}_OK;
}}

static void {name}_task(struct {name} *model, int task)
{{
#if TIN_THREADS > 1
    tin_pool_run(&model->pool, (uint32_t)task);
#else
    {name}_tasks[task].run(model, 0, 0, {name}_tasks[task].chunks);
#endif
}}

{_prepare(plan, name)}

enum {name}_status {name}_init(struct {name} *model, const void *weights, size_t weights_bytes,
                               void *arena, size_t arena_bytes, int threads)
{{
    const enum {name}_status status =
        {name}_attach(model, weights, weights_bytes, arena, arena_bytes, threads);
    for (int i = 0; status == {upper}_OK && i < {upper}_PREPARATIONS; i++)
        {name}_prepare(model, i);
    return status;
}}

enum {name}_status {name}_step(struct {name} *model, int step, const void *const *inputs,
                               void *const *outputs)
{{
    if (!model || (!inputs && {upper}_INPUTS > 0) || (!outputs && {upper}_OUTPUTS > 0) ||
        step < 0 || step >= {upper}_STEPS)
        return {upper}_NULL_POINTER;
    model->inputs = inputs;
    model->outputs = outputs;
    {name}_task(model, step);
    return {upper}_OK;
}}

enum {name}_status {name}_run(struct {name} *model, const void *const *inputs,
                              void *const *outputs)
{{
    for (int i = 0; i < {upper}_STEPS; i++) {{
        const enum {name}_status status = {name}_step(model, i, inputs, outputs);
        if (status != {upper}_OK)
            return status;
    }}
    return {upper}_OK;
}}

void {name}_free(struct {name} *model)
{{
#if TIN_THREADS > 1
    tin_pool_stop(&model->pool);
#else
    (void)model;
#endif
}}"""


def _prepare(plan: Plan, name: str) -> str:
    head = f"size_t {name}_prepare(struct {name} *model, int i)\n{{\n"
    if not plan.preparations:
        return f"{head}    (void)model;\n    (void)i;\n    return {plan.kept_bytes};\n}}"
    rows = textwrap.fill(", ".join(map(str, plan.needed_bytes)), 88,
                         initial_indent="        ", subsequent_indent="        ")
    return f"""\
{head}    static const size_t needed[] = {{
{rows},
    }};
    if (!model || i < 0 || i >= {name.upper()}_PREPARATIONS)
        return {plan.weight_bytes};
    {name}_task(model, {name.upper()}_STEPS + i);
    return needed[i];
}}"""


def _memory(plan: Plan) -> str:
    """Where the bytes of weights and arena come from, as lines of a comment."""
    if not plan.preparations:
        return " * All weights are read by every run."
    return (f" * Of {plan.weight_bytes} bytes of weights, every run reads the first "
            f"{plan.kept_bytes}; of the others\n * `init` makes {plan.prepared_bytes} bytes, which "
            f"lie in the arena behind {plan.arena_bytes} of\n * working memory.")


def _comment(text: str) -> str:
    """Text that cannot end a C comment."""
    return text.replace("*/", "* /").replace("/*", "/ *").encode("ascii", "replace").decode()

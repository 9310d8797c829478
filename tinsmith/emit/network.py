"""``<name>.h`` and ``<name>.c``: a network as callers see it, and its steps with all addresses."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from tinsmith.emit.processor import processor_words
from tinsmith.kernels.registry import header_path
from tinsmith.schedule.plan import Argument, Plan, Port, Region, Step
from tinsmith.targets import instructions, titled

TEMPLATES = Path(__file__).parent / "templates"
CONTEXT_BYTES = 128  # <name>.c asserts that all fits
POOL_BYTES = 512  # pthread's types have other sizes in each C library: the largest, and some more
THREAD_BYTES = 160
_POOL = """\
    struct tin_pool pool;
    struct tin_share shares[{threads}];
    struct tin_worker workers[{threads}];
"""
_PROCESSOR = """\
    static const uint32_t processor[] = {{{words}}};
    if (!tin_processor_has(processor))
        return {upper}_WRONG_PROCESSOR;
"""


def network_header(plan: Plan, name: str) -> str:
    """The C interface of a network. It includes nothing of ours and is C99 and C++11."""
    upper = name.upper()
    ports = [("input", p, i) for i, p in enumerate(plan.inputs)]
    ports += [("output", p, i) for i, p in enumerate(plan.outputs)]
    return _fill("network.h", {
        **_names(plan, name),
        "ports": _lines(_comment(f" *   {f'{kind}s[{i}]':<11} {p.name}: {p.type}")
                        for kind, p, i in ports),
        "memory": _comment(_memory(plan)),
        "instructions": instructions(plan.target.isa, plan.target.features),
        "inputs": len(plan.inputs),
        "outputs": len(plan.outputs),
        "steps": len(plan.steps),
        "preparations": len(plan.preparations),
        "threads": plan.options.threads,
        "arena_bytes": plan.memory_bytes,
        "weights_bytes": plan.weight_bytes,
        "kept_bytes": plan.kept_bytes,
        "context_bytes": context_bytes(plan.options.threads),
        "port_bytes": _lines(f"#define {upper}_{kind.upper()}_{i}_BYTES {p.type.size_bytes}"
                             for kind, p, i in ports),
        "constants": _constants(plan, name),
    })


def context_bytes(threads: int) -> int:
    """The size of a context: enough for every C library, with 32 bits and with 64."""
    return CONTEXT_BYTES + (POOL_BYTES + THREAD_BYTES * threads if threads > 1 else 0)


def network_source(plan: Plan, name: str, tasks: Sequence[Step], layers: Sequence[str]) -> str:
    """The network: its interface, and each task as a call of its layer.

    Args:
        plan: what to emit.
        name: its name in C.
        tasks: its steps, and its preparations behind them.
        layers: the function that each task calls.
    """
    threads = plan.options.threads
    needed = plan.needed_bytes or (plan.kept_bytes,)
    return _fill("network.c", {
        **_names(plan, name),
        "includes": _includes(plan),
        "pool": _POOL.format(threads=threads) if threads > 1 else "",
        "input_rows": _rows(plan.inputs),
        "output_rows": _rows(plan.outputs),
        "step_functions": "\n\n".join(
            _step(i, step, layer, plan, name)
            for i, (step, layer) in enumerate(zip(tasks, layers, strict=True))),
        "task_rows": _lines(f"    {{{name}_step_{i}, {step.call.chunks}, {step.pieces}}},"
                            for i, step in enumerate(tasks)),
        "do_task": "    tin_pool_share_out(&m->pool, (uint32_t)task);\n" if threads > 1 else
                   f"    {name}_tasks[task].run(m, 0, 0, {name}_tasks[task].chunks);\n",
        "processor": _processor(plan, name),
        "start": f"tin_pool_start(&m->pool, m->shares, m->workers, m, {name}_tasks, threads)"
                 if threads > 1 else "threads",
        "stop": "        tin_pool_stop(&m->pool);\n" if threads > 1 else "",
        "needed": textwrap.fill(", ".join(map(str, needed)), 88, initial_indent=" " * 8,
                                subsequent_indent=" " * 8),
    })


def _fill(template: str, fields: dict[str, object]) -> str:
    return Template((TEMPLATES / template).read_text()).substitute(fields)


def _names(plan: Plan, name: str) -> dict[str, object]:
    target = plan.target
    return {"name": name, "upper": name.upper(), "title": _comment(plan.name),
            "target": titled(target.name, target.isa, target.features)}


def _includes(plan: Plan) -> str:
    names = ["processor"] if processor_words(plan.target) else []
    names.append("threads" if plan.options.threads > 1 else "task")
    return _lines(f'#include "kernels/{header_path(each)}"' for each in sorted(names))


def _processor(plan: Plan, name: str) -> str:
    words = processor_words(plan.target)
    return _PROCESSOR.format(words=", ".join(f"0x{word:08x}" for word in words),
                             upper=name.upper()) if words else ""


def _constants(plan: Plan, name: str) -> str:
    """What the bundle of a target without operating system brings along."""
    if not plan.target.bare_metal:
        return ""
    return ("\n/* The weights, which stay in flash. */\n"
            f"extern const uint32_t {name}_weights[];\n")


def _rows(ports: Sequence[Port]) -> str:
    """Initialisers of a table of tensors: bytes, and the alignment of an element."""
    return "".join(f"{{{p.type.size_bytes}, {p.type.dtype.numpy.itemsize}}}, " for p in ports)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


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


def _step(i: int, step: Step, layer: str, plan: Plan, name: str) -> str:
    arguments = [_address(a, plan) for a in (*step.operands, *step.weights, *step.results)]
    if step.scratch is not None:
        each = -(-step.call.scratch_bytes // 64) * 64
        arguments.append(f"m->arena + {step.scratch.offset} + (ptrdiff_t)thread * {each}")
    unused = "" if step.scratch is not None else "    (void)thread;\n"
    origin = _comment(", ".join(step.origin) or step.name)
    return (
        f"/* {step.op} {origin} */\n"
        f"static void {name}_step_{i}(const void *network, int thread, ptrdiff_t begin, "
        "ptrdiff_t end)\n"
        f"{{\n    const struct {name}_network *m = network;\n{unused}"
        f"    {layer}(" + ",\n            ".join([*arguments, "begin, end"]) + ");\n"
        "    (void)m;\n}")


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

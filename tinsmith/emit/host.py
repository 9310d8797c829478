"""The C skeleton of a network: its interface, and its steps, which each device prints for itself.

``<name>.h`` is what callers see; ``<name>.c`` keeps what a context holds and runs the steps.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence

from tinsmith.emit.devices import printer
from tinsmith.emit.devices.printed import Printed, Printer
from tinsmith.emit.literals import initialiser
from tinsmith.emit.names import c_name
from tinsmith.emit.template import comment, fill, lines
from tinsmith.kernels.registry import header_path
from tinsmith.schedule.plan import EntryPoint, Plan, Port, Step
from tinsmith.targets import instructions, titled

CONTEXT_BYTES = 128  # <name>.c asserts that all fits
POOL_BYTES = 512  # pthread's types have other sizes in each C library: the largest, and some more
THREAD_BYTES = 160
POSIX = """\
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 199309L
#endif
"""


def emit(plan: Plan, name: str | None = None,
         printers: Callable[[str], Printer] = printer) -> dict[str, str]:
    """File names and texts: ``<name>.h``, ``<name>.c``, and what the devices add.

    Args:
        plan: what to emit.
        name: the name in C, made of the plan's by default (``c_name``).
        printers: the function that prints for each device.
    """
    name = name or c_name(plan.name)
    printed = [printers(device)(plan, name) for device in plan.devices]
    files = {f"{name}.h": network_header(plan, name),
             f"{name}.c": network_source(plan, name, printed)}
    for one in printed:
        files |= one.files
    return files


def network_header(plan: Plan, name: str) -> str:
    """The C interface of a network. It includes nothing of ours and is C99 and C++11."""
    ports = [("input", p, i) for i, p in enumerate(plan.inputs)]
    ports += [("output", p, i) for i, p in enumerate(plan.outputs)]
    return fill(
        "network.h",
        **_names(plan, name),
        ports=lines(comment(f" *   {f'{kind}s[{i}]':<11} {p.name}: {p.type}")
                    for kind, p, i in ports),
        memory=comment(_memory(plan)),
        instructions=instructions(plan.target.isa, plan.target.features),
        inputs=len(plan.inputs),
        outputs=len(plan.outputs),
        steps=len(plan.running),
        preparations=len(plan.preparations),
        threads=plan.request.threads,
        arena_bytes=plan.memory_bytes,
        sharing_bytes=plan.sharing_bytes,
        weights_bytes=plan.weight_bytes,
        kept_bytes=plan.kept_bytes,
        state_bytes=plan.state_bytes,
        reset=fill("reset.h", name=name) if plan.state_bytes else "",
        context_bytes=context_bytes(plan.request.threads),
        port_bytes=lines(f"#define {name.upper()}_{kind.upper()}_{i}_BYTES {p.type.size_bytes}"
                         for kind, p, i in ports),
        constants=fill("weights.h", name=name) if plan.target.bare_metal else "",
    )


def context_bytes(threads: int) -> int:
    """The size of a context: enough for every C library, with 32 bits and with 64."""
    return CONTEXT_BYTES + (POOL_BYTES + THREAD_BYTES * threads if threads > 1 else 0)


def network_source(plan: Plan, name: str, printed: Sequence[Printed]) -> str:
    """The network: what a context holds, each task, and the functions of the interface."""
    threads = plan.request.threads
    needed = plan.needed_bytes or (plan.kept_bytes,)
    calls = {i: call for one in printed for i, call in one.calls.items()}
    own = f"kernels/{header_path('threads' if threads > 1 else 'task')}"
    includes = dict.fromkeys([*(file for one in printed for file in one.includes), own])
    return fill(
        "network.c",
        **_names(plan, name),
        includes=lines(f'#include "{file}"' for file in sorted(includes)),
        fields="".join(one.fields for one in printed),
        pool=fill("pool.c", threads=threads) if threads > 1 else "",
        entries="\n".join(_entry(entry, name) for entry in plan.entries),
        reset=fill("reset.c", name=name) if plan.state_bytes else "",
        clear=fill("clear.c", name=name) if plan.state_bytes else "",
        first_preparation=len(plan.steps),
        step_functions="\n\n".join(_step(i, task, name, calls[i])
                                   for i, task in enumerate(plan.tasks)),
        task_rows=lines(
            f"    {initialiser(f'{name}_step_{i}', task.call.chunks, task.pieces)},"
            for i, task in enumerate(plan.tasks)),
        do_task="    tin_pool_share_out(&m->pool, (uint32_t)task);\n" if threads > 1 else
                f"    {name}_tasks[task].run(m, 0, 0, {name}_tasks[task].chunks);\n",
        begin="".join(one.start for one in printed),
        posix=POSIX if threads > 1 else "",
        start=_start(plan, name) if threads > 1 else "threads",
        share="".join(one.share for one in printed),
        stop=("        tin_pool_stop(&m->pool);\n" if threads > 1 else "")
             + "".join(one.stop for one in printed),
        needed=textwrap.fill(", ".join(map(str, needed)), 88, initial_indent=" " * 8,
                             subsequent_indent=" " * 8),
    )


def _start(plan: Plan, name: str) -> str:
    """The call that starts the threads, with how long they wait awake."""
    model = plan.target.model
    spin_ns, wait_ns = (1000 * round(seconds * 1e6) for seconds in (model.spin_s, model.wake_s))
    return (f"tin_pool_start(&m->pool, m->shares, m->workers, m, {name}_tasks, threads,\n"
            f"                                {spin_ns}u, {wait_ns}u)")


def _names(plan: Plan, name: str) -> Mapping[str, str]:
    target = plan.target
    return {"name": name, "upper": name.upper(), "title": comment(plan.name),
            "target": titled(target.name, target.isa, target.features)}


def _entry(entry: EntryPoint, name: str) -> str:
    return fill("entry.c", name=name, entry=entry.name, first=entry.first, end=entry.end,
                inputs=len(entry.inputs), outputs=len(entry.outputs),
                input_rows=_rows(entry.inputs), output_rows=_rows(entry.outputs))


def _rows(ports: Sequence[Port]) -> str:
    """Initialisers of a table of tensors: bytes, and the alignment of an element."""
    return "".join(f"{initialiser(p.type.size_bytes, p.type.dtype.numpy.itemsize)}, "
                   for p in ports)


def _step(i: int, task: Step, name: str, call: str) -> str:
    return fill("step.c", name=name, i=i, call=call, op=task.op,
                origin=comment(", ".join(task.origin) or task.name))


def _memory(plan: Plan) -> str:
    """Where the bytes of weights and arena come from, as lines of a comment."""
    weights = " * All weights are read by every run."
    if plan.preparations:
        weights = (
            f" * Of {plan.weight_bytes} bytes of weights, every run reads the first "
            f"{plan.kept_bytes}; of the others\n * `init` makes {plan.prepared_bytes} bytes, which "
            f"lie in the arena behind {plan.sharing_bytes} of\n * working memory.")
    if not plan.state_bytes:
        return weights
    return (f"{weights}\n *\n * {plan.state_bytes} bytes of the arena last from run to run; they "
            "are zero after `init` and `reset`.")

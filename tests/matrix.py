"""Operator cases and networks as programs for any target: python -m tests.matrix TARGET [REGEX].

A generated ``main`` reads weights and inputs of every case from a file, runs each case in memory
of exactly the stated size, and writes the outputs to another file; it runs here, or under QEMU. So
one mechanism serves foreign targets, other compilers and sanitizers.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.batch import batch_sources
from tests.cases.case import Case, Prefer
from tests.compile_cases import all_cases, difference
from tinsmith import zoo
from tinsmith.dtypes import Array
from tinsmith.emit.names import c_name
from tinsmith.errors import UnsupportedError
from tinsmith.importers.onnx.build import build as build_graph
from tinsmith.importers.onnx.read import read_proto
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.passes.manager import run as optimise
from tinsmith.passes.standard import FUSIONS, STANDARD, bound_to
from tinsmith.request import Request
from tinsmith.runtime.runner import run_program
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.plan import Plan
from tinsmith.targets import Target, find
from tinsmith.toolchain import build

NETWORKS = ("ds-cnn", "squeezenet1.1", "mobilenetv2")
PER_PROGRAM = 120

MAIN = """\
/* Runs every case on the data of one file and writes the outputs to another. */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct row {
    const char *name;
    size_t (*context_bytes)(void);
    size_t arena_bytes, weights_bytes;
    int (*init)(void *, const void *, size_t, void *, size_t, int);
    int (*run)(void *, const void *const *, void *const *);
    void (*release)(void *);
    int inputs, outputs;
    const size_t *bytes; /* of each input, then of each output */
};

%(declarations)s
static const struct row rows[] = {
%(rows)s
};

static void *block(size_t bytes)
{
    void *p = 0;
    if (posix_memalign(&p, 64, bytes ? bytes : 1))
        exit(3);
    return p;
}

static void *filled(size_t bytes, FILE *from)
{
    void *p = block(bytes);
    if (fread(p, 1, bytes, from) != bytes)
        exit(4);
    return p;
}

int main(int count, char **words)
{
    FILE *from = fopen(words[1], "rb"), *to = fopen(words[2], "wb");
    if (count != 3 || !from || !to)
        return 2;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = rows + i;
        const void *in[64];
        void *out[64];
        void *weights = filled(r->weights_bytes, from);
        void *arena = block(r->arena_bytes), *context = block(r->context_bytes());
        for (int k = 0; k < r->inputs; k++)
            in[k] = filled(r->bytes[k], from);
        for (int k = 0; k < r->outputs; k++)
            out[k] = block(r->bytes[r->inputs + k]);
        fprintf(stderr, "%%s\\n", r->name);
        if (r->init(context, weights, r->weights_bytes, arena, r->arena_bytes, %(threads)d) ||
            r->run(context, in, out))
            return 5;
        r->release(context);
        for (int k = 0; k < r->outputs; k++)
            if (fwrite(out[k], 1, r->bytes[r->inputs + k], to) != r->bytes[r->inputs + k])
                return 6;
        for (int k = 0; k < r->inputs; k++)
            free((void *)(uintptr_t)in[k]);
        for (int k = 0; k < r->outputs; k++)
            free(out[k]);
        free(weights);
        free(arena);
        free(context);
    }
    return fclose(to) ? 7 : 0;
}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Exercise:
    """A graph to run, its inputs, the allowed error, and what the scheduler should prefer."""

    graph: Graph
    feeds: Mapping[str, Array]
    tolerance: float
    prefer: Prefer


@dataclass(frozen=True, slots=True)
class Setting:
    """How the cases are built and run."""

    target: Target
    compiler: str = "zig"
    sanitize: bool = False
    threads: int = 2


def main_source(plans: Mapping[str, Plan], threads: int) -> str:
    """The C text of ``main`` for these plans, in order."""
    declarations, rows = [], []
    for name, plan in plans.items():
        c = c_name(name)
        sizes = [p.type.size_bytes for p in (*plan.inputs, *plan.outputs)]
        declarations.append(
            f"size_t host_{c}_context_bytes(void);\n"
            f"int host_{c}_init(void *, const void *, size_t, void *, size_t, int);\n"
            f"int host_{c}_run(void *, const void *const *, void *const *);\n"
            f"void host_{c}_free(void *);\n"
            f"static const size_t {c}_sizes[] = {{{', '.join(map(str, sizes))}}};")
        rows.append(
            f'    {{"{c}", host_{c}_context_bytes, {plan.memory_bytes}, {plan.weight_bytes}, '
            f"host_{c}_init,\n     host_{c}_run, host_{c}_free, {len(plan.inputs)}, "
            f"{len(plan.outputs)}, {c}_sizes}},")
    return MAIN % {"declarations": "\n".join(declarations), "rows": "\n".join(rows),
                   "threads": threads}


def execute(plans: Mapping[str, Plan], feeds: Mapping[str, Mapping[str, Array]],
            setting: Setting) -> dict[str, dict[str, Array]]:
    """The outputs of every plan, run as one program; ``RuntimeError`` names the case that fails."""
    data = b"".join(
        plan.blob() + b"".join(np.ascontiguousarray(feeds[name][p.name]).tobytes()
                               for p in plan.inputs)
        for name, plan in plans.items())
    sources = batch_sources(plans) | {"main.c": main_source(plans, setting.threads)}
    levels = {n: "-O1" for n in sources if n.endswith(".c")} if setting.sanitize else {}
    program = build(sources, setting.target, kind="program", compiler=setting.compiler,
                    sanitize=setting.sanitize, levels=levels)
    with tempfile.TemporaryDirectory() as folder:
        done = run_program(program, setting.target, ["in.bin", "out.bin"], cwd=Path(folder),
                           files={"in.bin": data}, fetch=["out.bin"], timeout_s=1800)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise RuntimeError(f"exit code {done.returncode}: {said[-3000:]}")
        out = (Path(folder) / "out.bin").read_bytes()
    return _split(out, plans)


def _split(out: bytes, plans: Mapping[str, Plan]) -> dict[str, dict[str, Array]]:
    results: dict[str, dict[str, Array]] = {}
    at = 0
    for name, plan in plans.items():
        results[name] = {}
        for port in plan.outputs:
            end = at + port.type.size_bytes
            flat = np.frombuffer(out[at:end], port.type.dtype.numpy)
            results[name][port.name] = flat.reshape(port.type.shape)
            at = end
    return results


def check(graphs: Mapping[str, Exercise],
          setting: Setting) -> dict[str, str]:
    """What is wrong with each exercise, "" if nothing."""
    plans: dict[str, Plan] = {}
    answers: dict[str, str] = {}
    for name, one in graphs.items():
        try:
            request = Request(setting.target, threads=setting.threads)
            passes = (*STANDARD, *FUSIONS, *bound_to(request))
            optimised = optimise(one.graph, passes, paranoid=True).graph
            plans[name] = schedule(optimised, request, one.prefer)
        except UnsupportedError as error:
            answers[name] = str(error)
    feeds = {name: one.feeds for name, one in graphs.items()}
    try:
        got = execute(plans, feeds, setting)
    except RuntimeError as error:
        return answers | {name: str(error) for name in plans}
    for name in plans:
        one = graphs[name]
        want = interpret(one.graph, one.feeds)
        answers[name] = "; ".join(f"{v}: {why}" for v in want
                                  if (why := difference(got[name][v], want[v], one.tolerance)))
    return answers


def networks(names: Sequence[str]) -> dict[str, Exercise]:
    """Zoo networks with seeded inputs."""
    found: dict[str, Exercise] = {}
    for name in names:
        graph = build_graph(read_proto(zoo.build(name)), {}, {})
        rng = np.random.default_rng(0)
        feeds = {v: rng.standard_normal(graph.types[v].shape).astype(np.float32)
                 for v in graph.inputs}
        found[name] = Exercise(graph, feeds, 1e-4, Prefer(""))
    return found


def as_graphs(cases: Sequence[Case]) -> dict[str, Exercise]:
    """Cases as exercises."""
    return {c.name: Exercise(c.graph(), c.feeds(), c.tolerance, c.prefer) for c in cases}


def main() -> int:
    """Prints every failure and the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("pattern", nargs="?", default=".")
    parser.add_argument("--cc", default="zig")
    parser.add_argument("--sanitize", action="store_true", help="address and undefined behaviour")
    parser.add_argument("--networks", action="store_true", help="zoo networks too")
    args = parser.parse_args()
    setting = Setting(find(args.target), args.cc, args.sanitize)
    cases = [c for c in all_cases() if re.search(args.pattern, c.name)]
    start = time.monotonic()
    failed = total = 0
    groups = [as_graphs(cases[i:i + PER_PROGRAM]) for i in range(0, len(cases), PER_PROGRAM)]
    if args.networks:
        groups += [networks([name]) for name in NETWORKS]
    for group in groups:
        for name, why in check(group, setting).items():
            total += 1
            if why:
                failed += 1
                print(f"{name}: {why[-1500:]}", flush=True)
        print(f"  {total} run after {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    print(f"{args.target} {args.cc}{' sanitized' if args.sanitize else ''}: "
          f"{total - failed} passed, {failed} failed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())

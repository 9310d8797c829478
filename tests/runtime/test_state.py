"""A network that carries a state from run to run: the same as the interpreter, run after run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.emit.embedding import (
    Embedded,
    call,
    compiled,
    library,
    need,
    sanitized,
)
from tests.ir.recurrent import exchange, gru_cell, last_input
from tests.passes.graphs import feeds
from tinsmith import pipeline
from tinsmith.dtypes import Array
from tinsmith.emit.names import c_name
from tinsmith.interpret import advance, initial_state
from tinsmith.ir.graph import Graph
from tinsmith.runtime.bundle import Bundle
from tinsmith.runtime.compare import compare_steps, reference_values
from tinsmith.runtime.network import Network
from tinsmith.runtime.session import load
from tinsmith.schedule.plan import HOST, Plan, Region

RUNS = 10
NETWORKS = (gru_cell, exchange, last_input)

pytestmark = [pytest.mark.cc, pytest.mark.one_target]


def plan_of(graph: Graph, threads: int = 1) -> Plan:
    request = pipeline.request_for(graph, "native", threads)
    return pipeline.plan(pipeline.optimise(graph, request).graph, request)


def inputs_of(graph: Graph, first: int = 0) -> list[dict[str, Array]]:
    """What comes in, run after run."""
    return [feeds(graph, first + i) for i in range(RUNS)]


def wanted(graph: Graph, given: Sequence[dict[str, Array]]) -> list[dict[str, Array]]:
    """The answers of the interpreter, run after run."""
    state, answers = initial_state(graph), []
    for one in given:
        outputs, state = advance(graph, one, state)
        answers.append(outputs)
    return answers


def check(got: dict[str, Array], want: dict[str, Array]) -> None:
    for value, array in want.items():
        np.testing.assert_allclose(got[value], array, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("make", NETWORKS)
def test_ten_runs_and_a_new_start(make: Callable[[], Graph], threads: int) -> None:
    graph = make()
    session = load(plan_of(graph, threads))
    given = inputs_of(graph)
    for _ in range(2):
        for one, want in zip(given, wanted(graph, given), strict=True):
            check(session.run(one), want)
        session.reset()
    answers = wanted(graph, given)
    assert any(not np.array_equal(answers[0][v], again[v])  # the state matters
               for v in graph.outputs for again in wanted(graph, given[1:] + given[:1])[-1:])


def test_eight_contexts_do_not_share_it() -> None:
    graph = gru_cell()
    plan = plan_of(graph)
    sessions: list[Network] = [load(plan) for _ in range(4)]
    assert len({session.library for session in sessions}) == 1
    sessions += [session.clone() for session in sessions]
    given = [inputs_of(graph, 100 * i) for i in range(8)]
    answers = [wanted(graph, one) for one in given]
    for run in range(RUNS):
        for session, one, want in zip(sessions, given, answers, strict=True):
            check(session.run(one[run]), want[run])
    sessions[3].reset()
    check(sessions[3].run(given[3][0]), answers[3][0])
    again = wanted(graph, [*given[4], given[4][0]])
    check(sessions[4].run(given[4][0]), again[-1])


def test_where_it_lies() -> None:
    plan = plan_of(gru_cell())
    assert plan.arenas[HOST, Region.STATE] == plan.state_bytes == 64
    assert plan.sharing_bytes == plan.arena_bytes + 64
    assert plan.memory_bytes == plan.sharing_bytes + plan.prepared_bytes
    assert [(entry.name, len(entry.inputs), len(entry.outputs)) for entry in plan.entries] == [
        ("run", 1, 1), ("reset", 0, 0)]
    run, reset = plan.entries
    assert (run.first, run.end, reset.end) == (0, reset.first, len(plan.steps))
    assert plan.steps[reset.first].results[0].place.region is Region.STATE
    stateless = gru_cell()
    alone = plan_of(stateless.opened())
    assert (alone.state_bytes, [entry.name for entry in alone.entries]) == (0, ["run"])


@pytest.mark.parametrize("make", NETWORKS)
def test_each_step_is_right(make: Callable[[], Graph]) -> None:
    graph = make()
    request = pipeline.request_for(graph, "native", 1)
    optimised = pipeline.optimise(graph, request).graph
    session = load(pipeline.plan(optimised, request))
    session.run(feeds(graph, 7))
    for _ in range(2):
        found = compare_steps(session.interface, session.trace(feeds(graph)),
                              reference_values(optimised, feeds(graph)))
        assert found
        assert all(one.ok for one in found)


@pytest.mark.parametrize("make", NETWORKS)
def test_compile_leaves_it_as_it_was(make: Callable[[], Graph]) -> None:
    graph = make()
    session = pipeline.compile(graph, check=True)
    given = inputs_of(graph)
    for one, want in zip(given, wanted(graph, given), strict=True):
        check(session.run(one), want)


PROGRAM = """\
#include "NAME.h"
#include <stdio.h>

enum { CONTEXTS = 8, RUNS = 10 };
static unsigned char weights[UPPER_WEIGHTS_BYTES + 64] __attribute__((aligned(64)));
static unsigned char arenas[CONTEXTS][UPPER_ARENA_BYTES] __attribute__((aligned(64)));
static struct NAME_context contexts[CONTEXTS];
static const float x[RUNS][SIZE] = {INPUTS};
static const float want[RUNS][OUT] = {WANTED};

static int far_off(const float *got, const float *wanted)
{
    for (int i = 0; i < OUT; i++)
        if (!(got[i] - wanted[i] < 1e-4f && wanted[i] - got[i] < 1e-4f))
            return 1;
    return 0;
}

int main(void)
{
    FILE *file = fopen("one/weights.bin", "rb");
    float y[OUT];
    void *out[1] = {y};
    const void *in[1];
    if (!file || fread(weights, 1, UPPER_WEIGHTS_BYTES, file) != UPPER_WEIGHTS_BYTES)
        return 1;
    fclose(file);
    if (NAME_reset(&contexts[0]) != UPPER_NOT_READY || NAME_reset(0) != UPPER_NULL_POINTER)
        return 2;
    for (int c = 0; c < CONTEXTS; c++) {
        for (int i = 0; i < UPPER_ARENA_BYTES; i++)
            arenas[c][i] = 0xff;
        if (NAME_init(&contexts[c], weights, UPPER_WEIGHTS_BYTES, arenas[c], sizeof arenas[c], 1))
            return 3;
    }
    for (int r = 0; r < RUNS + CONTEXTS; r++)
        for (int c = 0; c < CONTEXTS; c++) { /* each starts one run later than the one before it */
            if (r < c || r - c >= RUNS)
                continue;
            in[0] = x[r - c];
            if (NAME_run(&contexts[c], in, out) || far_off(y, want[r - c]))
                return 4;
        }
    in[0] = x[0];
    if (NAME_reset(&contexts[5]) || NAME_run(&contexts[5], in, out) || far_off(y, want[0]))
        return 5;
    for (int c = 0; c < CONTEXTS; c++)
        NAME_free(&contexts[c]);
    return 0;
}
"""


def rows(arrays: Sequence[Array]) -> str:
    return ", ".join("{" + ", ".join(f"{v!r}f" for v in array.reshape(-1).tolist()) + "}"
                     for array in arrays)


@pytest.mark.parametrize("flags", [(), ("-fsanitize=address,undefined",
                                        "-fno-sanitize-recover=all")])
def test_a_bundle_and_its_contexts(tmp_path: Path, flags: tuple[str, ...]) -> None:
    need("make", "gcc")
    graph = gru_cell()
    folder = pipeline.save(graph, plan_of(graph), tmp_path / "one")
    given = inputs_of(graph)
    answers = wanted(graph, given)
    if flags:
        sanitized("gcc", flags, tmp_path)
    else:
        call(folder, "make", "CC=gcc", "CFLAGS=-O1", "test")
        bundle = Bundle(folder)
        assert bundle.interface.state_bytes == 64
        for one, want in zip(given, answers, strict=True):
            check(bundle.run(one), want)
        bundle.reset()
        check(bundle.run(given[0]), answers[0])
    made = Embedded(folder, c_name(graph.name), 1, 1)
    text = PROGRAM.replace("NAME", made.name).replace("UPPER", made.name.upper())
    text = text.replace("SIZE", "7").replace("OUT]", "9]").replace("< OUT", "< 9")
    text = text.replace("INPUTS", rows([one["x0"] for one in given]))
    text = text.replace("WANTED", rows([one[graph.outputs[0]] for one in answers]))
    built = library(made, "gcc", ("-O1", *flags))
    program = compiled(tmp_path, "gcc", text, [made], [built], (*flags, "-O1"))
    call(tmp_path, str(program))


def test_without_operating_system(tmp_path: Path) -> None:
    need("make", "arm-none-eabi-gcc", "qemu-system-arm")
    graph = gru_cell()
    request = pipeline.request_for(graph, "cortex-m4", 1)
    made = pipeline.plan(pipeline.optimise(graph, request).graph, request)
    done = call(pipeline.save(graph, made, tmp_path / "bare"), "make", "CFLAGS=-O1", "test")
    assert "passed" in done.stdout + done.stderr

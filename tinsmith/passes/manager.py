"""Runs passes to the fix-point: verifies, measures and records each, and can dump or stop.

A pass is a pure function ``Graph -> Graph`` that gives the same object back when it changed
nothing; its second parameter takes what it left alone and why. Passes come in groups: a group is
run again and again until a whole round changes nothing, then the next group has its turn.

Where it is paranoid, each change is tried out on numbers, where it happened (``proof.prove``).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from tinsmith.errors import InternalError, TinsmithError
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip
from tinsmith.ir.text import text
from tinsmith.ir.verify import verify
from tinsmith.proof.prove import prove

ROUND_LIMIT = 20
LOWERING = frozenset({"halve_weights", "store_as_bf16", "widen_halves"})
"""The passes that store floats in fewer bits or in more, and so change numbers on purpose."""
PARANOID = os.environ.get("TINSMITH_PARANOID", "") not in ("", "0")
"""Whether every run is paranoid; tests set it."""


class Pass(Protocol):
    """A function ``(graph, on_skip) -> graph``; ``on_skip(node, reason)`` may be called."""

    __name__: str

    def __call__(self, graph: Graph, on_skip: OnSkip | None = None) -> Graph:
        """The changed graph, or ``graph`` itself."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A node that a pass was made for and left alone."""

    node: str
    reason: str


@dataclass(frozen=True, slots=True)
class PassRun:
    """One run of one pass. ``number`` counts the steps that changed the graph.

    ``untried``: values that a paranoid manager left alone, as they are too much work.
    """

    name: str
    number: int
    round: int
    changed: bool
    nodes_before: int
    nodes_after: int
    seconds: float
    skipped: tuple[Skipped, ...]
    untried: tuple[str, ...] = ()

    def __str__(self) -> str:
        did = f"{self.nodes_before} -> {self.nodes_after} nodes" if self.changed else "no change"
        return f"{self.name}: {did} ({self.seconds * 1e3:.1f} ms)"


@dataclass(frozen=True, slots=True)
class Optimised:
    """The graph after all passes, and what each of them did.

    ``restless``: the passes that still changed the graph where a group had its rounds.
    """

    graph: Graph
    log: tuple[PassRun, ...]
    restless: tuple[str, ...] = ()

    def explanation(self) -> str:
        """What changed, step by step, and why each pass left alone what it could not change."""
        lines = [f"{step.number:3}. {step}" for step in self.log if step.changed]
        last = {step.name: step for step in self.log}
        for step in last.values():
            lines += [f"{step.name}: '{s.node}' stays: {s.reason}" for s in step.skipped]
        lines += [f"{step.name}: '{value}' was not tried out: it is too much work"
                  for step in self.log for value in step.untried]
        lines += [f"left after {ROUND_LIMIT} rounds, though changes go on: {group}"
                  for group in self.restless]
        return "\n".join(lines)


def run(
    graph: Graph,
    passes: Sequence[Sequence[Pass]],
    *,
    explain: Callable[[PassRun], None] | None = None,
    dump: Path | None = None,
    limit: int | None = None,
    paranoid: bool | None = None,
) -> Optimised:
    """Runs groups of passes, each group to its fix-point.

    They see state as inputs and updates as outputs (``Graph.opened``), which they do not rename.

    Args:
        graph: where to start; it is verified first.
        passes: the groups, in order.
        explain: called after every step, for progress and for ``compile --explain``.
        dump: a folder for the graph's text, one file for the start and one for each change.
        limit: stop after so many changes, to find by bisection the one that breaks a network.
        paranoid: try out each change on numbers; by default where $TINSMITH_PARANOID says so.

    Raises:
        InternalError: a pass broke a promise; or, if ``paranoid``, a group does not come
            to rest though the graph is small.
    """
    runner = _Runner(verify(graph).opened(), explain, dump, limit,
                     PARANOID if paranoid is None else paranoid)
    for group in passes:
        runner.run_group(group)
    after = runner.graph
    if graph.state:
        after = verify(after.replace(inputs=graph.inputs, outputs=graph.outputs, state=graph.state))
    return Optimised(after, tuple(runner.log), tuple(runner.restless))


class _Runner:
    """The state of one ``run``: the graph so far and the log."""

    def __init__(
        self,
        graph: Graph,
        explain: Callable[[PassRun], None] | None,
        dump: Path | None,
        limit: int | None,
        paranoid: bool,
    ) -> None:
        self.graph = graph
        self.log: list[PassRun] = []
        self.restless: list[str] = []
        self.changes = 0
        self._explain = explain
        self._dump = dump
        self._limit = limit
        self._paranoid = paranoid
        if dump is not None:
            dump.mkdir(parents=True, exist_ok=True)
            self._write("imported")

    @property
    def stopped(self) -> bool:
        """Whether the limit of changes is reached."""
        return self._limit is not None and self.changes >= self._limit

    def run_group(self, group: Sequence[Pass]) -> None:
        """Rounds of all passes until one changes nothing, or too many.

        Long chains take many, one for each node at most: the graph is right after each of them.
        """
        for round_number in range(1, ROUND_LIMIT + 1):
            changed = [p.__name__ for p in group
                       if not self.stopped and self.run_pass(p, round_number)]
            if not changed or self.stopped:
                return
        self.restless.append(", ".join(changed))
        if self._paranoid and len(self.graph.nodes) < ROUND_LIMIT:
            raise InternalError(
                f"passes: group '{', '.join(p.__name__ for p in group)}': expected rest after "
                f"{ROUND_LIMIT} rounds, got changes by {', '.join(changed)}; report this")

    def run_pass(self, one: Pass, round_number: int) -> bool:
        """One pass: run, verify, record. Whether it changed the graph."""
        skipped: dict[Skipped, None] = {}

        def on_skip(node: Node, reason: str) -> None:
            skipped[Skipped(node.name, reason)] = None

        before, start = self.graph, time.perf_counter()
        untried: tuple[str, ...] = ()
        try:
            with np.errstate(all="ignore"):  # a weight may be infinite or no number at all
                after = one(before, on_skip)
            if after is not before:
                verify(after)
                if self._paranoid:
                    untried = prove(before, after, lowering=one.__name__ in LOWERING)
        except Exception as error:
            raise self._failure(one, error) from error
        changed = after is not before
        self.changes += changed
        self.graph = after
        step = PassRun(one.__name__, self.changes, round_number, changed, len(before.nodes),
                    len(after.nodes), time.perf_counter() - start, tuple(skipped), untried)
        self.log.append(step)
        if changed and self._dump is not None:
            self._write(one.__name__)
        if self._explain is not None:
            self._explain(step)
        return changed

    def _failure(self, one: Pass, error: Exception) -> InternalError:
        """An error that names the pass and those that changed the graph before it."""
        ran = ", ".join(dict.fromkeys(step.name for step in self.log if step.changed))
        kind = "" if isinstance(error, TinsmithError) else f"{type(error).__name__}: "
        return InternalError(f"passes: pass '{one.__name__}' (change {self.changes + 1}, "
                             f"after {ran or 'no other'}): {kind}{error}")

    def _write(self, name: str) -> None:
        assert self._dump is not None
        path = self._dump / f"{self.changes:03}_{name}.txt"
        path.write_text(text(self.graph), encoding="utf-8")

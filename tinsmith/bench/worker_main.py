"""The process of one engine: python -m tinsmith.bench.worker_main ENGINE IN OUT CPUS.

It loads one engine and no other, and imports little else, so that its memory is the engine's. What
it is asked and answers is in ``protocol``; it ends when the other side closes the connection.
"""

from __future__ import annotations

import builtins
import ctypes
import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

import numpy as np

from tinsmith.bench import linux, registry
from tinsmith.bench.engine import CannotRunError, Engine, Runner
from tinsmith.bench.protocol import (
    AskBlock,
    AskConvert,
    AskFirst,
    AskLayers,
    AskLoad,
    AskVersion,
    Block,
    Failed,
    First,
    Layers,
    Loaded,
    Version,
)
from tinsmith.dtypes import Array

LONGEST_REASON = 300
SET_PARENT_DEATH_SIGNAL = 1  # of prctl


class Service:
    """Answers what the harness asks of one engine. Without a name there is no engine."""

    def __init__(self, name: str) -> None:
        self.engine: Engine | None = registry.find(name) if name else None
        self.runner: Runner | None = None
        self.feeds: Mapping[str, Array] = {}

    def answer(self, asked: object) -> object:
        """The answer to one request."""
        known: dict[type, Callable[..., object]] = {
            AskVersion: self.version, AskConvert: self.convert, AskLoad: self.load,
            AskFirst: self.first, AskBlock: self.block, AskLayers: self.layers}
        try:
            return known[type(asked)](asked)
        except CannotRunError as error:
            return Failed(one_line(error), expected=True)
        except Exception as error:  # engines raise what they like
            return Failed(one_line(error), expected=False)

    def version(self, asked: AskVersion) -> Version:
        """The engine's version."""
        assert self.engine is not None
        return Version(self.engine.version())

    def convert(self, asked: AskConvert) -> object:
        """Converts a model."""
        assert self.engine is not None
        return self.engine.convert(asked.model, asked.folder, asked.settings)

    def load(self, asked: AskLoad) -> Loaded:
        """Loads the network, or only its inputs."""
        with np.load(asked.feeds) as file:
            self.feeds = {name: file[name] for name in file.files}
        if self.engine is None or asked.converted is None:
            return Loaded(0.0)
        with importing() as imports:
            start = time.perf_counter()
            self.runner = self.engine.load(asked.model, asked.converted, asked.settings)
            seconds = time.perf_counter() - start - imports[0]
        gc.collect()
        gc.disable()
        return Loaded(seconds)

    def first(self, asked: AskFirst) -> First:
        """The first runs."""
        if self.runner is None:
            return First(0.0, {}, linux.peak_bytes())
        start = time.perf_counter()
        outputs = self.runner.run(self.feeds)
        seconds = time.perf_counter() - start
        for _ in range(asked.more):
            outputs = self.runner.run(self.feeds)
        return First(seconds, outputs, linux.peak_bytes())

    def block(self, asked: AskBlock) -> Block:
        """A block of runs."""
        assert self.runner is not None
        run, feeds, clock = self.runner.run, self.feeds, time.perf_counter
        warm = clock() + asked.warm_seconds
        run(feeds)
        while clock() < warm:
            run(feeds)
        times: list[float] = []
        cpu, first = time.process_time(), clock()
        until = first + asked.seconds
        while len(times) < asked.most and (len(times) < asked.least or clock() < until):
            start = clock()
            run(feeds)
            times.append(clock() - start)
        return Block(tuple(times), clock() - first, time.process_time() - cpu)

    def layers(self, asked: AskLayers) -> Layers:
        """Times of layers."""
        assert self.runner is not None
        found = self.runner.layers(self.feeds, asked.runs)
        return Layers(None if found is None else tuple(found))


@contextmanager
def importing() -> Iterator[list[float]]:
    """Counts the seconds that imports take: they are Python's cost, not the engine's."""
    spent, depth = [0.0], [0]
    plain: tuple[Callable[..., object], ...] = (builtins.__import__, importlib.import_module)

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **named: object) -> object:
            start = time.perf_counter()
            depth[0] += 1
            try:
                return function(*args, **named)
            finally:
                depth[0] -= 1
                if depth[0] == 0:
                    spent[0] += time.perf_counter() - start
        return call

    replace(*map(counted, plain))
    try:
        yield spent
    finally:
        replace(*plain)


def replace(statement: object, function: object) -> None:
    """What Python calls for an import statement and for ``importlib.import_module``."""
    vars(builtins)["__import__"] = statement
    vars(importlib)["import_module"] = function


def one_line(error: BaseException) -> str:
    """The first line of an error that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    kind = "" if isinstance(error, CannotRunError) else f"{type(error).__name__}: "
    return f"{kind}{text}"[:LONGEST_REASON]


def die_with_parent() -> None:
    """Asks Linux to end this process when the harness ends, even if it is stopped then."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def main(name: str, receive: str, send: str, cpus: str) -> int:
    """Serves until the connection is closed; file descriptors ``receive`` and ``send`` are it."""
    if sys.platform == "linux":
        die_with_parent()
        linux.urgent_session()
    if cpus and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(cpu) for cpu in cpus.split(",")})
    questions = Connection(int(receive), writable=False)
    answers = Connection(int(send), readable=False)
    try:
        service = Service(name)
    except Exception as error:  # an engine's file may be broken
        answers.send(Failed(one_line(error), expected=False))
        return 1
    while True:
        try:
            asked = questions.recv()
        except EOFError:
            return 0
        answers.send(service.answer(asked))


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # an engine's threads and destructors may not want to end

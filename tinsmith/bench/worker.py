"""The harness's side of an engine's process: starts it, asks it, stops it, lets it go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from tinsmith.bench import disturbance, linux
from tinsmith.bench.protocol import AskBlock, Failed
from tinsmith.errors import UnsupportedError

POLL_S = 0.02
CAN_STOP = hasattr(os, "waitid")
Answer = TypeVar("Answer")


class WorkerError(UnsupportedError):
    """An engine's process could not do it. ``expected``: the engine itself said so."""

    def __init__(self, text: str, expected: bool = False) -> None:
        super().__init__(text)
        self.expected = expected


class Worker:
    """The process of one engine. Use it as a context; at the end the process is gone."""

    def __init__(self, engine: str, cpus: Sequence[int] = (),
                 memory_bytes: int | None = None) -> None:
        """Starts the process.

        Args:
            engine: as ``registry.find`` takes it; "" for none.
            cpus: the only processors it may use; all if there are none.
            memory_bytes: it is ended when more is resident.
        """
        self.memory_bytes = memory_bytes
        self._stopped = False
        ours, theirs = os.pipe(), os.pipe()
        self._receive = Connection(ours[0], writable=False)
        self._send = Connection(theirs[1], readable=False)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the process
        words = [sys.executable, "-m", "tinsmith.bench.worker_main", engine, str(theirs[0]),
                 str(ours[1]), ",".join(map(str, cpus))]
        paths = [str(Path(path).resolve()) for path in sys.path]
        self._process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
            pass_fds=(theirs[0], ours[1]), start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
        os.close(theirs[0])
        os.close(ours[1])

    def __enter__(self) -> Worker:
        """The process runs already."""
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, request: object, kind: type[Answer], limit_s: float) -> Answer:
        """The answer to a request of ``protocol``; the process runs until it is given.

        Raises:
            WorkerError: it failed, ended, took longer than ``limit_s``, or too much memory.
        """
        until = time.monotonic() + limit_s
        try:
            self._send.send(request)
            self.go_on()
            watching = self.memory_bytes is not None and not isinstance(request, AskBlock)
            while not self._receive.poll(POLL_S if watching else
                                         max(0.0, until - time.monotonic())):
                self.check_memory()
                if time.monotonic() >= until:
                    self.close()
                    raise WorkerError(f"no answer after {limit_s:.0f} s")
            answer = self._receive.recv()
            self.check_memory()
        except (EOFError, OSError) as error:
            raise WorkerError(self.last_words()) from error
        if isinstance(answer, Failed):
            raise WorkerError(answer.reason, answer.expected)
        assert isinstance(answer, kind), answer
        return answer

    def check_memory(self) -> None:
        """Ends the process if it took more memory than it may."""
        if self.memory_bytes is None:
            return
        peak = linux.peak_bytes(self.pid)
        if peak is not None and peak > self.memory_bytes:
            self.close()
            raise WorkerError("out of memory", expected=True)

    def stop(self) -> None:
        """Lets none of its threads run until it is asked again; returns when none does."""
        if not CAN_STOP or self._stopped:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            self._stopped = True

    def go_on(self) -> None:
        """The opposite of ``stop``."""
        if self._stopped:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGCONT)
            self._stopped = False

    def read(self, cpus: tuple[int, ...]) -> disturbance.Reading:
        """Its counters now."""
        return disturbance.read(self.pid, cpus)

    def last_words(self) -> str:
        """Why it ended, as far as can be told."""
        self.close()
        code = self._process.returncode
        self._log.seek(0)
        lines = self._log.read()[-4000:].decode("utf-8", "replace").splitlines()
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        how = (f"ended by {signal.Signals(-code).name}" if code is not None and code < 0
               else f"ended with code {code}")
        return f"{how}: {said}"[:300] if said else how

    def close(self) -> None:
        """Ends the process and all that it started."""
        with suppress(ProcessLookupError, PermissionError):
            if self._process.poll() is None:
                os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        for each in (self._receive, self._send):
            each.close()

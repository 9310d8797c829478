"""Threads: fewer cores than were compiled for, several sessions, the same bytes."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import tinsmith as tin
from tests.cases.conv import conv
from tinsmith.targets.probe import usable_cores

pytestmark = pytest.mark.cc
CASE = conv("threads", (1, 64, 56, 56), (64, 64, 3, 3), pads=(1, 1, 1, 1))
FEWER = """\
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import tinsmith as tin
from tests.cases.conv import conv
case = conv("threads", (1, 64, 56, 56), (64, 64, 3, 3), pads=(1, 1, 1, 1))
session = tin.compile(case.graph(), threads=4)
session.run(case.feeds())
print(session.threads, len(os.listdir("/proc/self/task")))
"""


def test_one_core_gives_one_thread():
    done = subprocess.run([sys.executable, "-c", FEWER], cwd=Path(__file__).parents[2], text=True,
                          capture_output=True, check=True)
    assert done.stdout.split() == ["1", "1"]


@pytest.mark.skipif(usable_cores() < 2, reason="one core")
def test_two_threads_give_the_same_bytes_each_time():
    graph, feeds = CASE.graph(), CASE.feeds()
    two = tin.compile(graph, threads=2)
    assert two.threads == 2
    answers = [two.run(feeds)["y0"].tobytes() for _ in range(20)]
    assert len(set(answers)) == 1


def test_sessions_run_at_once_in_threads_of_the_caller():
    graph, feeds = CASE.graph(), CASE.feeds()
    want = tin.compile(graph, threads=2).run(feeds)["y0"]
    wrong = []

    def work():
        session = tin.compile(graph, threads=2)
        for _ in range(30):
            if not np.array_equal(session.run(feeds)["y0"], want):
                wrong.append(1)
        session.close()

    callers = [threading.Thread(target=work) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


def test_idle_threads_use_no_processor():
    session = tin.compile(CASE.graph(), threads=2)
    session.run(CASE.feeds())
    threading.Event().wait(0.05)
    before = sum(os.times()[:2])
    threading.Event().wait(0.5)
    assert sum(os.times()[:2]) - before < 0.1

"""What others took of the cores: the same arithmetic for every engine."""

from __future__ import annotations

import os

import pytest

from tinsmith.bench import disturbance, linux
from tinsmith.bench.disturbance import Reading, taken

START = Reading(0.0, 10.0, 1.0, 0.0, 0.0)


def after(busy: float, own: float, delay: float = 0.0, stolen: float = 0.0) -> Reading:
    """A tenth of a second later."""
    return Reading(0.1, 10.0 + busy, 1.0 + own, delay, stolen)


def test_alone() -> None:
    assert taken(START, after(0.1, 0.1), threads=1, cpus=2) == 0.0


def test_what_fits_the_spare_cores_takes_nothing() -> None:
    assert taken(START, after(0.2, 0.1), threads=1, cpus=2) == pytest.approx(0.0)


def test_where_all_cores_are_needed_any_other_use_counts() -> None:
    assert taken(START, after(0.2, 0.19), threads=2, cpus=2) == pytest.approx(0.05)


def test_more_threads_than_cores_need_all_of_them() -> None:
    assert taken(START, after(0.2, 0.19), threads=4, cpus=2) == pytest.approx(0.05)


def test_waiting_for_a_core_counts_as_far_as_others_can_have_caused_it() -> None:
    assert taken(START, after(0.15, 0.1, delay=0.02), threads=1, cpus=2) == pytest.approx(0.2)
    own_threads_wait_for_each_other = after(0.201, 0.2, delay=0.1)
    assert taken(START, own_threads_wait_for_each_other, 2, 2) == pytest.approx(0.005)


def test_what_the_hypervisor_keeps_counts() -> None:
    assert taken(START, after(0.1, 0.1, stolen=0.01), threads=1, cpus=2) == pytest.approx(0.1)


def test_a_coarse_clock_is_given_the_benefit_of_the_doubt() -> None:
    assert taken(START, after(0.12, 0.1), 1, 1, resolution=0.02) == pytest.approx(0.0)


def test_unknown_is_unknown() -> None:
    nothing = Reading(0.1, None, None, None, 0.0)
    assert taken(nothing, nothing, 1, 1) is None


@pytest.mark.skipif(not linux.counts(linux.cpus()), reason="this system has no such counters")
def test_this_system_counts_our_own_work() -> None:
    before = disturbance.read(os.getpid(), linux.cpus())
    while disturbance.read(os.getpid(), linux.cpus()).own == before.own:
        sum(range(100_000))
    later = disturbance.read(os.getpid(), linux.cpus())
    assert later.own is not None and before.own is not None and later.own > before.own
    assert linux.peak_bytes() or 0 > 1 << 20


def test_priorities_are_given_back() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)
    linux.can_be_urgent()
    with linux.urgent(), linux.prompt():
        assert os.getpriority(os.PRIO_PROCESS, 0) <= before[0]
    assert (os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)) == before

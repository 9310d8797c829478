"""What work takes follows from the target's core."""

from dataclasses import replace

import pytest

from tinsmith.kernels.work import (
    arithmetic,
    instructions,
    moved,
    overlapped,
    read_again,
    read_once,
)
from tinsmith.targets import find

V4, ZEN4, A53 = find("x86-64-v4"), find("zen4"), find("cortex-a53")


def test_arithmetic_takes_the_rate_of_vectors() -> None:
    assert arithmetic(V4, 1600, share=1.0) == 1600 / 16 / 2
    assert arithmetic(ZEN4, 1600, share=1.0) == 1600 / 16  # 512 bits in two turns
    assert arithmetic(A53, 1600, 3, share=0.5) == 1600 / 4 * 3 / 0.5


def test_in_order_cores_do_one_thing_after_the_other() -> None:
    assert overlapped(A53, 30.0, 20.0) == 50.0
    assert overlapped(ZEN4, 30.0, 20.0) == 30.0
    assert instructions(A53, 100) == 50.0


def test_reading_takes_the_rate_of_the_nearest_cache() -> None:
    near, far = 100 << 10, 64 << 20
    assert read_again(ZEN4, near) == near / ZEN4.model.l2.bytes_per_cycle
    assert read_again(A53, near, times=3) == 3 * near / A53.model.l2.bytes_per_cycle
    assert read_again(A53, near, threads=4) < read_again(A53, 2 * near, threads=4) / 2.5
    assert read_again(ZEN4, far) == read_once(ZEN4, far) > read_once(ZEN4, near)
    assert read_once(A53, near, threads=4) > read_once(A53, near)


def test_moving_reads_and_writes() -> None:
    assert moved(ZEN4, 64 << 20, 10.0) == read_once(ZEN4, 128 << 20)
    assert moved(ZEN4, 400, 400.0) == instructions(ZEN4, 400.0)


@pytest.mark.parametrize("name", ["zen4", "cortex-a53", "x86-64-v4"])
def test_a_higher_clock_does_not_change_cycles_of_the_core(name: str) -> None:
    target = find(name)
    faster = target.with_model(replace(target.model, clock_ghz=2 * target.model.clock_ghz))
    assert arithmetic(faster, 100) == arithmetic(target, 100)
    assert read_once(faster, 1e6) == pytest.approx(2 * read_once(target, 1e6))

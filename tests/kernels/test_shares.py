"""How work is dealt out to threads."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tinsmith.kernels.addressing import EVEN, chunk_start, even_parts, row_bands
from tinsmith.request import Request
from tinsmith.targets import find


def shares(units: int, inner: int, parts: int, threads: int) -> list[float]:
    """What each thread gets of units that are cut into parts, each done in inner pieces."""
    sizes = [b - a for a, b in pairwise(chunk_start(units, parts, i) for i in range(parts + 1))]
    each = [size / inner for size in sizes for _ in range(inner)]
    cuts = [chunk_start(len(each), threads, t) for t in range(threads + 1)]
    return [sum(each[a:b]) for a, b in pairwise(cuts)]


@given(st.integers(1, 300), st.integers(1, 40), st.integers(1, 12), st.integers(1, 4))
def test_parts_are_near_what_was_wanted_and_shares_no_worse(
        units: int, inner: int, wanted: int, threads: int) -> None:
    parts = even_parts(1, units, inner, wanted, threads)
    assert min(units, (wanted + 1) // 2) <= parts <= min(units, 2 * wanted)
    found = max(shares(units, inner, parts, threads))
    plain = max(shares(units, inner, min(units, wanted), threads))
    assert found <= max(plain, EVEN * units / threads) + 1e-9


@given(st.integers(0, 10_000), st.integers(1, 1000))
def test_chunks_cover_everything_and_differ_by_one(size: int, chunks: int) -> None:
    starts = [chunk_start(size, chunks, i) for i in range(chunks + 1)]
    assert starts[0] == 0
    assert starts[-1] == size
    assert {b - a for a, b in pairwise(starts)} <= {size // chunks, size // chunks + 1}


def test_threads_get_equal_shares_of_a_small_image() -> None:
    """49 pixels in tiles of 5, three groups of channels, two threads: five tiles each."""
    bands, chunks = row_bands(1, 3, 10, Request(find("c"), threads=2), by_rows=False)
    assert chunks == 3 * bands
    assert shares(10, 3, bands, 2) == [15 / 3, 15 / 3]


def test_one_thread_gets_one_band() -> None:
    assert row_bands(4, 3, 10, Request(find("c"))) == (1, 12)

"""The arena planner: no two spans that meet may overlap, and the height stays near the bound."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinsmith.schedule import arena
from tinsmith.schedule.arena import Span, lower_bound, offsets_of

SPANS = st.lists(
    st.builds(lambda size, first, length: Span(size, first, first + length),
              st.integers(1, 1 << 20), st.integers(0, 40), st.integers(0, 12)),
    max_size=30)


@given(SPANS)
@settings(deadline=None, max_examples=150)
def test_spans_that_meet_do_not_overlap(spans: list[Span]) -> None:
    offsets = offsets_of(spans, tries=5)
    for i, a in enumerate(spans):
        for j, b in enumerate(spans[:i]):
            if a.meets(b):
                apart = (offsets[i] + a.size_bytes <= offsets[j]
                         or offsets[j] + b.size_bytes <= offsets[i])
                assert apart, (a, b)


@given(SPANS)
@settings(deadline=None, max_examples=100)
def test_height_is_at_least_the_bound(spans: list[Span]) -> None:
    offsets = offsets_of(spans, tries=5)
    height = max((o + s.size_bytes for o, s in zip(offsets, spans, strict=True)), default=0)
    assert height >= lower_bound(spans)


def test_a_chain_needs_two_neighbours_only() -> None:
    chain = [Span(100, i, i + 1) for i in range(20)]
    offsets = offsets_of(chain)
    assert max(offsets) + 100 == lower_bound(chain) == 200


def test_the_same_spans_give_the_same_offsets() -> None:
    spans = [Span(64 * (i * 7 % 5 + 1), i, i + i % 4) for i in range(25)]
    assert offsets_of(spans) == offsets_of(spans)


@given(SPANS)
@settings(deadline=None, max_examples=100)
def test_many_spans_are_placed_like_few(spans: list[Span]) -> None:
    few = offsets_of(spans, tries=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arena, "MANY", 0)
        assert offsets_of(spans, tries=5) == few


def test_thousands_of_spans_take_seconds() -> None:
    spans = [Span(64 * (i % 7 + 1), i % 1500, 3000 - i % 1500) for i in range(3000)]
    start = time.process_time()
    assert len(offsets_of(spans)) == 3000
    assert time.process_time() - start < 20

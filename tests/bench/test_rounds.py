"""Rounds: what counts, what is thrown away, and when it ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tinsmith.bench.disturbance import LIMIT
from tinsmith.bench.protocol import Block
from tinsmith.bench.rounds import TRIES, Judged, Wanted, measure

WANTED = Wanted(seconds=0.3, least=1)


def block(ms: float) -> Block:
    """A tenth of a second: two runs of so many milliseconds (as far as anyone checks)."""
    return Block((ms * 1e-3, ms * 1e-3), 0.1, 0.05)


@dataclass
class Player:
    """Takes turns as told; the last word is repeated."""

    shares: list[float | None]
    log: list[str] = field(default_factory=list)
    name: str = ""

    def turn(self, wanted: Wanted) -> Judged:
        at = min(self.log.count(self.name), len(self.shares) - 1)
        self.log.append(self.name)
        share = self.shares[at]
        return Judged(block(100.0 if share and share > LIMIT else 1.0), share)


def quiet(text: str) -> None:
    """Says nothing."""


def test_clean_blocks_count_and_no_more_are_run_than_wanted() -> None:
    (found,) = measure([Player([0.0])], WANTED, quiet)
    assert len(found.times) == 6
    assert (found.discarded, found.disturbed) == (0, False)
    assert found.cpu_use == pytest.approx(0.5)


def test_disturbed_blocks_are_thrown_away_and_repeated() -> None:
    (found,) = measure([Player([0.0, 0.5, 2 * LIMIT, 0.0, LIMIT])], WANTED, quiet)
    assert found.times == (1e-3,) * 6
    assert (found.discarded, found.disturbed) == (4, False)


def test_where_all_is_disturbed_it_ends_and_the_least_disturbed_stand_in() -> None:
    player = Player([0.9, 0.4, 0.9, 0.5, 0.9, 0.6, 0.9])
    (found,) = measure([player], WANTED, quiet)
    assert found.disturbed
    assert len(player.log) == 3 * TRIES
    assert (len(found.times), found.discarded) == (6, 2 * 6)


def test_where_the_system_does_not_tell_all_counts() -> None:
    (found,) = measure([Player([None])], WANTED, quiet)
    assert (found.discarded, found.disturbed) == (0, False)


def test_engines_alternate_and_each_comes_first_in_turn() -> None:
    log: list[str] = []
    measure([Player([0.0], log, name) for name in "abc"], WANTED, quiet)
    assert "".join(log) == "abcbcacab"


def test_only_who_was_disturbed_goes_on() -> None:
    log: list[str] = []
    measure([Player([0.0], log, "a"), Player([0.9, 0.0], log, "b")], WANTED, quiet)
    assert log.count("a") == 3
    assert log.count("b") == 4


def test_one_that_fails_does_not_stop_the_others() -> None:
    class Broken(Player):
        def turn(self, wanted: Wanted) -> Judged:
            raise RuntimeError("gone")

    broken, whole = measure([Broken([0.0]), Player([0.0])], WANTED, quiet)
    assert str(broken.failure) == "gone"
    assert len(whole.times) == 6


def test_runs_instead_of_seconds() -> None:
    (found,) = measure([Player([0.0])], Wanted(runs=9), quiet)
    assert len(found.times) == 10
    (found,) = measure([Player([0.0])], Wanted(seconds=0.1, least=7), quiet)
    assert len(found.times) == 8

"""Outputs against the reference."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from tests.cli.models import classifier
from tinsmith.bench.check import ALLOWED, softmax_outputs, verdict
from tinsmith.importers import load

LOGITS = np.array([[8.0, -30.0, 1.0, 7.5]], np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max())
    return raised / raised.sum()


def test_errors_are_shares_of_the_largest_magnitude() -> None:
    want = {"y": np.array([100.0, 1.0], np.float32)}
    found = verdict({"y": want["y"] + np.float32(0.009)}, want, frozenset(), "f32")
    assert found.ok and math.isclose(found.error, 9e-5, rel_tol=0.01)
    assert not verdict({"y": want["y"] + np.float32(0.02)}, want, frozenset(), "f32").ok


def test_what_is_missing_misshapen_or_no_number_is_wrong() -> None:
    want = {"y": np.ones(2, np.float32)}
    for got in ({}, {"y": np.ones(3, np.float32)}, {"y": np.array([1, np.nan], np.float32)}):
        assert not verdict(got, want, frozenset(), "f32").ok


def test_probabilities_are_compared_by_their_logits() -> None:
    want = {"p": softmax(LOGITS)}
    close = LOGITS + np.array([[0, 0.02, 0, 0]], np.float32)
    assert verdict({"p": softmax(close)}, want, frozenset(), "f32").ok  # as numbers all is well
    found = verdict({"p": softmax(close)}, want, frozenset({"p"}), "f32")
    assert not found.ok and found.output == "p"
    assert math.isclose(found.error, 0.02 / 38, rel_tol=0.05)
    assert verdict(want, want, frozenset({"p"}), "f32").error == 0


def test_a_small_precision_is_allowed_more() -> None:
    want = {"y": np.ones(2, np.float32)}
    got = {"y": np.array([1.0, 1.01], np.float32)}
    assert verdict(got, want, frozenset(), "bf16").ok
    assert not verdict(got, want, frozenset(), "f32").ok
    assert ALLOWED["f32"] == 1e-4 and 1e-2 <= ALLOWED["bf16"] <= 3e-2


def test_integers_are_equal_or_wrong() -> None:
    want = {"y": np.array([1, 2])}
    assert verdict({"y": np.array([1, 2])}, want, frozenset(), "f32").ok
    assert not verdict({"y": np.array([1, 3])}, want, frozenset(), "f32").ok


def test_outputs_of_a_softmax_are_found(tmp_path: Path) -> None:
    assert softmax_outputs(load(classifier(tmp_path, softmax=True))) == {"logits"}
    assert softmax_outputs(load(classifier(tmp_path))) == frozenset()

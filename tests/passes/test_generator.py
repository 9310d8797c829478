"""Generated graphs around the patterns of every pass; ``make fuzz`` runs 20,000."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.passes.generator import __main__ as generator
from tests.passes.generator.families import FAMILIES, generated
from tests.passes.generator.trial import REFUSED, RIGHT, WRONG, attempt, compiled
from tinsmith.ir.graph import Graph
from tinsmith.ir.patch import OnSkip
from tinsmith.ops.activations import HardSigmoid
from tinsmith.passes import standard

COUNT, PARTS, SEED = 500, 5, 1


@pytest.mark.parametrize("part", range(PARTS))
def test_every_change_and_every_whole_is_right(part: int) -> None:
    size = COUNT // PARTS
    trials = [attempt(number, SEED) for number in range(part * size, (part + 1) * size)]
    assert [t for t in trials if t.verdict == WRONG] == []
    assert Counter(t.verdict for t in trials)[REFUSED] < size // 5


@pytest.mark.cc
def test_compiled_code_agrees() -> None:
    numbers = [n for n in range(0, COUNT, 25) if attempt(n, SEED).verdict == RIGHT]
    assert len(numbers) > 10
    assert [t for t in compiled(numbers, SEED) if t.verdict == WRONG] == []


def test_a_number_and_a_seed_are_one_graph() -> None:
    models = [generated(n, s)[1].model("v0").SerializeToString()
              for n, s in ((8, 0), (8, 0), (8, 1), (8 + len(FAMILIES), 0))]
    assert models[0] == models[1]
    assert len(set(models)) == 3


def test_a_pass_that_is_wrong_is_found_and_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    def recognise_hardsigmoid(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
        """Forgets the offset."""
        after = standard.recognise_hardsigmoid(graph, on_skip)
        if after is graph:
            return graph
        return after.replace(nodes=tuple(
            node.replace(op=HardSigmoid(node.op.alpha, 0.5)) if isinstance(node.op, HardSigmoid)
            else node for node in after.nodes))

    changed = tuple(tuple(recognise_hardsigmoid if p.__name__ == "recognise_hardsigmoid" else p
                          for p in group) for group in standard.STANDARD)
    monkeypatch.setattr("tinsmith.pipeline.STANDARD", changed)
    monkeypatch.setattr(generator, "FOLDER", tmp_path)
    family = next(i for i, f in enumerate(FAMILIES) if f.name == "hardsigmoid")
    numbers = range(family, 40 * len(FAMILIES), len(FAMILIES))
    trials = generator.run(numbers, SEED, every=0, quiet=True)
    wrong = [t for t in trials if t.verdict == WRONG]
    assert wrong
    assert all("pass 'recognise_hardsigmoid'" in t.why for t in wrong)
    assert len(list(tmp_path.glob(f"{SEED}-*-hardsigmoid.onnx"))) == len(wrong)
    assert f"again: --seed {SEED} --only {wrong[0].number}" in capsys.readouterr().out

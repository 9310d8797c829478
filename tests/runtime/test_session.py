"""Sessions are of this machine's instructions."""

from __future__ import annotations

import pytest

from tests.schedule.test_prepared import convolutions
from tinsmith import pipeline
from tinsmith.errors import TargetError
from tinsmith.runtime.session import load
from tinsmith.targets.native import CHOICE


@pytest.mark.parametrize("target", ["cortex-m4", "riscv64", "x86-64-v2"])
def test_code_for_other_machines_is_refused(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of a library that cannot be loaded, or a process that ends."""
    monkeypatch.setenv(CHOICE, "c")
    graph = convolutions(0)
    plan = pipeline.plan(graph, pipeline.request_for(graph, target, 1))
    with pytest.raises(TargetError, match=f"code runs on this machine, got {target}; compile it"):
        load(plan)

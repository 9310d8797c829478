"""What the small engines share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinsmith.bench.engine import Converted, LayerTime, Settings
from tinsmith.dtypes import Array


@dataclass(frozen=True)
class Adder:
    """A runner of y = a + b."""

    off_by: float = 0.0

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        return {"y": feeds["a"] + feeds["b"] + np.float32(self.off_by)}

    def layers(self, feeds: Mapping[str, Array], runs: int) -> Sequence[LayerTime] | None:
        return [LayerTime("add", "Add", 1e-6), LayerTime("conv", "Convolution", 2e-6)]


@dataclass(frozen=True)
class Small:
    """An engine that can only add."""

    name: str
    requirement: str = "small"
    precisions: tuple[str, ...] = ("f32",)

    def version(self) -> str:
        return "1.0"

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        made = folder / "made.json"
        made.write_text(json.dumps({"threads": settings.threads}))
        return Converted((made, model))

    def load(self, model: Path, converted: Converted, settings: Settings) -> Adder:
        assert json.loads(converted.files[0].read_text()) == {"threads": settings.threads}
        assert converted.files[1].read_bytes() == model.read_bytes()
        return Adder()

"""Is off by a little."""

from pathlib import Path

from tests.bench.engines.base import Adder, Small
from tinsmith.bench.engine import Converted, Settings


class Wrong(Small):
    def load(self, model: Path, converted: Converted, settings: Settings) -> Adder:
        return Adder(0.01)


ENGINE = Wrong("Wrong", precisions=("f32", "bf16"))

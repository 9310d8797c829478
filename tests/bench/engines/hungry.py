"""Takes 200 MB."""

from pathlib import Path

import numpy as np

from tests.bench.engines.base import Adder, Small
from tinsmith.bench.engine import Converted, Settings


class Hungry(Small):
    def load(self, model: Path, converted: Converted, settings: Settings) -> Adder:
        np.ones(200_000_000, np.uint8)
        return Adder()


ENGINE = Hungry("Hungry")

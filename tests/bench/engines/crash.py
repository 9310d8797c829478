"""Ends its process on the way."""

import os
from collections.abc import Mapping
from pathlib import Path

from tests.bench.engines.base import Adder, Small
from tinsmith.bench.engine import Converted, Settings
from tinsmith.dtypes import Array


class Crashing(Adder):
    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        os.write(2, b"something about a bad address\n")
        os.abort()


class Crash(Small):
    def load(self, model: Path, converted: Converted, settings: Settings) -> Adder:
        return Crashing()


ENGINE = Crash("Crash")

"""Says that it cannot convert, and counts how often it was asked."""

import os
from pathlib import Path

from tests.bench.engines.base import Small
from tinsmith.bench.engine import CannotRunError, Converted, Settings


class Cannot(Small):
    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        with Path(os.environ["TINSMITH_CACHE"], "asked").open("a") as file:
            file.write("x")
        raise CannotRunError("has no Add")


ENGINE = Cannot("Cannot")

"""Does all it should."""

from tests.bench.engines.base import Small

ENGINE = Small("Right")

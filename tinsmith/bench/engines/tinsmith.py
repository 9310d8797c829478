"""Tinsmith: compiled before, loaded as a product would: a library, and weights that are mapped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import tinsmith
from tinsmith.bench.engine import Converted, LayerTime, Settings
from tinsmith.dtypes import Array

if TYPE_CHECKING:
    from tinsmith.runtime.network import Network

LIBRARY, WEIGHTS, INTERFACE = "network.so", "weights.bin", "interface.json"
ASIDE = ("bench", "cli", "zoo")


@dataclass(frozen=True, slots=True)
class TinsmithRunner:
    """A loaded network."""

    network: Network

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """One inference."""
        return self.network.run(feeds)

    def layers(self, feeds: Mapping[str, Array], runs: int) -> Sequence[LayerTime]:
        """The mean time of each step."""
        return [LayerTime(", ".join(step.facts.origin) or step.facts.name, step.facts.op,
                      sum(step.seconds) / len(step.seconds))
                for step in self.network.profile(feeds, runs)]


@dataclass(frozen=True, slots=True)
class Tinsmith:
    """This project."""

    name: str = "Tinsmith"
    requirement: str = "tinsmith"
    precisions: tuple[str, ...] = ("f32", "bf16", "f16")

    def version(self) -> str:
        """The version, with a hash of the sources, since kernels change between versions."""
        return f"{tinsmith.__version__}+{sources_digest()[:7]}"

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """Compiles the model."""
        from tinsmith import pipeline
        from tinsmith.importers import load
        from tinsmith.runtime.session import weights_of

        session = pipeline.compile(load(model), threads=settings.threads,
                                   precision=settings.precision, check=False)
        (folder / LIBRARY).write_bytes(session.library.read_bytes())
        (folder / WEIGHTS).write_bytes(weights_of(session.plan).tobytes())
        (folder / INTERFACE).write_text(json.dumps(session.interface.data()), "utf-8")
        return Converted((folder / WEIGHTS,), (folder / LIBRARY,))

    def load(self, model: Path, converted: Converted, settings: Settings) -> TinsmithRunner:
        """Maps the weights and loads the library."""
        from tinsmith.emit.interface import parse
        from tinsmith.runtime.bundle import mapped
        from tinsmith.runtime.network import Network

        (library,) = converted.binary
        path = library.with_name(INTERFACE)
        interface = parse(json.loads(path.read_bytes()), str(path))
        weights = mapped(library.with_name(WEIGHTS), interface.weights_bytes)
        return TinsmithRunner(Network(interface, library, weights, settings.threads))


@cache
def sources_digest() -> str:
    """A hash of all that decides what a compiled network is."""
    root = Path(tinsmith.__file__).parent
    total = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".h", ".c", ".toml", ".txt") and (
                path.relative_to(root).parts[0] not in ASIDE):
            total.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return total.hexdigest()


ENGINE = Tinsmith()

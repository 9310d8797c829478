"""Converts a model to an engine's own form, in a process of its own, and keeps the result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tinsmith.bench import registry
from tinsmith.bench.engine import CannotRunError, Converted, Settings
from tinsmith.bench.models import Prepared
from tinsmith.bench.protocol import AskConvert
from tinsmith.bench.results import Entrant
from tinsmith.bench.worker import Worker, WorkerError
from tinsmith.toolchain.cache import Cache, default_root

RESULT = "converted.json"
LIMIT_S = 1800.0
CACHE_BYTES = 16 << 30


def cache() -> Cache:
    """Where converted models are kept, apart from compiled code, which is far smaller."""
    return Cache(default_root() / "bench", CACHE_BYTES)


def convert(entrant: Entrant, prepared: Prepared, settings: Settings) -> Converted:
    """The model in the engine's form, made now or earlier.

    Raises:
        CannotRunError: the engine cannot convert it, now or earlier.
        WorkerError: its process failed in another way.
    """
    if not getattr(registry.find(entrant.name), "threads_matter", True):
        settings = replace(settings, threads=1)
    words = ["convert", registry.source_digest(entrant.name), entrant.version, prepared.digest,
             prepared.model.name, str(settings.threads), settings.precision]
    key = hashlib.sha256("\n".join(words).encode()).hexdigest()
    store = cache()
    entry = store.fetch(key) or store.publish(
        key, lambda folder: make(entrant, prepared, settings, folder))
    store.trim(every_s=60)
    return read(entry)


def make(entrant: Entrant, prepared: Prepared, settings: Settings, folder: Path) -> None:
    """Fills a cache entry: the converted model, or why there is none."""
    with Worker(entrant.name) as worker:
        try:
            made = worker.ask(AskConvert(prepared.model, folder, settings), Converted, LIMIT_S)
        except WorkerError as error:
            if not error.expected:
                raise
            (folder / RESULT).write_text(json.dumps({"cannot": str(error)}), "utf-8")
            return
    result = {"files": [within(path, folder, prepared.model) for path in made.files],
              "binary": [within(path, folder, prepared.model) for path in made.binary]}
    (folder / RESULT).write_text(json.dumps(result), "utf-8")


def within(path: Path, folder: Path, model: Path) -> str:
    """A path as it is kept: inside the entry without its folder, the model itself copied."""
    if path.resolve() == model.resolve():
        copy = folder / model.name
        if not copy.exists():
            copy.write_bytes(model.read_bytes())
        path = copy
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def read(entry: Path) -> Converted:
    """What ``make`` wrote."""
    result = json.loads((entry / RESULT).read_text("utf-8"))
    if "cannot" in result:
        raise CannotRunError(result["cannot"])
    return Converted(*(tuple(entry / name for name in result[kind])
                       for kind in ("files", "binary")))


def total_bytes(paths: Sequence[Path]) -> int | None:
    """The size of files; None if there are none, or one is gone."""
    try:
        return sum(path.stat().st_size for path in paths) if paths else None
    except OSError:
        return None

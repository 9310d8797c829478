"""Spoils models: bytes at random, or the structure behind them, always the same for one number."""

from __future__ import annotations

import random
from collections.abc import Callable

from google.protobuf.message import DecodeError, EncodeError
from onnx import ModelProto

from tests.robustness import mutate_graph, mutate_nodes, mutate_values
from tests.robustness.corpus import Seed, corpus
from tests.robustness.mutate_bytes import spoil_bytes

TRIES = 30  # to find a mutation for which the model has a place
Mutation = Callable[[ModelProto, random.Random], None]


def spoilt(number: int, seed: int) -> tuple[Seed, str]:
    """Model ``number`` of a run with ``seed``, and what was done to it."""
    rng = random.Random(f"{seed}/{number}")
    made, official, networks = corpus()
    group = rng.choices((made, official, networks), (45, 50, 5))[0]
    source = rng.choice(group)
    if rng.random() < 0.35:
        data, what = spoil_bytes(source.data, rng)
    else:
        data, what = _spoil_structure(source.data, rng)
    files = dict(source.files)
    if files and rng.random() < 0.3:
        name = rng.choice(list(files))
        files[name] = files[name][:rng.randrange(len(files[name]) + 1)]
        what += " shorter-file"
    if files and rng.random() < 0.05:
        files = {}
        what += " no-file"
    return Seed(f"{number}-{source.name}", data, files), what


def _spoil_structure(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    model = ModelProto.FromString(data)
    done: list[str] = []
    wanted = rng.choice((1, 1, 1, 2, 2, 3, 5))
    for _ in range(TRIES):
        way = rng.choice(WAYS)
        try:
            way(model, rng)
            done.append(way.__name__)
        except (ValueError, TypeError, IndexError, KeyError, DecodeError, OverflowError):
            continue  # the model has nothing of the kind
        if len(done) == wanted:
            break
    try:
        return model.SerializeToString(), " ".join(done)
    except (EncodeError, ValueError):
        return data, "unwritable"


WAYS: tuple[Mutation, ...] = (*mutate_values.WAYS, *mutate_nodes.WAYS, *mutate_graph.WAYS)

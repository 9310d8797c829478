"""What the bench asks of an engine, and what an engine gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tinsmith.dtypes import Array
from tinsmith.errors import UnsupportedError


class CannotRunError(UnsupportedError):
    """An engine cannot convert or run this network; the text is the reason, on one line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How an engine shall run.

    Attributes:
        threads: as many as it may use, and should.
        precision: of the arithmetic: f32, bf16 or f16.
    """

    threads: int = 1
    precision: str = "f32"


@dataclass(frozen=True, slots=True)
class LayerTime:
    """One layer's time as an engine reports it.

    Attributes:
        name: the engine's name for it, made of the model's names where the engine keeps them.
        kind: the engine's word for what it is, such as Convolution.
        seconds: of one run.
    """

    name: str
    kind: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Converted:
    """A model in an engine's own form.

    Attributes:
        files: what a product would ship with the engine: model, weights, generated code.
        binary: the engine's own libraries that a product would ship; () if unknown.
    """

    files: tuple[Path, ...]
    binary: tuple[Path, ...] = ()


class Runner(Protocol):
    """A loaded network, warm or not."""

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """One inference: arrays by the names of the ONNX model's inputs and outputs.

        The layout and element type of both are the ONNX model's, whatever the engine works in:
        conversions are part of the time.
        """

    def layers(self, feeds: Mapping[str, Array], runs: int) -> Sequence[LayerTime] | None:
        """The mean time of each layer over ``runs`` runs; None if the engine cannot tell."""


class Engine(Protocol):
    """One engine: all its package's particulars are behind this."""

    name: str
    """As the tables show it: ONNX Runtime."""

    requirement: str
    """What pip installs, one or several: onnxruntime>=1.20."""

    precisions: tuple[str, ...]
    """The precisions it can run in."""

    def version(self) -> str:
        """The installed version. Raises ``ImportError`` if the package is missing."""

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """The ONNX file ``model``, its shapes static, in the engine's form, written to ``folder``.

        It runs in a process of its own, and its result is kept. Raises ``CannotRunError``.
        An engine with an attribute ``threads_matter`` that is False converts once for all numbers
        of threads.
        """

    def load(self, model: Path, converted: Converted, settings: Settings) -> Runner:
        """A runner in this process, ready for its first run. Raises ``CannotRunError``."""

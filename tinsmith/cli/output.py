"""Where a command's words go: results to stdout, messages and progress to stderr."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

Shown: TypeAlias = "RenderableType"

WIDE = 200  # columns when nobody looks: a file or a pipe must not be cut


class Output:
    """The streams of one command, as its options want them."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.json: bool = getattr(args, "json", False)
        self.quiet: bool = getattr(args, "quiet", False)

    def say(self, text: str) -> None:
        """A message for the person at the terminal."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    @contextmanager
    def progress(self, start: str) -> Iterator[Callable[[str], None]]:
        """A line that changes while long work goes on; call what it gives with the next words."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda text: None
            return
        with _console(sys.stderr.isatty(), stderr=True).status(start) as status:
            yield status.update

    def result(self, data: Mapping[str, object], *shown: Shown) -> None:
        """The command's answer: ``data`` as JSON, or what is to be ``shown`` for people."""
        if self.json:
            sys.stdout.write(json.dumps(plain(data), indent=2) + "\n")
            return
        terminal = sys.stdout.isatty()
        console = _console(terminal)
        with console.capture() as capture:
            for part in shown:
                console.print(part, highlight=False)
        lines = capture.get().splitlines()
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in lines))


def _console(terminal: bool, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, width=None if terminal else WIDE, soft_wrap=not terminal,
                   emoji=False, markup=True)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table that leaves out its optional columns, the last first, where the terminal is narrow.

    A column whose name starts with '?' is optional; one that then starts with '>' is set to the
    right.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        """What rich calls to draw it."""
        kept, endless = list(range(len(self.columns))), options.update(max_width=10_000)
        while True:
            made = self._table(kept)
            optional = [i for i in kept if self.columns[i].startswith("?")]
            width = console.measure(made, options=endless).maximum
            if not optional or width <= options.max_width:
                yield made
                return
            kept.remove(optional[-1])

    def _table(self, kept: Sequence[int]) -> Table:
        from rich import box
        from rich.table import Table

        names = [self.columns[i].removeprefix("?") for i in kept]
        made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False,
                     show_header=any(name.strip(">") for name in names))
        for name in names:
            right = name.startswith(">")
            made.add_column(name.removeprefix(">"), justify="right" if right else "left",
                            no_wrap=right)
        for row in self.rows:
            made.add_row(*(row[i] for i in kept))
        return made


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Shown:
    """A table of any cells; see ``Grid`` for the names of columns."""
    return Grid(tuple(columns), tuple(tuple(text(cell) for cell in row) for row in rows))


def text(words: object) -> str:
    """Text in which nothing is taken for markup."""
    from rich.markup import escape

    return escape(str(words))


def plain(value: object) -> object:
    """A value made of what JSON knows; numbers that JSON lacks become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def weights(stored: int, kept: int, prepared: int) -> str:
    """Bytes of weights for people: as stored, and what loading makes of them."""
    if not prepared:
        return size(stored)
    return f"{size(stored)} stored; loaded: {size(kept)} as stored, {size(prepared)} transformed"


def size(count: float) -> str:
    """Bytes for people."""
    if abs(count) < 1024:
        return f"{count:.0f} B"
    for unit in ("KiB", "MiB"):
        count /= 1024
        if abs(count) < 1024:
            return f"{count:.1f} {unit}"
    return f"{count / 1024:.1f} GiB"


def amount(count: float) -> str:
    """A large number for people: 1.2 k, 3.4 M, 5.6 G."""
    for unit in ("", " k", " M"):
        if abs(count) < 1000:
            return f"{count:.0f}" if not unit else f"{count:.1f}{unit}"
        count /= 1000
    return f"{count:.2f} G"


def span(seconds: float) -> str:
    """A time for people."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} µs"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"

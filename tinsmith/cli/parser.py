"""Words of the command line: parsers, options that several commands share, and their types."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeAlias

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.request import POLICIES

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
_DIMENSION = re.compile(r"\d{1,9}")
_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)


class Parser(argparse.ArgumentParser):
    """An argparse parser whose complaint is one line and a pointer to the help."""

    def error(self, message: str) -> NoReturn:
        """Ends the program with exit code 2."""
        sys.stderr.write(f"{self.prog}: {message}\n{self.prog} --help shows how to use it\n")
        self.exit(2)


def global_options() -> Parser:
    """The options that stand before or after the command."""
    parser = Parser(add_help=False)
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", default=argparse.SUPPRESS,
                       help="print the result as JSON, and nothing else, to stdout")
    group.add_argument("-q", "--quiet", action="store_true", default=argparse.SUPPRESS,
                       help="no messages and no progress on stderr; errors only")
    return parser


def command(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
    examples: str,
) -> argparse.ArgumentParser:
    """Adds a command; ``examples`` are shown at the end of its help, one a line."""
    shown = "\n".join(f"  {line.strip()}" for line in examples.strip().splitlines())
    parser = commands.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"examples:\n{shown}", parents=[global_options()],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    return parser


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """How a model file is read."""
    group = parser.add_argument_group("model")
    group.add_argument("--shape", type=shape, action="append", default=[],
                       metavar="NAME=1x3x224x224",
                       help="the shape of an input, whatever the model declares; may be repeated")
    group.add_argument("--bind", type=binding, action="append", default=[],
                       metavar="NAME=FILE.npy",
                       help="make an input a constant: an array, or a number (NAME=16000); may be "
                            "repeated")
    group.add_argument("--rows", type=bound, action="append", default=[], metavar="NAME=100",
                       help="how many places a NonZero finds at most, by the name of its output; "
                            "may be repeated")


def add_build_options(parser: argparse.ArgumentParser, target: bool = True) -> None:
    """How a network is scheduled and built."""
    group = parser.add_argument_group("code")
    if target:
        group.add_argument("--target", default="native", metavar="T",
                           help="the machine to compile for (tinsmith targets lists them)")
    group.add_argument("--threads", type=count, metavar="N",
                       help="the most threads it may use; all cores by default")
    add_compiler_option(group)
    group.add_argument("--exact", action="store_true", help="keep to direct algorithms")
    group.add_argument("--prefer", choices=("time", "memory"), default="time",
                       help="what to save; memory: filters as they are stored, and one copy of the "
                            "code for layers that differ only in size")
    group.add_argument("--precision", type=precision, default="f32", metavar="f32|bf16|f16|auto",
                       help="how weights and activations are stored: bf16: both; f16: weights that "
                            "wait for memory; auto: whatever is quicker within what rounding may "
                            "take; arithmetic is float32")
    group.add_argument("--keep", type=kept, action="append", default=[], metavar="f32:NODE",
                       help="a node that stays float32 all the same; may be repeated")


def add_compiler_option(group: argparse._ActionsContainer) -> None:
    """Which C compiler builds."""
    group.add_argument("--cc", default="zig", metavar="zig|gcc|clang",
                       help="the C compiler (a version or a path is fine: gcc-12)")


def add_paranoid_option(parser: argparse.ArgumentParser) -> None:
    """Whether passes are checked on numbers."""
    parser.add_argument("--paranoid", action="store_true",
                        help="try out each change of the network on numbers, as it is made; takes "
                             "seconds to minutes")


def count(text: str) -> int:
    """A whole number from 1 to a million."""
    if not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from 1 to 1000000, got '{text}'")
    return int(text)


def precision(text: str) -> str:
    """A precision that networks can be lowered to."""
    if text not in POLICIES:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(POLICIES)}, got '{text}'")
    return text


def kept(text: str) -> str:
    """The node of ``f32:NODE``."""
    policy, colon, name = text.partition(":")
    if policy != "f32" or not colon or not name:
        raise argparse.ArgumentTypeError(f"expected f32:NODE, got '{text}'")
    return name


def seed(text: str) -> int:
    """A whole number from 0 on, of at most 63 bits."""
    if not text.isdecimal() or len(text) > 19 or int(text) >= 1 << 63:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from 0 to {(1 << 63) - 1}, got '{text}'")
    return int(text)


def shape(text: str) -> tuple[str, tuple[int, ...]]:
    """``NAME=1x3x224x224``."""
    name, equals, numbers = text.rpartition("=")
    parts = re.split(r"[x,]", numbers) if numbers else []
    if not equals or not name or not all(_DIMENSION.fullmatch(p) for p in parts):
        raise argparse.ArgumentTypeError(f"expected NAME=1x3x224x224, got '{text}'")
    return name, tuple(int(p) for p in parts)


def binding(text: str) -> tuple[str, Path | Array]:
    """``NAME=FILE.npy``, or ``NAME=16000`` and ``NAME=1,2,3``: numbers."""
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise argparse.ArgumentTypeError(f"expected NAME=FILE.npy or NAME=16000, got '{text}'")
    words = value.split(",")
    if not all(_NUMBER.fullmatch(word) for word in words):
        return name, Path(value)
    whole = all(word.lstrip("+-").isdecimal() and abs(int(word)) < 1 << 63 for word in words)
    found = np.array([int(w) if whole else float(w) for w in words])
    return name, found if len(words) > 1 else found.reshape(())


def bound(text: str) -> tuple[str, int]:
    """``NAME=100``."""
    name, equals, number = text.rpartition("=")
    if not equals or not name or not _DIMENSION.fullmatch(number) or int(number) == 0:
        raise argparse.ArgumentTypeError(f"expected NAME=100, at least 1, got '{text}'")
    return name, int(number)


def numbers(text: str) -> tuple[float, ...]:
    """``123.7,116.3,103.5``, or one number for all channels."""
    found = tuple(number(part) for part in text.split(","))
    if None in found:
        raise argparse.ArgumentTypeError(
            f"expected a number, or several with commas between, got '{text}'")
    return tuple(each for each in found if each is not None)


def share(text: str) -> float:
    """A number from 0 to 1."""
    found = number(text)
    if found is None or not 0 <= found <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got '{text}'")
    return found


def number(text: str) -> float | None:
    """A finite number; None for any other text."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def word(text: str) -> str:
    """Any text but an empty one."""
    if not text.strip():
        raise argparse.ArgumentTypeError("expected a name, got none")
    return text

"""The exceptions of Tinsmith.

    TinsmithError
    ├── UserError            the input is at fault; exit code 1
    │   ├── ModelError         a model file is damaged or contradicts itself
    │   │   └── ShapeError       operands whose shapes, types or attributes do not fit an operator
    │   ├── UnsupportedError   the input is valid, but not (yet) something we compile
    │   ├── TargetError        the target is unknown or lacks what the network needs
    │   ├── DataError          an input tensor, image or folder is not what was asked for
    │   └── ToolchainError     a compiler or emulator is missing or refuses to work
    ├── UsageError           the command line is at fault; exit code 2
    └── InternalError        a defect of ours; exit code 3
        └── SelftestError      compiled code gives other answers than the network

Every text has one form: ``<stage>: <what> '<name>': expected <x>, got <y>; <what to do>``.
"""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_WORD = 160
LONGEST_TEXT = 1200


class TinsmithError(Exception):
    """The root of all errors that this package raises on purpose."""

    exit_code = 3

    def __init__(self, text: str = "") -> None:
        """The text is made printable: names in model files can hold anything."""
        super().__init__(printable(text))


def printable(text: str) -> str:
    """``text`` without control characters and surrogates; long words and texts lose their middle.

    Line breaks stay only where the next line is indented: in what a compiler said.
    """
    whole = "".join(
        c if c.isprintable() or (c == "\n" and text[i + 1:i + 3] == "  ")
        else c.encode("unicode_escape").decode() for i, c in enumerate(text))
    short = " ".join(_cut(word, LONGEST_WORD) for word in whole.split(" "))
    return _cut(short, LONGEST_TEXT)


def _cut(text: str, longest: int) -> str:
    """``text`` without its middle if it is longer than ``longest``."""
    if len(text) <= longest:
        return text
    return f"{text[:longest * 2 // 3]}[...]{text[-longest // 4:]}"


class UserError(TinsmithError):
    """What the user gave cannot be used as it is. The text says what to change."""

    exit_code = 1


class ModelError(UserError):
    """A model is damaged, incomplete or contradicts itself."""


class ShapeError(ModelError):
    """Operands do not fit each other; with other shapes of the inputs they might."""


class UnsupportedError(UserError):
    """A model is valid but asks for something that Tinsmith does not compile."""


class TargetError(UserError):
    """A target is unknown, or cannot hold or run the network."""


class DataError(UserError):
    """An input tensor, image, file or folder is not what the network asks for."""


class ToolchainError(UserError):
    """A compiler, linker or emulator is missing, or failed on what it was given."""


class UsageError(TinsmithError):
    """The command line contradicts itself."""

    exit_code = 2


class InternalError(TinsmithError):
    """Tinsmith is wrong. The text says where, so that it can be reported."""


class SelftestError(InternalError):
    """Compiled code gives other answers than the network; ``lines``: all that the test said."""

    def __init__(self, text: str = "", lines: Sequence[str] = ()) -> None:
        """``lines`` in addition to the text."""
        super().__init__(text)
        self.lines = tuple(lines)


class UntestedWarning(UserWarning):
    """A network was compiled, but not put to its self-test."""

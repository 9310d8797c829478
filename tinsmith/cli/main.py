"""``tinsmith``: reads the command line, runs one command, turns every failure into one message."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType

import tinsmith
import tinsmith.cli as package
from tinsmith.cli.parser import Commands, Parser, global_options
from tinsmith.errors import TinsmithError

DEBUG = "TINSMITH_DEBUG"
USER, INTERNAL, INTERRUPTED = 1, 3, 130
EPILOG = """\
examples:
  tinsmith zoo squeezenet1.1 -o squeezenet.onnx
  tinsmith compile squeezenet.onnx -o build/squeezenet
  tinsmith run build/squeezenet cat.jpg --labels imagenet.txt

exit codes: 0 done, 1 the input is at fault, 2 the command line is, 3 Tinsmith is, 130 interrupted
"""


@cache
def commands(only: str = "") -> tuple[ModuleType, ...]:
    """The modules of this folder that are commands, in the order of their names.

    ``only``: the name of the one that will run; then no other is imported.
    """
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__)
                   if not info.ispkg and info.name != "main")
    modules = [importlib.import_module(f"{package.__name__}.{name}")
               for name in ([only] if only in names else names)]
    return tuple(module for module in modules if hasattr(module, "add")) or commands()


def make_parser(only: str = "") -> argparse.ArgumentParser:
    """The parser of all commands, or of ``only`` one."""
    parser = Parser(
        prog="tinsmith", epilog=EPILOG, parents=[global_options()],
        description="Compiles trained neural networks to plain C for small machines.",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"tinsmith {tinsmith.__version__}")
    subparsers: Commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in commands(only):
        module.add(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line ``argv`` (the process's own by default); returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = dispatch(words)
        sys.stdout.flush()
        return code
    except SystemExit as end:  # argparse: --help, --version, a usage error
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return report("KeyboardInterrupt", "interrupted", INTERRUPTED, words)
    except Exception as error:
        if os.environ.get(DEBUG):
            traceback.print_exc()
        return report(type(error).__name__, message(error), code_of(error), words)


def dispatch(words: Sequence[str]) -> int:
    """Parses the words and runs the command that they name."""
    parser = make_parser(next((word for word in words if not word.startswith("-")), ""))
    if not words:
        parser.print_help()
        return 0
    args = parser.parse_args(words)
    command: Callable[[argparse.Namespace], int] | None = getattr(args, "run", None)
    if command is None:
        parser.error("expected a command, got none; tinsmith --help lists them")
    if not os.environ.get(DEBUG):
        warnings.simplefilter("ignore")
    return command(args)


def code_of(error: Exception) -> int:
    """The exit code for an error."""
    if isinstance(error, TinsmithError):
        return error.exit_code
    return USER if isinstance(error, OSError | MemoryError | RecursionError) else INTERNAL


def message(error: Exception) -> str:
    """One text for any error, in the form of errors.py."""
    if isinstance(error, TinsmithError):
        return str(error)
    if isinstance(error, OSError):
        return (f"cli: file '{error.filename or 'output'}': expected to use it, got "
                f"'{error.strerror or error}'; check the path, its permissions and the disk")
    if isinstance(error, MemoryError):
        return ("cli: memory: expected enough for this network, got none left; "
                "free some, or take a smaller network or shape")
    if isinstance(error, RecursionError):
        return ("cli: model: expected graphs nested a few levels deep, got more than can be "
                "followed; simplify the model")
    where = traceback.extract_tb(error.__traceback__)[-1]
    file = where.filename.rpartition(f"{os.sep}tinsmith{os.sep}")[2]
    return (f"internal error: {type(error).__name__} '{error}' in {where.name} ({file}:"
            f"{where.lineno}); please report it; set {DEBUG}=1 for the traceback")


def report(kind: str, text: str, code: int, words: Sequence[str]) -> int:
    """Prints an error: to stderr, and as JSON to stdout where that was asked for."""
    try:
        print(f"tinsmith: {text}", file=sys.stderr)
        if "--json" in words:
            print(json.dumps({"error": {"kind": kind, "message": text, "exit_code": code}}))
            sys.stdout.flush()
    except OSError:
        pass  # there is nowhere left to say it
    return code


if __name__ == "__main__":
    sys.exit(main())

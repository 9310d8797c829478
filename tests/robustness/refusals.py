"""What an error for the user looks like, from Python and from the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.cli.models import Done, tinsmith
from tests.robustness.trial import ONE_LINE
from tinsmith.errors import UserError

ROOT = Path(__file__).parents[2]


def is_clear(error: UserError) -> bool:
    return bool(ONE_LINE.fullmatch(str(error))) and error.exit_code == 1


def refused(*words: object) -> str:
    """The one line that a call of the command line ends with."""
    return one_line(tinsmith(*words))


def one_line(done: Done) -> str:
    assert done.code == 1, done
    assert done.out == ""
    assert done.err.count("\n") == 1, done.err
    text = done.err.removeprefix("tinsmith: ").rstrip("\n")
    assert ONE_LINE.fullmatch(text), text
    return text


def run_apart(*words: object, **environment: str) -> Done:
    """The command line in a process of its own, under whatever limits ``before`` sets there."""
    done = subprocess.run(
        [sys.executable, "-m", "tinsmith", *map(str, words)], cwd=ROOT, text=True,
        capture_output=True, check=False, env={**os.environ, **environment})
    return Done(done.returncode, done.stdout, done.stderr)

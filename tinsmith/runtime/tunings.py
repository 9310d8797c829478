"""The database of timings, and of what cores do: one file for a user, shared by all processes."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from platformdirs import user_data_dir

from tinsmith.errors import DataError, ToolchainError
from tinsmith.request import Request
from tinsmith.schedule.timings import Measured, Timing, machine_key
from tinsmith.schedule.work import UNTIMED, Timings
from tinsmith.toolchain.compiler import find_compiler

FORMAT = "tinsmith tunings 2"
TABLE = """\
CREATE TABLE IF NOT EXISTS measured (
    machine TEXT, compiler TEXT, layer TEXT, kernel TEXT, version TEXT, forms TEXT,
    variant TEXT, seconds REAL,
    PRIMARY KEY (machine, compiler, layer, kernel, version, forms, variant))"""
CORES = """\
CREATE TABLE IF NOT EXISTS cores (
    core TEXT, figure TEXT, value REAL, PRIMARY KEY (core, figure))"""
FIELDS = ("layer", "kernel", "version", "forms", "variant", "seconds")


def default_path() -> Path:
    """$TINSMITH_TUNINGS, or a file in the user's data folder."""
    chosen = os.environ.get("TINSMITH_TUNINGS")
    return Path(chosen) if chosen else Path(user_data_dir("tinsmith")) / "tunings.db"


def timings_for(request: Request, path: Path | None = None) -> Timings:
    """What the database knows of a machine and a compiler, for the scheduler.

    Raises:
        DataError: the file is no database of timings.
    """
    path = path or default_path()
    if not _is_there(path):
        return UNTIMED
    try:
        release = find_compiler(request.compiler, request.target).release
    except ToolchainError:  # whoever builds will hear of it
        return UNTIMED
    found = load(path, machine_key(request.target), release)
    return Measured(found) if found else UNTIMED


def load(path: Path, machine: str, compiler: str) -> tuple[Timing, ...]:
    """What was measured on a machine with a compiler; nothing where there is no file.

    Raises:
        DataError: the file is no database of timings.
    """
    if not _is_there(path):
        return ()
    with _open(path) as database:
        rows = database.execute(
            f"SELECT {', '.join(FIELDS)} FROM measured WHERE machine = ? AND compiler = ?",
            (machine, compiler)).fetchall()
    return tuple(_timing(*row) for row in rows)


def save(path: Path, machine: str, compiler: str, timings: Iterable[Timing]) -> None:
    """Adds timings; of what was measured before, the new ones replace the old.

    Raises:
        DataError: the file cannot be written, or is something else.
    """
    _make_folder(path)
    with _open(path) as database:
        database.executemany(
            "INSERT OR REPLACE INTO measured VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(machine, compiler, t.layer, t.kernel, t.version, t.forms, _text(t), t.seconds)
             for t in timings])
        database.commit()


def kept_figures(path: Path, core: str) -> dict[str, float]:
    """What was measured of a core; nothing where nobody did.

    Raises:
        DataError: the file is no database of timings.
    """
    if not _is_there(path):
        return {}
    with _open(path) as database:
        return dict(database.execute("SELECT figure, value FROM cores WHERE core = ?", (core,)))


def keep_figures(path: Path, core: str, figures: Mapping[str, float]) -> None:
    """Keeps what was measured of a core, in place of what was before.

    Raises:
        DataError: the file cannot be written, or is something else.
    """
    _make_folder(path)
    with _open(path) as database:
        database.execute("DELETE FROM cores WHERE core = ?", (core,))
        database.executemany("INSERT INTO cores VALUES (?, ?, ?)",
                             [(core, name, float(value)) for name, value in figures.items()])
        database.commit()


def export(path: Path) -> str:
    """All of a database as JSON text, to be shared."""
    if not path.is_file():
        raise DataError(f"tune: database '{path}': expected timings, got no file; tune a network")
    with _open(path) as database:
        rows = database.execute("SELECT machine, compiler, " + ", ".join(FIELDS)
                                + " FROM measured ORDER BY 1, 2, 3, 4, 6, 7").fetchall()
    names = ("machine", "compiler", *FIELDS)
    return json.dumps({"format": FORMAT,
                       "timings": [dict(zip(names, row, strict=True)) for row in rows]}, indent=1)


def merge(path: Path, text: str | bytes, source: str = "") -> int:
    """Adds what ``export`` gave elsewhere; returns how many timings. ``source``: its file.

    Raises:
        DataError: the text is something else.
    """
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']!r}")
        found = [(str(t["machine"]), str(t["compiler"]),
                  _timing(*(t[name] for name in FIELDS))) for t in data["timings"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"tune: file '{source}': expected what --export wrote, got "
                        f"{type(error).__name__}: {error}; export it again") from error
    for machine, compiler in sorted({(m, c) for m, c, _ in found}):
        save(path, machine, compiler, [t for m, c, t in found if (m, c) == (machine, compiler)])
    return len(found)


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"tune: database '{path}': expected to write it, got {error.strerror}; "
                        "set TINSMITH_TUNINGS to another place") from error


def _is_there(path: Path) -> bool:
    """Whether there is a database; a folder in its place is for ``_open`` to complain of."""
    return path.is_file() or path.is_dir()


def _text(timing: Timing) -> str:
    return " ".join(f"{name}={value}" for name, value in timing.variant)


def _timing(layer: object, kernel: object, version: object, forms: object, variant: object,
            seconds: object) -> Timing:
    if not (isinstance(seconds, float) and 0 < seconds < 3600):
        raise ValueError(f"seconds {seconds!r}")
    settled = []
    for part in str(variant).split():
        name, _, value = part.partition("=")
        settled.append((name, int(value)))
    return Timing(str(layer), str(kernel), str(version), str(forms), tuple(settled), seconds)


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=30)) as database:
            database.execute(TABLE)
            database.execute(CORES)
            yield database
    except (sqlite3.Error, ValueError) as error:
        raise DataError(f"tune: database '{path}': expected timings, got '{error}'; move the file "
                        "away, or set TINSMITH_TUNINGS to another") from error

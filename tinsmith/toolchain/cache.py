"""A content-addressed cache of build results, shared by all processes of a user.

An entry is a folder ``entries/<key>`` with its files and ``entry.json`` (their sizes and hashes).
It is made in ``making/`` and renamed into place, so a reader sees a whole entry or none.
What lies in it is loaded and run, so it must be a place that nobody else can write to.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_dir

from tinsmith.errors import ToolchainError
from tinsmith.toolchain.private import intruder

MANIFEST = "entry.json"
LIMIT_BYTES = 2 << 30
GRACE_S = 300.0  # an entry used this recently is never evicted: somebody may be about to open it
STALE_S = 86400.0  # what a crashed build left is removed after a day
FULL = (errno.ENOSPC, errno.EDQUOT)


def default_root() -> Path:
    """Where the cache lives: $TINSMITH_CACHE, or the user's cache folder."""
    return Path(os.environ.get("TINSMITH_CACHE") or user_cache_dir("tinsmith"))


@dataclass(frozen=True, slots=True)
class Cache:
    """Entries under ``root``; the least recently used ones go when they exceed ``limit_bytes``."""

    root: Path
    limit_bytes: int = LIMIT_BYTES

    def fetch(self, key: str) -> Path | None:
        """The folder of an entry, or None. A damaged entry is removed.

        Raises:
            ToolchainError: others may write to the cache.
        """
        entry = self.root / "entries" / key
        if not entry.is_dir():
            return None
        self.check_private()
        if not intact(entry):
            self.discard(entry)
            return None
        with suppress(OSError):  # a read-only cache still serves
            os.utime(entry / MANIFEST)
        return entry

    def publish(self, key: str, make: Callable[[Path], None]) -> Path:
        """Lets ``make`` fill a new folder, then publishes it at once; returns the entry's folder.

        Where another process published the same key meanwhile, that entry is returned.

        Raises:
            ToolchainError: the disk is full, or the cache cannot be written, or others may write
                to it; nothing is left behind.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.check_private()
            for folder in ("making", "entries"):
                (self.root / folder).mkdir(mode=0o700, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=f"{key[:12]}-", dir=self.root / "making"))
            try:
                make(work)
                write_manifest(work)
                return self.move_in(work, key)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        except OSError as error:
            raise self.refusal(error) from error

    def move_in(self, work: Path, key: str) -> Path:
        """Renames a finished folder to its place; replaces a damaged entry, keeps a whole one."""
        entry = self.root / "entries" / key
        for _ in range(8):
            try:
                work.rename(entry)
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
                if self.fetch(key) is not None:
                    return entry
            else:
                return entry
        raise OSError(errno.EBUSY, "another process keeps damaging this entry", str(entry))

    def discard(self, entry: Path) -> None:
        """Removes an entry; out of sight first, so that no reader sees half of it."""
        (self.root / "making").mkdir(parents=True, exist_ok=True)
        grave = Path(tempfile.mkdtemp(prefix="old-", dir=self.root / "making"))
        with suppress(OSError):  # another process was faster
            entry.rename(grave / "entry")
        shutil.rmtree(grave, ignore_errors=True)

    def trim(self, every_s: float = 0.0) -> None:
        """Evicts the entries used longest ago until the rest fits, and what crashed builds left.

        Does nothing where another call did so less than ``every_s`` seconds ago.
        """
        now = time.time()
        mark = self.root / "trimmed"
        with suppress(OSError):
            if now - mark.stat().st_mtime < every_s:
                return
        with suppress(OSError):
            mark.touch()
        uses = sorted(entry_use(entry) for entry in (self.root / "entries").glob("*"))
        total = sum(size for _, size, _ in uses)
        for used, size, entry in uses:
            if total <= self.limit_bytes or now - used < GRACE_S:
                break
            self.discard(entry)
            total -= size
        for left in (self.root / "making").glob("*"):
            with suppress(OSError):
                if now - left.stat().st_mtime > STALE_S:
                    shutil.rmtree(left, ignore_errors=True)

    def check_private(self) -> None:
        """Refuses a cache in which others could put files.

        Raises:
            ToolchainError: they could; the text says where.
        """
        for folder in (self.root, self.root / "entries", self.root / "making"):
            if folder.exists() and (why := intruder(folder)):
                raise ToolchainError(
                    f"toolchain: cache '{self.root}': expected a folder that only you can write "
                    f"to, since programs in it are run, got {why}; change that, or set "
                    f"TINSMITH_CACHE to a folder of your own"
                )

    def refusal(self, error: OSError) -> ToolchainError:
        """What an operating-system error means to the user."""
        if error.errno in FULL:
            got, cure = "a full disk", "free some space"
        else:
            got, cure = (error.strerror or str(error)), "check its owner and permissions"
        return ToolchainError(
            f"toolchain: cache '{self.root}': expected a folder to write to, got {got}; "
            f"{cure}, or set TINSMITH_CACHE to a folder elsewhere"
        )


def entry_use(entry: Path) -> tuple[float, int, Path]:
    """When an entry was last used, its bytes, and the entry; a damaged one is oldest."""
    try:
        manifest = entry / MANIFEST
        sizes = [size for size, _ in json.loads(manifest.read_text("utf-8")).values()]
        return manifest.stat().st_mtime, sum(sizes), entry
    except (OSError, ValueError, TypeError, AttributeError):
        return 0.0, 0, entry


def write_manifest(folder: Path) -> None:
    """Records size and hash of every file in the folder."""
    rows = {
        path.relative_to(folder).as_posix(): (path.stat().st_size, file_hash(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    (folder / MANIFEST).write_text(json.dumps(rows), "utf-8")


def intact(entry: Path) -> bool:
    """Whether every file of the entry is as it was published."""
    try:
        rows = json.loads((entry / MANIFEST).read_text("utf-8"))
        return all(
            (entry / name).stat().st_size == size and file_hash(entry / name) == digest
            for name, (size, digest) in rows.items()
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def file_hash(path: Path) -> str:
    """sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

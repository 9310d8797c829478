"""The cache: whole entries or none, whatever happens."""

import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tinsmith.errors import ToolchainError
from tinsmith.toolchain.cache import MANIFEST, Cache, default_root


def filler(text: str = "x") -> Callable[[Path], None]:
    def fill(folder: Path) -> None:
        (folder / "sub").mkdir()
        (folder / "sub/file").write_text(text)

    return fill


def test_root_is_an_environment_switch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TINSMITH_CACHE", str(tmp_path))
    assert default_root() == tmp_path
    monkeypatch.delenv("TINSMITH_CACHE")
    assert default_root().name == "tinsmith"


def test_publish_then_fetch(cache: Cache) -> None:
    assert cache.fetch("k") is None
    entry = cache.publish("k", filler())
    assert cache.fetch("k") == entry and (entry / "sub/file").read_text() == "x"
    assert cache.publish("k", filler("y")) == entry  # the first one stays
    assert (entry / "sub/file").read_text() == "x"
    assert not list((cache.root / "making").iterdir())


@pytest.mark.parametrize("damage", ["longer", "same length", "missing", "no manifest", "garbage"])
def test_a_damaged_entry_is_rebuilt(cache: Cache, damage: str) -> None:
    entry = cache.publish("k", filler())
    file, manifest = entry / "sub/file", entry / MANIFEST
    damages: dict[str, Callable[[], object]] = {
        "longer": lambda: file.write_text("xx"),
        "same length": lambda: file.write_text("z"),
        "missing": file.unlink,
        "no manifest": manifest.unlink,
        "garbage": lambda: manifest.write_text('{"sub/file": 3}'),
    }
    damages[damage]()
    assert cache.fetch("k") is None
    assert (cache.publish("k", filler("new")) / "sub/file").read_text() == "new"


def test_publish_replaces_a_damaged_entry(cache: Cache) -> None:
    entry = cache.publish("k", filler())
    (entry / "sub/file").unlink()
    assert (cache.publish("k", filler("new")) / "sub/file").read_text() == "new"


def test_many_publish_one_key(cache: Cache) -> None:
    texts = [str(number) for number in range(8)]
    threads = [threading.Thread(target=cache.publish, args=("k", filler(t))) for t in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entry = cache.fetch("k")
    assert entry is not None and (entry / "sub/file").read_text() in texts
    assert not list((cache.root / "making").iterdir())


def test_failed_make_leaves_nothing(cache: Cache) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise ValueError

    with pytest.raises(ValueError):
        cache.publish("k", fail)
    assert cache.fetch("k") is None and not list((cache.root / "making").iterdir())


def test_full_disk(cache: Cache) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ToolchainError, match=r"got a full disk; free some space, or set TINSMITH_"):
        cache.publish("k", fail)
    assert not list(cache.root.glob("*/*"))


def test_a_root_that_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolchainError, match=r"cache '.*file': expected a folder to write to, got"):
        Cache(tmp_path / "file").publish("k", filler())


def test_trim_evicts_what_was_used_longest_ago(cache: Cache) -> None:
    small = Cache(cache.root, limit_bytes=250)
    for age, key in enumerate("abcd"):
        entry = small.publish(key, filler("x" * 100))
        used = time.time() - 10_000 + age
        os.utime(entry / MANIFEST, (used, used))
    assert small.fetch("a") is not None  # used now: kept, although it is the oldest
    small.trim()
    assert [key for key in "abcd" if (small.root / "entries" / key).exists()] == ["a", "d"]


def test_trim_keeps_what_was_just_made(cache: Cache) -> None:
    small = Cache(cache.root, limit_bytes=1)
    entry = small.publish("a", filler())
    small.trim()
    assert entry.exists()


def test_trim_removes_what_a_crash_left(cache: Cache) -> None:
    cache.publish("a", filler())
    left = cache.root / "making/crashed"
    left.mkdir()
    os.utime(left, (1, 1))
    cache.trim()
    assert not left.exists()

"""The cache: whole entries or none, whatever happens."""

import errno
import grp
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


def stranger(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a folder somebody else's."""
    if os.geteuid() == 0:
        os.chown(folder, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)


@pytest.mark.parametrize("folder", [".", "..", "entries", "making"])
@pytest.mark.parametrize("mode", [0o777, 0o702, 0o1777])
def test_a_cache_that_others_may_write_to_is_refused(tmp_path: Path, folder: str,
                                                     mode: int) -> None:
    cache = Cache(tmp_path / "above" / "cache")
    cache.publish("k", filler())
    place = (cache.root / folder).resolve()
    place.chmod(mode)
    if folder == ".." and mode & 0o1000:
        assert cache.fetch("k")  # as in /tmp, where nobody removes what is another's
        return
    text = rf"others may write to \(mode {mode:04o}\); change that, or set TINSMITH_CACHE"
    for use in (lambda: cache.fetch("k"), lambda: cache.publish("other", filler())):
        with pytest.raises(ToolchainError, match=text):
            use()
    place.chmod(0o755)
    assert cache.fetch("k")


def test_a_cache_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path / "cache")
    cache.publish("k", filler())
    stranger(cache.root, monkeypatch)
    with pytest.raises(ToolchainError, match=r"which belongs to user .*; change that, or set"):
        cache.fetch("k")


def test_a_group_counts_as_others(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.publish("k", filler())
    gid = next((g.gr_gid for g in grp.getgrall() if g.gr_gid != os.getegid()), None)
    if os.geteuid() != 0 or gid is None:
        pytest.skip("only root gives files to groups")
    os.chown(cache.root, -1, gid)
    cache.root.chmod(0o770)
    with pytest.raises(ToolchainError, match="others may write to"):
        cache.fetch("k")


def test_a_new_cache_is_nobody_elses(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        cache = Cache(tmp_path / "cache")
        entry = cache.publish("k", filler())
    finally:
        os.umask(old)
    for folder in (cache.root, cache.root / "entries", cache.root / "making", entry):
        assert folder.stat().st_mode & 0o077 == 0


def test_large_files_are_checked_too(cache: Cache) -> None:
    def fill(folder: Path) -> None:
        (folder / "large").write_bytes(bytes(17 << 20))

    entry = cache.publish("k", fill)
    with (entry / "large").open("r+b") as file:
        file.seek(16 << 20)
        file.write(b"x")
    assert cache.fetch("k") is None

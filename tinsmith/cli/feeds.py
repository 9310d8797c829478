"""The inputs of a network from the words of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tinsmith.cli.output import Output
from tinsmith.cli.parser import count, numbers, share
from tinsmith.cli.tensors import as_input, check_finite, read_npy, read_npz
from tinsmith.dtypes import Array
from tinsmith.errors import DataError
from tinsmith.ir.graph import Graph
from tinsmith.runtime.images import SUFFIXES, Preprocess, from_metadata, image_axes, read_image
from tinsmith.schedule.plan import Port


def add_image_options(parser: argparse.ArgumentParser) -> None:
    """How images become tensors."""
    group = parser.add_argument_group("images (in place of what the model's metadata says)")
    group.add_argument("--mean", type=numbers, metavar="R,G,B", help="taken from pixels in 0..255")
    scale = group.add_mutually_exclusive_group()
    scale.add_argument("--std", type=numbers, metavar="R,G,B", help="divides what is left")
    scale.add_argument("--scale", type=numbers, metavar="S", help="multiplies what is left")
    group.add_argument("--size", type=count, metavar="S",
                       help="height and width of an input that leaves them open")
    group.add_argument("--crop", type=share, metavar="SHARE",
                       help="keep this share of the shorter side; 0 stretches the whole image")


def check_files(words: Sequence[str]) -> None:
    """``DataError`` when an input is missing, before any long work."""
    for word in words:
        _, equals, rest = word.partition("=")
        path = Path(word if Path(word).exists() or not equals else rest)
        if not path.is_file():
            raise DataError(f"input: file '{path}': expected an image, .npy or .npz, got no file; "
                            "check the path")


def preprocess(args: argparse.Namespace, metadata: Mapping[str, str], ports: Sequence[Port],
               out: Output) -> Preprocess:
    """How images are prepared: the options, else the model's metadata, else pixels / 255."""
    told = from_metadata(metadata)
    how = told or Preprocess()
    given = {key: value for key, value in (
        ("mean", args.mean), ("std", args.std),
        ("crop", args.crop if args.crop is not None else None)) if value is not None}
    if args.scale:
        given["std"] = tuple(1.0 / s if s else 0.0 for s in args.scale)
    has_images = any(Path(word).suffix.lower() in SUFFIXES for word in args.inputs)
    floats = bool(ports) and ports[0].type.dtype.is_float
    if has_images and not floats and not given and told is None:
        return Preprocess(std=(1.0,))
    if has_images and told is None and not (args.mean or args.std or args.scale):
        out.say("the model does not say how it wants its images: pixels are scaled to 0..1; "
                "--mean and --std change that")
    return replace(how, **given)


def given_feeds(args: argparse.Namespace, graph: Graph, out: Output) -> dict[str, Array] | None:
    """The inputs of one run from the words of ``--input``; None without any."""
    if not args.inputs:
        return None
    ports = [Port(value, graph.types[value]) for value in graph.inputs]
    runs = list(requests(args.inputs, ports, preprocess(args, graph.metadata, ports, out)))
    if len(runs) > 1:
        out.say(f"of {len(runs)} inputs, the first is taken: {', '.join(runs[0][0])}")
    return runs[0][1]


def requests(
    words: Sequence[str], ports: Sequence[Port], how: Preprocess
) -> Iterator[tuple[tuple[str, ...], dict[str, Array]]]:
    """The feeds of each run, with the files that they come from.

    A network with one input runs once for each file (a batch of images: for each batch of files);
    one with several inputs runs once: .npz files name their arrays, others follow in order.
    """
    check_names(words, ports)
    if len(ports) == 1 and not any(is_named(word, ports) for word in words):
        port = ports[0]
        images = [word for word in words if Path(word).suffix.lower() in SUFFIXES]
        size = port.type.shape[0] if images and image_axes(port) else 1
        if size > 1 and (len(images) != len(words) or len(images) % size):
            raise DataError(f"input: '{port.name}': expected a multiple of {size} images, got "
                            f"{len(images)} of {len(words)} files; compile with another --shape")
        for at in range(0, len(words), max(size, 1)):
            group = tuple(words[at:at + max(size, 1)])
            yield group, feed(group, port, how)
        return
    feeds: dict[str, Array] = {}
    for word in words:
        feeds |= named(word, ports, feeds, how)
    missing = [p.name for p in ports if p.name not in feeds]
    if missing:
        raise DataError(f"run: input '{missing[0]}': expected a file for each of "
                        f"{[p.name for p in ports]}, got none for it; add NAME=FILE")
    yield tuple(words), feeds


def feed(words: Sequence[str], port: Port, how: Preprocess) -> dict[str, Array]:
    """The only input of a network, from one file or from a batch of images."""
    path = Path(words[0])
    if path.suffix.lower() == ".npz":
        arrays = read_npz(path)
        array = arrays.get(port.name)
        if array is None:
            if len(arrays) != 1:
                raise DataError(f"input: file '{path}': expected an array '{port.name}', got "
                                f"{sorted(arrays)}; rename one")
            array = next(iter(arrays.values()))
        return {port.name: as_input(array, port, path)}
    return {port.name: tensor(words, port, how)}


def tensor(words: Sequence[str], port: Port, how: Preprocess) -> Array:
    """One input from an array file, or from as many images as it takes."""
    path = Path(words[0])
    if path.suffix.lower() in SUFFIXES:
        batch = np.stack([read_image(Path(word), port, how) for word in words])
        check_finite(batch, port, path)
        return as_input(batch, port, path)
    if path.suffix.lower() != ".npy":
        raise DataError(f"input: file '{path}': expected an image, .npy or .npz, got "
                        f"'{path.suffix}'; convert it")
    return as_input(read_npy(path), port, path)


def check_names(words: Sequence[str], ports: Sequence[Port]) -> None:
    """``DataError`` where NAME=FILE names no input."""
    names = [p.name for p in ports]
    for word in words:
        name, equals, file = word.partition("=")
        if equals and not Path(word).exists() and Path(file).is_file() and name not in names:
            raise DataError(f"input: input '{name}': expected one of {names}, got another; "
                            "change NAME=FILE")


def is_named(word: str, ports: Sequence[Port]) -> bool:
    """Whether a word is NAME=FILE for one of the inputs."""
    name, equals, _ = word.partition("=")
    return bool(equals) and not Path(word).exists() and name in [p.name for p in ports]


def named(word: str, ports: Sequence[Port], taken: Mapping[str, Array],
          how: Preprocess) -> dict[str, Array]:
    """What one word gives to a network with several inputs."""
    by_name = {p.name: p for p in ports}
    if is_named(word, ports):
        name, _, file = word.partition("=")
        return {name: tensor([file], by_name[name], how)}
    path = Path(word)
    if path.suffix.lower() == ".npz":
        arrays = read_npz(path)
        unknown = [name for name in arrays if name not in by_name]
        if unknown:
            raise DataError(f"input: file '{path}': expected arrays among {list(by_name)}, got "
                            f"'{unknown[0]}'; rename or drop it")
        return {name: as_input(array, by_name[name], path) for name, array in arrays.items()}
    free = [p for p in ports if p.name not in taken]
    if not free:
        raise DataError(f"input: file '{path}': expected no more than {len(ports)} files, got "
                        "another; drop it")
    return {free[0].name: tensor([word], free[0], how)}

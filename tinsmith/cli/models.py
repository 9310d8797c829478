"""What several commands do with a model file: read it, compile it, or load a bundle."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from tinsmith.cli.output import Output
from tinsmith.cli.tensors import read_npy
from tinsmith.errors import UsageError
from tinsmith.importers.inputs import Imported
from tinsmith.ir.graph import Graph
from tinsmith.request import Request
from tinsmith.runtime.network import Network


def load_graph(args: argparse.Namespace) -> Graph:
    """The graph of ``args.model``, named after its file. See ``load_model``."""
    return load_model(args).graph


def load_model(args: argparse.Namespace) -> Imported:
    """The graph of ``args.model``, named after its file, and what was decided for it.

    Raises:
        UserError: the file is missing, damaged or unsupported.
    """
    from tinsmith import importers

    path = Path(args.model)
    bind = {name: value if isinstance(value, np.ndarray) else read_npy(value)
            for name, value in args.bind}
    shapes = dict(args.shape)
    if getattr(args, "size", None):
        shapes = image_shapes(path, args.size) | shapes
    found = importers.load_model(path, shapes, bind, dict(args.rows))
    return replace(found, graph=found.graph.replace(name=path.stem))


def asked(args: argparse.Namespace, graph: Graph) -> Request:
    """What the command line asks for a network as imported."""
    from tinsmith import pipeline

    return pipeline.request_for(
        graph, getattr(args, "target", "native"), args.threads, compiler=args.cc,
        exact=args.exact, precision=args.precision, keep=args.keep, prefer=args.prefer,
        say=Output(args).say)


def shapes_data(found: Imported) -> list[dict[str, object]]:
    """The shapes of the inputs as plain data, and why they are so."""
    return [{"name": each.name, "declared": each.declared and list(each.declared),
             "shape": list(each.shape), "why": each.why} for each in found.inputs]


def image_shapes(path: Path, size: int) -> dict[str, tuple[int, ...]]:
    """Shapes for inputs of four axes whose height or width the model leaves open."""
    from tinsmith import importers

    found: dict[str, tuple[int, ...]] = {}
    for name, declared in importers.declared_shapes(path).items():
        known = [n if isinstance(n, int) and n > 0 else None for n in declared or ()]
        if len(known) == 4 and None in known[1:]:
            channels_last = known[3] in (1, 3, 4)
            batch, *rest = known
            channels = (rest[2] if channels_last else rest[0]) or 3
            sides = (size, size, channels) if channels_last else (channels, size, size)
            found[name] = (batch or 1, *(n or side for n, side in zip(rest, sides, strict=True)))
    return found


def check_bundle_options(args: argparse.Namespace) -> None:
    """``UsageError`` for what only decides how a model is compiled: a bundle is compiled."""
    given = {"--shape": args.shape, "--bind": args.bind, "--rows": args.rows, "--exact": args.exact,
             "--precision": args.precision != "f32", "--keep": args.keep,
             "--prefer": args.prefer != "time",
             "--target": getattr(args, "target", "native") != "native"}
    for option in (name for name, value in given.items() if value):
        raise UsageError(f"bundle: option '{option}': expected it with a model, got the bundle "
                         f"'{args.model}'; give it to tinsmith compile")


def load_network(args: argparse.Namespace, say: Callable[[str], None]) -> Network:
    """A bundle folder as it is, or a model compiled for this machine."""
    path = Path(args.model)
    if path.is_dir():
        from tinsmith.runtime.bundle import Bundle

        check_bundle_options(args)
        say("building the bundle")
        return Bundle(path, compiler=args.cc, threads=args.threads)
    from tinsmith import pipeline

    say("reading the model")
    return pipeline.compile(load_graph(args), target=getattr(args, "target", "native"),
                            threads=args.threads, compiler=args.cc, exact=args.exact,
                            precision=args.precision, keep=args.keep, prefer=args.prefer,
                            progress=say)

"""``tinsmith run``: a network on images or arrays, and what it says about them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinsmith.cli.feeds import add_image_options, check_files, preprocess, requests
from tinsmith.cli.models import load_network
from tinsmith.cli.output import Output, Shown, plain, span, table, text
from tinsmith.cli.parser import Commands, add_build_options, add_model_options, command, count
from tinsmith.cli.tensors import write_npz
from tinsmith.dtypes import Array
from tinsmith.errors import DataError
from tinsmith.runtime.network import Network

SHOWN_VALUES = 8  # an output of so few numbers is shown whole


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = command(
        commands, "run", run, "run a model or a bundle on images or arrays",
        """tinsmith run build/squeezenet cat.jpg coffee.png --labels imagenet.txt
        tinsmith run model.onnx x.npy --output y.npz
        tinsmith run detector.onnx photo.jpg --mean 0 --std 255
        tinsmith run bert.onnx ids=ids.npy mask=mask.npy --json""")
    parser.add_argument("model", metavar="MODEL_OR_BUNDLE", help="an ONNX file or a bundle")
    parser.add_argument("inputs", nargs="+", metavar="INPUT",
                        help="an image, .npy or .npz; NAME=FILE for a certain input")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="names of classes, one a line")
    parser.add_argument("--top", type=count, default=5, metavar="K", help="classes to show")
    parser.add_argument("--output", type=Path, metavar="FILE.npz", help="write the outputs there")
    add_image_options(parser)
    add_model_options(parser)
    add_build_options(parser, target=False)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: the files it took, its time and outputs."""

    files: tuple[str, ...]
    seconds: float
    outputs: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Ranking:
    """How classes are shown: how many, their names, and the batch that a list of scores has."""

    top: int
    labels: tuple[str, ...]
    batch: int

    def is_scores(self, shape: Sequence[int]) -> bool:
        """Whether an output of this shape holds a score for each class of each image."""
        return is_scores(shape) and shape[0] == self.batch

    def shows(self, array: Array) -> bool:
        """Whether an output is shown as a ranking of classes."""
        return (self.is_scores(array.shape) and array.dtype.kind == "f"
                and bool(np.isfinite(array).all()))


def run(args: argparse.Namespace) -> int:
    """Loads the network, feeds it, shows the outputs."""
    out = Output(args)
    labels = read_labels(args.labels) if args.labels else ()
    check_files(args.inputs)
    with out.progress("loading") as say:
        network = load_network(args, say)
        how = preprocess(args, network.interface.metadata, network.inputs, out)
        images = [p.type.shape[0] for p in network.inputs if p.type.rank == 4]
        ranking = Ranking(args.top, labels, images[0] if images else 1)
        check_labels(ranking, network, args.labels)
        runs: list[Run] = []
        for files, feeds in requests(args.inputs, network.inputs, how):
            say(f"running {', '.join(files)}")
            if not runs:
                network.run(feeds)  # fills the caches; its time says nothing
            start = time.perf_counter()
            outputs = network.run(feeds)
            runs.append(Run(files, time.perf_counter() - start, outputs))
    if args.output:
        write_npz(args.output, outputs_by_name(runs))
    data = [run_data(each, ranking) for each in runs]
    out.result({"model": args.model, "threads": network.threads, "runs": data},
               *(part for each in runs for part in shown(each, ranking)))
    return 0


def read_labels(path: Path) -> tuple[str, ...]:
    """Names of classes, one a line."""
    try:
        return tuple(path.read_text("utf-8").rstrip("\n").split("\n"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "text that is not UTF-8"
        raise DataError(f"run: labels '{path}': expected a text file, got '{reason}'; "
                        "check the path") from error


def check_labels(ranking: Ranking, network: Network, path: Path) -> None:
    """Refuses labels that belong to another network."""
    sizes = [p.type.shape[1] for p in network.outputs if ranking.is_scores(p.type.shape)]
    if ranking.labels and sizes and len(ranking.labels) not in sizes:
        raise DataError(f"run: labels '{path}': expected {sizes[0]} lines, got "
                        f"{len(ranking.labels)}; take the labels that the network was trained "
                        "with")


def outputs_by_name(runs: Sequence[Run]) -> dict[str, Array]:
    """All outputs; those of several runs are numbered."""
    if len(runs) == 1:
        return dict(runs[0].outputs)
    return {f"{name}.{i}": array for i, each in enumerate(runs)
            for name, array in each.outputs.items()}


def is_scores(shape: Sequence[int]) -> bool:
    """Whether an output of this shape holds one score for each class: [N, K] or [N, K, 1, 1]."""
    return len(shape) >= 2 and shape[1] > 1 and all(n == 1 for n in shape[2:])


@dataclass(frozen=True, slots=True)
class Score:
    """A class: its index and name, the network's value, and a share between 0 and 1."""

    index: int
    label: str
    value: float
    probability: float


def best(row: Array, ranking: Ranking) -> tuple[list[Score], bool]:
    """The highest scores of one row, and whether they are logits: then shares are softmax."""
    values = row.astype(np.float64)
    raised = np.exp(values - np.max(values))
    logits = bool(np.any(values < 0) or np.any(values > 1))
    shares = raised / raised.sum() if logits else values
    labels = ranking.labels
    order = np.argsort(-values, kind="stable")[:ranking.top]
    scores = [Score(int(i), labels[i] if i < len(labels) else "", float(values[i]),
                    float(shares[i])) for i in order]
    return scores, logits


def rows_of(array: Array) -> Array:
    """Scores as a matrix: one row for each image."""
    return array.reshape(array.shape[:2])


def run_data(each: Run, ranking: Ranking) -> dict[str, object]:
    """One run as plain data."""
    outputs = {name: output_data(array, ranking) for name, array in each.outputs.items()}
    return {"inputs": each.files, "milliseconds": round(each.seconds * 1e3, 4), "outputs": outputs}


def output_data(array: Array, ranking: Ranking) -> dict[str, object]:
    """One output as plain data: shape, statistics, the best classes or all of few values."""
    data: dict[str, object] = {"shape": array.shape, "dtype": array.dtype.name, **stats(array)}
    if ranking.shows(array):
        rows = [best(row, ranking) for row in rows_of(array)]
        data["logits"] = rows[0][1]
        data["top"] = [[{"index": s.index, "label": s.label or None, "value": s.value,
                         "probability": s.probability} for s in scores] for scores, _ in rows]
    elif array.size <= SHOWN_VALUES:
        data["values"] = plain(array)
    return data


def stats(array: Array) -> dict[str, object]:
    """Smallest, largest, mean and standard deviation of the finite values; how many are not."""
    if not array.size:
        return {}
    values = array.astype(np.float64)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return {"not_finite": int(values.size)}
    return {"min": float(finite.min()), "max": float(finite.max()), "mean": float(finite.mean()),
            "std": float(finite.std()), "not_finite": int(values.size - finite.size)}


def shown(each: Run, ranking: Ranking) -> Iterator[Shown]:
    """One run for people."""
    yield f"[bold]{text(', '.join(each.files))}[/bold]  {span(each.seconds)}"
    for name, array in each.outputs.items():
        if not ranking.shows(array):
            yield text(f"  {name}: {array.dtype.name}{list(array.shape)} {words_of(array)}")
            continue
        for row in rows_of(array):
            scores, logits = best(row, ranking)
            yield text(f"  {name}, shares by softmax" if logits
                       else f"  values of {name}")
            yield table(("", ">", ">", ""), [
                ("", s.index, f"{s.probability:.1%}" if logits else f"{s.probability:.4f}",
                 s.label or f"class {s.index}") for s in scores])


def words_of(array: Array) -> str:
    """A few values, or statistics."""
    if array.size <= SHOWN_VALUES:
        return np.array2string(array.reshape(-1), precision=6, separator=", ")
    found = stats(array)
    if "min" not in found:
        return "no finite value"
    bad = f", {found['not_finite']} not finite" if found["not_finite"] else ""
    return (f"from {found['min']:.6g} to {found['max']:.6g}, mean {found['mean']:.6g}, "
            f"standard deviation {found['std']:.6g}{bad}")

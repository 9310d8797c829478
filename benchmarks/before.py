"""This tree against an earlier commit, network by network: python -m benchmarks.before COMMIT.

Both compile the zoo (or the networks named) to bundles; their programs then run in turns, one
round of each after the other, so that both see the same machine. A line for each network and
thread count: the earlier p50 over this one's (the median over rounds of the ratio), and what code,
arena, stated memory and compilation have become as shares of what they were. Last the geometric
means and the least ratio.

    --threads 1,2  --rounds 12  --precision f32  --target native  --keep FOLDER
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx

from tinsmith import zoo

ROOT = Path(__file__).parents[1]
TIME = re.compile(r"p50 ([\d.]+) ms")
LEAST_RUNS, ROUND_S = 5, 0.25


@dataclass(frozen=True, slots=True)
class Built:
    """A network as one tree compiles it: its program, and what that took and takes."""

    program: Path
    compile_s: float
    code_bytes: int
    arena_bytes: int
    resident_bytes: int


def tree(commit: str, folder: Path) -> Path:
    """The files of ``commit``."""
    path = folder / f"tree-{commit}"
    if not path.is_dir():
        packed = subprocess.run(["git", "-C", ROOT, "archive", commit], check=True,
                                capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(path, filter="data")
    return path


def built(source: Path, model: Path, folder: Path, options: Sequence[str]) -> Built:
    """Compiles a model with the tree ``source``, into a folder that is replaced."""
    env = os.environ | {"PYTHONPATH": str(source),
                        "TINSMITH_TUNINGS": str(folder.parent / f"{source.name}.tunings")}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "tinsmith", "compile", model, "-o", folder, "-q",
                    *options], cwd=source, env=env, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    manifest = json.loads((folder / "manifest.json").read_text())
    program = next(path for path in folder.iterdir()
                   if path.is_file() and path.name == manifest["name"])
    return Built(program, seconds, _code_bytes(program), manifest["arena_bytes"],
                 manifest["resident_bytes"])


def _code_bytes(program: Path) -> int:
    """The text section, as ``size`` counts it."""
    text = subprocess.run(["size", program], check=True, capture_output=True, text=True).stdout
    return int(text.splitlines()[1].split()[0])


def p50_ms(one: Built, runs: int) -> float:
    """The median of some runs, as the program says it."""
    done = subprocess.run([one.program, "--time", "--runs", str(runs)], cwd=one.program.parent,
                          check=True, capture_output=True, text=True)
    found = TIME.search(done.stdout)
    assert found is not None, done.stdout
    return float(found.group(1))


def ratio(earlier: Built, later: Built, rounds: int) -> tuple[float, float]:
    """The earlier p50 over the later one, and the later one in milliseconds: medians of rounds."""
    first = p50_ms(later, LEAST_RUNS)
    runs = max(LEAST_RUNS, int(ROUND_S * 1000 / first))
    pairs = []
    for i in range(rounds):  # who runs first changes, so that neither always has the warmer machine
        order = (earlier, later) if i % 2 else (later, earlier)
        times = {id(one): p50_ms(one, runs) for one in order}
        pairs.append((times[id(earlier)], times[id(later)]))
    return (statistics.median(a / b for a, b in pairs), statistics.median(b for _, b in pairs))


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit")
    parser.add_argument("networks", nargs="*", default=list(zoo.names()))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--target", default="native")
    parser.add_argument("--keep", type=Path, default=ROOT / "build" / "before")
    args = parser.parse_args()
    args.keep.mkdir(parents=True, exist_ok=True)
    sources = (tree(args.commit, args.keep), ROOT)
    ratios: dict[str, list[float]] = {}
    print(f"{'':22} threads   now ms  speed   code  arena  resident  compile")
    for name in args.networks:
        model = args.keep / f"{name}.onnx"
        if not model.is_file():
            onnx.save(zoo.build(name), model)
        for threads in args.threads.split(","):
            options = ("--threads", threads, "--precision", args.precision,
                       "--target", args.target)
            earlier, later = (built(source, model, args.keep / f"{name}-{threads}-{i}", options)
                              for i, source in enumerate(sources))
            speed, milliseconds = ratio(earlier, later, args.rounds)
            shares = {"speed": speed, "code": later.code_bytes / earlier.code_bytes,
                      "arena": later.arena_bytes / max(1, earlier.arena_bytes),
                      "resident": later.resident_bytes / earlier.resident_bytes,
                      "compile": later.compile_s / earlier.compile_s}
            for what, share in shares.items():
                ratios.setdefault(what, []).append(share)
            print(f"{name:22} {threads:>7} {milliseconds:8.3f}" + "".join(
                f" {share:{width}.3f}" for share, width in
                zip(shares.values(), (6, 6, 6, 9, 8), strict=True)), flush=True)
    for what, found in ratios.items():
        mean = statistics.geometric_mean(found)
        print(f"{what}: geometric mean {mean:.3f}, least {min(found):.3f}, "
              f"largest {max(found):.3f}")


if __name__ == "__main__":
    main()

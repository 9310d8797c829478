"""Time of zoo networks against ONNX Runtime: python -m benchmarks.against_ort [NAME...].

Each engine runs in a process of its own, with as many threads as asked and its default (full)
optimisation. Rounds of the two alternate, each with its own warm-up and a pause before it, so that
neither meets the other's spinning threads, and both see the same neighbours. The outputs are
compared first: a wrong engine gets no time. Ratios are ONNX Runtime's time over ours.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import sys
import time
from multiprocessing.connection import Connection

import numpy as np

from tinsmith import zoo

DEFAULT = ("squeezenet1.0", "resnet50", "mobilenetv2")
PAUSE_S = 0.03


def serve(engine: str, name: str, threads: int, pipe: Connection) -> None:
    """A worker: answers ``None`` with the outputs, a number of runs with their times in ms."""
    model = zoo.build(name)
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    feeds = {model.graph.input[0].name: x}
    if engine == "ort":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        peer = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                            providers=["CPUExecutionProvider"])
        names = [o.name for o in peer.get_outputs()]

        def run() -> dict[str, np.ndarray]:
            return dict(zip(names, peer.run(None, feeds), strict=True))
    else:
        import tinsmith
        from tinsmith.importers.onnx.build import build
        from tinsmith.importers.onnx.read import read_proto

        session = tinsmith.compile(build(read_proto(model), {}, {}), threads=threads)

        def run() -> dict[str, np.ndarray]:
            return session.run(feeds)
    pipe.send("ready")
    while True:
        runs = pipe.recv()
        if runs is None:
            pipe.send(run())
            continue
        if runs == 0:
            return
        time.sleep(PAUSE_S)
        for _ in range(2):
            run()
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            run()
            times.append((time.perf_counter() - start) * 1e3)
        pipe.send(times)


def compare(name: str, threads: int, rounds: int, runs: int) -> str:
    """One row of the table."""
    context = multiprocessing.get_context("spawn")
    pipes: dict[str, Connection] = {}
    workers = []
    for engine in ("tinsmith", "ort"):
        ours, theirs = context.Pipe()
        worker = context.Process(target=serve, args=(engine, name, threads, theirs), daemon=True)
        worker.start()
        workers.append(worker)
        pipes[engine] = ours
    for pipe in pipes.values():
        pipe.recv()
    outputs = {}
    for engine, pipe in pipes.items():
        pipe.send(None)
        outputs[engine] = pipe.recv()
    error = max(
        float(np.abs(outputs["tinsmith"][k] - v).max() / np.abs(v).max())
        for k, v in outputs["ort"].items())
    if error > 1e-4:
        return f"| {name} | {threads} | wrong: error {error:.1e} of the largest | | | | |"
    times: dict[str, list[float]] = {engine: [] for engine in pipes}
    for _ in range(rounds):
        for engine, pipe in pipes.items():
            pipe.send(runs)
            times[engine] += pipe.recv()
    for pipe in pipes.values():
        pipe.send(0)
    for worker in workers:
        worker.join()
    a, b = np.array(times["tinsmith"]), np.array(times["ort"])
    return (f"| {name} | {threads} | {np.median(a):.2f} ({a.min():.2f} - "
            f"{np.percentile(a, 90):.2f}) | {np.median(b):.2f} ({b.min():.2f} - "
            f"{np.percentile(b, 90):.2f}) | {np.median(b) / np.median(a):.2f} | "
            f"{b.min() / a.min():.2f} | {error:.1e} |")


def main() -> int:
    """Prints the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=DEFAULT)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--runs", type=int, default=10)
    args = parser.parse_args()
    import onnxruntime

    print(f"{platform.processor() or platform.machine()}, ONNX Runtime "
          f"{onnxruntime.__version__}, {args.rounds} rounds of {args.runs} runs\n")
    print("| network | threads | Tinsmith ms: p50 (min - p90) | ONNX Runtime ms | ratio of p50 "
          "| ratio of min | error |\n|---|---|---|---|---|---|---|")
    for name in args.names or zoo.names():
        for threads in map(int, args.threads.split(",")):
            print(compare(name, threads, args.rounds, args.runs), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``tinsmith bench`` with small engines: what it shows and writes, and how it is asked."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.models import adder, failed, tinsmith
from tests.cli.test_inspect import check_page
from tinsmith.bench.presets import PRESETS
from tinsmith.bench.report import data, duels, gaps, markdown, means
from tinsmith.bench.results import Entrant, Report, Row, Status, Times
from tinsmith.cli import bench
from tinsmith.cli.main import make_parser
from tinsmith.cli.pages.bench_page import bench_page
from tinsmith.cli.pages.plots import apart, steps

RIGHT, WRONG, MISSING = (f"tests.bench.engines.{n}" for n in ("right", "wrong", "missing"))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINSMITH_CACHE", str(tmp_path / "cache"))


def check(page: str) -> None:
    """A page that is well formed and points only to places in itself."""
    places = set(re.findall(r'id="([^"]*)"', page))
    wanted = set(re.findall(r'href="#([^"]*)"', page))
    assert wanted <= places
    check_page(re.sub(r'href="#[^"]*"', "", page))


def test_everything_that_is_written(tmp_path: Path) -> None:
    page, text = tmp_path / "b.html", tmp_path / "b.md"
    done = tinsmith("bench", adder(tmp_path), "--engines", f"{RIGHT},{WRONG},{MISSING}",
                    "--threads", "1,64", "--runs", "3", "--pause", "0", "--groups",
                    "--html", page, "--md", text, "--json")
    assert done.code == 0, done.err
    answer = done.json
    assert [(r["threads"], r["status"]) for r in answer["rows"]] == [
        (n, status) for n in (1, 64) for status in ("ok", "wrong", "dash")]
    right, wrong, missing = answer["rows"][:3]
    assert right["times"]["samples"] >= 3 and right["throughput"] > 0
    assert wrong["times"] is None and wrong["error"] > 1e-4
    assert "pip install" in missing["reason"]
    assert answer["machine"]["processor"] and answer["settings"]["measured"].startswith("3 runs")
    assert any("64 threads share" in note for note in answer["notes"])
    check(page.read_text("utf-8"))
    for written in (page.read_text("utf-8"), text.read_text("utf-8")):
        for word in ("Right", "is off by", "not installed", "64 threads share", "median time",
                     "pooling + softmax"):
            assert word in written, word
    assert "adder, 1 thread (1 of 2): Right" in done.err


def test_the_table_in_the_terminal(tmp_path: Path) -> None:
    done = tinsmith("bench", adder(tmp_path), "--engines", f"{RIGHT},{WRONG}", "--threads", "1",
                    "--seconds", "0", "--pause", "0")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "adder, 1 thread"
    assert lines[1].split()[:3] == ["engine", "p50", "ms"]
    assert any(line.startswith("Right") and "discarded" in line for line in lines)
    assert any(line.startswith("Wrong: wrong output 'y' is off by") for line in lines)


def test_what_is_kept_is_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def times(*more: object) -> object:
        done = tinsmith("bench", adder(tmp_path), "--engines", RIGHT, "--threads", "1", "--runs", 3,
                        "--pause", 0, "--keep", tmp_path / "kept", "--json", *more)
        assert done.code == 0, done.err
        return done.json["rows"]

    first = times()
    (path,) = (tmp_path / "kept").iterdir()
    assert path.name == "adder-batch1-threads1.json"
    assert times() == first
    assert times("--runs", 4) != first
    again = times()
    with monkeypatch.context() as patch:
        patch.setattr(bench, "instructions", lambda isa, features: "others")
        assert times() != again
    path.write_text("{")
    assert times()


def test_a_network_of_the_zoo_by_name(tmp_path: Path) -> None:
    assert bench.model_file("ds-cnn", tmp_path) == tmp_path / "ds-cnn.onnx"
    assert "did you mean 'resnet18'" in failed(1, "bench", "resnet-18", "--engines", RIGHT)


def test_a_damaged_model_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(adder(tmp_path).read_bytes()[:-20])
    text = failed(1, "bench", bad, "--engines", RIGHT, "--md", tmp_path / "b.md")
    assert f"import: file '{bad}': expected an ONNX model, got" in text
    assert not (tmp_path / "b.md").exists()


def test_usage() -> None:
    assert "expected ONNX files or names of zoo networks" in failed(2, "bench")
    assert "engine 'turbo': expected one of" in failed(2, "bench", "fqa", "--engines", "turbo")
    for words in (["--memory", "lots"], ["--affinity", "4096"], ["--seconds", "-1"],
                  ["--threads", "0"], ["--engines", ","]):
        assert "expected" in failed(2, "bench", "fqa", *words)


def task(*words: str) -> bench.Task:
    args: argparse.Namespace = make_parser("bench").parse_args(["bench", *words])
    return bench.task_of(args)


def test_presets_and_options_over_them() -> None:
    found = task("--preset", "squeezenet-arm")
    assert (found.names, found.threads, found.method.groups) == (("squeezenet1.0",), (4,), True)
    found = task("--preset", "integer-convnets")
    assert found.names == ("vgg19", "resnet50", "mobilenetv2")
    assert (found.threads, found.method.wanted.runs, found.method.pause_s) == (
        (1, 2, 3, 4), 100, 2.0)
    found = task("--preset", "iot-edge")
    assert (found.names, found.threads, found.batches) == (
        ("fqa", "vgg16"), (1, 2, 4), (1, 2, 4))
    found = task("ds-cnn", "--preset", "integer-convnets", "--threads", "2", "--seconds", "0.5",
                 "--pause", "0", "--memory", "512MB")
    assert (found.names, found.threads, found.method.wanted.runs) == (("ds-cnn",), (2,), None)
    assert (found.method.pause_s, found.method.memory_bytes) == (0.0, 512 << 20)
    assert set(PRESETS) == {"squeezenet-arm", "integer-convnets", "iot-edge"}


def test_the_whole_zoo() -> None:
    from tinsmith import zoo

    assert task("--zoo").names == zoo.names()


def report(*rows: Row) -> Report:
    names = dict.fromkeys(row.engine for row in rows)
    engines = tuple(Entrant(n, n.title(), "1", n) for n in names)
    return Report("tinsmith bench", "today", {"processor": "<&>"}, {}, engines, rows)


def row(engine: str, ms: float, network: str = "net", threads: int = 1, batch: int = 1) -> Row:
    times = Times.of([ms * 1e-3 * share for share in (0.9, 1.0, 1.0, 1.1, 3.0)])
    return Row(network, batch, threads, engine, Status.OK, error=1e-6, times=times,
               over_bytes=1 << 20, peak_bytes=2 << 20, cpu_use=1.0)


def test_ratios_summary_and_mean() -> None:
    found = report(row("tinsmith", 2), row("slow", 6), row("fast", 4),
                   row("tinsmith", 1, "other"), row("fast", 8, "other"),
                   Row("other", 1, 1, "slow", Status.DASH, "has no Conv"))
    assert [(d.best.engine if d.best else "", d.ratio) for d in duels(found)] == [
        ("fast", pytest.approx(2)), ("fast", pytest.approx(8))]
    assert means(found) == {(1, 1): (pytest.approx(4), 2)}
    assert [str(gap) for gap in gaps(found, "other")] == ["— has no Conv"]
    text = markdown(found)
    assert "| net | 1 | 1 | 2.000 | Fast | 4.000 | 2.00 |" in text
    assert "1 thread: **4.00** over 2 networks" in text
    assert "- Slow: — has no Conv" in text
    assert json.loads(json.dumps(bench.plain(data(found))))["geometric_means"][0]["networks"] == 2


def test_speed_up_and_throughput() -> None:
    rows = [row("tinsmith", 8 * batch / threads, threads=threads, batch=batch)
            for batch in (1, 4) for threads in (1, 2, 4)]
    found = data(report(*rows))["rows"]
    assert isinstance(found, list)
    assert [round(r["speed_up"], 6) for r in found] == [1, 2, 4] * 2
    assert [round(r["throughput"]) for r in found] == [125, 250, 500] * 2


@pytest.mark.parametrize("engines", [["tinsmith"], ["slow"], ["tinsmith", "slow", "fast"], []])
def test_the_page_stands_alone_whoever_took_part(engines: Sequence[str]) -> None:
    rows = [row(engine, (i + 1) * 10**i, f"net {'<b>'}", threads, batch)
            for i, engine in enumerate(engines) for threads in (1, 2) for batch in (1, 2)]
    page = bench_page(report(*rows))
    check(page)
    assert "<b>" not in page.replace("<b>", "", page.count('<div class="figure"><b>'))
    assert "&lt;&amp;&gt;" in page


def test_ticks_are_round_and_labels_keep_apart() -> None:
    assert steps(4.2) == [0, 2, 4]
    assert steps(0.9) == [0, 0.25, 0.5, 0.75]
    assert steps(0) == [0, 1]
    found = apart([100, 101, 99, 10], 0, 110)
    assert found[2] < found[0] < found[1] <= 110
    assert min(abs(a - b) for i, a in enumerate(found) for b in found[i + 1:]) >= 13

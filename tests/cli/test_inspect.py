"""``tinsmith inspect`` and the drawing of graphs."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
from onnx import helper

from tests.cli.models import classifier, tinsmith, write_model
from tinsmith.cli.pages.layered import Box, draw, spaced

VOID = {"meta", "br", "img", "input", "link"}


class Checker(HTMLParser):
    """Collects tags that are not closed, and everything that points elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_page(text: str) -> None:
    """A page that is well formed and needs nothing from elsewhere."""
    checker = Checker()
    checker.feed(text)
    assert checker.open == []
    assert checker.links == []
    assert not re.search(r"https?://|@import|url\(", text)


def test_layers_and_totals(tmp_path: Path) -> None:
    done = tinsmith("inspect", classifier(tmp_path))
    assert done.code == 0, done.err
    assert "conv2d" in done.out
    assert "input  image: f32[1,3,8,8]" in done.out
    assert "x its lower bound" in done.out


def test_json_adds_up(tmp_path: Path) -> None:
    answer = tinsmith("inspect", classifier(tmp_path), "--json", "--target", "cortex-a53").json
    assert sum(layer["macs"] for layer in answer["layers"]) == answer["macs"]
    assert max(layer["live_bytes"] for layer in answer["layers"]) == answer["arena_bound_bytes"]
    assert answer["parameters"] == 8 * 27 + 8 + 32
    assert all(b["offset"] + b["bytes"] <= answer["arena_bytes"] for b in answer["buffers"])


def test_weights_that_are_transformed_at_load_are_counted(tmp_path: Path) -> None:
    weights = {"w": np.full((64, 64, 3, 3), 1 / 3, np.float32)}
    model = write_model(tmp_path / "w.onnx",
                        [helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])],
                        {"x": [1, 64, 56, 56]}, {"y": [1, 64, 56, 56]}, weights)
    asked = ("inspect", model, "--target", "x86-64-v4", "--threads", "1")
    done, answer = tinsmith(*asked), tinsmith(*asked, "--json").json
    assert "stored; loaded: " in done.out
    assert "resident " in done.out
    assert answer["weights_bytes"] == answer["weights_kept_bytes"] + 64 * 64 * 9 * 4
    assert answer["weights_prepared_bytes"] in (64 * 64 * 36 * 4, 64 * 64 * 64 * 4)
    assert answer["resident_bytes"] == sum(answer[key] for key in (
        "weights_kept_bytes", "weights_prepared_bytes", "arena_bytes"))
    page = tmp_path / "w.html"
    assert tinsmith(*asked, "--html", page).code == 0
    check_page(page.read_text("utf-8"))
    assert "weights transformed at load" in page.read_text("utf-8")


def test_the_page_stands_alone(tmp_path: Path) -> None:
    page = tmp_path / "deep" / "page.html"
    done = tinsmith("inspect", classifier(tmp_path), "--html", page)
    assert done.code == 0, done.err
    text = page.read_text("utf-8")
    check_page(text)
    assert "GlobalAveragePool" in text
    assert "lower bound" in text
    assert [p.name for p in page.parent.iterdir()] == ["page.html"]


def test_names_cannot_break_the_page(tmp_path: Path) -> None:
    evil = "</script><b>&\"'"
    model = write_model(tmp_path / "e.onnx", [helper.make_node("Exp", [evil], ["y"], name=evil)],
                        {evil: [2]}, {"y": [2]})
    page = tmp_path / "e.html"
    assert tinsmith("inspect", model, "--html", page).code == 0
    check_page(page.read_text("utf-8"))


def test_boxes_keep_apart_and_edges_point_down() -> None:
    names = [f"n{i}" for i in range(40)]
    boxes = {name: Box(60 + 7 * (i % 5), 30) for i, name in enumerate(names)}
    edges = [(names[i], names[j]) for i in range(40) for j in (i + 1, i + 2, 2 * i + 3) if j < 40]
    drawing = draw(boxes, edges)
    for (source, target), points in drawing.edges.items():
        assert drawing.centres[source][1] < drawing.centres[target][1]
        assert [y for _, y in points] == sorted(y for _, y in points)
    rows: dict[float, list[str]] = {}
    for name, (_, y) in drawing.centres.items():
        rows.setdefault(y, []).append(name)
    for row in rows.values():
        row.sort(key=lambda name: drawing.centres[name][0])
        for a, b in pairwise(row):
            gap = drawing.centres[b][0] - drawing.centres[a][0]
            assert gap >= (boxes[a].width + boxes[b].width) / 2
    assert all(0 < x < drawing.width for x, _ in drawing.centres.values())
    assert draw({}, []).width == 0


def test_spacing_is_the_nearest_that_fits() -> None:
    assert spaced([0, 10], [5]) == [0, 10]
    assert spaced([0, 0], [4]) == [-2, 2]
    assert spaced([6, 0, 0], [1, 1]) == [1, 2, 3]

"""The frame of a self-contained page, its small parts, and the colours of operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import tinsmith

FOLDER = Path(__file__).parent
KINDS = {
    "conv": "Conv ConvTranspose ConvInteger QLinearConv DeformConv",
    "dense": "Gemm MatMul Einsum Attention",
    "pool": "MaxPool AveragePool GlobalAveragePool GlobalMaxPool LpPool GlobalLpPool RoiAlign",
    "norm": "BatchNormalization InstanceNormalization LayerNormalization GroupNormalization LRN "
            "RMSNormalization Softmax LogSoftmax Hardmax LpNormalization "
            "MeanVarianceNormalization",
    "move": "Concat Split Slice Pad Reshape Flatten Transpose Squeeze Unsqueeze Expand Tile "
            "Gather GatherElements GatherND ScatterND ScatterElements DepthToSpace SpaceToDepth "
            "Identity Relayout Cast",
    "recurrent": "LSTM GRU RNN",
    "point": "Fused Relu Clip LeakyRelu PRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Mish "
             "Softplus Softsign Tanh Gelu Erf Add Sub Mul Div Min Max Sum Mean Exp Log Sqrt Pow "
             "Neg Abs Floor Ceil Round Sign Mod Where Elementwise Swish Silu ThresholdedRelu Not "
             "And Or Equal Less Greater Dropout",
}
NAMES = {"conv": "convolution", "dense": "matrix", "pool": "pooling", "norm": "normalisation",
         "move": "layout and shape", "recurrent": "recurrent", "point": "element by element",
         "other": "other"}
_KIND_OF = {op: kind for kind, ops in KINDS.items() for op in ops.split()}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, and whether it holds numbers."""

    name: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its HTML, and the value by which the table is sorted."""

    html: str
    value: float | str = ""


def kind_of(op: str) -> str:
    """The class of colour of an operator."""
    return _KIND_OF.get(op, "other")


def page(title: str, subtitle: str, body: str) -> str:
    """A whole page: style and script inside, nothing from elsewhere."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="tinsmith {tinsmith.__version__}">
<title>{escape(title)}</title>
<style>
{(FOLDER / "style.css").read_text("utf-8")}</style>
</head>
<body>
<main>
<header><h1>{escape(title)}</h1><p>{subtitle}</p></header>
{body}
</main>
<script>
{(FOLDER / "page.js").read_text("utf-8")}</script>
</body>
</html>
"""


def figures(rows: Sequence[tuple[str, str]]) -> str:
    """The large numbers at the top: (number, what it is)."""
    return '<div class="figures">' + "".join(
        f'<div class="figure"><b>{escape(number)}</b><span>{escape(what)}</span></div>'
        for number, what in rows) + "</div>"


def card(title: str, note: str, body: str, head: str = "", classes: str = "",
         body_class: str = "body") -> str:
    """A framed part of the page."""
    return (f'<section class="card {classes}"><div class="head"><h2>{escape(title)}</h2>'
            f'<p class="note">{note}</p>{head}</div>'
            f'<div class="{body_class}">{body}</div></section>')


def sortable(columns: Sequence[Column], rows: Sequence[tuple[str, Sequence[Cell]]]) -> str:
    """A table that a click on a head sorts; each row has attributes and cells."""
    heads = "".join(f'<th{_right(c)}>{escape(c.name)}</th>' for c in columns)
    body = "".join(
        f"<tr {attributes}>" + "".join(_cell(cell, column) for cell, column in
                                       zip(cells, columns, strict=True)) + "</tr>\n"
        for attributes, cells in rows)
    return (f'<table class="sortable"><thead><tr>{heads}</tr></thead>\n'
            f"<tbody>{body}</tbody></table>")


def _right(column: Column) -> str:
    return ' class="right"' if column.number else ""


def _cell(cell: Cell, column: Column) -> str:
    value = f' data-value="{escape(str(cell.value))}"' if cell.value != "" else ""
    return f'<td class="{"right" if column.number else "name"}"{value}>{cell.html}</td>'


def bar(share: float) -> str:
    """A small bar from 0 to 1."""
    return f'<span class="bar"><i style="width:{100 * min(max(share, 0), 1):.1f}%"></i></span>'


def legend(kinds: Sequence[str]) -> str:
    """What the colours mean."""
    used = [kind for kind in NAMES if kind in kinds]
    return '<div class="legend">' + "".join(
        f'<span class="{kind}"><span class="dot"></span>{NAMES[kind]}</span>' for kind in used
    ) + "</div>"


def shape_text(shape: Sequence[int]) -> str:
    """A shape for people, with signs of multiplication."""
    return " \u00d7 ".join(map(str, shape)) or "scalar"


def tail(name: str, most: int = 30) -> str:
    """The end of a long name, which says more than its beginning."""
    return name if len(name) <= most else f"…{name[1 - most:]}"

"""The drawings of a page as SVG: the network as boxes and edges, the arena over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from tinsmith.cli.output import amount, size
from tinsmith.cli.pages.layered import Box, draw
from tinsmith.cli.pages.layers import Inspection, LayerRow, Slab, steps_by_value
from tinsmith.cli.pages.page import kind_of, shape_text
from tinsmith.ir.graph import Graph, Node
from tinsmith.ops.fused import Fused

BOX_HEIGHT, PORT_HEIGHT = 42.0, 24.0
PLOT_WIDTH, PLOT_HEIGHT = 1100, 300
LEFT, TOP, BOTTOM = 74, 12, 26


def network_svg(report: Inspection) -> str:
    """The optimised graph, from its inputs down to its outputs."""
    graph = report.graph.opened()
    layers = {layer.name: layer for layer in report.layers}
    by_value = steps_by_value(report.layers, report.interface)
    boxes: dict[str, Box] = {}
    texts: dict[str, str] = {}
    for value in graph.inputs:
        key = f"in:{value}"
        boxes[key] = Box(_width(value), PORT_HEIGHT)
        texts[key] = _port(value, str(graph.types[value]))
    for node in graph.nodes:
        layer = layers.get(node.name) or next(
            (by_value[v] for v in node.outputs if v in by_value), None)
        lines = _lines(node, graph)
        boxes[node.name] = Box(_width(*lines), BOX_HEIGHT)
        texts[node.name] = _box(node, lines, layer)
    for value in graph.outputs:
        key = f"out:{value}"
        boxes[key] = Box(_width(value), PORT_HEIGHT)
        texts[key] = _port(value, str(graph.types[value]))
    drawing = draw(boxes, edges(graph))
    lines_svg = "".join(f'<path class="edge" d="{_curve(points)}"/>'
                        for points in drawing.edges.values())
    boxes_svg = "".join(
        f'<g transform="translate({x - boxes[key].width / 2:.1f} '
        f'{y - boxes[key].height / 2:.1f})">'
        + texts[key].replace("WIDTH", f"{boxes[key].width:.1f}") + "</g>\n"
        for key, (x, y) in drawing.centres.items())
    return (f'<svg viewBox="0 0 {drawing.width:.0f} {drawing.height:.0f}" '
            f'width="{drawing.width:.0f}" height="{drawing.height:.0f}" role="img" '
            f'aria-label="the network as a graph">{lines_svg}{boxes_svg}</svg>')


def edges(graph: Graph) -> list[tuple[str, str]]:
    """From inputs and nodes to the nodes and outputs that read them."""
    made = {value: f"in:{value}" for value in graph.inputs}
    made.update((v, node.name) for node in graph.nodes for v in node.outputs if v)
    found = [(made[v], node.name) for node in graph.nodes for v in node.inputs if v in made]
    return [*found, *((made[v], f"out:{v}") for v in graph.outputs if v in made)]


def _lines(node: Node, graph: Graph) -> tuple[str, str]:
    """The two lines of a node's box: operator with kernel size, and output shape."""
    kernel = getattr(node.op, "kernel_shape", None)
    if kernel is None and node.op.name in ("Conv", "ConvTranspose") and len(node.inputs) > 1:
        kernel = graph.types[node.inputs[1]].shape[2:]
    window = " " + "\u00d7".join(map(str, kernel)) if kernel else ""
    extras = ["add"] if len(node.inputs) > 3 and node.inputs[3] and kernel is not None else []
    activation = getattr(node.op, "activation", None)
    if activation is not None:
        extras.append(str(getattr(activation, "kind", activation)))
    after = "".join(f" + {extra}" for extra in extras)
    result = next((v for v in node.outputs if v), "")
    shape = shape_text(graph.types[result].shape) if result else ""
    name = _fused(node.op) if isinstance(node.op, Fused) else f"{node.op.name}{window}{after}"
    return name, shape


def _fused(op: Fused) -> str:
    """The operators of a chain: 'Add · Sigmoid · Mul'."""
    names = [node.op.name for node in op.body]
    return " · ".join(names[:3]) + (f" · {len(names) - 3} more" if len(names) > 3 else "")


def _width(title: str, shape: str = "") -> float:
    return max(96.0, 28 + 7.4 * len(title), 28 + 6.3 * len(shape))


def _port(value: str, kind: str) -> str:
    return ('<g class="box port"><rect class="plate" width="WIDTH" height="24" rx="12"/>'
            '<rect class="tint" width="WIDTH" height="24" rx="12"/>'
            f'<text x="14" y="16">{escape(value)}</text><title>{escape(value)}: {escape(kind)}'
            "</title></g>")


def _box(node: Node, lines: tuple[str, str], layer: LayerRow | None) -> str:
    step = f' data-step="{layer.step}"' if layer else ""
    return (
        f'<g class="box {kind_of(node.op.name)}"{step}>'
        f'<rect class="plate" width="WIDTH" height="{BOX_HEIGHT:.0f}" rx="6"/>'
        f'<rect class="tint" width="WIDTH" height="{BOX_HEIGHT:.0f}" rx="6"/>'
        f'<rect class="stripe" width="4" height="{BOX_HEIGHT - 12:.0f}" x="5" y="6" rx="2"/>'
        f'<text class="title" x="16" y="18">{escape(lines[0])}</text>'
        f'<text class="faint" x="16" y="33">{escape(lines[1])}</text>'
        f"<title>{escape(_title(node, layer))}</title></g>")


def _title(node: Node, layer: LayerRow | None) -> str:
    parts = [f"{node.op}", f"node: {', '.join(node.origin) or node.name}"]
    if layer is None:
        parts.append("a view: takes no time and no memory")
    else:
        parts += [f"step {layer.step}: {layer.kernel} {layer.tile}".rstrip(),
                  f"{amount(layer.macs)} multiply-accumulates, "
                  f"{size(layer.weights_bytes)} of weights"]
    return "\n".join(parts)


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """A line that leaves and enters boxes straight down."""
    (x, y), *rest = points
    path = f"M{x:.1f} {y:.1f}"
    for nx, ny in rest:
        middle = (y + ny) / 2
        path += (f"V{ny:.1f}" if abs(nx - x) < 0.5
                 else f"C{x:.1f} {middle:.1f} {nx:.1f} {middle:.1f} {nx:.1f} {ny:.1f}")
        x, y = nx, ny
    return path


def memory_svg(report: Inspection) -> str:
    """The arena over time: every buffer a rectangle, steps to the right, addresses upwards."""
    steps, arena = len(report.layers), report.interface.arena_bytes
    if not steps or not arena:
        return '<p class="note">This network needs no arena.</p>'
    layers = {layer.output: layer for layer in report.layers}
    step_width = (PLOT_WIDTH - LEFT - 12) / steps
    height = PLOT_HEIGHT - TOP - BOTTOM

    def y(offset: float) -> float:
        return TOP + height * (1 - offset / arena)

    parts = [_ticks(arena, y)]
    parts += [_slab(slab, LEFT + slab.first * step_width,
                    (slab.last - slab.first + 1) * step_width, y, layers)
              for slab in sorted(report.slabs, key=lambda s: -s.size_bytes)]
    parts.append(_live(report.layers, step_width, y))
    bound = y(report.interface.bound_bytes)
    parts.append(f'<path class="bound" d="M{LEFT} {bound:.1f}H{PLOT_WIDTH - 12}"/>'
                 f'<text class="bound-text" x="{PLOT_WIDTH - 14}" y="{bound + 14:.1f}" '
                 f'text-anchor="end">lower bound {size(report.interface.bound_bytes)}</text>')
    every = max(1, round(steps / 16))
    parts += [f'<text class="faint" x="{LEFT + (i + .5) * step_width:.1f}" y="{PLOT_HEIGHT - 8}" '
              f'text-anchor="middle">{i}</text>' for i in range(0, steps, every)]
    return (f'<svg viewBox="0 0 {PLOT_WIDTH} {PLOT_HEIGHT}" width="100%" role="img" '
            f'aria-label="memory over time">{"".join(parts)}</svg>')


def _ticks(arena: int, y: object) -> str:
    assert callable(y)
    parts = []
    for i in range(5):
        at = y(arena * i / 4)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{PLOT_WIDTH - 12}"/>'
                     f'<text class="faint" x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">'
                     f"{size(arena * i / 4)}</text>")
    return "".join(parts)


def _slab(slab: Slab, x: float, width: float, y: object, layers: Mapping[str, LayerRow]) -> str:
    assert callable(y)
    layer = next((layers[v] for v in slab.values if v in layers), None)
    top = y(slab.offset + slab.size_bytes)
    title = (f"{', '.join(slab.values[:6])}{' ...' if len(slab.values) > 6 else ''}\n"
             f"{size(slab.size_bytes)} at {slab.offset}, steps {slab.first} to {slab.last}")
    step = f' data-step="{layer.step}"' if layer else ""
    return (f'<rect class="slab {kind_of(layer.op) if layer else "other"}'
            f'{" scratch" if slab.scratch else ""}"{step} x="{x:.1f}" y="{top:.1f}" '
            f'width="{width:.1f}" height="{y(slab.offset) - top:.1f}" rx="1.5">'
            f"<title>{escape(title)}</title></rect>")


def _live(layers: Sequence[LayerRow], step_width: float, y: object) -> str:
    assert callable(y)
    path = "".join(
        f"{'L' if i else 'M'}{LEFT + i * step_width:.1f} {y(layer.live_bytes):.1f}"
        f"H{LEFT + (i + 1) * step_width:.1f}" for i, layer in enumerate(layers))
    return f'<path class="live" d="{path}"><title>bytes in use</title></path>'

"""Store activations and weights of convolutions as bfloat16; arithmetic and biases stay float32.

    y = Conv(x, w, bias)   becomes   y = Conv(Cast(x, bf16), Cast(w, bf16), bias), of bf16

A value becomes bfloat16 where a convolution makes it, or where it passes on such values (pools,
concatenations, arithmetic between convolutions, whose loops read and write bfloat16 and compute in
float32). Everything else keeps float32 behind Casts, each value converted once. Convolutions of
few channels (first layers) stay float32: their pairs would be half empty. Filters stay float32 in
the graph where they are small (depthwise) or where Winograd's algorithm may transform them (3x3 of
stride 1): its kernel rounds what it transformed, once. A mean over all pixels that nobody wants as
bfloat16 is not rounded.

Inputs and outputs of the graph keep their types. Runs after the fusions.
"""

from __future__ import annotations

from dataclasses import replace

from tinsmith.dtypes import DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import OnSkip
from tinsmith.ops.cast import Cast
from tinsmith.ops.concat import Concat
from tinsmith.ops.conv import Conv
from tinsmith.ops.elementwise import Elementwise
from tinsmith.ops.fused import Fused
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalMaxPool
from tinsmith.ops.identity import Identity
from tinsmith.ops.pool import AveragePool, MaxPool
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.slice import Slice
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.retyping import Retyping, with_dtype

FEW_CHANNELS = 4
MEANS = GlobalAveragePool | GlobalMaxPool
CARRIERS: tuple[type[Op], ...] = (
    AveragePool, Concat, GlobalAveragePool, GlobalMaxPool, Identity, MaxPool, Reshape, Slice,
    Transpose)


def store_as_bf16(graph: Graph, on_skip: OnSkip | None = None,
                  kept: frozenset[str] = frozenset()) -> Graph:
    """The whole graph at once; the same graph when no convolution is left to convert.

    Convolutions whose names are ``kept`` stay float32.
    """
    wanted = set()
    for node in graph.nodes:
        if isinstance(node.op, Conv) and not node.op.mixed and (
                graph.types[node.inputs[0]].dtype is DType.F32):
            spared = not kept.isdisjoint((node.name, *node.origin))
            reason = "it is kept float32" if spared else declined(graph, node)
            if not reason:
                wanted.add(node.name)
            elif on_skip is not None:
                on_skip(node, reason)
    return _converted(graph, stored_values(graph, wanted), wanted) if wanted else graph


def declined(graph: Graph, node: Node) -> str:
    """Why a convolution of float32 stays one; "" if it need not."""
    x, w = graph.types[node.inputs[0]], graph.constant(node.inputs[1])
    biases = [value for value in node.inputs[2:3] if value]
    if w is None or any(graph.constant(value) is None for value in biases):
        return "its weights are not constant"
    if x.rank not in (3, 4):
        return f"it has {x.rank - 2} spatial axes"
    if w.shape[1] <= FEW_CHANNELS and not is_depthwise(graph, node):
        return f"it sums {w.shape[1]} channels only"
    return ""


def is_depthwise(graph: Graph, node: Node) -> bool:
    """Whether a convolution has one filter for each channel."""
    w = graph.types[node.inputs[1]]
    return isinstance(node.op, Conv) and (
        node.op.group == graph.types[node.inputs[0]].shape[1] == w.shape[0])


def keeps_filters(graph: Graph, node: Node) -> bool:
    """Whether the weights of a convolution stay float32; see the module's head."""
    assert isinstance(node.op, Conv)
    w = graph.types[node.inputs[1]]
    winograd = node.op.group == 1 and w.shape[2:] == (3, 3) and all(
        n == 1 for n in (*node.op.strides, *node.op.dilations))
    return winograd or is_depthwise(graph, node)


def carries(graph: Graph, node: Node) -> bool:
    """Whether a node may pass on bfloat16: all that it reads and gives is float32."""
    if isinstance(node.op, Cast) or not (is_loop(node) or isinstance(node.op, CARRIERS)):
        return False
    return all(graph.types[v].dtype is DType.F32 for v in (*node.inputs, *node.outputs) if v)


def is_loop(node: Node) -> bool:
    """Whether a node is elementwise: each operand and result may have a type of its own."""
    return isinstance(node.op, Elementwise | Fused)


def stored_values(graph: Graph, wanted: set[str]) -> set[str]:
    """The values that become bfloat16, given the convolutions that do."""
    carriers = {node.name for node in graph.nodes if carries(graph, node)}
    asked: set[str] = set()
    for node in reversed(graph.nodes):
        if node.name in wanted or (node.name in carriers and not asked.isdisjoint(node.outputs)):
            asked.update(value for value in node.inputs if value not in graph.weights)
    found: set[str] = set()
    for node in graph.nodes:
        if node.name in wanted:
            found.update(node.outputs)
        elif node.name in carriers and (is_loop(node) or isinstance(node.op, MEANS)):
            found.update(value for value in node.outputs if value in asked)
        elif node.name in carriers:
            sizes = [(graph.types[v].size, v in found) for v in node.inputs
                     if v and v not in graph.weights]
            if 2 * sum(size for size, is_bf16 in sizes if is_bf16) > sum(s for s, _ in sizes):
                found.update(value for value in node.outputs if value)
    return found


def _converted(graph: Graph, stored: set[str], wanted: set[str]) -> Graph:
    """The graph with ``stored`` values, and the convolutions in ``wanted``, in bfloat16."""
    def convert_node(built: Retyping, node: Node) -> Node:
        if node.name in wanted:
            return _convolution(built, node)
        if is_loop(node) and carries(graph, node):
            return _loop(built, node)
        if isinstance(node.op, MEANS) and carries(graph, node):
            return _mean(built, node)
        is_stored = any(value in stored for value in node.outputs)
        return node.replace(
            inputs=tuple(_operand(built, value, is_stored) for value in node.inputs),
            outputs=tuple(map(built.name, node.outputs)))

    return with_dtype(graph, stored, DType.BF16, convert_node)


def _operand(built: Retyping, value: str, is_stored: bool) -> str:
    """An operand of a node that reads and gives bfloat16, or neither."""
    if not value:
        return ""
    kind = built.graph.types[value].dtype
    return built.read(value, DType.BF16 if is_stored and kind is DType.F32 else kind)


def _convolution(built: Retyping, node: Node) -> Node:
    """x, residual and, mostly, w as bfloat16."""
    filters = DType.F32 if keeps_filters(built.graph, node) else DType.BF16
    kinds = (DType.BF16, filters, DType.F32, DType.BF16)
    inputs = tuple(built.read(value, kind) if value else ""
                   for value, kind in zip(node.inputs, kinds, strict=False))
    assert isinstance(node.op, Conv)
    return node.replace(op=replace(node.op, mixed=True), inputs=inputs,
                        outputs=tuple(map(built.name, node.outputs)))


def _mean(built: Retyping, node: Node) -> Node:
    """A mean that reads its operand as it is stored, and gives what is wanted."""
    assert isinstance(node.op, MEANS)
    (value,), (result,) = node.inputs, node.outputs
    source = built.name(value)
    to = DType.BF16 if result in built.changed else DType.F32
    op = node.op if built.types[source].dtype is to else replace(node.op, to=to)
    return node.replace(op=op, inputs=(source,), outputs=(built.name(result),))


def _loop(built: Retyping, node: Node) -> Node:
    """An elementwise node with the Casts of what it reads and gives as parts of its loop."""
    graph = built.graph
    operands = {v: (v if v in graph.weights else built.name(v)) for v in node.inputs}
    for value in set(node.inputs) & set(graph.weights):
        built.constant(value, graph.types[value].dtype)
    widened = [v for v in operands if built.types[operands[v]].dtype is DType.BF16]
    narrowed = [v for v in node.outputs if v in built.changed]
    if not widened and not narrowed:
        return node
    body, inputs, outputs, outer = _opened(node)
    renamed = {inner: f"{inner}.f32" for inner in inputs if outer[inner] in widened}
    results = {inner: f"{inner}.bf16" for inner, value in zip(outputs, node.outputs, strict=True)
               if value in narrowed}
    casts = [Node(new, Cast(DType.F32), (old,), (new,)) for old, new in renamed.items()]
    parts = [part.replace(inputs=tuple(renamed.get(v, v) for v in part.inputs)) for part in body]
    ends = [Node(new, Cast(DType.BF16), (old,), (new,)) for old, new in results.items()]
    op = Fused((*casts, *parts, *ends), inputs, tuple(results.get(v, v) for v in outputs))
    return node.replace(op=op, inputs=tuple(operands[outer[v]] for v in inputs),
                        outputs=tuple(map(built.name, node.outputs)))


def _opened(node: Node) -> tuple[tuple[Node, ...], tuple[str, ...], tuple[str, ...],
                                 dict[str, str]]:
    """An elementwise node as a loop: body, inputs, outputs, and the value behind each input."""
    if isinstance(node.op, Fused):
        outer = dict(zip(node.op.inputs, node.inputs, strict=True))
        return node.op.body, node.op.inputs, node.op.outputs, outer
    inputs = tuple(dict.fromkeys(node.inputs))
    return (node,), inputs, node.outputs, {value: value for value in inputs}

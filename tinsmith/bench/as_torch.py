"""A network as a PyTorch module, as a practitioner would export it: fused, static, functional.

``as_torch`` walks the graph after the passes ``STANDARD`` (BatchNorm folded, constants folded) and
builds a ``torch.fx.GraphModule``: its forward is a flat list of functional calls, its weights are
parameters. Each operator is one function in ``OPERATORS``, written with PyTorch's own functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import fx, nn
from torch.nn import functional as F

from tinsmith.bench.engine import CannotRunError
from tinsmith.dtypes import Array, DType
from tinsmith.importers import load
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.activation_table import NONE, OWN, ROWS, check_own
from tinsmith.ops.activations import (
    Clip,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    PRelu,
    Relu,
    Selu,
    Swish,
)
from tinsmith.ops.arithmetic import (
    Abs,
    Add,
    Div,
    Erf,
    Exp,
    Log,
    Max,
    Min,
    Mul,
    Neg,
    Pow,
    Reciprocal,
    Sqrt,
    Sub,
)
from tinsmith.ops.batch_normalization import BatchNormalization
from tinsmith.ops.cast import Cast
from tinsmith.ops.concat import Concat
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.expand import Expand, Tile
from tinsmith.ops.gather import Gather
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalMaxPool
from tinsmith.ops.identity import Identity
from tinsmith.ops.lrn import LRN
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.normalization import (
    GroupNormalization,
    InstanceNormalization,
    LayerNormalization,
)
from tinsmith.ops.pad import Pad
from tinsmith.ops.pool import AveragePool, MaxPool, Pool
from tinsmith.ops.recurrent import GRU, LSTM, Recurrent
from tinsmith.ops.reduce import ReduceL2, ReduceMax, ReduceMean, ReduceMin, ReduceSum
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.resize import Resize
from tinsmith.ops.slice import Slice
from tinsmith.ops.softmax import LogSoftmax, Softmax
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.manager import run
from tinsmith.passes.standard import STANDARD

Tensor: TypeAlias = torch.Tensor
Results: TypeAlias = Tensor | tuple[Tensor, ...]

CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
MAX_POOLS = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE_POOLS = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
BLENDS = {1: "linear", 2: "bilinear", 3: "trilinear"}

TYPES = {
    DType.F32: torch.float32, DType.F64: torch.float64, DType.F16: torch.float16,
    DType.BF16: torch.bfloat16, DType.I8: torch.int8, DType.I16: torch.int16,
    DType.I32: torch.int32, DType.I64: torch.int64, DType.U8: torch.uint8,
    DType.BOOL: torch.bool}


@dataclass(frozen=True, slots=True)
class Site:
    """Where an operator stands, for what its tensors do not say.

    Attributes:
        name: of the node.
        kinds: the types of its inputs, None for absent ones.
        result: the type of its first output.
        constants: the arrays of those inputs that are weights, else None.
        last: whether nobody else reads the first input, and the node before has just made it.
        layer: puts a module into the network and gives what calls it.
    """

    name: str
    kinds: tuple[TensorType | None, ...]
    result: TensorType
    constants: tuple[Array | None, ...]
    last: bool
    layer: Callable[[nn.Module], Callable[..., Any]]

    @property
    def axes(self) -> int:
        """Spatial axes of the first input."""
        kind = self.kinds[0]
        return kind.rank - 2 if kind else 0

    def refuse(self, what: str) -> CannotRunError:
        """The error of an operator that PyTorch has no function for."""
        return CannotRunError(f"PyTorch: node '{self.name}': expected {what}")


def as_torch(graph: Graph) -> fx.GraphModule:
    """The module that computes ``graph``, after the passes that a practitioner would run.

    It takes the inputs in their order and gives a tuple of the outputs in theirs.

    Raises:
        CannotRunError: an operator has no equivalent here.
    """
    graph = run(graph, STANDARD).graph
    root, traced = nn.Module(), fx.Graph()
    tracer = fx.proxy.GraphAppendingTracer(traced)
    values = {value: fx.Proxy(traced.placeholder(f"input_{i}"), tracer)
              for i, value in enumerate(graph.inputs)}
    for i, (value, array) in enumerate(graph.weights.items()):
        root.register_parameter(f"weight_{i}", parameter(array))
        values[value] = fx.Proxy(traced.get_attr(f"weight_{i}"), tracer)
    for i, node in enumerate(graph.nodes):
        results = lowered(graph, node, values, _layers(root, traced, tracer, f"layer_{i}"))
        for value, result in zip(node.outputs, results, strict=False):
            if value:
                values[value] = result
    traced.output(tuple(values[value].contiguous().node for value in graph.outputs))
    module = fx.GraphModule(root, traced)
    module.graph.eliminate_dead_code()
    return fx.GraphModule(module, module.graph).eval()  # without weights that nobody reads


@dataclass(frozen=True, slots=True)
class TorchNetwork:
    """A module with the names of its inputs and outputs, and inputs of zeros to trace it with."""

    module: fx.GraphModule
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    zeros: tuple[Tensor, ...]


def module_of(model: Path, precision: str = "f32") -> TorchNetwork:
    """The module of a model file, in bfloat16 if ``precision`` is bf16."""
    graph = load(model)
    module = as_torch(graph)
    zeros = tuple(torch.zeros(graph.types[value].shape, dtype=TYPES[graph.types[value].dtype])
                  for value in graph.inputs)
    if precision == "bf16":
        module = module.bfloat16()
        zeros = tuple(x.bfloat16() if x.is_floating_point() else x for x in zeros)
    return TorchNetwork(module, graph.inputs, graph.outputs, zeros)


def lowered(graph: Graph, node: Node, values: Mapping[str, Tensor],
            layer: Callable[[nn.Module], Callable[..., Any]]) -> tuple[Tensor, ...]:
    """The outputs of one node."""
    found = OPERATORS.get(type(node.op))
    if found is None:
        raise CannotRunError(f"PyTorch: node '{node.name}': no function for {node.op.name}")
    first = node.inputs[0] if node.inputs else ""
    before = graph.producer(first)
    site = Site(
        node.name, graph.input_types(node), graph.types[next(filter(None, node.outputs))],
        tuple(graph.weights.get(value) for value in node.inputs),
        before is not None and isinstance(before.op, FRESH)
        and graph.sole_consumer(first) is node and node.inputs.count(first) == 1, layer)
    results = found(site, node.op, *(values[v] if v else None for v in node.inputs))
    return results if isinstance(results, tuple) else (results,)


def parameter(array: Array) -> nn.Parameter:
    """A parameter with a copy of ``array``."""
    return nn.Parameter(torch.from_numpy(np.array(array, order="C")), requires_grad=False)


def _layers(root: nn.Module, traced: fx.Graph, tracer: fx.proxy.GraphAppendingTracer,
            name: str) -> Callable[[nn.Module], Callable[..., Any]]:
    def layer(module: nn.Module) -> Callable[..., Any]:
        root.add_module(name, module)
        return lambda *inputs: fx.Proxy(
            traced.call_module(name, tuple(x.node for x in inputs)), tracer)

    return layer


def conv(site: Site, op: Conv, x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """A convolution; asymmetric padding comes before it."""
    d = site.axes
    padding: Sequence[int] = op.pads[:d]
    if op.pads[:d] != op.pads[d:]:
        x, padding = F.pad(x, outwards(op.pads)), (0,) * d
    return CONVOLUTIONS[d](x, w, bias, op.strides, padding, op.dilations, op.group)


def conv_transpose(site: Site, op: ConvTranspose, x: Tensor, w: Tensor,
                   bias: Tensor | None = None) -> Tensor:
    """A transposed convolution; what asymmetric padding cuts off more is cut off after it."""
    d = site.axes
    if op.pads[:d] == op.pads[d:] and all(map(int.__lt__, op.output_padding, op.strides)):
        return TRANSPOSED[d](x, w, bias, op.strides, op.pads[:d], op.output_padding, op.group,
                             op.dilations)
    raise site.refuse("symmetric padding of a transposed convolution")


def outwards(pads: Sequence[int]) -> list[int]:
    """``pads`` (all befores, all afters) as PyTorch's: pairs, from the last axis on."""
    d = len(pads) // 2
    return [p for i in reversed(range(d)) for p in (pads[i], pads[d + i])]


def max_pool(site: Site, op: MaxPool, x: Tensor) -> Tensor:
    """A max pool; padding that PyTorch's own does not take comes before it."""
    if op.indices:
        raise site.refuse("no indices from a max pool")
    d = site.axes
    padding: Sequence[int] = op.pads[:d]
    if not inside(op, d):
        x, padding = F.pad(x, outwards(op.pads), value=-math.inf), (0,) * d
    return MAX_POOLS[d](x, op.kernel, op.strides, padding, op.dilations, op.ceil)


def average_pool(site: Site, op: AveragePool, x: Tensor) -> Tensor:
    """An average pool without dilation."""
    d = site.axes
    padding: Sequence[int] = op.pads[:d]
    if set(op.dilations) != {1}:
        raise site.refuse("an average pool without dilation")
    if not inside(op, d):
        if not op.count_include_pad or op.ceil:
            raise site.refuse("symmetric padding of an average pool")
        x, padding = F.pad(x, outwards(op.pads)), (0,) * d
    return AVERAGE_POOLS[d](x, op.kernel, op.strides, padding, op.ceil, op.count_include_pad)


def inside(op: Pool, d: int) -> bool:
    """Whether PyTorch's pools take the padding: symmetric, at most half the kernel."""
    return op.pads[:d] == op.pads[d:] and all(
        2 * p <= k for p, k in zip(op.pads, op.kernel, strict=False))


def global_average_pool(site: Site, op: GlobalAveragePool, x: Tensor) -> Tensor:
    """The mean over the spatial axes."""
    return F.adaptive_avg_pool2d(x, 1) if site.axes == 2 else x.mean(spatial(site), keepdim=True)


def global_max_pool(site: Site, op: GlobalMaxPool, x: Tensor) -> Tensor:
    """The largest element over the spatial axes."""
    return x.amax(spatial(site), keepdim=True)


def spatial(site: Site) -> list[int]:
    """The spatial axes."""
    return list(range(2, 2 + site.axes))


def gemm(site: Site, op: Gemm, a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
    """``nn.Linear`` where the weights are known, else matrix product and scaling."""
    weight, kind = site.constants[1], site.kinds[2] if c is not None else None
    if op.trans_a or op.alpha != 1 or op.beta != 1 or weight is None or (kind and kind.rank > 1):
        y = (a.t() if op.trans_a else a) @ (b.t() if op.trans_b else b)
        y = y if op.alpha == 1 else y * op.alpha
        return y if c is None else y + (c if op.beta == 1 else c * op.beta)
    known = site.constants[2] if c is not None else None
    filters = weight if op.trans_b else weight.T
    rows, columns = filters.shape
    if c is not None and (known is None or known.shape != (rows,)):
        return F.linear(a, b if op.trans_b else b.t()) + c
    linear = nn.Linear(columns, rows, bias=known is not None, device="meta")
    linear.weight = parameter(filters)
    if known is not None:
        linear.bias = parameter(known)
    result: Tensor = site.layer(linear)(a)
    return result


def mat_mul(site: Site, op: MatMul, a: Tensor, b: Tensor) -> Tensor:
    """numpy.matmul."""
    return torch.matmul(a, b)


def batch_normalization(site: Site, op: BatchNormalization, x: Tensor, scale: Tensor,
                        bias: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    """With known statistics."""
    return F.batch_norm(x, mean, variance, scale, bias, eps=op.epsilon)


def layer_normalization(site: Site, op: LayerNormalization, x: Tensor, scale: Tensor,
                        bias: Tensor | None = None) -> Tensor:
    """The first output; nobody asks for the statistics."""
    return F.layer_norm(x, list(site.result.shape[op.axis:]), scale, bias, op.epsilon)


def group_normalization(site: Site, op: GroupNormalization, x: Tensor, scale: Tensor,
                        bias: Tensor) -> Tensor:
    """Group and instance normalisation."""
    return F.group_norm(x, op.group_count(site.result), scale, bias, op.epsilon)


def lrn(site: Site, op: LRN, x: Tensor) -> Tensor:
    """A sum of shifted squares: a quarter of the time of ``F.local_response_norm`` on a CPU."""
    before, channels = (op.size - 1) // 2, site.result.shape[1]
    squares = F.pad(x * x, (*(0, 0) * site.axes, before, op.size - 1 - before))
    total = squares[:, :channels]
    for shift in range(1, op.size):
        total = total + squares[:, shift:shift + channels]
    return x * torch.pow(total * (op.alpha / op.size) + op.bias, -op.beta)


def relu(site: Site, op: Relu, x: Tensor) -> Tensor:
    """max(x, 0)."""
    return F.relu(x, inplace=site.last)


def clip(site: Site, op: Clip, x: Tensor) -> Tensor:
    """Relu6 is the clip that every exporter knows."""
    if (op.low, op.high) == (0.0, 6.0):
        return F.relu6(x, inplace=site.last)
    return torch.clamp(x, op.low, op.high)


def leaky_relu(site: Site, op: LeakyRelu, x: Tensor) -> Tensor:
    """alpha x below 0."""
    return F.leaky_relu(x, op.alpha, inplace=site.last)


def hard_sigmoid(site: Site, op: HardSigmoid, x: Tensor) -> Tensor:
    """PyTorch's own has a slope of 1/6."""
    if math.isclose(op.alpha, 1 / 6, rel_tol=1e-6) and op.beta == 0.5:
        return F.hardsigmoid(x, inplace=site.last)
    return torch.clamp(x * op.alpha + op.beta, 0, 1)


def hard_swish(site: Site, op: HardSwish, x: Tensor) -> Tensor:
    """x hardsigmoid(x)."""
    return F.hardswish(x, inplace=site.last)


def swish(site: Site, op: Swish, x: Tensor) -> Tensor:
    """SiLU, or with a factor."""
    return F.silu(x, inplace=site.last) if op.alpha == 1 else x * torch.sigmoid(x * op.alpha)


def gelu(site: Site, op: Gelu, x: Tensor) -> Tensor:
    """Exact, or by tanh."""
    return F.gelu(x, approximate="tanh" if op.tanh else "none")


def prelu(site: Site, op: PRelu, x: Tensor, slope: Tensor) -> Tensor:
    """Any slope that broadcasts."""
    return torch.where(x < 0, x * slope, x)


def selu(site: Site, op: Selu, x: Tensor) -> Tensor:
    """With any constants."""
    return torch.where(x < 0, op.alpha * torch.expm1(x), x) * op.gamma


def add(site: Site, op: Add, a: Tensor, b: Tensor) -> Tensor:
    """a + b, into a where nobody else wants it."""
    return a.add_(b) if site.last and site.kinds[0] == site.result else a + b


def concat(site: Site, op: Concat, *parts: Tensor) -> Tensor:
    """torch.cat."""
    return torch.cat(list(parts), op.axis)


def reshape(site: Site, op: Reshape, x: Tensor) -> Tensor:
    """x.reshape."""
    return x.reshape(op.shape)


def transpose(site: Site, op: Transpose, x: Tensor) -> Tensor:
    """x.permute."""
    return x.permute(op.perm)


def slice_(site: Site, op: Slice, x: Tensor) -> Tensor:
    """The axes that change, one at a time."""
    kind = site.kinds[0]
    for axis, (start, size, step) in enumerate(zip(op.starts, op.sizes, op.steps, strict=True)):
        if kind and (start, size, step) != (0, kind.shape[axis], 1):
            if step < 0:
                raise site.refuse("a slice with positive steps")
            place = (slice(None),) * axis
            x = x[(*place, slice(start, start + (size - 1) * step + 1, step))]
    return x


def pad(site: Site, op: Pad, x: Tensor, value: Tensor | None = None) -> Tensor:
    """Constants anywhere, other modes on the spatial axes."""
    pads = outwards((*op.before, *op.after))
    if op.mode == "constant":
        fill = site.constants[1] if value is not None else np.zeros(())
        if fill is None:
            raise site.refuse("a pad by a known value")
        return F.pad(x, pads, value=float(fill.reshape(())))
    while pads and not any(pads[-2:]):
        pads = pads[:-2]
    return F.pad(x, pads, mode={"reflect": "reflect", "edge": "replicate",
                                "wrap": "circular"}[op.mode])


def expand(site: Site, op: Expand, x: Tensor) -> Tensor:
    """x.expand."""
    return x.expand(op.shape)


def tile(site: Site, op: Tile, x: Tensor) -> Tensor:
    """x.repeat."""
    return x.repeat(op.repeats)


def gather(site: Site, op: Gather, x: Tensor, indices: Tensor) -> Tensor:
    """Known indices only: PyTorch has no value for those out of range."""
    known, kind = site.constants[1], site.kinds[0]
    if known is None or kind is None:
        raise site.refuse("a gather at known indices")
    extent = kind.shape[op.axis]
    if known.size and not (known.min() >= -extent and known.max() < extent):
        raise site.refuse("indices inside the data")
    if known.ndim == 0:
        return x.select(op.axis, int(known) % extent)
    return x[(*(slice(None),) * op.axis, indices % extent)]


def cast(site: Site, op: Cast, x: Tensor) -> Tensor:
    """x.to."""
    return x.to(TYPES[op.to])


def resize(site: Site, op: Resize, x: Tensor) -> Tensor:
    """F.interpolate in the cases where it means the same."""
    kind = site.kinds[0]
    d = site.axes
    if kind is None or op.antialias or op.sizes[:2] != kind.shape[:2] or d not in BLENDS:
        raise site.refuse("a resize of the spatial axes")
    ratios = [new / old for new, old in zip(op.sizes[2:], kind.shape[2:], strict=True)]
    plain = all(math.isclose(r, s, rel_tol=1e-6)
                for r, s in zip(ratios, op.scales[2:], strict=True))
    how, size = op.coordinate_transformation_mode, list(op.sizes[2:])
    whole = all(r.is_integer() for r in ratios)
    floors = how == "asymmetric" and op.nearest_mode == "floor"
    if op.mode == "nearest" and plain and (floors or (whole and how == "half_pixel")):
        return F.interpolate(x, size=size, mode="nearest")
    if op.mode == "linear" and how == "align_corners":
        return F.interpolate(x, size=size, mode=BLENDS[d], align_corners=True)
    if op.mode == "linear" and plain and how in ("half_pixel", "pytorch_half_pixel"):
        return F.interpolate(x, size=size, mode=BLENDS[d], align_corners=False)
    raise site.refuse(f"a resize that F.interpolate knows, not {op.mode} {how}")


def recurrent(site: Site, op: Recurrent, x: Tensor, w: Tensor, r: Tensor,
              b: Tensor | None = None, *states: Tensor | None) -> tuple[Tensor, ...]:
    """``nn.LSTM`` or ``nn.GRU``, its gates in PyTorch's order."""
    kind = LSTM_KIND if isinstance(op, LSTM) else GRU_KIND
    plain = (op.direction != "reverse" and not op.clip and op.sequence_lens is None
             and not any(s is not None for s in states)
             and tuple(f.kind for f in op.functions) == kind.functions * op.directions
             and not getattr(op, "input_forget", False)
             and getattr(op, "linear_before_reset", True))
    arrays = site.constants[1:4 if b is not None else 3]
    if not plain or any(a is None for a in arrays):
        raise site.refuse(f"a plain {op.name} with known weights")
    module = recurrent_module(kind, op, [a for a in arrays if a is not None])
    found = site.layer(module)(x)
    steps, directions, batch, hidden = site.result.shape
    y = found[0].reshape(steps, batch, directions, hidden).permute(0, 2, 1, 3)
    return (y, found[1][0], found[1][1]) if isinstance(op, LSTM) else (y, found[1])


@dataclass(frozen=True, slots=True)
class _Recurrence:
    """PyTorch's module for an operator: its gates are the operator's, in this order."""

    module: Callable[..., nn.Module]
    order: tuple[int, ...]
    functions: tuple[str, ...]


LSTM_KIND = _Recurrence(nn.LSTM, (0, 2, 3, 1), ("sigmoid", "tanh", "tanh"))
GRU_KIND = _Recurrence(nn.GRU, (1, 0, 2), ("sigmoid", "tanh"))


def recurrent_module(kind: _Recurrence, op: Recurrent, arrays: Sequence[Array]) -> nn.Module:
    """The module with the operator's weights."""
    w, r, *biases = arrays
    module = kind.module(w.shape[2], op.hidden, bias=bool(biases),
                         bidirectional=op.directions == 2)
    for direction, suffix in zip(range(op.directions), ("", "_reverse"), strict=False):
        named = {"weight_ih_l0": w[direction], "weight_hh_l0": r[direction]}
        if biases:
            half = biases[0].shape[1] // 2
            named |= {"bias_ih_l0": biases[0][direction, :half],
                      "bias_hh_l0": biases[0][direction, half:]}
        for name, array in named.items():
            gates = array.reshape(len(kind.order), op.hidden, *array.shape[1:])
            setattr(module, name + suffix,
                    parameter(gates[list(kind.order)].reshape(array.shape)))
    return module


def plain(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """An operator without attributes, which is one function of PyTorch."""
    return lambda site, op, *inputs: function(*inputs)


def reduction(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """An operator that reduces axes by one function of PyTorch."""
    return lambda site, op, x: function(x, list(op.axes), keepdim=op.keepdims)


def activation(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """An activation: one function of PyTorch, which takes our attributes in their order."""
    return lambda site, op, x: function(x, *(getattr(op, f.name) for f in fields(op)))


ACTIVATIONS: Mapping[type[Op], Callable[..., Tensor]] = {
    operator: activation(getattr(F, row.torch)) for operator, row in ROWS.items()
    if row.torch not in (OWN, NONE)}
FRESH = (Conv, ConvTranspose, Gemm, BatchNormalization, Add, Mul)

OPERATORS: Mapping[type[Op], Callable[..., Results]] = {
    Abs: plain(torch.abs),
    Add: add,
    AveragePool: average_pool,
    BatchNormalization: batch_normalization,
    Cast: cast,
    Clip: clip,
    Concat: concat,
    Conv: conv,
    ConvTranspose: conv_transpose,
    Div: plain(torch.div),
    Erf: plain(torch.erf),
    Exp: plain(torch.exp),
    Expand: expand,
    GRU: recurrent,
    Gather: gather,
    Gelu: gelu,
    Gemm: gemm,
    GlobalAveragePool: global_average_pool,
    GlobalMaxPool: global_max_pool,
    GroupNormalization: group_normalization,
    HardSigmoid: hard_sigmoid,
    HardSwish: hard_swish,
    Identity: lambda site, op, x: x,
    InstanceNormalization: group_normalization,
    LRN: lrn,
    LSTM: recurrent,
    LayerNormalization: layer_normalization,
    LeakyRelu: leaky_relu,
    Log: plain(torch.log),
    LogSoftmax: lambda site, op, x: torch.log_softmax(x, op.axis),
    MatMul: mat_mul,
    Max: plain(torch.maximum),
    MaxPool: max_pool,
    Min: plain(torch.minimum),
    Mul: plain(torch.mul),
    Neg: plain(torch.neg),
    PRelu: prelu,
    Pad: pad,
    Pow: plain(torch.pow),
    Reciprocal: plain(torch.reciprocal),
    ReduceL2: reduction(torch.linalg.vector_norm),
    ReduceMax: reduction(torch.amax),
    ReduceMean: reduction(torch.mean),
    ReduceMin: reduction(torch.amin),
    ReduceSum: reduction(torch.sum),
    Relu: relu,
    Reshape: reshape,
    Resize: resize,
    Selu: selu,
    Slice: slice_,
    Softmax: lambda site, op, x: torch.softmax(x, op.axis),
    Sqrt: plain(torch.sqrt),
    Sub: plain(torch.sub),
    Swish: swish,
    Tile: tile,
    Transpose: transpose,
    **ACTIVATIONS,
}
check_own("torch", OPERATORS.keys() - ACTIVATIONS.keys(), "bench/as_torch.py")

"""If, Loop and Scan: branches chosen, and bodies repeated, while the model is read.

What decides is nearly always constant once shapes are. Only a run-time If whose branches give
alike types is kept: both are computed, and one is selected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.errors import ShapeError
from tinsmith.importers.onnx.axes import front_axis
from tinsmith.importers.onnx.build import add_graph
from tinsmith.importers.onnx.node import NodeImport, dtype_of
from tinsmith.importers.onnx.read import RawGraph, RawType
from tinsmith.ops import comparison, concat, expand, reshape, slice

MAX_STEPS = 10_000


def If(node: NodeImport) -> None:
    """The branch that a constant condition names; else both, and a selection."""
    condition = node.constant(0)
    then_branch = node.attribute_graph("then_branch")
    else_branch = node.attribute_graph("else_branch")
    for branch in (then_branch, else_branch):
        _check_body(node, branch, 0, len(then_branch.outputs), 0)
    if condition is not None:
        branch = then_branch if condition.reshape(-1)[0] else else_branch
        for i, value in enumerate(_inline(node, branch, node.scope)):
            node.alias(value, i)
        return
    yes, no = _branches(node, then_branch, else_branch)
    kinds = [[node.builder.types[v] for v in values] for values in (yes, no)]
    if kinds[0] != kinds[1]:
        node.require(0, "condition of branches whose results differ in type")
    chosen = node.value(0)
    if node.type(0).rank:
        chosen = node.temporary(reshape.Reshape(()), chosen)
    for i, (left, right) in enumerate(zip(yes, no, strict=True)):
        node.emit_output(i, comparison.Where(), chosen, left, right)


def _branches(node: NodeImport, *branches: RawGraph) -> list[list[str]]:
    """The results of both branches of an If whose condition is known at run time only.

    One that never fits the static shapes could only fail; its results are NaN.
    """
    found: list[list[str]] = []
    failed: list[tuple[int, ShapeError]] = []
    for i, branch in enumerate(branches):
        mark = node.builder.mark()
        try:
            found.append(_inline(node, branch, node.scope))
        except ShapeError as error:
            node.builder.undo(mark)
            failed.append((i, error))
    if not found:
        raise failed[0][1]
    for i, reason in failed:
        found.insert(i, _failing(node, ("then", "else")[i], reason, found[0]))
    return found


def _failing(node: NodeImport, which: str, error: ShapeError, like: Sequence[str]) -> list[str]:
    """NaN, of the types of the other branch's results."""
    builder, advice = node.builder, node.builder.advice(node.value(0))
    why = str(error).split(";")[0].removeprefix("infer: ")
    if not all(builder.types[value].dtype.is_float for value in like):
        raise node.unsupported(f"{which} branch", "one that fits the shapes of the inputs",
                               f"'{why}'", advice)
    builder.notes.append(f"the {which} branch of If '{node.raw.name}' fits no input of these "
                         f"shapes ({why}): where it would be taken, results are NaN; {advice}")
    results = []
    for value in like:
        kind = builder.types[value]
        nan = builder.add_weight(builder.fresh(f"{node.raw.name}/nan"),
                                 np.full((), np.nan, kind.dtype.numpy))
        results.append(node.temporary(expand.Expand(kind.shape), nan))
    return results


def Loop(node: NodeImport) -> None:
    """The body once for each step; trip count and condition must be constant."""
    body = node.attribute_graph("body")
    limit = node.ints(0, "trip count")[0] if node.has_input(0) else None
    going = not node.has_input(1) or bool(node.require(1, "condition").reshape(-1)[0])
    carried = [node.value(i) for i in range(2, len(node.raw.inputs))]
    formals = list(body.inputs)
    _check_body(node, body, 2 + len(carried), 1 + len(carried), 1)
    scope = _with_weights(node, body)
    stacks: list[list[str]] = [[] for _ in list(body.outputs)[1 + len(carried):]]
    step = 0
    while going and (limit is None or step < limit):
        _check_steps(node, step + 1)
        given = {formals[0]: _number(node, np.int64(step), body.inputs[formals[0]]),
                 formals[1]: _number(node, np.bool_(True), body.inputs[formals[1]]),
                 **dict(zip(formals[2:], carried, strict=True))}
        on, *results = _inline(node, body, {**scope, **given})
        condition = node.builder.weights.get(on)
        if condition is None:
            raise node.unsupported("condition", "one that is constant at every step",
                                   "one known at run time only", "give a fixed trip count")
        going = bool(condition.reshape(-1)[0])
        carried = results[:len(carried)]
        for stack, value in zip(stacks, results[len(carried):], strict=True):
            stack.append(value)
        step += 1
    for i, value in enumerate(carried):
        node.alias(value, i)
    for i, (stack, kind) in enumerate(
            zip(stacks, list(body.outputs.values())[1 + len(carried):], strict=True)):
        _stack(node, len(carried) + i, stack, kind, 0)


def Scan(node: NodeImport) -> None:
    """The body once for each slice of the scanned inputs; opset 8 does so for each of a batch."""
    body = node.attribute_graph("body")
    count = node.attribute_int("num_scan_inputs", 0)
    batches = node.opset < 9
    if batches and node.has_input(0):
        raise node.unsupported("sequence_lens", "none: sequences of full length", "some",
                               "convert the model to opset 9")
    values = [node.value(i) for i in range(int(batches), node.input_count)]
    if not 1 <= count <= len(values):
        raise node.unsupported("num_scan_inputs", f"1 to {len(values)}", count, "check the model")
    _check_body(node, body, len(values), len(values) - count, 0)
    states, scanned = values[:len(values) - count], values[len(values) - count:]
    if batches:
        _scan_batches(node, body, states, scanned)
        return
    axes = [front_axis(node, axis, node.builder.types[v].rank) for axis, v in
            zip(node.attribute_ints("scan_input_axes", (0,) * count), scanned, strict=True)]
    backward = node.attribute_ints("scan_input_directions", (0,) * count)
    states, stacks = _scan(node, body, states, list(zip(scanned, axes, backward, strict=True)))
    for i, value in enumerate(states):
        node.alias(value, i)
    outputs = list(body.outputs.values())[len(states):]
    axes_out = node.attribute_ints("scan_output_axes", (0,) * len(stacks))
    backward_out = node.attribute_ints("scan_output_directions", (0,) * len(stacks))
    for i, stack in enumerate(stacks):
        _stack(node, len(states) + i, stack[::-1] if backward_out[i] else stack, outputs[i],
               axes_out[i])


def _scan(
    node: NodeImport, body: RawGraph, states: list[str], scanned: Sequence[tuple[str, int, int]]
) -> tuple[list[str], list[list[str]]]:
    """Last states, and the other results of all steps; ``scanned``: value, axis, whether backward.
    """
    lengths = {node.builder.types[v].shape[axis] for v, axis, _ in scanned}
    if len(lengths) != 1:
        raise node.unsupported("scanned inputs", "one length", sorted(lengths), "check the model")
    length = lengths.pop()
    _check_steps(node, length)
    scope = _with_weights(node, body)
    stacks: list[list[str]] = [[] for _ in list(body.outputs)[len(states):]]
    for step in range(length):
        slices = [_slice(node, v, axis, length - 1 - step if back else step)
                  for v, axis, back in scanned]
        results = _inline(node, body,
                          {**scope, **dict(zip(body.inputs, states + slices, strict=True))})
        states = results[:len(states)]
        for stack, value in zip(stacks, results[len(states):], strict=True):
            stack.append(value)
    return states, stacks


def _scan_batches(
    node: NodeImport, body: RawGraph, states: Sequence[str], scanned: Sequence[str]
) -> None:
    """The first axis of all operands and results counts sequences, the next one steps."""
    backward = node.attribute_ints("directions", (0,) * len(scanned))
    extents = {node.builder.types[v].shape[0] for v in (*states, *scanned)}
    if len(extents) != 1 or min(extents) < 1:
        raise node.unsupported("operands", "one batch", sorted(extents), "check the model")
    results: list[list[str]] = [[] for _ in body.outputs]
    for sample in range(extents.pop()):
        firsts = [_slice(node, v, 0, sample) for v in states]
        parts = [_slice(node, v, 0, sample) for v in scanned]
        last, stacks = _scan(node, body, firsts, [
            (v, 0, back) for v, back in zip(parts, backward, strict=True)])
        if any(not stack for stack in stacks):
            raise node.unsupported("scan output", "one step or more", 0, "check the model")
        whole = last + [_joined(node, stack) for stack in stacks]
        for found, value in zip(results, whole, strict=True):
            found.append(value)
    for i, (stack, kind) in enumerate(zip(results, body.outputs.values(), strict=True)):
        _stack(node, i, stack, kind, 0)


def _joined(node: NodeImport, parts: Sequence[str]) -> str:
    """All parts side by side on a new first axis."""
    unit = reshape.Reshape((1, *node.builder.types[parts[0]].shape))
    return node.temporary(concat.Concat(0), *(node.temporary(unit, p) for p in parts))


def _inline(node: NodeImport, graph: RawGraph, scope: Mapping[str, str]) -> list[str]:
    """Adds the nodes of ``graph``; the values of its outputs."""
    node.builder.budget.visit(node.raw.name)
    inner = dict(scope)
    add_graph(node.builder, graph, inner)
    for name in graph.outputs:
        if name not in inner:
            raise node.unsupported(f"output '{name}' of its body", "a value", "none",
                                   "check the model")
    return [inner[name] for name in graph.outputs]


def _check_body(node: NodeImport, body: RawGraph, inputs: int, outputs: int, hidden: int) -> None:
    """Refuses a body that takes other operands, or gives less than is carried and asked for.

    ``hidden``: how many of its first outputs (the condition) are no outputs of the node.
    """
    outputs = max(outputs, node.output_count + hidden)
    if len(body.inputs) != inputs or len(body.outputs) < outputs:
        raise node.unsupported(
            "body", f"{inputs} inputs and at least {outputs} outputs",
            f"{len(body.inputs)} and {len(body.outputs)}", "check the model")


def _with_weights(node: NodeImport, body: RawGraph) -> dict[str, str]:
    """The outer scope and the body's own constants, which all steps share."""
    scope = dict(node.scope)
    add_graph(node.builder, RawGraph(body.name, (), {}, {}, body.weights), scope)
    return scope


def _check_steps(node: NodeImport, steps: int) -> None:
    if steps > MAX_STEPS:
        raise node.unsupported("length", f"at most {MAX_STEPS} steps", steps,
                               "replace it by operators on whole tensors")


def _number(node: NodeImport, value: np.int64 | np.bool_, kind: RawType) -> str:
    """A constant number, as a vector of one where the body declares one."""
    array: Array = np.full((1,) if kind.shape is not None and len(kind.shape) == 1 else (), value)
    return node.builder.add_weight(node.builder.fresh(f"{node.raw.name}/step"), array)


def _slice(node: NodeImport, value: str, axis: int, index: int) -> str:
    """x[..., index, ...] without its axis."""
    shape = node.builder.types[value].shape
    starts = tuple(index if a == axis else 0 for a in range(len(shape)))
    sizes = tuple(1 if a == axis else d for a, d in enumerate(shape))
    part = node.temporary(slice.Slice(starts, sizes, (1,) * len(shape)), value)
    return node.temporary(reshape.Reshape(shape[:axis] + shape[axis + 1:]), part)


def _stack(node: NodeImport, output: int, parts: Sequence[str], kind: RawType, axis: int) -> None:
    """Output ``output``: all parts side by side on a new axis."""
    if not parts:
        if kind.shape is None or not all(isinstance(d, int) for d in kind.shape):
            raise node.unsupported("scan output", "one step or more", 0, "declare its shape")
        shape = [d for d in kind.shape if isinstance(d, int)]
        if any(d < 0 for d in shape):
            raise node.unsupported("scan output", "a shape", shape, "check the model")
        shape.insert(axis if axis >= 0 else len(shape) + 1 + axis, 0)
        node.emit_constant(np.zeros(shape, dtype_of(kind.elem_type, node.raw.name).numpy), output)
        return
    inner = node.builder.types[parts[0]].shape
    axis = front_axis(node, axis, len(inner) + 1)
    unit = reshape.Reshape((*inner[:axis], 1, *inner[axis:]))
    node.emit_output(output, concat.Concat(axis), *(node.temporary(unit, p) for p in parts))

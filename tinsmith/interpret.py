"""Runs any graph by its operators' numpy references: the oracle of every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.errors import DataError, InternalError
from tinsmith.ir.graph import Graph, Node

Operands = Sequence[Array | None]
Adjust = Callable[[Node, Operands, str, Array], Array]


def effort(graph: Graph) -> int:
    """What one run takes, in additions of numpy."""
    return sum(node.op.effort(kinds := graph.input_types(node), node.op.infer(*kinds))
               for node in graph.nodes)


def interpret(graph: Graph, inputs: Mapping[str, Array],
              adjust: Adjust | None = None) -> dict[str, Array]:
    """The outputs of ``graph`` for ``inputs`` (both by value name), its state being zero.

    ``adjust``: what later nodes read in place of a node's result: called with the node, its
    operands, the result's name and the result.
    """
    return _run(graph, check_inputs(graph, inputs), adjust)


def advance(graph: Graph, inputs: Mapping[str, Array], state: Mapping[str, Array],
            ) -> tuple[dict[str, Array], dict[str, Array]]:
    """The outputs of ``graph`` for ``inputs`` in a state, and its state afterwards."""
    opened = graph.opened()
    values = _run(opened, check_inputs(opened, {**inputs, **state}))
    return ({value: values[value] for value in graph.outputs},
            {value: values[update] for value, update in graph.state.items()})


def initial_state(graph: Graph) -> dict[str, Array]:
    """The state of ``graph`` before its first run: zeros."""
    return {value: np.zeros(graph.types[value].shape, graph.types[value].dtype.numpy)
            for value in graph.state}


def _run(graph: Graph, values: dict[str, Array], adjust: Adjust | None = None) -> dict[str, Array]:
    """The outputs, of the values of all inputs, weights and states; see ``interpret``."""
    last = {value: node.name for node in graph.nodes for value in (*node.outputs, *node.inputs)}
    for node, results in steps(graph, values):
        operands = [values.get(v) for v in node.inputs]
        values.update((v, adjust(node, operands, v, r) if adjust else r)
                      for v, r in zip(node.outputs, results, strict=False) if v)
        for value in (*node.inputs, *node.outputs):
            if last[value] == node.name and value not in graph.outputs:
                values.pop(value, None)  # nobody reads it any more
    return {value: values[value] for value in graph.outputs}


def steps(graph: Graph, values: Mapping[str, Array]) -> Iterator[tuple[Node, tuple[Array, ...]]]:
    """Each node with its results, in order; the caller keeps the results in ``values``."""
    for node in graph.nodes:
        operands = [values[v] if v else None for v in node.inputs]
        with np.errstate(all="ignore"):
            results = node.op.reference(*operands)
        for value, result in zip(node.outputs, results, strict=False):
            if value and (result.shape != graph.types[value].shape
                          or result.dtype != graph.types[value].dtype.numpy):
                raise InternalError(
                    f"interpret: {node.op.name} '{node.name}': expected {graph.types[value]}, "
                    f"got {result.dtype}{list(result.shape)}; report this")
        yield node, results


def as_array(name: str, value: object) -> Array:
    """What was given for an input, as an array; ``DataError`` when it is none."""
    try:
        return np.asarray(value)
    except (ValueError, TypeError) as error:
        raise DataError(f"run: input '{name}': expected an array, got {type(value).__name__} that "
                        "is none; give numbers in rows of one length") from error


def check_inputs(graph: Graph, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Inputs, weights and the first state as one dictionary.

    Raises:
        DataError: an input does not fit.
    """
    for name in inputs:
        if name not in graph.inputs:
            raise DataError(f"run: input '{name}': expected one of {list(graph.inputs)}, "
                            f"got '{name}'; rename or drop it")
    values = {**graph.weights, **initial_state(graph)}
    for name in graph.inputs:
        expected = graph.types[name]
        if name not in inputs:
            raise DataError(f"run: input '{name}': expected {expected}, got nothing; give it")
        array = as_array(name, inputs[name])
        if array.shape != expected.shape or array.dtype != expected.dtype.numpy:
            raise DataError(f"run: input '{name}': expected {expected}, got "
                            f"{array.dtype}{list(array.shape)}; convert or reshape it")
        values[name] = array
    return values

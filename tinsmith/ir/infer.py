"""Types of values, inferred from what operators say: of one node, or of a whole graph again."""

from __future__ import annotations

from collections.abc import Mapping

from tinsmith.errors import ModelError
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import TensorType


def result_types(node: Node, types: Mapping[str, TensorType]) -> dict[str, TensorType]:
    """The types of what a node gives, when its inputs have those in ``types``.

    Raises:
        ModelError: the inputs do not fit; the text names the node.
    """
    inputs = tuple(types[value] if value else None for value in node.inputs)
    try:
        found = node.op.infer(*inputs)
    except ModelError as error:
        raise ModelError(f"{error} (in {node.op.name} '{node.name}')") from error
    except (ValueError, IndexError, TypeError) as error:  # of operators that ask no further
        raise ModelError(
            f"infer: {node.op.name} '{node.name}': expected inputs that fit, got "
            f"{', '.join(map(str, inputs))}; check the shapes of the inputs") from error
    return {value: kind for value, kind in zip(node.outputs, found, strict=False) if value}


def retyped(graph: Graph, inputs: Mapping[str, TensorType] | None = None) -> Graph:
    """The graph with the types of all results inferred again, after an edit that changes shapes.

    Attributes of operators stay: a Reshape to a fixed shape takes as many elements as before.

    Args:
        graph: its inputs, states and weights have the types that it says.
        inputs: other types of some of its inputs.

    Raises:
        ModelError: there is no such input, or a node cannot have such inputs; the text names it.
    """
    changed = dict(inputs or {})
    for name in changed:
        if name not in graph.inputs:
            raise ModelError(f"infer: input '{name}': expected one of {list(graph.inputs)}, got "
                             f"'{name}'; check the name")
    given = {*graph.inputs, *graph.state, *graph.weights}
    types = {value: kind for value, kind in graph.types.items() if value in given} | changed
    for node in graph.nodes:
        types |= result_types(node, types)
    for value, update in graph.state.items():
        if types[update] != types[value]:
            raise ModelError(f"infer: state '{value}': expected {types[value]} from '{update}', "
                             f"got {types[update]}; keep the shapes that it depends on")
    return graph.replace(types=types)

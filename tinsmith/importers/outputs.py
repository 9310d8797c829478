"""The end of an import: outputs have their names, filling is hidden, what nobody reads is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from tinsmith.errors import ModelError
from tinsmith.importers.builder import GraphBuilder
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.verify import verify
from tinsmith.ops import comparison
from tinsmith.ops.identity import Identity


def finished(builder: GraphBuilder, name: str, scope: Mapping[str, str], outputs: Iterable[str],
             metadata: Mapping[str, str]) -> Graph:
    """The verified graph.

    Args:
        builder: all nodes, types and weights.
        name: of the graph.
        scope: the graph's name of each value that the model names.
        outputs: the model's names; behind them come counts of real rows, where there are any.
        metadata: what the model says of itself.
    """
    scope, outputs = dict(scope), tuple(outputs)
    counts = _hide_filling(builder, scope, outputs)
    builder.restore_quantized(scope.get(output, "") for output in outputs)
    _free_names(builder, scope, outputs)
    for output in outputs:
        _give_output(builder, scope, output)
    used = {value for node in builder.nodes for value in node.inputs}
    weights = {value: array for value, array in builder.weights.items() if value in used}
    keep = (used | {*builder.inputs, *outputs, *counts}
            | {value for node in builder.nodes for value in node.outputs})
    types = {value: kind for value, kind in builder.types.items() if value in keep}
    return verify(Graph(name, tuple(builder.nodes), tuple(builder.inputs), (*outputs, *counts),
                        types, weights, dict(metadata)))


def _free_names(builder: GraphBuilder, scope: dict[str, str], outputs: Iterable[str]) -> None:
    """Renames what stands in the way of outputs: constants, and values inside of branches."""
    given = set(builder.inputs)
    rename = {name: builder.fresh(name) for name in outputs
              if name in builder.weights
              or (name in builder.types and name not in given and scope.get(name) != name)}
    if not rename:
        return

    def renamed(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(rename.get(value, value) for value in values)

    builder.nodes = [node.replace(inputs=renamed(node.inputs), outputs=renamed(node.outputs))
                     for node in builder.nodes]
    builder.types = {rename.get(v, v): kind for v, kind in builder.types.items()}
    builder.weights = {rename.get(v, v): array for v, array in builder.weights.items()}
    scope.update((name, rename[v]) for name, v in tuple(scope.items()) if v in rename)


def _hide_filling(
    builder: GraphBuilder, scope: dict[str, str], outputs: Iterable[str]
) -> tuple[str, ...]:
    """Puts -1 (0 where there is no such number) into rows that are filling, see ``rows``.

    Gives the counts of real rows, which become outputs, so that nobody has to guess.
    """
    counts: dict[str, None] = {}
    for name in outputs:
        value = scope.get(name, "")
        rows = builder.rows.get(value)
        if rows is None:
            continue
        kind = builder.types[value]
        counts[rows.count] = None
        place = np.arange(kind.shape[rows.axis]).reshape((-1, *(1,) * (kind.rank - rows.axis - 1)))
        least = -1 if kind.dtype.is_float or kind.dtype.numpy.kind == "i" else 0
        constants = [builder.add_weight(builder.fresh(f"{name}/{what}"), array) for what, array in (
            ("row", place), ("filling", np.full((), least, kind.dtype.numpy)))]
        real, shown = (builder.fresh(f"{name}/{what}") for what in ("real", "shown"))
        del builder.rows[value]
        builder.add_node(name, comparison.Less(), (constants[0], rows.count), (real,))
        builder.add_node(name, comparison.Where(), (real, value, constants[1]), (shown,))
        builder.rows[value] = rows
        scope[name] = shown
    for count in counts:
        builder.notes.append(f"output '{count}': how many rows are real; -1 behind them")
    return tuple(counts)


def _give_output(builder: GraphBuilder, scope: Mapping[str, str], name: str) -> None:
    """Sees to it that output ``name`` is a value of that name; an input may be one as it is."""
    if name not in scope:
        raise ModelError(f"import: output '{name}': expected a value, got none; check the model")
    value = scope[name]
    if value != name:
        builder.types[name] = builder.types[value]
        builder.nodes.append(Node(builder.fresh(f"node:{name}/output").removeprefix("node:"),
                                  Identity(), (value,), (name,), (name,)))

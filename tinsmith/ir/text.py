"""Prints a graph, one line for each node, for people and for diffs."""

from __future__ import annotations

from tinsmith.ir.graph import Graph, Node


def text(graph: Graph) -> str:
    """The whole graph as text; stable for equal graphs."""
    inputs = ", ".join(f"{value}: {graph.types[value]}" for value in graph.inputs)
    lines = [f"graph {graph.name}({inputs}) -> ({', '.join(graph.outputs)})"]
    lines += [f"  state {value}: {graph.types[value]} <- {update}"
              for value, update in graph.state.items()]
    lines += [f"  {node_text(graph, node)}" for node in graph.nodes]
    return "\n".join(lines) + "\n"


def node_text(graph: Graph, node: Node) -> str:
    """One node: outputs with types, operator with attributes, inputs (weights with types)."""
    outputs = ", ".join(f"{v}: {graph.types[v]}" if v else "_" for v in node.outputs)
    inputs = ", ".join(
        f"{v}: {graph.types[v]}" if v in graph.weights else v or "_" for v in node.inputs)
    return f"{outputs} = {node.op}({inputs})"

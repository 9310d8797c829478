"""The graph that every pass reads and returns: values, nodes, operators, patches."""

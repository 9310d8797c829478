"""Decides how one target runs a graph: kernels and forms, memory, the plan."""

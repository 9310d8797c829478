"""Decides how one target runs a graph: kernels and layouts, memory, the plan."""

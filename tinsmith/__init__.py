"""Tinsmith: compiles trained networks into plain C for small machines."""

"""Measures engines side by side: the same network, the same input, one process each."""

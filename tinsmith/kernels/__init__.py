"""The kernel library: C headers, and beside each a Python file that says what it serves."""

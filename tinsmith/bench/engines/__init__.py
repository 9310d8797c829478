"""One file for each engine; an engine is found by the name of its file.

A file defines ``ENGINE``, an ``Engine`` of ``tinsmith.bench.engine``, and imports its package only
inside functions, so that a machine without the package still lists the engine and says why not.
"""

"""What kernels include: vectors, scalars, functions, epilogues, threads. C only."""

"""What the reference of convolution costs."""

import tracemalloc

import numpy as np
import pytest

from tinsmith.ops.conv import Conv


@pytest.mark.parametrize("shape", [(1, 8, 400, 400), (1, 8, 160_000)])
def test_memory_is_not_multiplied_by_the_kernel(shape: tuple[int, ...]) -> None:
    """All windows at once would be 81 times the input."""
    d = len(shape) - 2
    kernel = 81 if d == 1 else 9
    x = np.ones(shape, np.float32)
    w = np.ones((1, 8, *(kernel,) * d), np.float32)
    tracemalloc.start()
    try:
        (y,) = Conv((1,) * d, (0,) * (2 * d), (1,) * d).reference(x, w)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (y == 8 * 81).all()
    assert peak < 40 * x.nbytes

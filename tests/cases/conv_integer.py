"""ConvInteger."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.ops.conv_integer import ConvInteger


def _bytes(*shape, dtype="uint8", seed=0):
    low = 0 if dtype == "uint8" else -128
    return random(*shape, dtype=dtype, seed=seed, low=low, high=low + 256)


def _case(name, x, w, op, x_type="uint8", w_type="int8", zeros=(None, None), **options):
    return Case(name, op, (_bytes(*x, dtype=x_type), _bytes(*w, dtype=w_type, seed=1), *zeros),
                **options)


X_ZERO = np.array(131, np.uint8)
W_ZERO = np.array([3, -128, 127, 0], np.int8)
PLAIN = ConvInteger((1, 1), (0, 0, 0, 0), (1, 1))

CASES = (
    _case("conv_integer", (2, 3, 6, 7), (4, 3, 3, 3), PLAIN),
    _case("conv_integer_zeros", (2, 3, 6, 7), (4, 3, 3, 3),
          ConvInteger((1, 1), (1, 1, 1, 1), (1, 1)), zeros=(X_ZERO, W_ZERO), weights=(1, 2, 3)),
    _case("conv_integer_one_zero", (1, 3, 6, 7), (4, 3, 3, 3), PLAIN,
          zeros=(None, np.array([9], np.int8))),
    _case("conv_integer_signed", (1, 3, 6, 7), (4, 3, 3, 3), PLAIN, "int8", "uint8",
          (np.array(-7, np.int8), None)),
    _case("conv_integer_groups", (2, 4, 9, 8), (4, 2, 3, 2),
          ConvInteger((2, 1), (0, 1, 2, 1), (1, 2), 2), zeros=(X_ZERO, W_ZERO)),
    _case("conv_integer_depthwise", (1, 4, 8, 8), (4, 1, 3, 3),
          ConvInteger((2, 2), (1, 1, 1, 1), (1, 1), 4), zeros=(X_ZERO, None)),
    _case("conv_integer_1d", (1, 3, 20), (5, 3, 4), ConvInteger((3,), (2, 1), (2,))),
    _case("conv_integer_3d", (1, 2, 4, 5, 6), (3, 2, 2, 2, 2),
          ConvInteger((1, 1, 2), (1, 0, 0, 0, 0, 1), (1, 1, 1)), zeros=(X_ZERO, None)),
)

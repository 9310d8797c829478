"""The constants of kernels that may be variables, so that layers can share one copy of the code.

They only say how large something is and how far apart its parts lie. Code is right for any values;
what must fold (register tiles, filters, strides of a window, kinds) is none of them.
"""

from __future__ import annotations

from tinsmith.kernels.kernel import Constant

EXTENTS = frozenset((
    "n", "channels", "ic", "oc", "ih", "iw", "oh", "ow", "id", "od", "filter", "bands",
    "x_n", "x_block", "x_row", "y_n", "y_block", "y_row", "r_n", "r_block", "r_row"))


def is_extent(name: str, value: Constant) -> bool:
    """Whether a constant of a kernel may as well be a variable."""
    return name in EXTENTS and isinstance(value, int) and not isinstance(value, bool)

"""Groups of a convolution: some are joined, so that their output channels fill vectors."""

from __future__ import annotations

import math

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.kernels.conv.site import conv_of
from tinsmith.kernels.kernel import Site


def merged(site: Site) -> int:
    """How many groups of a site are joined into one."""
    group = conv_of(site).group
    return joined(group, site.input(1).shape[0] // group, site.target.lanes)


def joined(groups: int, oc: int, lanes: int) -> int:
    """How many groups of ``oc`` output channels become one, so that it fills vectors."""
    if groups == 1 or oc % lanes == 0:
        return 1
    each = lanes // math.gcd(oc, lanes)
    return groups if groups % each else each


def merge_groups(w: Array, groups: int, lanes: int) -> tuple[Array, int]:
    """Groups whose output channels do not fill vectors, joined into block-diagonal ones."""
    oc, ic = w.shape[0] // groups, w.shape[1]
    each = joined(groups, oc, lanes)
    if each == 1:
        return w, groups
    out = np.zeros((groups * oc, each * ic, *w.shape[2:]), w.dtype)
    for g in range(groups):
        at = g % each * ic
        out[g * oc:(g + 1) * oc, at:at + ic] = w[g * oc:(g + 1) * oc]
    return out, groups // each

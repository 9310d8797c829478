"""What convolutions ask of a site: its operator, its constants, and whether they serve it."""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.addressing import is_image, is_volume
from tinsmith.kernels.kernel import Site
from tinsmith.kernels.stored import STORED
from tinsmith.ops.conv import Conv


def serves(site: Site, *dtypes: DType) -> bool:
    """Whether a node is a convolution of one of these types over images, with constant weights."""
    return is_image(site.inputs[0]) and _is_conv(site, dtypes)


def serves_volumes(site: Site, *dtypes: DType) -> bool:
    """Whether a node is such a convolution over images or volumes."""
    return serves(site, *dtypes) or (is_volume(site.inputs[0]) and _is_conv(site, dtypes))


def _is_conv(site: Site, dtypes: tuple[DType, ...]) -> bool:
    """Weights have the type of the images, or are float32; what they are stored as is ours."""
    stored = site.input(0).dtype
    return (
        isinstance(site.op, Conv)
        and stored in dtypes
        and site.output().dtype is stored
        and site.output().size > 0
        and site.constant(1) is not None
        and site.input(1).dtype in (stored, DType.F32)
        and (not site.has_input(2) or site.constant(2) is not None)
    )


def conv_of(site: Site) -> Conv:
    """The node's operator, known to be a Conv."""
    assert isinstance(site.op, Conv)
    return site.op


def stored_as(site: Site) -> str:
    """How x, y and a residual lie in memory, as ``stored.h`` names it."""
    return STORED[site.input(0).dtype]


def weights_of(site: Site, index: int = 1) -> Array:
    """The constant behind an input."""
    array = site.constant(index)
    assert array is not None
    return array


def bias_of(site: Site) -> Array:
    """The bias in float32, zeros when there is none."""
    if not site.has_input(2):
        return np.zeros(site.output().shape[1], np.float32)
    return weights_of(site, 2).astype(np.float32, copy=False)


def four_axes(w: Array) -> Array:
    """Weights [M, C, kh, kw]: kh is 1 along one axis, kd kh over three."""
    return w.reshape(*w.shape[:2], -1, w.shape[-1])

"""Which register tile direct convolution takes."""

import pytest

from tests.cases.case import Prefer
from tests.cases.conv import conv
from tinsmith.kernels.conv.conv2d_direct import Conv2dDirect
from tinsmith.request import Request
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find

LANES = 16


def tile_and_chunks(x: tuple[int, ...], channels: int, stride: int,
                    threads: int) -> tuple[int, int, int]:
    """Pixels and vectors of the register tile of a 1x1 on x86-64-v4, and the chunks."""
    case = conv("1x1", x, (channels, x[1], 1, 1), strides=(stride, stride))
    plan = schedule(case.graph(), Request(find("x86-64-v4"), threads).direct(),
                    Prefer(Conv2dDirect().label))
    (step,) = [step for step in plan.steps if step.call.kernel == "conv2d_direct"]
    fields = dict(step.call.constants)
    return int(str(fields["tile_p"])), int(str(fields["tile_b"])), step.call.chunks


@pytest.mark.parametrize("threads", [1, 2])
def test_far_weights_meet_many_pixels(threads: int) -> None:
    p, b, _ = tile_and_chunks((1, 2048, 7, 7), 512, 1, threads)
    assert p > 4 * b


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_share_far_weights_evenly(threads: int) -> None:
    _, b, chunks = tile_and_chunks((1, 1024, 14, 14), 512, 2, threads)
    assert chunks == 512 // LANES // b
    assert chunks % threads == 0

"""The loops that the schedule picks keep their sums in registers, on every instruction set."""

from __future__ import annotations

import shutil

import pytest

from tests.cases.case import Case
from tests.cases.conv import conv
from tests.kernels.machine_code import Loop, loops_of
from tinsmith.emit.host import emit
from tinsmith.emit.names import c_name
from tinsmith.request import Request
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find
from tinsmith.toolchain import build

OBJDUMP = {"aarch64": "aarch64-linux-gnu-objdump", "armv7": "arm-linux-gnueabihf-objdump"}
TARGETS = ("x86-64-v2", "x86-64-v3", "x86-64-v4", "cortex-a53", "cortex-a72", "cortex-a76",
           "cortex-a7", "cortex-a15")
# Multiply-adds of a loop of sums, and their share of its instructions: others, such as transforms,
# have fewer. SSE has none, but products, each with an addition and a move.
LEAST, SHARE, SHARE_APART = 4, 0.3, 0.2

LAYERS = (
    conv("first", (1, 3, 57, 57), (64, 3, 3, 3), strides=(2, 2)),  # of SqueezeNet
    conv("squeeze", (1, 128, 27, 27), (32, 128, 1, 1)),
    conv("expand", (1, 32, 27, 27), (128, 32, 3, 3), pads=(1, 1, 1, 1)),
    conv("narrow", (1, 96, 28, 28), (24, 96, 1, 1)),  # of MobileNetV2
    conv("depthwise", (1, 96, 28, 28), (96, 1, 3, 3), pads=(1, 1, 1, 1), group=96),
    conv("depthwise_strided", (1, 96, 28, 28), (96, 1, 3, 3), strides=(2, 2), pads=(1, 1, 1, 1),
         group=96),
    conv("bottleneck", (1, 512, 7, 7), (512, 512, 3, 3), pads=(1, 1, 1, 1)),  # of ResNet50
    conv("strided", (1, 128, 28, 28), (128, 128, 3, 3), strides=(2, 2), pads=(1, 1, 1, 1)),
    conv("projection", (1, 256, 14, 14), (512, 256, 1, 1), strides=(2, 2)),
    conv("classifier", (1, 512, 1, 1), (1000, 512, 1, 1)),
)


def sources_of(case: Case, target: str) -> dict[str, str]:
    plan = schedule(case.graph(), Request(find(target)))
    return emit(plan, c_name(plan.name))


def sums_of(target: str) -> list[Loop]:
    """The loops of sums of all layers."""
    machine = find(target)
    objdump = OBJDUMP.get(machine.isa, "objdump")
    if shutil.which(objdump) is None:
        pytest.skip(f"no {objdump}")
    sources = {name: text for case in LAYERS for name, text in sources_of(case, target).items()
               if name.endswith(".h") or "_layers_" in name}
    folder = build(sources, machine, kind="objects")
    loops = [loop for path in sorted(folder.rglob("*.o")) for loop in loops_of(path, objdump)]
    share = SHARE_APART if target == "x86-64-v2" else SHARE
    return [loop for loop in loops if loop.multiply_adds >= max(LEAST, share * len(loop.body))]


@pytest.mark.cc
@pytest.mark.one_target
@pytest.mark.parametrize("target", TARGETS)
def test_loops_of_sums_do_not_spill(target):
    loops = sums_of(target)
    assert len({loop.function for loop in loops}) >= len(LAYERS) - 1
    assert [(loop.function, loop.multiply_adds, sorted(loop.spilled)) for loop in loops
            if loop.spilled] == []

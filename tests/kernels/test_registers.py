"""How many registers a tile holds, and which tiles fit."""

import pytest

from tinsmith.kernels.registers import fits, room, tile_registers
from tinsmith.targets import find


@pytest.mark.parametrize(("target", "p", "b", "registers"), [
    ("x86-64-v4", 14, 2, 28 + 2 + 1),
    ("x86-64-v4", 29, 1, 29 + 1),  # the pixel comes from memory to all lanes
    ("x86-64-v3", 6, 2, 12 + 2 + 1),
    ("x86-64-v3", 13, 1, 13 + 1 + 1),
])
def test_a_broadcast_tile_holds_weights_and_one_pixel(target, p, b, registers):
    assert tile_registers(find(target), p, b, by_lane=False) == registers
    assert tile_registers(find(target), p, b, by_lane=True) == registers  # it has no lanes to take


def test_a_tile_by_lane_holds_all_pixels_and_one_weight():
    a72 = find("cortex-a72")
    assert tile_registers(a72, 6, 4, by_lane=True) == 24 + 6 + 1
    assert tile_registers(a72, 6, 4, by_lane=False) == 24 + 4 + 1
    assert tile_registers(find("cortex-a7"), 3, 3, by_lane=True) == 9 + 2 + 1  # half registers


@pytest.mark.parametrize(("target", "p", "b", "by_lane", "expected"), [
    ("cortex-a72", 6, 4, True, True),
    ("cortex-a72", 7, 3, True, True),
    ("cortex-a72", 7, 4, True, False),
    ("cortex-a72", 14, 2, True, False),
    ("cortex-a72", 14, 2, False, True),
    ("cortex-a15", 3, 3, True, True),
    ("cortex-a15", 4, 2, True, True),
    ("cortex-a15", 4, 3, True, False),
    ("x86-64-v3", 6, 2, False, True),
    ("x86-64-v3", 4, 3, False, False),
    ("x86-64-v4", 14, 2, False, True),
    ("x86-64-v4", 7, 4, False, False),
])
def test_which_tiles_fit(target, p, b, by_lane, expected):
    assert fits(find(target), p, b, by_lane=by_lane) is expected


def test_room_keeps_one_to_spare():
    assert room(find("x86-64-v3"), 4) == 16 - 4 - 1

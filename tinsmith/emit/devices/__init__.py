"""What C is printed for each device: a file for each, found by the device's name.

Such a module has a function ``printed(plan, name) -> Printed``.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec

from tinsmith.emit.devices.printed import Printer
from tinsmith.errors import InternalError


def printer(device: str) -> Printer:
    """The function that prints for a device."""
    module = f"{__name__}.{device}"
    if find_spec(module) is None:
        raise InternalError(f"emit: device '{device}': expected emit/devices/{device}.py, got "
                            "none; report this")
    found: Printer = importlib.import_module(module).printed
    return found

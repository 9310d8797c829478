"""A bound on the stack that a network takes without operating system."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tinsmith.runtime.bundle import is_network
from tinsmith.targets import Target
from tinsmith.toolchain.stack import frames

LIBRARY = ("tin_libc/memory.c", "tin_libc/maths.c")  # what layers may call
MATHS = "kernels/c/scalar.h"  # its functions may call the C library's
RUNTIME_BYTES, LIBM_BYTES = 32, 512  # that the compiler's own library takes, and <math.h>


def stack_bytes(files: Mapping[str, bytes], target: Target, compiler: str, name: str) -> int:
    """The most stack that a call of a network takes, from the files of its bundle.

    Raises:
        ToolchainError: the compiler is missing or fails.
    """
    sources = {file: data.decode() for file, data in files.items()
               if is_network(file) or file in LIBRARY or file.endswith(".h")}
    return bound(frames(sources, target, compiler), name, LIBM_BYTES if MATHS in files else 0)


def bound(sizes: Mapping[str, int], name: str, library: int) -> int:
    """The largest sum along a chain of calls: an entry point, what it asks first, or a step.

    Functions that were inlined are part of those that call them. ``library``: the bytes of what
    layers call that was not measured.
    """
    def of(*functions: str) -> int:
        return sum(sizes.get(f"{name}_{function}", 0) for function in functions)

    def most(pattern: str) -> int:
        return max((size for function, size in sizes.items()
                    if re.fullmatch(pattern, function)), default=0)

    prefix = re.escape(name)
    leaf = max(most(rf"(?!{prefix}_).*"), library) + RUNTIME_BYTES
    step = of("do") + most(rf"{prefix}_step_\d+") + most(rf"{prefix}_layer_\d+") + leaf
    checks = of("begin", "check", "fault", "overlap", "network", "state")
    setting_up = of("attach", "set_up", "overlap", "network", "state")
    return max(max(of("run"), of("step")) + max(checks, step),
               of("init") + max(setting_up, of("prepare") + step),
               of("share") + setting_up)

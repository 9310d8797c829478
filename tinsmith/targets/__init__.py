"""Targets: the machines that Tinsmith compiles for, as data, and a probe of this one."""

from tinsmith.targets.find import find, instructions, names, this_machine, titled
from tinsmith.targets.target import Cluster, Gpu, Memory, Target

__all__ = [
    "Cluster",
    "Gpu",
    "Memory",
    "Target",
    "find",
    "instructions",
    "names",
    "this_machine",
    "titled",
]

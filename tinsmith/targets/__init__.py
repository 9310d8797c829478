"""Targets: the machines that Tinsmith compiles for, as data, and a probe of this one."""

from tinsmith.targets.find import find, instructions, names, this_machine, titled
from tinsmith.targets.model import Cache, Model, Unit
from tinsmith.targets.target import Cluster, Gpu, Memory, Target

__all__ = [
    "Cache",
    "Cluster",
    "Gpu",
    "Memory",
    "Model",
    "Target",
    "Unit",
    "find",
    "instructions",
    "names",
    "this_machine",
    "titled",
]

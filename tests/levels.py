"""Prints what `make test` takes this machine for, beside what it is: python -m tests.levels."""

from tinsmith.targets import find
from tinsmith.targets.native import levels
from tinsmith.targets.probe import probe

TRIED = ("x86-64-v3", "x86-64-v2")


def lesser() -> tuple[str, ...]:
    """The instruction sets that this machine has, with fewer instructions than 'native'."""
    here = find("native")
    known = levels(probe())
    below = known[known.index(here.isa):]
    return tuple(name for name in TRIED
                 if name in below and find(name).features != here.features)


if __name__ == "__main__":
    print(*lesser())

"""Where trained weights come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A PyTorch state_dict inside a package of the registry.

    Attributes:
        requirement: what to install, as pip takes it.
        package: the import name of the package.
        file: the state_dict's path inside the package.
    """

    requirement: str
    package: str
    file: str

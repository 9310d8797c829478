"""Reference networks: each is one file of networks/, built as an ONNX model when it is asked for.

    names()                      every network there is
    build("resnet18")            seeded weights, the same bytes for the same seed
    build("mobilenetv2", pretrained=pretrained_file("mobilenetv2"))

A file is found by its name (``squeezenet1_0.py`` is ``squeezenet1.0``), so a new network edits no
list.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import onnx

from tinsmith.errors import UserError
from tinsmith.formats.torch.archive import load_state_dict
from tinsmith.zoo.builder import Builder
from tinsmith.zoo.pretrained import Pretrained
from tinsmith.zoo.weights import Loaded, Seeded, WeightSource

__all__ = ["build", "names", "pretrained_file", "requirement"]

_FOLDER = Path(__file__).parent / "networks"


def names() -> tuple[str, ...]:
    """All networks, in alphabetical order."""
    return tuple(sorted(_files()))


def build(name: str, seed: int = 0, pretrained: Path | None = None) -> onnx.ModelProto:
    """Build one network.

    Args:
        name: one of ``names()``.
        seed: of the weights, at least 0. It has no effect on pretrained weights.
        pretrained: a PyTorch state_dict to take every weight from, as ``pretrained_file`` finds it.

    Raises:
        UserError: there is no such network, or it takes no pretrained weights.
        ModelError: the pretrained file is damaged or belongs to another network.
    """
    module = _module(name)
    builder = Builder(name, _weights(name, module, seed, pretrained))
    outputs = module.network(builder)
    return builder.model(outputs, _first_line(module))


def pretrained_file(name: str) -> Path | None:
    """Where an installed package keeps the network's weights; None when it is not installed.

    The package is located, not imported. None also for a network that has no pretrained weights.
    """
    origin: Pretrained | None = getattr(_module(name), "PRETRAINED", None)
    if origin is None:
        return None
    spec = importlib.util.find_spec(origin.package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, origin.file)
        if path.is_file():
            return path
    return None


def requirement(name: str) -> str | None:
    """The package (as pip takes it) that carries the network's weights; None when none does."""
    origin: Pretrained | None = getattr(_module(name), "PRETRAINED", None)
    return origin.requirement if origin is not None else None


@cache
def _files() -> dict[str, str]:
    stems = (path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))
    return {_public_name(stem): stem for stem in stems}


def _public_name(stem: str) -> str:
    """``squeezenet1_0`` -> ``squeezenet1.0``; any other underscore is a hyphen."""
    return re.sub(r"(?<=\d)_(?=\d)", ".", stem).replace("_", "-")


def _module(name: str) -> ModuleType:
    files = _files()
    if name not in files:
        raise UserError(
            f"zoo: network '{name}': expected the name of a reference network, "
            f"got an unknown one; {_advice(name)}"
        )
    return importlib.import_module(f"tinsmith.zoo.networks.{files[name]}")


def _advice(name: str) -> str:
    near = difflib.get_close_matches(name.lower().replace("_", "-"), names(), n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(f"'{match}'" for match in near) + "?"
    return "choose one of " + ", ".join(names())


def _weights(name: str, module: ModuleType, seed: int, pretrained: Path | None) -> WeightSource:
    if seed < 0:
        raise UserError(
            f"zoo: network '{name}' seed: expected a number of at least 0, got {seed}; "
            "choose another seed"
        )
    if pretrained is None:
        return Seeded(seed)
    if not hasattr(module, "PRETRAINED"):
        able = [other for other in names() if hasattr(_module(other), "PRETRAINED")]
        raise UserError(
            f"zoo: network '{name}': expected no pretrained weights, got '{pretrained}'; "
            f"leave the file out, or choose one of {', '.join(able)}"
        )
    return Loaded(load_state_dict(pretrained), pretrained.name)


def _first_line(module: ModuleType) -> str:
    return (module.__doc__ or "").partition("\n")[0]

"""Fixes the shapes of a model's inputs: as declared, as given, or a batch taken as one.

An open dimension is taken as 1 only where it is a batch: its name says so, or the operators that
read the input do (the first axis of a Conv). Time, features and sides of images are asked for, all
inputs in one message.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace

from tinsmith.errors import DataError, UnsupportedError
from tinsmith.importers.inputs import Declared, InputShape, by_x
from tinsmith.importers.onnx.read import RawGraph
from tinsmith.importers.onnx.roles import Reading, Roles, follow, reading

BATCH_NAME = re.compile(r"n|b|bs|bsz|.*batch.*", re.IGNORECASE)
OTHER_NAME = re.compile(
    r"t|l|h|w|.*(time|sample|seq|frame|len|step|token|point|box|word|char|audio|dura|width|height|"
    r"chan|feat|class|total|count|rows|cols|dets).*", re.IGNORECASE)
COLOURS = (1, 3, 4)
SIDE, STEPS = 224, 100  # of an example: the sides of an image, the length of anything else


def fix_shapes(
    raw: RawGraph, given: Mapping[str, tuple[int, ...]], bound: Iterable[str]
) -> tuple[InputShape, ...]:
    """A shape for every input that has no default and is not bound.

    Raises:
        DataError: a given shape has another number of axes than the input.
        UnsupportedError: shapes are missing; the text asks for all of them.
    """
    taken, found, missing = {*raw.weights, *bound}, [], []
    graph: Reading | None = None
    for name, declared in raw.inputs.items():
        if name in taken:
            continue
        if name in given:
            found.append(_as_given(name, declared.shape, given[name]))
            continue
        roles = Roles()
        if declared.shape is None or not all(isinstance(d, int) for d in declared.shape):
            graph = graph or reading(raw)
            roles = follow(graph, name, None if declared.shape is None else len(declared.shape))
        fixed = _fixed(name, declared.shape, roles)
        if fixed is None:
            missing.append((name, declared.shape, roles))
        else:
            found.append(fixed)
    if missing:
        raise _asked(missing)
    return tuple(found)


def _as_given(name: str, declared: Declared | None, given: tuple[int, ...]) -> InputShape:
    if declared is None:
        return InputShape(name, None, given, "from --shape")
    if len(declared) != len(given):
        raise DataError(f"import: input '{name}': expected a shape like {by_x(declared)}, got "
                        f"{by_x(given) or 'no axes'}; check --shape")
    made = InputShape(name, declared, given, "from --shape")
    if made.against:
        return replace(made, why=f"from --shape, though the model declares {by_x(declared)}")
    return made if made.chosen else replace(made, why="declared")


def _fixed(name: str, declared: Declared | None, roles: Roles) -> InputShape | None:
    """The shape with batches taken as 1; None if anything else is open."""
    if declared is None:
        return None
    shape = [1 if not isinstance(d, int) and is_batch(d, axis, len(declared), roles) else d
             for axis, d in enumerate(declared)]
    static = tuple(d for d in shape if isinstance(d, int))
    if len(static) != len(shape):
        return None
    why = "declared"
    if static != declared:
        why = f"batch taken as 1, the model declares {by_x(declared)}"
    return InputShape(name, declared, static, why)


def is_batch(dimension: str | None, axis: int, rank: int, roles: Roles) -> bool:
    """Whether an open dimension counts samples, by its name or by the operators that read it."""
    if axis in roles.other or rank < 2:
        return False
    if dimension is not None and BATCH_NAME.fullmatch(dimension):
        return True
    named = dimension is not None and OTHER_NAME.fullmatch(dimension) is not None
    return axis in roles.batch and not named


def _asked(missing: list[tuple[str, Declared | None, Roles]]) -> UnsupportedError:
    shown = ", ".join(f"'{name}' ({'no shape' if shape is None else by_x(shape)})"
                      for name, shape, _ in missing)
    line = " ".join(f"--shape {shlex.quote(f'{name}={by_x(example(shape, roles))}')}"
                    for name, shape, roles in missing)
    what = "input" if len(missing) == 1 else "inputs"
    return UnsupportedError(
        f"import: {what} {shown}: expected static shapes, got open dimensions; give the sizes that "
        f"you need, for example: {line}")


def _may_count(dimension: str | None, rank: int, roles: Roles) -> bool:
    """Whether nothing speaks against a first dimension that counts samples."""
    named = dimension is not None and OTHER_NAME.fullmatch(dimension) is not None
    return rank == 4 or (rank > 1 and 0 not in roles.other and not named)


def example(declared: Declared | None, roles: Roles) -> tuple[int, ...]:
    """Plausible numbers for what is open, for people to change."""
    declared = (None,) * (roles.rank or 4) if declared is None else declared
    rank, extents = len(declared), roles.extents or {}
    known = [d if isinstance(d, int)
             else 1 if is_batch(d, axis, rank, roles) or (not axis and _may_count(d, rank, roles))
             else extents.get(axis) for axis, d in enumerate(declared)]
    if rank == 4 and not extents:
        last = known[1] is not None and known[3] is None and known[1] not in COLOURS
        at = 3 if last else 1
        if known[at] is None and known[4 - at] not in COLOURS:
            known[at] = 3
    coloured = rank == 3 and (known[0] in COLOURS or known[2] in COLOURS)
    image = rank == 4 or (coloured and known.count(None) == 2)
    return tuple((SIDE if image else STEPS) if d is None else d for d in known)

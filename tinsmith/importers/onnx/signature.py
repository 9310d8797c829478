"""Checks raw nodes against what the standard says of their operator: counts, attributes, opset.

A mapping reads the inputs and attributes that it knows. What else a node carries would be ignored
in silence, and the network would answer wrongly; so it is refused here, for all operators alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import onnx
import onnx.defs

from tinsmith.errors import ModelError, UnsupportedError
from tinsmith.importers.onnx.read import Attribute, RawGraph, RawNode, RawType

OLDEST_OPSET = 7
LEGACY = frozenset({"consumed_inputs", "is_test", "broadcast", "axis"})  # gone since OLDEST_OPSET

FLAGS = frozenset("""
    align_corners allowzero antialias ceil_mode center_point_box count_include_pad detect_negative
    detect_positive exclude_outside exclusive fmod input_forget inverse is_causal keepdims largest
    layout linear_before_reset noop_with_empty_axes onesided periodic reverse saturate
    select_last_index sorted spatial storage_order training_mode transA transB upper
""".split())  # noqa: SIM905 - attributes that are 0 or 1; a list of words reads best as words
DATA = frozenset({"value", "value_float", "value_floats", "extrapolation_value",
                  "replaced_value_float", "imputed_value_floats", "keys_floats",
                  "values_floats", "default_float"})  # may be NaN

_TYPES: Mapping[str, tuple[type, str]] = {
    "FLOAT": (float, "a number"), "INT": (int, "an integer"), "STRING": (str, "a text"),
    "TENSOR": (np.ndarray, "a tensor"), "SPARSE_TENSOR": (np.ndarray, "a tensor"),
    "GRAPH": (RawGraph, "a graph"), "TYPE_PROTO": (RawType, "a type"),
    "FLOATS": (float, "a list of numbers"), "INTS": (int, "a list of integers"),
    "STRINGS": (str, "a list of texts"),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """What one version of an operator takes and gives.

    ``needed``: which of the first inputs must not be left out. ``attributes``: the kind of each,
    by its name in the standard.
    """

    inputs: tuple[int, int]
    outputs: tuple[int, int]
    needed: tuple[bool, ...]
    attributes: Mapping[str, str]
    required: tuple[str, ...]


@cache
def signature(op_type: str, version: int, domain: str) -> Signature | None:
    """The signature of an operator in an operator set; None where the standard has none."""
    if not onnx.defs.has(op_type, version, domain):
        return None
    schema = onnx.defs.get_schema(op_type, version, domain)
    single = onnx.defs.OpSchema.FormalParameterOption.Single
    attributes = schema.attributes
    return Signature(
        (schema.min_input, schema.max_input), (schema.min_output, schema.max_output),
        tuple(formal.option == single for formal in schema.inputs),
        {name: a.type.name for name, a in attributes.items()},
        tuple(name for name, a in attributes.items() if a.required))


def check_opsets(opsets: Mapping[str, int]) -> None:
    """Refuses operator sets that are newer than what we know, or senseless."""
    newest = onnx.defs.onnx_opset_version()
    for domain, number in opsets.items():
        if not 0 <= number < 2**31:
            raise ModelError(f"import: operator set '{domain}': expected a version, got {number}; "
                             "export it again")
    version = opsets.get("")
    if version is not None and not 1 <= version <= newest:
        raise UnsupportedError(f"import: operator set 'ai.onnx': expected version {OLDEST_OPSET} "
                               f"to {newest}, got {version}; export for one of these")


def check(raw: RawNode, opsets: Mapping[str, int]) -> None:
    """``ModelError`` when a node of the standard's operators is not as the standard has it."""
    version = opsets.get(raw.domain)
    if version is None:
        if raw.domain in ("", "ai.onnx.ml"):
            raise ModelError(f"import: {raw.op_type} '{raw.name}': expected the model to name the "
                             f"operator set {raw.domain or 'ai.onnx'}, got none; export it again")
        return
    found = signature(raw.op_type, version, raw.domain)
    if found is None:
        newest = onnx.defs.onnx_opset_version()
        if raw.domain == "" and signature(raw.op_type, newest, "") is not None:
            raise ModelError(f"import: {raw.op_type} '{raw.name}': expected an operator of opset "
                             f"{version}, got one of a newer opset; export it again")
        return
    check_against(raw, found, frozenset())
    if raw.domain == "" and version < OLDEST_OPSET:
        newer = signature(raw.op_type, OLDEST_OPSET, "")
        if newer is not None and newer != found:
            check_against(raw, newer, LEGACY)


def check_against(raw: RawNode, found: Signature, spared: frozenset[str]) -> None:
    """Counts and attributes against a signature; attributes in ``spared`` may be unknown to it."""
    for what, given, (least, most) in (("inputs", raw.inputs, found.inputs),
                                       ("outputs", raw.outputs, found.outputs)):
        if not least <= len(given) <= most:
            asked = str(least) if least == most else f"{least} to {most}"
            raise _wrong(raw, what, asked, len(given))
    for i, (source, needed) in enumerate(zip(raw.inputs, found.needed, strict=False)):
        if needed and not source:
            raise _wrong(raw, f"input {i}", "a value", "none")
    for name in found.required:
        if name not in raw.attributes:
            raise _wrong(raw, f"attribute '{name}'", "a value", "none")
    for name, value in raw.attributes.items():
        kind = found.attributes.get(name)
        if kind is None and name not in spared:
            known = ", ".join(sorted(found.attributes)) or "none at all"
            raise _wrong(raw, "attributes", f"only {known}", f"'{name}'")
        if kind is not None and not _fits(value, kind):
            raise _wrong(raw, f"attribute '{name}'", _TYPES[kind][1], type(value).__name__)
        if name in FLAGS and value not in (0, 1):
            raise _wrong(raw, f"attribute '{name}'", "0 or 1", value)
        if kind in ("FLOAT", "FLOATS") and name not in DATA and _has_nan(value):
            raise _wrong(raw, f"attribute '{name}'", "numbers", "NaN")


def _fits(value: Attribute, kind: str) -> bool:
    element, _ = _TYPES.get(kind, (object, ""))
    if kind in ("FLOATS", "INTS", "STRINGS"):
        return isinstance(value, tuple) and all(type(item) is element for item in value)
    return isinstance(value, element)


def _has_nan(value: Attribute) -> bool:
    return any(v != v for v in (value if isinstance(value, tuple) else (value,)))


def _wrong(raw: RawNode, what: str, expected: str, got: object) -> ModelError:
    return ModelError(f"import: {raw.op_type} '{raw.name}' {what}: expected {expected}, got {got}; "
                      "check the model")

"""Constants as C writes them."""

from __future__ import annotations

import math
import re
import struct

from tinsmith.kernels.kernel import Constant


def literal(value: Constant) -> str:
    """A constant as a C literal."""
    if isinstance(value, tuple):
        return initialiser(*(literal(v) for v in value)) if value else "{0}"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        if value == -(1 << 63):
            return "(-INT64_C(9223372036854775807) - 1)"
        return str(value) if abs(value) < 1 << 31 else f"INT64_C({value})"
    if math.isnan(value):
        return "__builtin_nanf(\"\")"
    if math.isinf(value):
        return "__builtin_inff()" if value > 0 else "-__builtin_inff()"
    text = repr(float(value))
    return text if abs(value) > 3.5e38 or float(value) != _as_f32(value) else f"{text}f"


def initialiser(*values: object) -> str:
    """The values of an array or a struct, in braces."""
    return "{" + ", ".join(map(str, values)) + "}"


def c_string(text: str) -> str:
    """A C string literal of any text; what is not ASCII becomes '?'."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in text)
    return '"' + re.sub(r'([\\"?])', r"\\\1", plain) + '"'


def _as_f32(value: float) -> float:
    """A float as C would read it with the suffix f."""
    return float(struct.unpack("f", struct.pack("f", value))[0])

"""Names in C for networks whose files are called anything."""

from __future__ import annotations

import hashlib
import re

PREFIX = "tin_"
LONGEST = 40
HASH_DIGITS = 6
_PLAIN = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_HASHED = re.compile(rf"(.*_)?[0-9a-f]{{{HASH_DIGITS}}}")


def c_name(name: str) -> str:
    """The name in C of a network that is called ``name``; its files and symbols start with it.

    ``tin_`` and the name, so that no keyword, macro, function or header of C, C++ or a library can
    be meant. Everything public is this and one of a fixed set of endings, none of which ends in
    another, so that two networks of different names share nothing. A name that is not made of small
    letters, digits and single underscores is cleaned and gets a hash behind it: different names
    stay different.
    """
    if _PLAIN.fullmatch(name) and len(name) <= LONGEST and not _HASHED.fullmatch(name):
        return PREFIX + name
    cleaned = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:LONGEST].strip("_") or "net"
    code = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:HASH_DIGITS]
    return f"{PREFIX}{cleaned}_{code}"

"""The toolchain: finds C compilers, calls them, and keeps what they made."""

from tinsmith.toolchain.build import build, sanitizer_preload
from tinsmith.toolchain.cache import Cache, default_root
from tinsmith.toolchain.compiler import Compiler, find_compiler, zig_path

__all__ = [
    "Cache",
    "Compiler",
    "build",
    "default_root",
    "find_compiler",
    "sanitizer_preload",
    "zig_path",
]

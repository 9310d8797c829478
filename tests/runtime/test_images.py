"""Images as tensors: sizes, crops, channel orders, element types."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinsmith.dtypes import DType
from tinsmith.errors import DataError
from tinsmith.ir.op import TensorType
from tinsmith.runtime.images import Preprocess, cropped, from_metadata, image_axes, read_image
from tinsmith.schedule.plan import Port


def port(*shape: int, dtype: DType = DType.F32) -> Port:
    return Port("image", TensorType(shape, dtype))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    pixels = np.zeros((10, 20, 3), np.uint8)
    pixels[:, :10] = (255, 0, 0)
    pixels[:, 10:] = (0, 0, 255)
    Image.fromarray(pixels).save(tmp_path / "p.png")
    return tmp_path / "p.png"


def test_axes_come_from_the_shape() -> None:
    assert image_axes(port(1, 3, 8, 9)) == (3, 8, 9, True)
    assert image_axes(port(1, 8, 9, 3)) == (3, 8, 9, False)
    assert image_axes(port(1, 1, 8, 9)) == (1, 8, 9, True)
    assert image_axes(port(1, 8, 9, 7)) is None
    assert image_axes(port(3, 8, 9)) is None


def test_both_channel_orders(picture: Path) -> None:
    first = read_image(picture, port(1, 3, 10, 20), Preprocess())
    last = read_image(picture, port(1, 10, 20, 3), Preprocess())
    np.testing.assert_array_equal(first.transpose(1, 2, 0), last)
    assert first[:, 0, 0].tolist() == [1.0, 0.0, 0.0]
    assert first[:, 9, 19].tolist() == [0.0, 0.0, 1.0]


def test_mean_and_std_of_each_channel(picture: Path) -> None:
    how = Preprocess(mean=(55.0, 0.0, 10.0), std=(100.0, 1.0, 10.0))
    x = read_image(picture, port(1, 3, 10, 20), how)
    assert x[:, 0, 0].tolist() == [2.0, 0.0, -1.0]


def test_grey_and_integer_inputs(picture: Path) -> None:
    grey = read_image(picture, port(1, 1, 10, 20), Preprocess(std=(1.0,)))
    assert grey.shape == (1, 10, 20)
    assert grey[0, 0, 0] == 76
    raw = read_image(picture, port(1, 10, 20, 3, dtype=DType.U8), Preprocess(std=(1.0,)))
    assert raw.dtype == np.uint8
    assert raw[0, 0].tolist() == [255, 0, 0]


def test_the_crop_keeps_its_share_of_the_shorter_side() -> None:
    assert cropped(400, 300, (224, 224), 1.0) == (50, 0, 350, 300)
    assert cropped(400, 300, (224, 224), 0.5) == (125, 75, 275, 225)
    left, top, right, bottom = cropped(300, 300, (100, 200), 1.0)
    assert (right - left, bottom - top) == (300, 150)


def test_rotated_photographs_are_set_upright(tmp_path: Path, picture: Path) -> None:
    image = Image.open(picture)
    exif = image.getexif()
    exif[0x0112] = 6  # turn right to see it upright
    image.save(tmp_path / "r.png", exif=exif)
    x = read_image(tmp_path / "r.png", port(1, 3, 20, 10), Preprocess())
    assert x[:, 0, 5].tolist() == [1.0, 0.0, 0.0]
    assert x[:, 19, 5].tolist() == [0.0, 0.0, 1.0]


def test_metadata() -> None:
    assert from_metadata({}) is None
    found = from_metadata({"tinsmith.mean": "1,2,3", "tinsmith.std": "4", "tinsmith.size": "5,6",
                           "tinsmith.crop": "0.9"})
    assert found == Preprocess((1.0, 2.0, 3.0), (4.0,), (5, 6), 0.9)
    with pytest.raises(DataError, match="expected numbers with commas"):
        from_metadata({"tinsmith.mean": "red"})


def test_what_is_no_image_is_named(tmp_path: Path, picture: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(DataError, match=r"x.png': expected an image"):
        read_image(tmp_path / "x.png", port(1, 3, 8, 8), Preprocess())
    with pytest.raises(DataError, match="got no file"):
        read_image(tmp_path / "none.png", port(1, 3, 8, 8), Preprocess())
    with pytest.raises(DataError, match="got an image, which fits"):
        read_image(picture, port(1, 8), Preprocess())

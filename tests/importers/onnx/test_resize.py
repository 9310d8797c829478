"""Resize and Upsample of all versions."""

import numpy as np
import pytest

from tests.importers.onnx.models import imported, outputs
from tinsmith.errors import ModelError, UnsupportedError

X = np.arange(8, dtype=np.float32).reshape(1, 1, 2, 4)


def test_upsample_7_and_9():
    old = imported("m (float[1,1,2,4] x) => (float[1,1,4,8] y) "
                   "{ y = Upsample <scales = [1.0, 1.0, 2.0, 2.0]> (x) }", opset=7)
    new = imported("m (float[1,1,2,4] x, float[4] s) => (float[1,1,4,8] y) "
                   "{ y = Upsample (x, s) }", opset=9, s=np.array([1, 1, 2, 2], np.float32))
    want = X.repeat(2, 2).repeat(2, 3)
    assert np.array_equal(outputs(old, x=X)[0], want)
    assert np.array_equal(outputs(new, x=X)[0], want)


def test_resize_10_reads_above_where_it_shrinks_and_below_where_it_grows():
    graph = imported("m (float[1,1,2,4] x, float[4] s) => (float[1,1,3,2] y) { y = Resize (x, s) }",
                     opset=10, s=np.array([1, 1, 1.5, 0.6], np.float32))
    assert np.array_equal(outputs(graph, x=X)[0][0, 0], [[0, 2], [0, 2], [4, 6]])


NEWEST = ("m (float[1,1,2,4] x) => (y) {{ n = Constant <value = float[0] {{}}> () "
          "s = Constant <value = int64[2] {{4, 4}}> () "
          "y = Resize <axes = [-2, 3], keep_aspect_ratio_policy = \"{}\"{}> (x, n, n, s) }}")


@pytest.mark.parametrize(("policy", "shape"), [
    ("stretch", (1, 1, 4, 4)), ("not_larger", (1, 1, 2, 4)), ("not_smaller", (1, 1, 4, 8))])
def test_sizes_of_some_axes(policy, shape):
    graph = imported(NEWEST.format(policy, ""))
    assert graph.types["y"].shape == shape


def test_unknown_policy_is_refused():
    with pytest.raises(UnsupportedError, match="keep_aspect_ratio_policy: expected stretch"):
        imported(NEWEST.format("wide", ""))


def test_antialias_of_the_nearest_sample_is_an_error():
    with pytest.raises(ModelError, match="Resize 'antialias': expected mode linear or cubic"):
        imported(NEWEST.format("stretch", ", antialias = 1"))

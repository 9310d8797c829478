"""MeanVarianceNormalization."""

import numpy as np
import pytest

from tests.importers.onnx.models import imported, outputs

TEXT = "m ({0}[2,3,4,5] x) => ({0}[2,3,4,5] y) {{ y = MeanVarianceNormalization{1} (x) }}"


@pytest.mark.parametrize(("name", "dtype", "near"), [
    ("float", np.float32, 1e-6), ("double", np.float64, 1e-12), ("float16", np.float16, 2e-3)])
@pytest.mark.parametrize(("text", "axes"), [("", (0, 2, 3)), (" <axes = [1, -1]>", (1, 3))])
def test_mean_variance_normalization_of_every_float_type(name, dtype, near, text, axes):
    x = np.random.default_rng(0).normal(7, 2, (2, 3, 4, 5)).astype(dtype)
    wide = x.astype(np.float64)
    want = (wide - wide.mean(axes, keepdims=True)) / (wide.std(axes, keepdims=True) + 1e-9)
    y, = outputs(imported(TEXT.format(name, text), opset=13), x=x)
    assert y.dtype == dtype
    np.testing.assert_allclose(y, want, rtol=0, atol=near * 3)


def test_what_does_not_vary_is_finite():
    rows = np.random.default_rng(0).normal(size=(1, 64, 1, 1)).astype(np.float32)
    y, = outputs(imported("m (float[2,64,4,5] x) => (float[2,64,4,5] y) "
                          "{ y = MeanVarianceNormalization (x) }", opset=13),
                 x=np.broadcast_to(rows, (2, 64, 4, 5)))
    assert np.isfinite(y).all()

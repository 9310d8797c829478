"""Attributes and operands without a meaning are refused while the model is read.

Each of these once came through the import, from a damaged file, and failed in a later room.
"""

import warnings

import numpy as np
import onnx
import pytest

from tests.importers.onnx.models import imported, outputs
from tinsmith import pipeline
from tinsmith.errors import ModelError, UnsupportedError, UserError
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto


@pytest.mark.parametrize("node", [
    "LpPool <kernel_shape = [2, 2], p = 0> (x)",
    "LpPool <kernel_shape = [2, 2], p = -3> (x)",
    "GlobalLpPool <p = 0> (x)",
    "LpNormalization <p = 0> (x)",
    "LpNormalization <p = 3> (x)",
])
def test_norms_of_no_order(node):
    with pytest.raises(UserError, match=r"'?p'?: expected 1 or .*, got (0|-3|3)"):
        imported(f"m (float[1,2,4,4] x) => (y) {{ y = {node} }}")


@pytest.mark.parametrize("version", [2**31, 2**63 - 1, -1, 0, 99])
def test_operator_sets_of_no_version(version):
    model = onnx.parser.parse_model("""<ir_version: 8, opset_import: ["": 20]>
        m (float[2] x) => (float[2] y) { y = Neg(x) }""")
    model.opset_import[0].version = version
    with pytest.raises((ModelError, UnsupportedError), match=f"operator set.*got {version}"):
        build(read_proto(model), {}, {})


@pytest.mark.parametrize("axis", ["<axis = 1>", ""])
def test_compress_condition_longer_than_the_axis(axis):
    graph = imported(f"m (float[2,3] x, bool[9] c) => (y) {{ y = Compress {axis} (x, c) }}",
                     c=np.array([0, 1, 0, 1, 1, 0, 1, 1, 1], bool))
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    (y,) = outputs(graph, x=x)
    assert np.array_equal(y, x[:, 1:2] if axis else [1, 3, 4])


def test_affine_grid_of_more_than_memory():
    with pytest.raises(UserError, match="AffineGrid_0"):
        imported("m (float[1,2,3] t, int64[4] s) => (y) { y = AffineGrid (t, s) }",
                 s=np.array([1, 1, 2**23, 2**23]))


def test_branches_without_results():
    with pytest.raises(UserError, match="If_0"):
        imported("""m (float[2] x, bool c) => (float[2] y) {
            y = If (c) < then_branch = t () => () { a = Neg(x) },
                         else_branch = e () => () { b = Exp(x) } > }""", c=np.array(True))


def test_infinite_weights_pack_without_a_warning():
    graph = imported("m (float[1,3] x, float[3,2] w, float[2] b) => (y) { "
                     "y = Gemm <alpha = 0.0, beta = 0.0> (x, w, b) }",
                     w=np.full((3, 2), np.inf, np.float32), b=np.array([np.inf, np.nan], "f4"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "native"))

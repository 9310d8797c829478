"""Small ONNX models in text form, imported and run by the interpreter."""

import re

import numpy as np
import onnx
import onnx.numpy_helper
import onnx.parser

from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.interpret import interpret

WEIGHT = re.compile(r"float\[([0-9,]+)\] (\w+)(?=[,>])")


def parsed(text, opset=20, domain="", weights=False):
    """The raw model written in ONNX's text form.

    ``weights``: ``<float[8,3] w>`` behind the outputs declares one with random numbers.
    """
    imports = f'"": {opset}' + (f', "{domain}": 1' if domain else "")
    tensors = []
    if weights and (found := re.search(r"=> \([^)]*\)\s*<([^{}]*?(\{[^}]*\})?)>", text)):
        rng = np.random.default_rng(0)
        for shape, name in WEIGHT.findall(found[0]):
            array = rng.standard_normal([int(d) for d in shape.split(",")]).astype(np.float32)
            tensors.append(onnx.numpy_helper.from_array(array, name))
        rest = re.sub(r"^[\s,]+|[\s,]+$", "", WEIGHT.sub("", found[1] + ">")[:-1])
        text = text.replace(f"<{found[1]}>", f"<{rest}>" if rest else "", 1)
    model = onnx.parser.parse_model(f"<ir_version: 8, opset_import: [{imports}]>\n{text}")
    model.graph.initializer.extend(tensors)
    return read_proto(model)


def imported(text, opset=20, domain="", **bind):
    """The graph of a model written in ONNX's text form."""
    return build(parsed(text, opset, domain), {}, bind)


def outputs(graph, **feeds):
    """The outputs of a graph for inputs given by name."""
    arrays = {name: np.asarray(value) for name, value in feeds.items()}
    return list(interpret(graph, arrays).values())

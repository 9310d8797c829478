"""Small ONNX models in text form, imported and run by the interpreter."""

import numpy as np
import onnx.parser

from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.interpret import interpret


def imported(text, opset=20, domain="", **bind):
    """The graph of a model written in ONNX's text form."""
    imports = f'"": {opset}' + (f', "{domain}": 1' if domain else "")
    model = onnx.parser.parse_model(f"<ir_version: 8, opset_import: [{imports}]>\n{text}")
    return build(read_proto(model), {}, bind)


def outputs(graph, **feeds):
    """The outputs of a graph for inputs given by name."""
    arrays = {name: np.asarray(value) for name, value in feeds.items()}
    return list(interpret(graph, arrays).values())

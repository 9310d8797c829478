"""Runs a model file with ONNX Runtime, as a second opinion."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from tinsmith.dtypes import Array
from tinsmith.errors import ToolchainError, UnsupportedError


def run_with_ort(path: Path, feeds: Mapping[str, Array],
                 outputs: Sequence[str]) -> dict[str, Array]:
    """The outputs of a model file by ONNX Runtime on the CPU.

    Raises:
        ToolchainError: onnxruntime is not installed.
        UnsupportedError: it does not take the model or the inputs.
    """
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise ToolchainError("verify: package 'onnxruntime': expected it for --against ort, got "
                             "none; pip install tinsmith[verify]") from error
    try:
        options = runtime.SessionOptions()
        options.log_severity_level = 4
        session = runtime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
        names = {each.name for each in session.get_inputs()}
        results = session.run(list(outputs), {k: v for k, v in feeds.items() if k in names})
    except Exception as error:  # its errors share no class but this
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UnsupportedError(f"verify: model '{path}': expected ONNX Runtime to run it, got: "
                               f"{first[:300]}; verify with --against interpret") from error
    return dict(zip(outputs, results, strict=True))

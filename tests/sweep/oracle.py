"""What others make of a model: ONNX Runtime, and the standard's reference evaluator."""

from __future__ import annotations

import warnings

import numpy as np

from tests.sweep.trial import Trial
from tinsmith.dtypes import Array

Answers = list[Array]


def ort(trial: Trial) -> Answers | str:
    """The outputs by ONNX Runtime without its fusions, or why it refuses."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(trial.model.SerializeToString(), options,
                                               providers=["CPUExecutionProvider"])
        return [np.asarray(each) for each in session.run(None, dict(trial.feeds))]
    except Exception as error:  # its errors share no class but this
        return _first(error)


def reference(trial: Trial) -> Answers | str:
    """The outputs by the reference evaluator of the onnx package, or why it refuses."""
    from onnx.reference import ReferenceEvaluator

    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return [np.asarray(each) for each in
                    ReferenceEvaluator(trial.model).run(None, dict(trial.feeds))]
    except Exception as error:  # anything
        return _first(error)


def _first(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:200]}"

"""Whether answers are alike, given how much the model itself amplifies rounding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tests.sweep import oracle
from tests.sweep.trial import Trial
from tinsmith.dtypes import Array

CANCELLED = 0.05  # an output this much smaller than the inputs is rounded as one that is not
LIKE = 2.0  # times ONNX Runtime's distance from float64: ours is then noise of the same kind
MEANT = 1e-3  # of an output's largest magnitude: answers that near mean the same
SAME, OTHERWISE, DIFFERS, REFUSED, ALONE = "same", "otherwise", "differs", "refused", "alone"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a trial.

    ``same``: as ONNX Runtime, or as the reference where that refuses. ``otherwise``: ONNX Runtime
    differs, the reference does not, or float64 says that its rounding does. ``refused``: by us.
    ``alone``: nobody else takes the model.
    """

    kind: str
    number: int
    verdict: str
    why: str = ""
    largest: float = 0.0  # distance, as a share of what is allowed


def excess(got: Array, want: Array, trial: Trial, amplified: float) -> float:
    """The largest difference as a share of what is allowed; infinite when not comparable.

    ``amplified``: how far rounding may bring it, by what it does to the interpreter.
    """
    if got.shape != want.shape or got.dtype != want.dtype:
        return np.inf
    if want.dtype.kind not in "f":
        if want.dtype == bool:
            return 0.0 if np.array_equal(got, want) else np.inf
        apart = np.abs(got.astype(object) - want.astype(object)) if got.size else np.zeros(1)
        largest = float(np.max(apart))
        return 0.0 if largest == 0 else largest / trial.steps if trial.steps else np.inf
    a, b = got.astype(np.float64), want.astype(np.float64)
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True) or not np.isfinite(
            a[finite]).all():
        return np.inf
    b, apart = b[finite], np.abs(a[finite] - b[finite])
    scale = float(np.abs(b).max(initial=0))
    if not trial.relative:
        scale = max(scale, CANCELLED * largest_input(trial))
    allowed = np.maximum(max(trial.share * scale, amplified),
                         trial.relative * np.abs(b))
    shares = np.where(apart == 0, 0.0, apart / np.maximum(allowed, 1e-300))
    return float(shares.max(initial=0))


def largest_input(trial: Trial) -> float:
    """The largest finite magnitude that the model is given."""
    given = [np.abs(a[np.isfinite(a)]).max(initial=0) for a in trial.feeds.values()
             if a.dtype.kind == "f"]
    return float(max(given, default=0.0))


def apart(got: Sequence[Array], want: oracle.Answers, trial: Trial,
          amplified: Sequence[float]) -> float:
    """The worst of all outputs."""
    if len(got) != len(want):
        return np.inf
    return max(excess(g, w, trial, r) for g, w, r in zip(got, want, amplified, strict=True))


def words(got: Sequence[Array], want: oracle.Answers) -> str:
    """The first places where answers differ."""
    for i, (g, w) in enumerate(zip(got, want, strict=False)):
        if g.shape != w.shape or g.dtype != w.dtype:
            return f"output {i}: {g.dtype}{list(g.shape)} instead of {w.dtype}{list(w.shape)}"
        if np.array_equal(g, w, equal_nan=g.dtype.kind == "f"):
            continue
        with np.errstate(all="ignore"):
            distance = np.abs(g.astype(np.float64) - w.astype(np.float64))
            distance = np.where((g == w) | ((g != g) & (w != w)), 0, distance)
            at = np.unravel_index(int(np.argmax(np.nan_to_num(distance, nan=np.inf))), g.shape)
        return (f"output {i}{[int(j) for j in at]} of {list(g.shape)}: {g[at]} instead of {w[at]}, "
                f"{int((distance != 0).sum())} of {g.size} differ")
    return "outputs of another number" if len(got) != len(want) else "nothing"


def coarse(answers: Mapping[str, Sequence[Array]], theirs: oracle.Answers,
           exact: Sequence[Array], trial: Trial, amplified: Sequence[float]) -> str:
    """What is said where all mean the same and ONNX Runtime rounds too much; "" if not so.

    Ours may then be as far from float64, by and large: the model amplifies rounding, and our
    interpreter, by which that is measured, was lucky.
    """
    wide = [e.astype(w.dtype) for e, w in zip(exact, theirs, strict=False)]
    same = replace(trial, share=max(trial.share, MEANT))
    if len(wide) != len(theirs) or any(
            apart(a, wide, same, amplified) > 1 for a in (theirs, *answers.values())):
        return ""
    ours = max(apart(a, wide, trial, amplified) for a in answers.values())
    noise = apart(theirs, wide, trial, amplified)
    if ours > max(1.0, LIKE * noise):
        return ""
    return f"from float64: ours {ours:.3g}, ONNX Runtime {noise:.3g} of what is allowed"


def judge(trial: Trial, answers: Mapping[str, Sequence[Array]], amplified: Sequence[float],
          exact: Sequence[Array] = ()) -> Outcome:
    """The verdict on our answers, by target."""
    theirs = oracle.ort(trial)
    said = f"ONNX Runtime refuses ({theirs})" if isinstance(theirs, str) else ""
    shares = {}
    if not isinstance(theirs, str):
        shares = {t: apart(a, theirs, trial, amplified) for t, a in answers.items()}
        if max(shares.values()) <= 1:
            return Outcome(trial.kind, trial.number, SAME, largest=max(shares.values()))
        worst = max(shares, key=shares.__getitem__)
        said = f"{worst} from ONNX Runtime {shares[worst]:.3g}, {words(answers[worst], theirs)}"
        if noisy := coarse(answers, theirs, exact, trial, amplified):
            return Outcome(trial.kind, trial.number, OTHERWISE, f"{said}; {noisy}")
    standard = oracle.reference(trial)
    if isinstance(standard, str):
        verdict = ALONE if isinstance(theirs, str) else DIFFERS
        return Outcome(trial.kind, trial.number, verdict, f"{said}; the reference refuses "
                       f"({standard})", largest=max(shares.values(), default=0.0))
    others = {t: apart(a, standard, trial, amplified) for t, a in answers.items()}
    worst = max(others, key=others.__getitem__)
    alike = SAME if isinstance(theirs, str) else OTHERWISE
    verdict = alike if others[worst] <= 1 else DIFFERS
    return Outcome(trial.kind, trial.number, verdict, f"{said}; {worst} from the reference "
                   f"{others[worst]:.3g}, {words(answers[worst], standard)}",
                   largest=others[worst])

"""Cast, CumSum, Einsum, Det."""

from __future__ import annotations

import numpy as np
from onnx import helper

from tests.sweep.draw import INTEGERS, Draw
from tests.sweep.kinds.matmul import square
from tests.sweep.trial import Single

TYPES = ("float32", "float64", "float16", "bool", *INTEGERS)
EQUATIONS = (
    "ij,jk->ik", "ij,jk", "bij,bjk->bik", "bij,bkj->bik", "i,j->ij", "ij->ji", "ij->i", "ij->",
    "ii->i", "ii", "bii->bi", "ij,ij->", "ij,ij->ij", "bhid,bhjd->bhij", "bhij,bhjd->bhid",
    "...ij,...jk->...ik", "...ij->...ji", "ij,kj,k->i", "i,i->", "ijk,ilm,njm,nlk,abc->",
    "b i j , b j k -> b i k", "nc,nchw->nhw", "bcd,ed->bce", "ij,jk,kl->il")


def draw(d: Draw) -> Single:
    """One of them."""
    return d.pick(cast, cast, cumsum, einsum, einsum, det)(d)


def cast(d: Draw) -> Single:
    """Between all types, of values that both can hold."""
    source, target = d.pick(*TYPES), d.pick(*TYPES)
    x = d.array(d.shape(0, 4), source, source[:3] in ("int", "uin") and target[:5] != "float")
    if source.startswith("float") and target.startswith("uint"):
        x = np.abs(x)
    if source.startswith("int") and target == "float16":
        x = np.clip(x, -1000, 1000)
    return Single("Cast", (x,), {"to": helper.np_dtype_to_tensor_dtype(np.dtype(target))},
                  opset=d.pick(9, 13, 19), share=0.0)


def cumsum(d: Draw) -> Single:
    """Running sums, either way, with or without the element itself."""
    x = d.array(d.shape(1, 4), d.pick("float32", "float64", "int32", "int64"))
    axis = np.array(d.int(-x.ndim, x.ndim - 1), d.pick(np.int32, np.int64))
    return Single("CumSum", (x, axis), d.attributes(exclusive=(None, 0, 1), reverse=(None, 0, 1)),
                  (1,), opset=d.pick(11, 14))


def einsum(d: Draw) -> Single:
    """Sums of products by letters."""
    equation = d.pick(*EQUATIONS)
    extents: dict[str, int] = {}
    operands = []
    front = d.shape(0, 2, 1, 3)
    for term in equation.split("->")[0].replace(" ", "").split(","):
        letters = term.removeprefix("...")
        shape = tuple(extents.setdefault(c, d.int(1, 5)) for c in letters)
        operands.append(d.array((*front, *shape) if letters != term else shape,
                                "float32"))
    return Single("Einsum", tuple(operands), {"equation": equation}, opset=12, share=5e-6)


def det(d: Draw) -> Single:
    """The determinant of each matrix."""
    return Single("Det", (square(d),), opset=d.pick(11, 22), share=1e-5)

"""Einsum: where possible a MatMul between transposes and reshapes."""

from __future__ import annotations

import math
import string

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import einsum
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.transpose import Transpose


def Einsum(node: NodeImport) -> None:
    """Three operands and more are taken two at a time, from the left."""
    terms, result = _parse(node)
    operands = list(node.values())
    while len(operands) > 2:
        left = set("".join(terms[:2]))
        needed = left & set("".join(terms[2:]) + result)
        inner = "".join(sorted(needed))
        operands[:2] = [_pair(node, (terms[0], terms[1]), inner, (operands[0], operands[1]))]
        terms[:2] = [inner]
    if len(operands) == 2:
        node.alias(_pair(node, (terms[0], terms[1]), result, (operands[0], operands[1])))
    else:
        node.emit(einsum.Einsum(tuple(terms), result), *operands)


def _parse(node: NodeImport) -> tuple[list[str], str]:
    """Terms and result with ellipses spelt out in letters nobody uses."""
    equation = node.attribute_str("equation", "").replace(" ", "")
    left, arrow, result = equation.partition("->")
    terms = left.split(",")
    if len(terms) != node.input_count or not equation.replace("->", "").replace(",", "").replace(
            "...", "").isascii():
        raise node.unsupported("equation", f"{node.input_count} terms", equation, "check the model")
    free = [c for c in string.ascii_letters if c not in equation]
    covered = [node.type(i).rank - len(term.replace("...", ""))
               for i, term in enumerate(terms)]
    for i, term in enumerate(terms):
        if covered[i] < 0 or (covered[i] and "..." not in term):
            raise node.unsupported("equation", f"one letter for each axis of input {i}", equation,
                                   "check the model")
    width = max((n for n, term in zip(covered, terms, strict=True) if "..." in term), default=0)
    letters = "".join(free[:width])
    terms = [term.replace("...", letters[width - n:]) for n, term in
             zip(covered, terms, strict=True)]
    if not arrow:
        named = "".join(terms)
        once = sorted(c for c in set(named) if named.count(c) == 1 and c not in letters)
        return terms, letters + "".join(once)
    return terms, result.replace("...", letters)


def _pair(node: NodeImport, terms: tuple[str, str], result: str, operands: tuple[str, str]) -> str:
    """The value of a product of two operands."""
    kinds = [node.builder.types[v] for v in operands]
    extents = [dict(zip(t, k.shape, strict=True)) for t, k in zip(terms, kinds, strict=True)]
    a, b = set(terms[0]), set(terms[1])
    regular = (
        all(len(set(t)) == len(t) for t in terms)
        and a - b <= set(result) and b - a <= set(result)
        and all(extents[0][c] == extents[1][c] for c in a & b)
        and len(set(result)) == len(result) and a | b >= set(result)
        and any(c not in result for c in a & b) and 0 not in kinds[0].shape + kinds[1].shape)
    if not regular:
        return node.temporary(einsum.Einsum(terms, result), *operands)
    batch = [c for c in result if c in a and c in b]
    rows, columns = [c for c in result if c not in b], [c for c in result if c not in a]
    summed = [c for c in terms[0] if c in b and c not in result]
    sizes = extents[0] | extents[1]
    left = _matrix(node, operands[0], terms[0], (batch, rows, summed), sizes)
    right = _matrix(node, operands[1], terms[1], (batch, summed, columns), sizes)
    order = batch + rows + columns
    y = node.temporary(MatMul(), left, right)
    y = node.temporary(Reshape(tuple(sizes[c] for c in order)), y)
    perm = tuple(order.index(c) for c in result)
    return y if perm == tuple(range(len(perm))) else node.temporary(Transpose(perm), y)


def _matrix(node: NodeImport, value: str, term: str, groups: tuple[list[str], ...],
            sizes: dict[str, int]) -> str:
    """A value with its axes in order of the groups, each group one axis."""
    perm = tuple(term.index(c) for group in groups for c in group)
    if perm != tuple(range(len(perm))):
        value = node.temporary(Transpose(perm), value)
    shape = tuple(math.prod(sizes[c] for c in group) for group in groups)
    return node.temporary(Reshape(shape), value)

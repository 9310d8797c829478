"""RNN, GRU, LSTM, plain: any float type. Constant weights are packed with the gates innermost."""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.kernels.float_element import float_element
from tinsmith.kernels.kernel import Call, Constant, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel
from tinsmith.ops.recurrent import GRU, LSTM, RNN, Recurrent


class RecurrentPlain(PlainKernel):
    """Each sequence of each direction by itself."""

    serves = (RNN, GRU, LSTM)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Weights [D, rows, k] are packed as [D, k, rows] when both are constant."""
        op, x = site.op, site.input(0)
        assert isinstance(op, Recurrent)
        steps, batch, size = x.shape
        rows = op.gates * op.hidden
        w, r = site.constant(1), site.constant(2)
        packed: tuple[Array, ...] = ()
        if w is not None and r is not None:
            packed = tuple(np.ascontiguousarray(a.transpose(0, 2, 1)) for a in (w, r))
        lengths = np.array(op.sequence_lens or (steps,) * batch, np.int64)
        results = tuple(i for i in range(1 + op.states) if site.has_output(i)) or (0,)
        chunks = split(op.directions * batch, site.request)
        return Call(
            kernel="recurrent_plain",
            operands=(0, *(i if site.has_input(i) else -1 for i in (3, 4, 5, 6)),
                      *(() if packed else (1, 2))),
            results=results,
            weights=(*packed, lengths),
            constants=(
                ("steps", steps), ("batch", batch), ("input", size), ("hidden", op.hidden),
                ("directions", op.directions), ("gates", op.gates), ("chunks", chunks),
                ("w_step", rows if packed else 1), ("w_column", 1 if packed else size),
                ("r_step", rows if packed else 1), ("r_column", 1 if packed else op.hidden),
                ("kind", f"TIN_{op.name}"), ("backwards", int(op.direction == "reverse")),
                ("linear_before_reset", int(isinstance(op, GRU) and op.linear_before_reset)),
                ("input_forget", int(isinstance(op, LSTM) and op.input_forget)),
                *((f"has_{what}", int(site.has_input(i)))
                  for what, i in (("b", 3), ("h", 4), ("c", 5), ("p", 6))),
                *_functions(op), ("clip", op.clip)),
            macros=(*float_element("T", x.dtype),
                    *((name, str(int(i in results)))
                      for i, name in enumerate(("Y", "Y_H", "Y_C")))),
            scratch_bytes=max(64, (size + (op.gates + 3) * op.hidden) * 8),
            chunks=chunks,
        )


def _functions(op: Recurrent) -> tuple[tuple[str, Constant], ...]:
    """The gates' functions of both directions."""
    each, functions = op.functions_each, op.functions
    first, second = functions[:each], functions[each:]
    found: list[tuple[str, Constant]] = [("same", int(not second or first == second))]
    for names, given in ((("f", "g", "h"), first), (("f2", "g2", "h2"), second)):
        found += [(name, f"{{TIN_GATE_{f.kind.upper()}, {f.alpha!r}, {f.beta!r}}}")
                  for name, f in zip(names, given, strict=False)]
    return tuple(found)


KERNEL = RecurrentPlain()

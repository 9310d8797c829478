"""``selftest.h`` and ``tolerance.py`` say the same of the same tensors."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from tinsmith.dtypes import DType
from tinsmith.emit.bundle import port_rows
from tinsmith.emit.template import template
from tinsmith.ir.op import TensorType
from tinsmith.schedule.plan import Port
from tinsmith.targets import find
from tinsmith.tolerance import UNLIKE, Distance, distance
from tinsmith.toolchain import build

MAIN = """\
#include <stdio.h>
#include "selftest.h"
static const struct tin_port ports[] = {%s};
static unsigned char data[65536];
int main(void)
{
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        struct tin_found found;
        if (fread(data, 1, 2 * ports[i].bytes, stdin) != 2 * ports[i].bytes)
            return 1;
        found = tin_compare(data, data + ports[i].bytes, ports[i]);
        printf("%%.17g %%.17g %%lu %%d\\n", found.distance.largest, found.distance.mean,
               (unsigned long)found.at, found.ok);
    }
    return 0;
}
"""
ALLOWED = Distance(0.3, 0.2)


def pairs(dtype: DType) -> list[tuple[np.ndarray, np.ndarray]]:
    """Tensors that are alike, apart, and where the type has them with NaN and infinities."""
    rng = np.random.default_rng(3)
    if dtype is DType.BOOL:
        want = rng.integers(0, 2, 40).astype(bool)
        return [(want, want), (want ^ (np.arange(40) == 7), want)]
    if not dtype.is_float:
        info = np.iinfo(dtype.numpy)
        want = rng.integers(info.min, info.max, 40, dtype.numpy, endpoint=True)
        far = want.copy()
        want[5], far[5] = info.min, info.max
        return [(want, want), (far, want), (want ^ dtype.numpy.type(1), want)]
    want = rng.standard_normal(40).astype(dtype.numpy)
    near = (want.astype(np.float64) + 1e-2).astype(dtype.numpy)
    odd, other = want.copy(), near.copy()
    odd[3] = other[3] = np.nan
    odd[4] = other[4] = -np.inf
    lost = other.copy()
    lost[9] = np.nan
    return [(want, want), (near, want), (other, odd), (lost, odd), (odd, lost), (near, odd)]


@pytest.mark.cc
@pytest.mark.parametrize("target", ["native", "c"])
def test_c_and_python_agree(target: str, tmp_path: Path) -> None:
    cases = [pair for dtype in DType for pair in pairs(dtype)]
    ports = [Port("p", TensorType(want.shape, DType.of(want))) for _, want in cases]
    source = MAIN % "".join(port_rows([port], {"p": ALLOWED}) for port in ports)
    header = template("selftest.h").template
    program = build({"main.c": source.replace('#include "selftest.h"\n', header)}, find(target),
                    kind="program")
    said = subprocess.run([program], input=b"".join(a.tobytes() + b.tobytes() for a, b in cases),
                          capture_output=True, check=True).stdout.decode().splitlines()
    for line, (got, want) in zip(said, cases, strict=True):
        largest, mean, at, ok = line.split()
        found = distance(got, want)
        if found == UNLIKE:
            assert float(largest) >= 1e300
            assert got[int(at)] != want[int(at)]
        else:
            np.testing.assert_allclose([float(largest), float(mean)],
                                       [found.largest, found.mean], rtol=1e-12)
        assert bool(int(ok)) == found.within(ALLOWED), (line, got.dtype)

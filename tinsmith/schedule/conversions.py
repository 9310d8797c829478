"""How a value comes from one form into another: converted where it is, then transferred."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tinsmith.ir.op import TensorType
from tinsmith.kernels.convert.relayout import KERNEL as RELAYOUT
from tinsmith.kernels.convert.relayout import relayout_site
from tinsmith.kernels.convert.transfer import KERNEL as TRANSFER
from tinsmith.kernels.convert.transfer import transfer_site
from tinsmith.kernels.kernel import Form, Forms, Kernel, Site
from tinsmith.request import Request
from tinsmith.schedule.work import elapsed


@dataclass(frozen=True, slots=True)
class Conversion:
    """One call on the way, from the only form that it reads to the only one that it gives."""

    site: Site
    kernel: Kernel
    forms: Forms


def conversions(value: str, kind: TensorType, source: Form, target: Form,
                request: Request) -> list[Conversion] | None:
    """The calls that make ``target`` of ``source``; None: nothing can."""
    there = replace(target, device=source.device)
    found: list[Conversion] = []
    for before, after, kernel, site_of in ((source, there, RELAYOUT, relayout_site),
                                           (there, target, TRANSFER, transfer_site)):
        if before != after:
            site = site_of(value, kind, before, after, request)
            possible = kernel.forms(site)
            if not possible:
                return None
            found.append(Conversion(site, kernel, possible[0]))
    return found


def conversion_seconds(kind: TensorType, source: Form, target: Form, request: Request) -> float:
    """What converting a value takes; infinite where nothing can."""
    found = conversions("", kind, source, target, request)
    return math.inf if found is None else sum(
        elapsed(one.kernel.cost(one.site, one.forms), request) for one in found)

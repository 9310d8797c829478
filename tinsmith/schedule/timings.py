"""What was measured of kernels, as the scheduler asks for it.

A layer is what a node computes, however it is called: operator, types, constants, threads and
machine. What one network taught about a layer holds for every other that has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from tinsmith.ir.op import TensorType
from tinsmith.kernels.kernel import Form, Forms, Kernel, Site, Variant
from tinsmith.kernels.registry import sources
from tinsmith.targets import Target


@dataclass(frozen=True, slots=True)
class Timing:
    """One kernel at one layer.

    Attributes:
        layer: ``layer_key`` of the site.
        kernel: the label.
        version: ``kernel_version`` when it was measured.
        forms: ``forms_key``.
        variant: what was settled.
        seconds: until a run is done, with the layer's threads and weights as cold as in a network.
    """

    layer: str
    kernel: str
    version: str
    forms: str
    variant: Variant
    seconds: float


class Measured:
    """Timings for ``choose``: for each layer and kernel the best that was measured."""

    def __init__(self, timings: Iterable[Timing]) -> None:
        self._sorted: dict[tuple[str, str, str, str], list[Timing]] = {}
        for timing in sorted(timings, key=lambda t: t.seconds):
            key = (timing.layer, timing.kernel, timing.version, timing.forms)
            self._sorted.setdefault(key, []).append(timing)
        self.layers = frozenset(layer for layer, *_ in self._sorted)

    def best(self, site: Site, kernel: Kernel, forms: Forms) -> tuple[float, Variant] | None:
        """Seconds and variant, None for what nobody measured.

        A variant that the kernel does not offer here is none: timings may come from elsewhere, and
        what a variant settles reaches the C code as it is.
        """
        layer = layer_key(site)
        if layer not in self.layers:
            return None
        found = self._sorted.get((layer, kernel.label, kernel_version(kernel),
                                  forms_key(site, forms)), [])
        offered = kernel.variants(site, forms) if found else ()
        return next(((t.seconds, t.variant) for t in found
                     if t.variant in offered), None)


def layer_key(site: Site) -> str:
    """A layer in words: the same for equal layers of any network."""
    kinds = ", ".join(
        "-" if kind is None else f"{kind}{'' if array is None else ' constant'}"
        for kind, array in zip(site.inputs, site.constants, strict=True))
    exact = ", exact" if site.request.numerics.exact else ""
    return f"{site.op!r} of ({kinds}), {site.request.threads} threads{exact}"


def forms_key(site: Site, forms: Forms) -> str:
    """The forms as block sizes (of what is no constant), and element types unlike the values'."""
    def text(form: Form, kind: TensorType, constant: bool) -> str:
        lower = form.dtype.short if form.dtype is not kind.dtype else ""
        return lower if constant else f"{form.block}{lower}"

    inputs = [text(form, kind, array is not None) for form, kind, array in zip(
        forms.inputs, site.inputs, site.constants, strict=True) if kind]
    outputs = [text(form, kind, False)
               for form, kind in zip(forms.outputs, site.outputs, strict=True) if kind]
    return f"{','.join(filter(None, inputs))}>{','.join(outputs)}"


@cache
def kernel_version(kernel: Kernel) -> str:
    """A hash of all that the kernel is made of (``registry.sources``).

    A change there makes old timings void.
    """
    digest = hashlib.sha256()
    for name, text in sources(type(kernel).__module__).items():
        digest.update(f"{name} {len(text)} {text}".encode())
    return digest.hexdigest()[:12]


@cache
def machine_key(target: Target) -> str:
    """A target with its core and all that compilers are told: what it takes to run the same code.

    What else is free, or was measured, changes from day to day: cores, memory, the clock.
    """
    facts = (target.cores[0].core, target.model.core, target.isa, target.features, target.flags,
             target.zig_target, target.zig_cpu, target.gcc_flags, target.clang_flags)
    return f"{target.name} {hashlib.sha256(repr(facts).encode()).hexdigest()[:12]}"

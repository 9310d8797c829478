"""What the scheduler and a kernel say to each other.

A kernel is two files: ``<name>.h`` with one always-inline C function, and ``<name>.py`` with a
``KERNEL`` (or ``KERNELS``) that says which nodes it serves, in which forms, at what cost, and
how to call it. The C function takes, in this order: operands, packed weights, results, scratch
(if it asked for any), the constants as ``const struct <name> s``, and the chunks to do:
``ptrdiff_t begin, ptrdiff_t end``.

A header may be a template: it is then included once for each set of ``macros``, with ``KERNEL``
defined as the name of the function to define and the macros as element types or expressions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from tinsmith.dtypes import Array, DType
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.request import Request
from tinsmith.targets import Target

Constant: TypeAlias = "int | float | str | tuple[int, ...] | tuple[float, ...]"

HOST = "cpu"
"""The device that runs the network and calls the others."""

Variant: TypeAlias = "tuple[tuple[str, int], ...]"
"""Decisions that a kernel leaves open, by name; what is not named it decides itself."""


@dataclass(frozen=True, slots=True)
class Quantization:
    """What integers mean: real = (stored - zero_point) * scale, along ``axis`` or for all."""

    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is stored.

    Attributes:
        dtype: the type of its elements in memory; its meaning is that of the value's own type.
        block: 0: row-major. Otherwise channels (axis 1 of [N, C, ...spatial]) come in blocks:
            [N, ceil(C / block), ...spatial, block]. Lanes past C hold garbage, even NaN: no kernel
            may let them reach a real channel.
        inner: channels of a block that lie together, for instructions that take several at once.
        order: of the axes outside blocks: channels first or last.
        device: in whose memory.
        quantization: what the elements mean, where they are no numbers of their own.
    """

    dtype: DType = DType.F32
    block: int = 0
    inner: int = 1
    order: Literal["chw", "hwc"] = "chw"
    device: str = HOST
    quantization: Quantization | None = None

    @property
    def row_major(self) -> bool:
        """Whether elements lie as in the value's shape."""
        return not self.block and self.order == "chw"

    def shape(self, kind: TensorType) -> tuple[int, ...]:
        """The stored shape of a value."""
        if not self.block:
            return kind.shape
        n, c, *spatial = kind.shape
        return (n, -(-c // self.block), *spatial, self.block)

    def size_bytes(self, kind: TensorType) -> int:
        """The stored bytes of a value, pad lanes included."""
        return TensorType(self.shape(kind), self.dtype).size_bytes


def plain(kind: TensorType | None) -> Form:
    """A value as its type says, row-major; some form where there is none."""
    return Form() if kind is None else Form(kind.dtype)


@dataclass(frozen=True, slots=True)
class Site:
    """A node where a kernel could run: the node, its types, its constants, the request.

    ``variant`` settles what the kernel would decide by its own estimate.
    """

    node: Node
    inputs: tuple[TensorType | None, ...]
    outputs: tuple[TensorType | None, ...]
    constants: tuple[Array | None, ...]
    request: Request
    variant: Variant = ()

    @property
    def target(self) -> Target:
        """The machine."""
        return self.request.target

    @property
    def op(self) -> Op:
        """The node's operator."""
        return self.node.op

    def input(self, index: int) -> TensorType:
        """The type of an input that must be there."""
        kind = self.inputs[index]
        assert kind is not None, f"{self.node.name} has no input {index}"
        return kind

    def output(self, index: int = 0) -> TensorType:
        """The type of an output that must be there."""
        kind = self.outputs[index]
        assert kind is not None, f"{self.node.name} has no output {index}"
        return kind

    def has_input(self, index: int) -> bool:
        """Whether input ``index`` is there."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def has_output(self, index: int) -> bool:
        """Whether output ``index`` is asked for."""
        return index < len(self.outputs) and self.outputs[index] is not None

    def constant(self, index: int) -> Array | None:
        """The array behind input ``index``, if it is constant."""
        return self.constants[index] if index < len(self.constants) else None

    def in_blocks(self, inputs: Sequence[int], outputs: Sequence[int]) -> Forms:
        """Every operand in the element type of its value, channels in blocks (0: row-major).

        ``inputs`` may name more than the node has.
        """
        return Forms(
            tuple(replace(plain(kind), block=block)
                  for kind, block in zip(self.inputs, inputs, strict=False)),
            tuple(replace(plain(kind), block=block)
                  for kind, block in zip(self.outputs, outputs, strict=True)))

    def seconds(self, cycles: float) -> float:
        """What cycles of one core take on the target."""
        return self.target.model.seconds(cycles)


@dataclass(frozen=True, slots=True)
class Forms:
    """One way in which a kernel takes its inputs and gives its outputs.

    An entry for every input and output of the node, in order; entries of absent ones and of
    constants that the kernel packs are ignored.
    """

    inputs: tuple[Form, ...]
    outputs: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a kernel, with everything decided.

    Attributes:
        kernel: the name of struct and (without macros) function; of the header too, unless
            ``header`` names another.
        operands: positions of the node's inputs passed as pointers, in order; -1 passes a null
            pointer. Constants among them are stored as they are, row-major.
        results: positions of the node's outputs passed as pointers, in order.
        weights: arrays packed in the order in which the kernel reads them, or how to prepare them.
        constants: the fields of the kernel's struct.
        macros: definitions for a template header.
        scratch_bytes: scratch for each thread; the pointer passed is that thread's own
            (``void *``, 64-byte aligned), absent if 0.
        chunks: into how many independent pieces the work splits.
        algorithm: for people, where a kernel has several.
        products: multiply-accumulates that the algorithm does, if fewer than the operator's; 0.
        rounding: what the algorithm's rounding may add to that of direct sums, as a share of the
            results: the root of the mean square, estimated from the weights; 0.
        in_place: pairs (operand, result), as positions in ``operands`` and ``results``, that may
            share memory: the kernel reads each element before or when it writes that place.
    """

    kernel: str
    operands: tuple[int, ...]
    results: tuple[int, ...] = (0,)
    weights: tuple[Array | Prepared, ...] = ()
    constants: tuple[tuple[str, Constant], ...] = ()
    macros: tuple[tuple[str, str], ...] = ()
    scratch_bytes: int = 0
    chunks: int = 1
    in_place: tuple[tuple[int, int], ...] = ()
    header: str = ""
    algorithm: str = ""
    products: int = 0
    rounding: float = 0.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """Weights that are stored in one form and read in another.

    ``call`` makes the second of the first once, when the network is loaded: it has no operands,
    arrays as weights, no scratch, and one result of ``nbytes``.
    """

    call: Call
    nbytes: int


@dataclass(frozen=True, slots=True)
class View:
    """An output that lies inside an input: no code runs."""

    operand: int
    result: int
    offset_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Gather:
    """Inputs that lie one after the other inside output 0: (operand, offset in bytes).

    The scheduler lets their producers write there, and copies the ones that cannot.
    """

    parts: tuple[tuple[int, int], ...]


Lowered: TypeAlias = "Call | tuple[View, ...] | Gather"


class Kernel(ABC):
    """One way to compute some nodes on some targets."""

    @property
    def label(self) -> str:
        """What tells it from all other kernels, in tables and in what was measured."""
        return type(self).__module__.rpartition(".")[2]

    def variants(self, site: Site, forms: Forms) -> Sequence[Variant]:
        """What is worth measuring at a site; the first is what the kernel decides itself."""
        return ((),)

    @abstractmethod
    def forms(self, site: Site) -> Sequence[Forms]:
        """The ways in which this kernel can serve a node; none if it cannot."""

    @abstractmethod
    def cycles(self, site: Site, forms: Forms) -> float:
        """Estimated cycles of one core."""

    def cost(self, site: Site, forms: Forms) -> float:
        """Estimated seconds of one core."""
        return site.seconds(self.cycles(site, forms))

    @abstractmethod
    def lower(self, site: Site, forms: Forms) -> Lowered:
        """How to compute the node in one of the forms that ``forms`` gave."""


def plain_forms(site: Site) -> Forms:
    """Row-major for everything."""
    return site.in_blocks((0,) * len(site.inputs), (0,) * len(site.outputs))


def split(work: int, request: Request, smallest: int = 1) -> int:
    """A number of chunks for ``work`` equal items: a few for each thread, none too small."""
    if request.threads <= 1:
        return 1
    return max(1, min(work // max(smallest, 1), 8 * request.threads))

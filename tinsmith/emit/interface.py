"""What a caller must know of a compiled network: names, types, sizes and steps.

A plan gives it, and so does the ``manifest.json`` of a bundle.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tinsmith.dtypes import DType
from tinsmith.errors import ModelError
from tinsmith.ir.op import TensorType
from tinsmith.kernels.kernel import HOST, Form
from tinsmith.schedule.plan import Argument, Buffer, Place, Plan, Port, Region, Step
from tinsmith.tolerance import UNLIKE, Distance

Data = dict[str, object]


@dataclass(frozen=True, slots=True)
class Result:
    """A value that a step writes: its type, and where and how it is stored right afterwards."""

    value: str
    type: TensorType
    form: Form
    place: Place
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One step: the call of a kernel, without its addresses.

    Attributes:
        tile: the kernel's algorithm and tile as text, "" when it has none.
        macs: multiply-accumulates as the operator is defined.
        products: those that the algorithm really does.
        traffic_bytes: what the step reads and writes at least, its weights included.
        weights_bytes: as the step reads them.
        origin: the names of the source nodes that it stands for.
        results: what it writes into the host's arena or outputs.
    """

    name: str
    op: str
    kernel: str
    tile: str
    macs: int
    products: int
    traffic_bytes: int
    weights_bytes: int
    chunks: int
    origin: tuple[str, ...]
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Interface:
    """A compiled network from the outside. ``name`` is its C name, ``network`` the model's.

    Attributes:
        arena_bytes, bound_bytes: its working memory, and what no plan can do with less than.
        weights_bytes: as stored.
        kept_bytes: the first part of those, which is needed after loading.
        prepared_bytes: what loading makes of the others.
        state_bytes: what lasts from run to run.
        allowed: how far each output may be from the golden one, where that was measured.
    """

    name: str
    network: str
    target: str
    isa: str
    features: tuple[str, ...]
    threads: int
    precision: str
    arena_bytes: int
    bound_bytes: int
    weights_bytes: int
    kept_bytes: int
    prepared_bytes: int
    state_bytes: int
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    steps: tuple[StepFacts, ...]
    metadata: Mapping[str, str]
    allowed: Mapping[str, Distance] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one run."""
        return sum(step.macs for step in self.steps)

    @property
    def sharing_bytes(self) -> int:
        """What each context needs for itself: the arena, and behind it the state."""
        return self.arena_bytes + self.state_bytes

    @property
    def memory_bytes(self) -> int:
        """What a caller provides: that of a context, and behind it the prepared weights."""
        return self.sharing_bytes + self.prepared_bytes

    @property
    def resident_bytes(self) -> int:
        """All that a loaded network occupies, beside code, inputs and outputs."""
        return self.memory_bytes + self.kept_bytes

    def data(self) -> Data:
        """The same as plain data, for JSON; ``parse`` reads it back."""
        return {
            "name": self.name,
            "network": self.network,
            "target": self.target,
            "isa": self.isa,
            "features": list(self.features),
            "threads": self.threads,
            "precision": self.precision,
            "arena_bytes": self.arena_bytes,
            "arena_bound_bytes": self.bound_bytes,
            "weights_bytes": self.weights_bytes,
            "weights_kept_bytes": self.kept_bytes,
            "weights_prepared_bytes": self.prepared_bytes,
            "state_bytes": self.state_bytes,
            "resident_bytes": self.resident_bytes,
            "macs": self.macs,
            "inputs": [{"name": p.name, **_type_data(p.type)} for p in self.inputs],
            "outputs": [{"name": p.name, **_type_data(p.type), **self._allowed_data(p.name)}
                        for p in self.outputs],
            "metadata": dict(self.metadata),
            "steps": [_step_data(step) for step in self.steps],
        }

    def _allowed_data(self, output: str) -> Data:
        """What an output may be off by; null: it cannot be checked."""
        most = self.allowed.get(output)
        if most is None:
            return {}
        return {"allowed": None if most == UNLIKE
                else {"largest": most.largest, "mean": most.mean}}


def describe(plan: Plan, name: str, allowed: Mapping[str, Distance] | None = None) -> Interface:
    """The interface of a plan under the C name ``name``.

    ``allowed``: how far its outputs may be from golden ones.
    """
    by_place: dict[tuple[str, Place], Buffer] = {(b.value, b.place): b for b in plan.buffers}
    return Interface(
        name=name,
        network=plan.name,
        target=plan.target.name,
        isa=plan.target.isa,
        features=plan.target.features,
        threads=plan.request.threads,
        precision=plan.request.numerics.policy,
        arena_bytes=plan.arena_bytes,
        bound_bytes=plan.bound_bytes,
        weights_bytes=plan.weight_bytes,
        kept_bytes=plan.kept_bytes,
        prepared_bytes=plan.prepared_bytes,
        state_bytes=plan.state_bytes,
        inputs=plan.inputs,
        outputs=plan.outputs,
        steps=tuple(_facts(step, by_place) for step in plan.running),
        metadata=plan.metadata,
        allowed=allowed or {},
    )


def _facts(step: Step, by_place: Mapping[tuple[str, Place], Buffer]) -> StepFacts:
    def result(argument: Argument) -> Result:
        buffer = by_place[argument.value, argument.place]
        return Result(buffer.value, buffer.type, buffer.form, buffer.place, buffer.size_bytes)

    tile = [f"{key.removeprefix('tile_')}{value}" for key, value in step.call.constants
            if key.startswith("tile_")]
    return StepFacts(
        name=step.name,
        op=step.op,
        kernel=step.call.kernel,
        tile=" ".join([*filter(None, [step.call.algorithm]), *tile]),
        macs=step.macs,
        products=step.call.products or step.macs,
        traffic_bytes=step.traffic_bytes,
        weights_bytes=sum(array.nbytes for array in step.call.weights),
        chunks=step.call.chunks,
        origin=step.origin,
        results=tuple(result(argument) for argument in step.results
                      if argument.place.device == HOST
                      and argument.place.region is not Region.STATE),
    )


def _type_data(kind: TensorType) -> Data:
    return {"shape": list(kind.shape), "dtype": kind.dtype.value}


def _step_data(step: StepFacts) -> Data:
    return {
        "name": step.name, "op": step.op, "kernel": step.kernel, "tile": step.tile,
        "macs": step.macs, "products": step.products, "traffic_bytes": step.traffic_bytes,
        "weights_bytes": step.weights_bytes, "chunks": step.chunks, "origin": list(step.origin),
        "results": [
            {"value": r.value, **_type_data(r.type), "stored": r.form.dtype.value,
             "block": r.form.block, "region": r.place.region.value, "index": r.place.index,
             "offset": r.place.offset, "bytes": r.size_bytes}
            for r in step.results],
    }


def parse(data: object, where: str) -> Interface:
    """The interface in the data of a manifest; ``where`` names the file in errors.

    Raises:
        ModelError: a field is missing or of another type.
    """
    try:
        return _Parser(data).interface()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        got = f"{type(error).__name__}: {error}"
        raise ModelError(f"bundle: file '{where}': expected the manifest of a bundle, got "
                         f"{got}; compile the network again") from error


class _Parser:
    """Reads plain data field by field; any wrong type raises TypeError."""

    def __init__(self, data: object) -> None:
        if not isinstance(data, dict):
            raise TypeError(f"{type(data).__name__} instead of an object")
        self._data: Mapping[str, object] = data

    def text(self, key: str) -> str:
        value = self._data[key]
        if not isinstance(value, str):
            raise TypeError(f"{key}: {type(value).__name__} instead of text")
        return value

    def size(self, key: str) -> int:
        value = self._data[key]
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise TypeError(f"{key}: {value!r} instead of a size")
        return value

    def rows(self, key: str) -> tuple[_Parser, ...]:
        return tuple(_Parser(row) for row in self._list(key))

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(str(row) for row in self._list(key))

    def type(self) -> TensorType:
        shape = tuple(_Parser({"n": n}).size("n") for n in self._list("shape"))
        return TensorType(shape, DType(self.text("dtype")))

    def _list(self, key: str) -> list[object]:
        value = self._data[key]
        if not isinstance(value, list):
            raise TypeError(f"{key}: {type(value).__name__} instead of a list")
        return value

    def share(self, key: str) -> float:
        value = self._data[key]
        if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 0:
            raise TypeError(f"{key}: {value!r} instead of a number that is not negative")
        return float(value)

    def allowed(self) -> Distance:
        value = self._data["allowed"]
        if value is None:
            return UNLIKE
        row = _Parser(value)
        return Distance(row.share("largest"), row.share("mean"))

    def has(self, key: str) -> bool:
        return key in self._data

    def port(self) -> Port:
        return Port(self.text("name"), self.type())

    def result(self) -> Result:
        place = Place(Region(self.text("region")), self.size("offset"), self.size("index"))
        form = Form(DType(self.text("stored")), self.size("block"))
        return Result(self.text("value"), self.type(), form, place, self.size("bytes"))

    def step(self) -> StepFacts:
        return StepFacts(
            name=self.text("name"), op=self.text("op"), kernel=self.text("kernel"),
            tile=self.text("tile"), macs=self.size("macs"), products=self.size("products"),
            traffic_bytes=self.size("traffic_bytes"), weights_bytes=self.size("weights_bytes"),
            chunks=self.size("chunks"), origin=self.texts("origin"),
            results=tuple(row.result() for row in self.rows("results")))

    def interface(self) -> Interface:
        metadata = self._data["metadata"]
        if not isinstance(metadata, dict):
            raise TypeError("metadata: not an object")
        name = self.text("name")
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError(f"name: {name!r} instead of a C identifier")
        return Interface(
            name=name, network=self.text("network"), target=self.text("target"),
            isa=self.text("isa"), features=self.texts("features"), threads=self.size("threads"),
            precision=self.text("precision"),
            arena_bytes=self.size("arena_bytes"), bound_bytes=self.size("arena_bound_bytes"),
            weights_bytes=self.size("weights_bytes"),
            kept_bytes=self.size("weights_kept_bytes"),
            prepared_bytes=self.size("weights_prepared_bytes"),
            state_bytes=self.size("state_bytes"),
            inputs=tuple(row.port() for row in self.rows("inputs")),
            outputs=tuple(row.port() for row in self.rows("outputs")),
            steps=tuple(row.step() for row in self.rows("steps")),
            metadata={str(k): str(v) for k, v in metadata.items()},
            allowed={row.text("name"): row.allowed()
                     for row in self.rows("outputs") if row.has("allowed")})

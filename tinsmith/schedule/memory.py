"""Where every stored value lies: views share, concatenations gather, elementwise writes in place.

``resolve`` turns the work list into calls only: views vanish, and an input of a concatenation is
written by its producer straight into the result, or copied where that cannot be. ``assign`` then
gives every stored value a place, and packs what lives in the arena.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tinsmith.ir.graph import Graph
from tinsmith.ir.op import TensorType
from tinsmith.kernels.kernel import HOST, Call, Gather, plain
from tinsmith.kernels.shape.copy import copy_call
from tinsmith.ops.identity import Identity
from tinsmith.request import Request
from tinsmith.schedule.arena import Span, lower_bound, offsets_of
from tinsmith.schedule.plan import Buffer, Place, Region, aligned
from tinsmith.schedule.work import Stored, Work


@dataclass(frozen=True, slots=True)
class Assignment:
    """The places of all stored values and of the steps' scratch, and the size of each arena."""

    buffers: tuple[Buffer, ...]
    places: Mapping[Stored, Place]
    scratch: Mapping[int, Place]
    arenas: Mapping[str, int]
    bound_bytes: int


class Storage:
    """Which stored value lies inside which other one, at what offset."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.types: dict[Stored, TensorType] = {}
        self.parent: dict[Stored, tuple[Stored, int]] = {}
        self.outputs = {Stored(value, plain(graph.types[value])) for value in graph.outputs}
        self.given = {Stored(value, plain(graph.types[value])) for value in graph.inputs}
        self.updates = {Stored(value, plain(graph.types[value])) for value in graph.state.values()}
        self.state: dict[Stored, int] = {}
        self.state_bytes = 0
        for value in graph.state:
            stored = Stored(value, plain(graph.types[value]))
            self.state[stored] = self.state_bytes
            self.state_bytes += aligned(self.size(stored))

    def type(self, stored: Stored) -> TensorType:
        """The type of a stored value (parts that are copied have types of their own)."""
        return self.types.get(stored) or self.graph.types[stored.value]

    def size(self, stored: Stored) -> int:
        """Its bytes in its layout."""
        return stored.form.size_bytes(self.type(stored))

    def root(self, stored: Stored) -> tuple[Stored, int]:
        """The stored value that nothing else holds, and the offset in it."""
        offset = 0
        while stored in self.parent:
            stored, more = self.parent[stored]
            offset += more
        return stored, offset

    def is_outside(self, root: Stored) -> bool:
        """Whether a root lies outside the arena: input, output, state or weight."""
        return (root in self.outputs or root in self.given or root in self.state
                or root.value in self.graph.weights)

    def is_fixed(self, root: Stored) -> bool:
        """Whether a root must have memory of its own.

        So must what updates the state, which is still read meanwhile.
        """
        return self.is_outside(root) or root in self.updates

    def can_move(self, stored: Stored) -> Stored | None:
        """The root that could be put inside another value in place of ``stored``, if any."""
        root, offset = self.root(stored)
        free = offset == 0 and not self.is_fixed(root) and self.size(root) == self.size(stored)
        return root if free else None


def resolve(works: Iterable[Work], graph: Graph, request: Request) -> tuple[list[Work], Storage]:
    """Only calls, and the storage that makes up for the rest."""
    storage = Storage(graph)
    calls: list[Work] = []
    for work in works:
        if isinstance(work.lowered, Call):
            calls.append(work)
        elif isinstance(work.lowered, Gather):
            calls += _gather(work, work.lowered, storage, request)
        else:
            for view in work.lowered:
                source, result = work.reads[view.operand], work.writes[view.result]
                if source is None or result is None:
                    continue
                if not storage.is_fixed(result):
                    storage.parent[result] = (source, view.offset_bytes)
                    continue
                movable = storage.can_move(source)
                if movable is not None and view.offset_bytes == 0 and (
                        storage.size(movable) == storage.size(result)):
                    storage.parent[movable] = (result, 0)
                else:
                    part = _part(storage, source, view.offset_bytes, result)
                    calls.append(_copy(work, part, result, storage, request))
    return calls, storage


def _gather(work: Work, gather: Gather, storage: Storage, request: Request) -> list[Work]:
    """Puts the parts of a concatenation inside its result; copies for those that cannot go."""
    result = work.writes[0]
    assert result is not None
    copies: list[Work] = []
    for operand, offset in gather.parts:
        source = work.reads[operand]
        assert source is not None
        movable = storage.can_move(source)
        if movable is not None and movable != storage.root(result)[0]:
            storage.parent[movable] = (result, offset)
        elif storage.size(source):
            part = Stored(f"{result.value}[{operand}]", source.form)
            storage.types[part] = storage.type(source)
            storage.parent[part] = (result, offset)
            copies.append(_copy(work, source, part, storage, request))
    return copies


def _part(storage: Storage, source: Stored, offset: int, like: Stored) -> Stored:
    """The piece of ``source`` at ``offset`` that has the type of ``like``."""
    if offset == 0 and storage.size(source) == storage.size(like):
        return source
    part = Stored(f"{like.value}<", like.form)
    storage.types[part] = storage.type(like)
    storage.parent[part] = (source, offset)
    return part


def _copy(work: Work, source: Stored, result: Stored, storage: Storage, request: Request) -> Work:
    return Work(f"{work.name}/copy", Identity(), copy_call(storage.size(result), request),
                (source,), (result,), work.origin)


def assign(calls: list[Work], storage: Storage, request: Request) -> Assignment:
    """A place for every stored value; see the module's head."""
    lives = _lives(calls, storage)
    _share_in_place(calls, storage, lives)
    lives = _lives(calls, storage)
    owners: dict[str, dict[Stored | int, Span]] = {HOST: {}}
    for root, (first, last) in lives.items():
        if not storage.is_outside(root):
            span = Span(aligned(storage.size(root)), first, last)
            owners.setdefault(root.form.device, {})[root] = span
    for i, work in enumerate(calls):
        assert isinstance(work.lowered, Call)
        if work.lowered.scratch_bytes:
            each = aligned(work.lowered.scratch_bytes)
            parts = request.threads if work.device == HOST else 1
            owners.setdefault(work.device, {})[i] = Span(each * parts, i, i)
    offsets: dict[Stored | int, int] = {}
    arenas: dict[str, int] = {}
    for device, spans in owners.items():
        packed = dict(zip(spans, offsets_of(tuple(spans.values())), strict=True))
        offsets |= packed
        arenas[device] = max((packed[o] + span.size_bytes for o, span in spans.items()), default=0)
    places = {s: _place(s, storage, offsets) for s in _members(calls, storage)}
    buffers = tuple(
        Buffer(s.value, str(storage.root(s)[0]), storage.type(s), s.form, places[s],
               storage.size(s),
               *lives[storage.root(s)[0]])
        for s in places)
    scratch = {i: Place(Region.ARENA, offsets[i], device=calls[i].device)
               for i in offsets if isinstance(i, int)}
    return Assignment(buffers, places, scratch, arenas, lower_bound(tuple(owners[HOST].values())))


def _members(calls: list[Work], storage: Storage) -> list[Stored]:
    """Every stored value that a call touches, each once."""
    seen: dict[Stored, None] = {}
    for work in calls:
        for stored in (*work.reads, *work.writes):
            if stored is not None:
                seen[stored] = None
    return list(seen)


def _lives(calls: list[Work], storage: Storage) -> dict[Stored, tuple[int, int]]:
    """For every root the first and last step that touches it or anything inside it."""
    lives: dict[Stored, tuple[int, int]] = {}
    for i, work in enumerate(calls):
        for stored in (*work.reads, *work.writes):
            if stored is not None:
                root = storage.root(stored)[0]
                lives[root] = (lives.get(root, (i, i))[0], i)
    return lives


def _share_in_place(
    calls: list[Work], storage: Storage, lives: dict[Stored, tuple[int, int]]
) -> None:
    """Lets a result lie in the operand it replaces, where the kernel allows and nobody minds."""
    for i, work in enumerate(calls):
        assert isinstance(work.lowered, Call)
        call = work.lowered
        for operand, result in call.in_place:
            source = work.reads[call.operands[operand]]
            target = work.writes[call.results[result]]
            if source is None or target is None or target in storage.parent or (
                    storage.is_fixed(target)):
                continue
            root = storage.can_move(source)
            if (root is None or lives[root][1] != i or lives[target][0] != i
                    or storage.size(root) != storage.size(target)):
                continue
            others = [work.reads[p] for k, p in enumerate(call.operands) if k != operand and p >= 0]
            if any(o is not None and storage.root(o)[0] == root for o in others):
                continue  # a convolution's input, say, is read again after its place is written
            storage.parent[target] = (root, 0)
            lives[root] = (lives[root][0], lives[target][1])
            break


def _place(stored: Stored, storage: Storage, offsets: Mapping[Stored | int, int]) -> Place:
    root, offset = storage.root(stored)
    graph = storage.graph
    if root in storage.outputs:
        return Place(Region.OUTPUT, offset, graph.outputs.index(root.value))
    if root in storage.given:
        return Place(Region.INPUT, offset, graph.inputs.index(root.value))
    if root in storage.state:
        return Place(Region.STATE, storage.state[root] + offset)
    if root.value in graph.weights:
        return Place(Region.WEIGHTS, offset, device=root.form.device)
    return Place(Region.ARENA, offsets[root] + offset, device=root.form.device)

"""A program that runs a network step by step and writes down every result."""

from __future__ import annotations

from collections.abc import Sequence

from tinsmith.emit.interface import Interface, Result
from tinsmith.emit.literals import initialiser
from tinsmith.emit.template import fill, lines
from tinsmith.schedule.plan import Port, Region, aligned


def trace_program(interface: Interface) -> str:
    """The text of ``trace.c`` for a network: it reads weights.bin and inputs.bin, writes trace.bin.

    ``inputs.bin`` holds the inputs one after the other, each from the next multiple of 64 bytes.
    ``trace.bin`` holds the bytes of all results in the order of the interface's steps, then those
    of all outputs.
    """
    output_at = starts(interface.outputs)

    def row(i: int, result: Result) -> str:
        place = result.place
        if place.region is Region.OUTPUT:
            at = initialiser(i, "OUTPUT", place.offset + output_at[place.index], result.size_bytes)
        else:
            at = initialiser(i, "ARENA", place.offset, result.size_bytes)
        return f"    {at},"

    return fill(
        "trace.c",
        name=interface.name,
        upper=interface.name.upper(),
        results=lines(row(i, result) for i, step in enumerate(interface.steps)
                      for result in step.results),
        steps=len(interface.steps),
        weights_bytes=interface.weights_bytes,
        arena_bytes=interface.memory_bytes,
        input_bytes=starts(interface.inputs)[-1],
        output_bytes=output_at[-1],
        input_at="".join(f"{at}, " for at in starts(interface.inputs)[:-1]),
        output_at="".join(f"{at}, " for at in output_at[:-1]),
        output_sizes="".join(f"{p.type.size_bytes}, " for p in interface.outputs))


def starts(ports: Sequence[Port]) -> list[int]:
    """Where each tensor starts when all lie one after the other, and the end of the last."""
    at = [0]
    for port in ports:
        at.append(at[-1] + aligned(port.type.size_bytes))
    return at

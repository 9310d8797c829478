"""Traces a network on another machine or under QEMU: every result of every step comes back."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.emit.devices.cpu import baseline
from tinsmith.emit.host import emit
from tinsmith.emit.interface import Interface, describe
from tinsmith.emit.names import c_name
from tinsmith.emit.trace import trace_program
from tinsmith.errors import InternalError
from tinsmith.runtime.network import check_feeds, row_major
from tinsmith.runtime.runner import run_program
from tinsmith.schedule.plan import Plan, aligned
from tinsmith.toolchain import build


def trace_remotely(
    plan: Plan, feeds: dict[str, Array], compiler: str, on: str
) -> tuple[list[dict[str, Array]], dict[str, Array]]:
    """What ``Network.trace`` gives, and the outputs, from a program that runs elsewhere.

    Raises:
        ToolchainError: no compiler or emulator, or no end in time.
        InternalError: the program failed.
    """
    name = c_name(plan.name)
    interface = describe(plan, name)
    sources = {**emit(plan, name), "trace.c": trace_program(interface)}
    program = build(sources, plan.target, kind="program", compiler=compiler,
                    baseline=baseline(sources))
    inputs = bytearray()
    for array in check_feeds(plan.inputs, feeds):
        data = array.tobytes()
        inputs += data + bytes(aligned(len(data)) - len(data))
    with tempfile.TemporaryDirectory(prefix="tinsmith-trace-") as folder:
        files = {"weights.bin": plan.blob(), "inputs.bin": bytes(inputs)}
        done = run_program(program, plan.target, on=on, cwd=Path(folder), files=files,
                           fetch=("trace.bin",))
        trace = Path(folder, "trace.bin")
        if done.returncode != 0 or not trace.is_file():
            said = done.stderr.decode("utf-8", "replace").strip()[-200:]
            raise InternalError(f"verify: program for '{plan.target.name}': expected exit code 0, "
                                f"got {done.returncode}: {said or 'no message'}; report this")
        return parse_trace(np.fromfile(trace, np.uint8), interface)


def parse_trace(
    data: Array, interface: Interface
) -> tuple[list[dict[str, Array]], dict[str, Array]]:
    """The contents of trace.bin as arrays."""
    expected = sum(r.size_bytes for step in interface.steps for r in step.results) + sum(
        p.type.size_bytes for p in interface.outputs)
    if data.size != expected:
        raise InternalError(f"verify: trace of '{interface.network}': expected {expected} bytes, "
                            f"got {data.size}; report this")
    at = 0
    traced: list[dict[str, Array]] = []
    for step in interface.steps:
        values: dict[str, Array] = {}
        for result in step.results:
            values[result.value] = row_major(result, data[at:at + result.size_bytes], at=0)
            at += result.size_bytes
        traced.append(values)
    outputs: dict[str, Array] = {}
    for port in interface.outputs:
        kind = port.type
        outputs[port.name] = data[at:at + kind.size_bytes].copy().view(
            kind.dtype.numpy).reshape(kind.shape)
        at += kind.size_bytes
    return traced, outputs



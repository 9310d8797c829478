"""A second device, for tests: the host's kernels, on a memory that only it can reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tinsmith.emit.devices import printer
from tinsmith.emit.devices.cpu import kernel_headers, layer_files, layers
from tinsmith.emit.devices.printed import Printed, Printer, host_address
from tinsmith.kernels.convert.transfer import TRANSFER
from tinsmith.kernels.kernel import HOST, Forms, Kernel, Lowered, Site
from tinsmith.schedule.plan import Argument, Place, Plan, Region, Step, aligned

FAKE = "fake"
FOLDER = Path(__file__).parent


def on(device: str, forms: Forms) -> Forms:
    """The same forms in the memory of a device."""
    return Forms(tuple(replace(form, device=device) for form in forms.inputs),
                 tuple(replace(form, device=device) for form in forms.outputs))


@dataclass(frozen=True)
class OnFake(Kernel):
    """A kernel of the host, much cheaper on the device, for the nodes that ``takes`` names."""

    kernel: Kernel
    takes: Callable[[str], bool]

    @property
    def label(self) -> str:
        return f"{self.kernel.label} on {FAKE}"

    def forms(self, site: Site) -> Sequence[Forms]:
        if not self.takes(site.node.name):
            return ()
        return [on(FAKE, forms) for forms in self.kernel.forms(site)]

    def cycles(self, site: Site, forms: Forms) -> float:
        return self.kernel.cycles(site, on(HOST, forms)) / 1000

    def lower(self, site: Site, forms: Forms) -> Lowered:
        return self.kernel.lower(site, on(HOST, forms))


def offset(place: Place, plan: Plan) -> int:
    """Where a place lies in the device's memory: prepared weights stand behind its arena."""
    assert place.device == FAKE
    behind = plan.arenas[FAKE, Region.ARENA] if place.region is Region.PREPARED else 0
    return place.offset + behind


def printed(plan: Plan, name: str) -> Printed:
    """What the device adds to a network."""
    mine = {i: task for i, task in enumerate(plan.tasks) if task.device == FAKE}
    calling = {i: task for i, task in mine.items() if task.call.kernel != TRANSFER}
    distinct, by_task = layers(tuple(calling.values()), f"{name}_fake")
    names = dict(zip(calling, (layer.name for layer in by_task), strict=True))
    size = sum(plan.arenas.get((FAKE, region), 0) for region in (Region.ARENA, Region.PREPARED))
    return Printed(
        files={**layer_files(distinct, f"{name}_fake", plan.target.lanes),
               **kernel_headers(calling.values(), plan),
               "fake.h": (FOLDER / "fake.h").read_text(),
               f"{name}_fake.c": (FOLDER / "fake.c").read_text()},
        calls={i: call(task, names[i], plan) if i in names else transfer(task, plan)
               for i, task in mine.items()},
        includes=("fake.h", f"kernels/{name}_fake_layers.h"),
        fields="    struct fake fake;\n",
        start=f"    if (fake_open(&m->fake, {size}))\n        return {name.upper()}_NOT_READY;\n",
        share="        fake_share(&m->fake, &from->fake);\n",
        stop="        fake_close(&m->fake);\n")


def call(task: Step, layer: str, plan: Plan) -> str:
    """A kernel on the device's memory."""
    def address(argument: Argument | None) -> str:
        return f"memory + {offset(argument.place, plan)}" if argument else "0"

    arguments = [address(a) for a in (*task.operands, *task.weights, *task.results)]
    if task.scratch is not None:
        assert aligned(task.scratch.offset) == task.scratch.offset
        arguments.append(f"memory + {offset(task.scratch, plan)}")
    return (f"    unsigned char *memory = fake_enter(&m->fake);\n"
            f"    {layer}({', '.join([*arguments, 'begin, end'])});\n"
            "    fake_leave(&m->fake);\n    (void)thread;\n")


def transfer(task: Step, plan: Plan) -> str:
    """Bytes to the device or from it."""
    (source,), (result,) = (*task.operands, *task.weights), task.results
    assert source is not None
    if source.place.device == FAKE:
        text = (f"fake_read(&m->fake, {offset(source.place, plan)}, "
                f"{host_address(result.place, plan)}, {result.size_bytes})")
    else:
        text = (f"fake_write(&m->fake, {offset(result.place, plan)}, "
                f"{host_address(source.place, plan)}, {result.size_bytes})")
    return f"    {text};\n    (void)thread, (void)begin, (void)end;\n"


def printers(device: str) -> Printer:
    """The printer of this device, or of another by its name."""
    return printed if device == FAKE else printer(device)

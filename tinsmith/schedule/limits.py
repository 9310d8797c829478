"""What a plan must keep within, so that ``kernels/c/threads.h`` and ``task.h`` can count it."""

from __future__ import annotations

from tinsmith.errors import TargetError, UnsupportedError
from tinsmith.request import Request
from tinsmith.schedule.plan import Plan

MAX_THREADS = 1024  # cores in the mask that threads.h asks Linux for
MAX_TASKS = MAX_PIECES = 1 << 16  # 16 bits of a share's word each
MAX_CHUNKS = 1 << 31


def check_threads(request: Request) -> None:
    """Refuses a number of threads that there cannot be.

    Raises:
        TargetError: more than one without an operating system, or more than ``MAX_THREADS``.
    """
    target, threads = request.target, request.threads
    most = 1 if target.bare_metal else MAX_THREADS
    if not 1 <= threads <= most:
        why = " (it has no operating system)" if target.bare_metal else ""
        raise TargetError(
            f"schedule: threads '{threads}': expected {'1' if most == 1 else f'1 to {most}'} on "
            f"{target.name}{why}, got {threads}; ask for fewer with --threads")


def check_counts(plan: Plan) -> None:
    """Refuses a plan with more tasks or chunks than can be counted.

    Raises:
        UnsupportedError: the text says of what.
    """
    threads = plan.request.threads
    tasks = plan.tasks
    if threads > 1 and len(tasks) >= MAX_TASKS:
        raise UnsupportedError(
            f"schedule: network '{plan.name}': expected fewer than {MAX_TASKS} steps for several "
            f"threads, got {len(tasks)}; compile it with --threads 1")
    for step in tasks:
        if not step.pieces < MAX_PIECES or not step.call.chunks < MAX_CHUNKS:
            raise UnsupportedError(
                f"schedule: step '{step.name}': expected fewer than {MAX_PIECES} pieces and "
                f"{MAX_CHUNKS} chunks, got {step.pieces} and {step.call.chunks}; make its tensors "
                "smaller")

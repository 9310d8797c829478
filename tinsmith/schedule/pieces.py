"""In how many pieces threads share a step."""

from __future__ import annotations

from tinsmith.kernels.kernel import HOST, Call
from tinsmith.request import Request
from tinsmith.schedule.work import elapsed

PIECES_PER_THREAD = 8


def pieces(call: Call, seconds: float, device: str, request: Request) -> int:
    """1 where the caller does it alone: as quickly, or on another device.

    ``seconds``: what one thread takes.
    """
    if device != HOST or elapsed(seconds, request) == seconds:
        return 1
    return min(call.chunks, PIECES_PER_THREAD * request.threads)

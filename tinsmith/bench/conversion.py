"""What conversions share: how long one may take, and that every failure is one with a reason."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tinsmith.bench.engine import CannotRunError
from tinsmith.bench.reason import reason

LIMIT_SECONDS = 600  # three minutes on a free machine


@contextmanager
def converting(seconds: int = LIMIT_SECONDS) -> Iterator[None]:
    """Makes any error inside, and more than ``seconds`` of it, a ``CannotRunError``.

    For the main thread of a process of its own, as conversions are.
    """
    def late(number: int, frame: FrameType | None) -> None:
        raise CannotRunError(f"conversion: took over {seconds} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    except (CannotRunError, ImportError):
        raise
    except Exception as error:  # the engines' errors share no class but this
        raise CannotRunError(f"conversion: {reason(error)}") from error
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

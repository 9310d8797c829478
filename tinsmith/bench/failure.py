"""How engines fail: each failure has a reason of one line, and a late conversion is one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tinsmith.bench.engine import CannotRunError

LIMIT_SECONDS = 600  # of a conversion; three minutes on a free machine
LONGEST = 160


def reason(error: BaseException | str) -> str:
    """The last line of an error's text that says something, without its middle if it is long."""
    lines = [line.strip() for line in str(error).splitlines() if any(map(str.isalnum, line))]
    text = lines[-1] if lines else type(error).__name__
    return text if len(text) <= LONGEST else f"{text[:100]}[...]{text[-50:]}"


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

"""What an engine's own error says, short enough for a table."""

from __future__ import annotations

LONGEST = 160


def reason(error: BaseException | str) -> str:
    """The last line of an error's text that says something, without its middle if it is long."""
    lines = [line.strip() for line in str(error).splitlines() if any(map(str.isalnum, line))]
    text = lines[-1] if lines else type(error).__name__
    return text if len(text) <= LONGEST else f"{text[:100]}[...]{text[-50:]}"

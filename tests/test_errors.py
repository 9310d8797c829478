"""The texts of errors."""

import pytest

from tinsmith.errors import LONGEST_TEXT, ModelError, printable


@pytest.mark.parametrize(("text", "shown"), [
    ("plain ünï", "plain ünï"), ("a\nb", "a\\nb"), ("\x1b[2J", "\\x1b[2J"), ("\u202e", "\\u202e"),
    ("said:\n  line 2", "said:\n  line 2"), ("\ud800", "\\ud800"),
])
def test_texts_are_printable(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert str(ModelError(text)) == shown


def test_long_words_and_texts_lose_their_middle() -> None:
    word = f"'{'x' * 5000}' stays"
    assert printable(word).endswith("x' stays")
    assert len(printable(word)) < 200
    assert len(printable("many words " * 1000)) <= LONGEST_TEXT

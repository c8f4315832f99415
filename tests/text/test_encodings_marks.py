"""A text of nothing but marks takes nobody's time: composing it would take the square of its length."""

from __future__ import annotations

import unicodedata

import pytest

from iup.office.replies.reply import normalised
from iup.site import strict_yaml
from iup.text.encodings import composed, nfc
from tests.support import campaign

# Two marks of different classes, by turns, so that each pair is to change places.
MANY = "a" + "\u0301\u0323" * 200_000


@pytest.mark.parametrize(
    "work", [nfc, composed, normalised, lambda text: strict_yaml.parse(f"a: {text[:60_000]}\n".encode())]
)
def test_marks_without_end_are_read_in_a_moment(work: object) -> None:
    _, seconds = campaign.soon(lambda: work(MANY))  # type: ignore[operator]
    assert seconds < campaign.MOST_SECONDS


def test_any_other_text_is_composed() -> None:
    for text in ("a\u030a" * 3000, "a" + "\u0301\u0323" * 200, "Å" * 5000, "e\u0323\u0302n"):
        assert nfc(text) == unicodedata.normalize("NFC", text)

"""What a text outside the files says of a pupil, whatever it has been through on its way."""

from __future__ import annotations

import pytest

from iup.checks.push.rules import names_somebody


@pytest.mark.parametrize(
    "text", ["Åsas plan", "Ã…sas plan", "A\u030asas plan", "Ã\x85sas plan", "klart för åsa mÃ¶ller"]
)
def test_a_name_is_seen_however_its_letters_are_written(text: str) -> None:
    assert names_somebody(text, "Åsa", "Möller", loose=False)


@pytest.mark.parametrize("text", ["Planen för klassen", "Ã…ret som gick", "åsa eller någon"])
def test_other_words_name_nobody(text: str) -> None:
    assert not names_somebody(text, "Åsa", "Möller", loose=False)

"""Another pupil is met in a text in whatever script, and whichever way, the name is written."""

from __future__ import annotations

import unicodedata

import pytest

from iup.checks.texts import _names_one_of

NAMES = frozenset({"Noel", "Élias", "Hương", "Дарина", "علي", "रवि", "สมชาย", "小明"})


@pytest.mark.parametrize(
    "text",
    [
        *("med Noels bok", "och Élias läser", unicodedata.normalize("NFC", "hos Hu\u031bo\u031bng nu"), "где Дарина?"),
        *("مع علي اليوم", "محمد وعلي", "और रवि ने", "ครูสมชายไป", "和小明一起"),
    ],
)
def test_a_name_is_met(text: str) -> None:
    assert _names_one_of(text, NAMES)


@pytest.mark.parametrize("text", ["Noelia läser", "på noel", "عليكم", "रविवार", "ครูไป", "Дариной"])
def test_another_word_is_none(text: str) -> None:
    assert not _names_one_of(text, NAMES)

"""Names are found in any script as in Swedish: with marks, without spaces, with what is written together with them."""

from __future__ import annotations

import re
import unicodedata

import pytest

from iup.text.names import WORD, base_forms, full_name, phrase, standalone_words, whole_name, words_and_names
from iup.text.script import MARKS
from iup.text.withheld import WithheldTexts

BLOCKS = ((0x300, 0x97F), (0xE00, 0xE7F), (0x1200, 0x139F), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF))


def test_every_mark_of_the_scripts_belongs_to_its_letter() -> None:
    spans = {chr(code) for first, last in BLOCKS for code in range(first, last + 1)}
    shipped = {c for c in spans if unicodedata.category(c) in {"Mn", "Mc", "Me"} and not "\u0700" <= c <= "\u08ff"}
    assert set(filter(re.compile(f"[{MARKS}]").match, shipped)) == shipped


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Nguyễn", unicodedata.normalize("NFD", "med Nguyễn, som")),
        ("सुनीता", "और सुनीता ने कहा"),
        ("สมชาย", "ครูสมชายไปโรงเรียน"),
        ("王小明", "老师和王小明一起"),
        ("علي", "محمد وعلي هنا"),
        ("دانيال", "اسمه دانيال."),
        ("רותם", "דני ורותם כאן"),
        ("ሰላም", "እና ሰላም ነው"),
        ("Čáhcesuolu", "hos Čáhcesuolus mor"),
        ("Дарина", "Даша и ДАРИНА вместе"),
        ("Նարե", "և Նարե։"),
        ("ნინო", "და ნინო არის"),
    ],
)
def test_a_name_is_found_in_a_text(name: str, text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert whole_name(name).search(composed)
    assert phrase(name).search(composed)
    assert standalone_words(name) == (name.casefold(),)
    assert name.casefold() in {
        form for _, _, word in words_and_names(composed, (name,)) for form in base_forms(word.casefold())
    }
    assert WithheldTexts.of((name,), ()).in_texts((text,)) == {0}


@pytest.mark.parametrize(
    ("name", "text"), [("सुनी", "और सुनीता ने"), ("علي", "عليكم"), ("Nguy", "Nguyễn"), ("שלו", "שָׁלוֹם")]
)
def test_a_name_is_no_part_of_a_longer_one(name: str, text: str) -> None:
    assert not whole_name(name).search(text)
    assert not phrase(name).search(text)


def test_a_word_is_whole_with_its_marks_and_joiners() -> None:
    assert WORD.findall("सुनीता می\u200cخواند x\u0302y, 12") == ["सुनीता", "می\u200cخواند", "x\u0302y"]


def test_a_full_name_without_spaces_around_it_is_found() -> None:
    assert full_name("สมชาย", "ใจดี").search("ครูสมชาย ใจดีไป")
    assert full_name("सुनीता", "वर्मा").search("और सुनीता वर्मा ने")


def test_a_part_of_a_withheld_sentence_without_spaces_is_found() -> None:
    withheld = WithheldTexts.of(("เด็กชายสมชายแพ้ถั่ว",), ())
    assert withheld.in_texts(("ครูเขียนว่าสมชายแพ้นมวัว",)) == {0}
    assert withheld.in_texts(("ครูเขียนว่าเด็กสบายดี",)) == frozenset()

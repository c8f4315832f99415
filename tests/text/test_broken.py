"""Letters that were lost between two encodings are found and told; what people write is not."""

from __future__ import annotations

import unicodedata
from typing import Literal

import pytest

from iup.text.broken import broken_signs, may_be_broken, meant, mended
from iup.text.encodings import composed, folded
from iup.text.names import words_and_names


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mÃ¤ter", "”ä”"),
        ("lÃ¥ng", "”å”"),
        ("Ã–vning", "”Ö”"),
        ("Ã…sa", "”Å”"),
        ("sidan 3â€“4", "”–”"),
        ("AlvaÂ´s", "”´”"),
        ("ðŸ˜€", "”😀”"),
        ("m├ñter", "”ä”"),
        ("m&auml;ter", "”ä”"),
        ("m=C3=A4ter", "”ä”"),
        ("m%C3%A4ter", "”ä”"),
        ("m\\u00e4ter", "”ä”"),
        ("m\ufffdter", ""),
        ("\uf0a7 Läsa", ""),
    ],
)
def test_a_broken_letter_is_found_with_what_it_was(text: str, told: str) -> None:
    ((at, sign),) = broken_signs(text)
    assert may_be_broken(text.encode())

    assert text[at:].startswith(sign)
    assert meant(sign) == told


@pytest.mark.parametrize("sign", ["\x92", "\x96"])
def test_a_sign_of_windows_is_known(sign: str) -> None:
    assert meant(sign) == {"\x92": "”’”", "\x96": "”–”"}[sign]


@pytest.mark.parametrize(
    "text",
    ["bokstäverna ”Å”, ”Ä” och ”Ö”", "Å–Ö", "São Paulo", "château", "ÅÄÖ", "5 % & 6", "3 × 4", "\uf0b7 Läsa", "Ñandú"],
)
def test_what_people_write_is_whole(text: str) -> None:
    assert not list(broken_signs(text))


NAMES = ("Åsa", "Möller", "Günther", "Jankovič", "Şahin", "Łukasz", "Ñandú", "Ωμέγα", "Иван", "علي", "García", "สมชาย")


def read_as(text: str, encoding: str) -> str:
    """Return a text in UTF-8 as it comes out in an encoding of one byte a letter; cp1252 leaves five bytes free."""
    free = {0x81, 0x8D, 0x8F, 0x90, 0x9D} if encoding == "cp1252" else set()
    return "".join(chr(byte) if byte in free else bytes([byte]).decode(encoding) for byte in text.encode())


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_broken_name_is_searched_as_what_it_was_and_found_where_it_stands(
    encoding: str, form: Literal["NFC", "NFD"]
) -> None:
    for name in NAMES:
        text = f"och {read_as(unicodedata.normalize(form, name), encoding)} i dag"
        known = {folded(word): text[start:end] for start, end, word in words_and_names(text, [folded(name)])}

        assert composed(text) == f"och {name} i dag"
        assert known[folded(name)] == text.removeprefix("och ").removesuffix(" i dag")
        assert known["dag"] == "dag"


@pytest.mark.parametrize(
    "text",
    ["på ”Å”, NOVÅ– och BÅ… ”Ö”", "É… idé”, à la carte", "3 Ä– 4", "”ÖVÄ”", "Å»", "naïve – räksmörgås", "â€™ ðŸ˜€ Â´"],
)
def test_what_is_right_and_what_was_no_letter_is_searched_as_it_stands(text: str) -> None:
    assert mended(text) == text

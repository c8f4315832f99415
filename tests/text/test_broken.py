"""Letters that were lost between two encodings are found and told; what people write is not."""

from __future__ import annotations

import pytest

from iup.text.broken import broken_signs, may_be_broken, meant


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

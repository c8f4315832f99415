"""What the shipped fonts draw is written down as it is, and names of all Europe and of the schools' languages are."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from iup.text.letters import drawable, families, families_for, undrawable

ROOT = Path(__file__).resolve().parents[2]
# Letters and sequences for names in Europe: DIN 91379, github.com/String-Latin/DIN-91379-Characters-and-Sequences,
# CC BY 4.0. Code points only, one character or sequence a line.
DIN = (ROOT / "tests" / "data" / "din-91379.txt").read_text(encoding="utf-8").splitlines()


def faces(family: str) -> list[Path]:
    return sorted((ROOT / "templates" / "fonts").glob(f"{family}-*.ttf"))


def test_the_list_of_letters_is_what_the_fonts_hold() -> None:
    taken: frozenset[str] = frozenset()
    for name, added in families():
        assert faces(name)
        for face in faces(name):
            held = frozenset(map(chr, TTFont(face, lazy=True).getBestCmap() or ()))
            own = {" "} if taken else set()
            chosen = {"\ufe0f", "\u20e3"} if name == "NotoEmoji" else set()  # they choose a picture, whatever it has
            assert held - taken - own - chosen == added - chosen
        taken |= added


def test_every_letter_and_sequence_of_european_names_is_drawn() -> None:
    sequences = ["".join(chr(int(code, 16)) for code in row.split()) for row in DIN if not row.startswith("#")]
    assert len(sequences) > 900
    assert undrawable("".join(sequences)) == ()
    assert set(families_for("".join(sequences))) == {"SourceSans3Wide", "NotoSans"}


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("Åsa läser – ”bra” · 5 §\nočen Nguyễn Київ Ελλάδα", ()),
        ("CO₂ √2 ≈ 1,41 10⁻³ ∞ ‡ ə ǩ ẍ ʻ Әә Ғғ", ("SourceSans3Wide",)),
        ("سلام می\u200cخواند کوردی ێ ۆ ڕ ڵ ١٢٣", ("NotoSansArabic",)),
        ("שלום", ("NotoSansHebrew",)),
        ("Բարեւ ქართული", ("NotoSansArmenian", "NotoSansGeorgian")),
        ("ሰላም", ("NotoSansEthiopic",)),
        ("เขาน้ำ नमस्ते", ("NotoSansThai", "NotoSansDevanagari")),
        ("👍🏽 🇸🇪 👨\u200d👩\u200d👧 1\ufe0f\u20e3", ("NotoEmoji",)),
        ("∈ ①", ("NotoSansMath", "NotoSansSymbols")),
    ],
)
def test_a_text_names_the_families_that_it_needs(text: str, needed: tuple[str, ...]) -> None:
    assert families_for(text) == needed
    assert undrawable(text) == ()
    assert drawable(text) == text


def test_what_no_family_has_is_named_once_and_written_out() -> None:
    assert undrawable("漢字 och 字 \uf0b7\u200e\ufeff\u3000\u2028") == ("漢", "字", "\uf0b7")
    assert drawable("av 漢字, ja") == "av [U+6F22 U+5B57], ja"
    assert drawable("]^-\uf0b7") == "]^-[U+F0B7]"

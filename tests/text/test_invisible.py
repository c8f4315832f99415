"""Characters that nobody sees: what is kept, what is dropped, what is refused, and that a search looks through all."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iup.text import invisible
from iup.text.encodings import bare, composed, folded, visible_bytes
from iup.text.invisible import InvisibleError, cleaned, spans, visible
from iup.text.names import WORD, full_name, parts, standalone_words, whole_name

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0646\u062f"


@pytest.mark.parametrize(
    "text",
    [
        PERSIAN,
        "\u0647\u200d.\u0634",  # an initial form by itself
        "\u0915\u094d\u200d\u0937 \u0915\u094d\u200c\u0937",  # Devanagari, joined and apart
        *(
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "\U0001f469\u200d\u2764\ufe0f\u200d\U0001f468",
            "\U0001f44d\U0001f3fd",
        ),
        *(
            "\U0001f9d1\U0001f3fd\u200d\U0001f3eb",
            "\U0001f3f3\ufe0f\u200d\U0001f308",
            "1\ufe0f\u20e3",
            "\U0001f1f8\U0001f1ea",
        ),
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        *("\u05e9\u05dc\u05d5\u05dd (12)\u200f!", "A\u200e (B)", "\u061c\u0661"),
        *("specialpedagog\u00adutredning", "\u8fbb\U000e0100", "a\tb\nc"),
    ],
    ids=ascii,
)
def test_what_has_a_meaning_is_kept(text: str) -> None:
    assert cleaned(text).text == text
    assert not cleaned(text).dropped


@pytest.mark.parametrize(
    ("text", "kept", "codes"),
    [
        ("Kun\u200bna\ufeff l\u2060äsa", "Kunna läsa", "U+200B, U+2060, U+FEFF"),
        ("lä\u00adsa\u00adre \u00adord\u00ad", "läsare ord", "U+00AD"),
        ("Al\u200dva \u200c\u200d \U0001f467\u200d", "Alva  \U0001f467", "U+200C, U+200D"),
        ("Ett\u2028två\x85tre\x0bfyra\u2029", "Ett\ntvå\ntre\nfyra\n", "U+000B, U+0085, U+2028, U+2029"),
        ("a\ufe0fb\U000e0101", "ab", "U+FE0F, U+E0101"),
        ("\u200f\u200f\u05d0", "\u200f\u05d0", "U+200F"),
        (PERSIAN.replace("\u200c", "\u200c\u200c\u200b"), PERSIAN, "U+200B, U+200C"),
    ],
    ids=ascii,
)
def test_what_has_none_is_dropped_and_told(text: str, kept: str, codes: str) -> None:
    assert (cleaned(text).text, cleaned(text).codes) == (kept, codes)


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("Läs boken \u202enu", "U+202E", "boken"),
        ("\u2066x", "U+2066", ""),
        ("Anna-Ka\u00adrin: \x1b[1m", "U+001B", "Anna-Karin"),
        ("svart\U0001f3f4\U000e0061\U000e007f", "U+E0061", "svart"),
        ("x\ufffe", "U+FFFE", "x"),
        ("x\ud800", "U+D800", "x"),
        ("x\U0010ffff", "U+10FFFF", "x"),
    ],
    ids=ascii,
)
def test_what_deceives_is_refused_by_code_and_by_the_word_before_it(text: str, code: str, word: str) -> None:
    with pytest.raises(InvisibleError) as caught:
        cleaned(text)
    assert caught.value.told.startswith(code)
    assert caught.value.word == word


@given(st.text(st.sampled_from("aå \n\u0645\u200b\u200c\u200d\u200e\u00ad\ufe0f\u2028\U0001f468\ufeff1-"), max_size=30))
def test_what_is_kept_is_kept_again_and_says_the_same(text: str) -> None:
    kept = cleaned(text).text
    assert cleaned(kept).text == kept
    assert visible(kept) == visible(text).replace("\u2028", "\n")
    assert visible_bytes(text.encode()).decode() == visible(text)


@pytest.mark.parametrize("unseen", ["\u200c", "\u00ad", "\u200b\u200d", "\u200f"], ids=ascii)
def test_searches_look_through_what_is_not_seen(unseen: str) -> None:
    text = f"Be{unseen}rg och Noe{unseen}l {unseen}Bergdahl{unseen} läser"
    assert whole_name(f"No{unseen}el Bergdahl").search(visible(text))
    assert full_name("noel", f"berg{unseen}dahl").search(folded(text))
    assert folded(text) == "berg och noel bergdahl läser"
    assert "noel bergdahl" in bare(text)
    assert [folded(match[0]) for match in WORD.finditer(text)] == ["berg", "och", "noel", "bergdahl", "läser"]
    number = f"Ring 070{unseen}-123 45 67{unseen}."
    ((start, end),) = spans(re.compile(r"070-[\d ]+\d"), number)
    assert visible(number[start:end]) == "070-123 45 67"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("\u0928\u0947\u0939\u093e \u0936\u0930\u094d\u092e\u093e", 2),  # Devanagari
        ("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627 \u06a9\u0631\u06cc\u0645\u06cc", 2),  # Persian, with a joiner
        ("\u1230\u120b\u121d \u1270\u1235\u134b\u12ed", 2),  # Tigrinya
        ("Nguye\u0302\u0303n H\u01b0\u01a1ng", 2),
    ],
    ids=ascii,
)
def test_names_of_other_scripts_are_words(name: str, words: int) -> None:
    assert len(standalone_words(name)) == len(parts(name)) == words
    assert whole_name(name).search(f"({composed(name)})")


def test_what_is_passed_over_quickly_holds_nothing_that_is_dropped_or_refused() -> None:
    usual = [character for character in map(chr, range(sys.maxunicode + 1)) if invisible._USUAL.fullmatch(character)]
    told = re.compile(f"[{invisible.UNSEEN}{invisible._DECEIVING}{invisible._LINE_ENDS}]")
    assert {"a", "ö", "–", "”", "\n"} <= set(usual)
    assert not told.search("".join(usual))

"""What somebody wrote, as HTML: lines, lists with their numbers, tables, long words that break, names that do not."""

from __future__ import annotations

import re

import pytest

from iup.documents.html import prose

WRAPS = '<span class="wraps">{}</span>'
THAI = "\u0e01\u0e33\u0e25\u0e31\u0e07" * 27
NUMBER = '<span class="number">{}</span>'
TABLE = '<table class="pasted"><tbody>'
ADDRESS = "https://example.org/larande/" + "vecka-48/" * 12 + "sida" + "=" * 40


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Hej!\nTack för i går.", "<p>Hej!<br>Tack för i går.</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("– Hej\n– Hå", '<ul class="dashes"><li>Hej</li><li>Hå</li></ul>'),
        (
            "3. tre\n4. fyra <b>",
            f'<ul class="numbers"><li>{NUMBER.format("3.")} tre</li><li>{NUMBER.format("4.")} fyra &lt;b&gt;</li></ul>',
        ),
        (
            "Mån\t<8>\nTis\t",
            f"{TABLE}<tr><td>Mån</td><td>&lt;8&gt;</td></tr><tr><td>Tis</td><td></td></tr></tbody></table>",
        ),
        ("Mån\t\nTis", "<p>Mån<br>Tis</p>"),
        (
            "- a\n  - b\n    1. c",
            f'<ul><li>a<ul><li>b<ul class="numbers"><li>{NUMBER.format("1.")} c</li></ul></li></ul></li></ul>',
        ),
        (
            "Mån\t<8>\nTis\t9",
            f"{TABLE}<tr><td>Mån</td><td>&lt;8&gt;</td></tr><tr><td>Tis</td><td>9</td></tr></tbody></table>",
        ),
        ("Anna-Karin och IT-stöd", '<p><span class="double">Anna-Karin</span> och IT-stöd</p>'),
        ("12\u00a0§ och 5\u202fkap.", "<p>12\u00a0§ och 5\u202fkap.</p>"),
        # Scripts without spaces have rules of their own for where a line may end.
        ("学" * 120, f"<p>{WRAPS.format('学' * 120)}</p>"),
        (THAI, f"<p>{WRAPS.format(THAI)}</p>"),
    ],
)
def test_what_was_written_is_what_is_set(text: str, html: str) -> None:
    assert prose(text) == html


@pytest.mark.parametrize("word", [ADDRESS, "x" * 500, "a1" * 70 + "<&>"], ids=len)
def test_a_long_word_breaks_inside_and_says_the_same(word: str) -> None:
    html = prose(f"Se {word} nu")
    pieces = html.split("<wbr>")
    assert all("-" not in piece or 'class="double"' in piece for piece in pieces)
    assert max(len(re.sub(r"<[^>]*>|&\w+;", "", piece)) for piece in pieces) <= 50
    plain = re.sub("<[^>]*>", "", html).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert plain == f"Se {word} nu"

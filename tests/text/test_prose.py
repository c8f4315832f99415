"""What a writer wrote is what is read: lines broken on purpose, lists, tables, and wrapped lines joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iup.text.prose import (
    Family,
    Paragraph,
    Point,
    Points,
    Table,
    as_typed,
    blocks,
    read_flat,
    read_formerly,
    unwrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iup.text.prose import Block

WRAPPED = """Noel läser enkla texter med flyt och berättar gärna om dem efteråt. Han
behöver öva på att stanna upp vid ord som är nya för honom, och vi har talat
om hur det kan gå till hemma. Nästa gång tar vi upp räkningen."""
LETTER = """Hej!
Tack för ett bra samtal i tisdags. Vi har pratat hemma om det som du sa om läsningen och tycker
att det låter klokt.
Noel läser redan tio minuter om dagen.

Hälsningar
Jenny Lindqvist
Björkvägen 4
070-123 45 67"""
POEM = """Rosor är röda
violer är blå
i skolan finns Alva
och Noel också"""


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("en rad\nen till kort rad", (("en rad", "en till kort rad"),)),
        (WRAPPED, ((" ".join(WRAPPED.split()),),)),
        (POEM, (tuple(POEM.split("\n")),)),
        (
            LETTER,
            (
                (
                    "Hej!",
                    " ".join(LETTER.split("\n")[1:3]),
                    "Noel läser redan tio minuter om dagen.",
                ),
                ("Hälsningar", "Jenny Lindqvist", "Björkvägen 4", "070-123 45 67"),
            ),
        ),
        ("Länk:\nhttps://example.org/" + "a/" * 60, (("Länk:", "https://example.org/" + "a/" * 60),)),
        ("x" * 40 + " " + "y" * 70 + "\nz", (("x" * 40 + " " + "y" * 70, "z"),)),  # nobody wraps behind 100 characters
        (WRAPPED.replace("\nbehöver", "\n  behöver"), ((WRAPPED.partition("\n")[0], " ".join(WRAPPED.split()[13:])),)),
        ("1986. Då flyttade vi hit.", (("1986. Då flyttade vi hit.",),)),
    ],
)
def test_a_line_end_is_the_writers_own_where_the_next_word_had_room(
    text: str, read: tuple[tuple[str, ...], ...]
) -> None:
    assert blocks(text) == tuple(map(Paragraph, read))


@pytest.mark.parametrize(
    ("text", "family", "items"),
    [
        ("- Läsa\n- Skriva", Family.BULLETS, (("-", ["Läsa"]), ("-", ["Skriva"]))),
        ("* Läsa\n\u00b7 Skriva", Family.BULLETS, (("*", ["Läsa"]), ("\u00b7", ["Skriva"]))),
        ("\uf0b7\tLäsa\n\uf0b7\tSkriva", Family.BULLETS, (("•", ["Läsa"]), ("•", ["Skriva"]))),
        ("o\tEn bok\no\tTvå", Family.BULLETS, (("◦", ["En bok"]), ("◦", ["Två"]))),
        ("– Hej, sa Alva.\n– Hej!", Family.DASHES, (("–", ["Hej, sa Alva."]), ("–", ["Hej!"]))),
        ("3. Ett\n4. Två", Family.NUMBERS, (("3.", ["Ett"]), ("4.", ["Två"]))),
        ("a) Ett\nb) Två\n   rader", Family.NUMBERS, (("a)", ["Ett"]), ("b)", ["Två", "rader"]))),
        (
            "1) Läsa högt för varandra i en halvtimme varje dag efter skolan, också på\n   loven.\n2) Vila",
            Family.NUMBERS,
            (
                ("1)", ["Läsa högt för varandra i en halvtimme varje dag efter skolan, också på loven."]),
                ("2)", ["Vila"]),
            ),
        ),
    ],
)
def test_a_list_begins_as_it_was_written(text: str, family: Family, items: tuple[tuple[str, list[str]], ...]) -> None:
    assert blocks(text) == (Points(family, tuple(Point(mark, tuple(lines)) for mark, lines in items)),)


def outlined(text: str) -> list[str]:
    """Return the points of the lists of a text, each with a dot for each point that it stands in."""

    def told(lists: Iterable[Block], depth: int) -> Iterator[str]:
        for one in lists:
            for point in one.points if isinstance(one, Points) else ():
                yield f"{'.' * depth}{point.mark} {'/'.join(point.lines)}"
                yield from told(point.inner, depth + 1)

    return list(told(blocks(text), 0))


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("- Läsa\n  - högt\n  - tyst\n- Skriva", ["- Läsa", ".- högt", ".- tyst", "- Skriva"]),
        ("1. Läsa\n\ta) högt\n\tb) tyst\n2. Skriva", ["1. Läsa", ".a) högt", ".b) tyst", "2. Skriva"]),
        ("* a\n   – b\n      • c\n   – d\n* e", ["* a", ".– b", "..• c", ".– d", "* e"]),
        ("- a\n - b\n- c", ["- a", "- b", "- c"]),  # one space is a slip
        ("- a\n    - b\n  - c\n- d", ["- a", ".- b", ".- c", "- d"]),
        ("  - a\n    - b\n- c", ["- a", ".- b", "- c"]),
        ("  - a\n  - b\n    - c", ["- a", "- b", ".- c"]),
        ("Så:\n\n  - a\n  - b\n    - c", ["- a", "- b", ".- c"]),
        ("\n \n\t- a\n\t- b\n\t\t- c", ["- a", "- b", ".- c"]),
        ("- a\n  mer\n  - b\n    mer\n- c", ["- a/mer", ".- b/mer", "- c"]),
        ("- a\n  - b\n  1. c\n  2. d", ["- a", ".- b", ".1. c", ".2. d"]),
        ("\uf0b7\tLäsa\no\tEn bok\no\tTvå\n\uf0b7\tSkriva", ["• Läsa", ".◦ En bok", ".◦ Två", "• Skriva"]),
        (
            "- a\n  - b\n    - c\n      - d\n        - e\n          - f\n- g",
            ["- a", ".- b", "..- c", "...- d", "...- e", "...- f", "- g"],
        ),
        ("- a\n  - b\n\n  - c", ["- a", ".- b", "- c"]),
        ("Så:\n  - a\n    - b\nSlut\n  - c", ["- a", ".- b", "- c"]),
    ],
)
def test_a_point_further_in_stands_in_the_point_above(text: str, points: list[str]) -> None:
    assert outlined(text) == points
    assert outlined(unwrapped(text)) == outlined(as_typed(text)) == points


FULL = "läsa högt för varandra i en halvtimme varje dag efter skolan, också"  # a line that an editor may have wrapped


@pytest.mark.parametrize(
    ("text", "points"),
    [
        (f"1. {FULL}\n2. Vila", [f"1. {FULL}", "2. Vila"]),
        (f"1. {FULL}\n12. december", [f"1. {FULL} 12. december"]),
        (f"a) {FULL}\nb) Vila", [f"a) {FULL}", "b) Vila"]),
        (f"a) {FULL}\nd) Vila", [f"a) {FULL} d) Vila"]),
        (f"{FULL}\n• Vila", ["• Vila"]),
        (f"{FULL}\n- Vila", ["- Vila"]),
        (f"{FULL}\n* Vila", []),
        (f"- {FULL}\n     på loven", [f"- {FULL} på loven"]),
        (f"- {FULL}\n      på loven", [f"- {FULL}/på loven"]),  # so far in on purpose
        ("1986. Noel", []),
        ("▪ a\n◦ b\n‣ c\n● d\n○ e", ["▪ a", "◦ b", "‣ c", "● d", "○ e"]),
    ],
)
def test_what_begins_a_point_behind_a_line_that_is_full(text: str, points: list[str]) -> None:
    assert outlined(text) == points


def test_points_of_another_family_are_another_list() -> None:
    found = blocks("- a\n— Hej\n— Hå\n1. b\n  * c\n  – d")

    assert [one.family for one in found if isinstance(one, Points)] == [Family.BULLETS, Family.DASHES, Family.NUMBERS]
    last = found[-1]
    assert isinstance(last, Points)
    assert [one.family for one in last.points[0].inner] == [Family.BULLETS, Family.DASHES]


def test_a_line_end_in_a_narrow_text_is_the_writer_s_where_a_word_had_had_room_within_sixty() -> None:
    line = "Vi läser varje kväll innan han ska sova och han lyssnar"

    assert blocks(f"{line}\nnoga") == (Paragraph((line, "noga")),)
    assert blocks(f"{line}\ndärpå") == (Paragraph((f"{line} därpå",)),)


def test_documents_from_before_lists_stood_in_lists_are_known_again() -> None:
    text = "- a\n  mer\n    - b\n- c"

    assert unwrapped(text) == "- a\n  mer\n  - b\n- c"
    assert read_flat(unwrapped(text)) == read_flat(text) == "- a\n  mer\n- b\n- c"


def test_a_dash_or_a_number_that_an_editor_wrapped_begins_no_list() -> None:
    for sign in ("–", "12."):
        text = f"Vi läste den långa boken om hunden som bodde hos Alva i skogen\n{sign} det gick bra."
        assert blocks(text) == (Paragraph((text.replace("\n", " "),)),)


def test_text_around_a_list_is_no_part_of_it() -> None:
    text = "Vi har sagt:\n- läsa\n- skriva\nSedan vilar vi.\n\nHej"
    kinds = [type(block).__name__ for block in blocks(text)]
    assert kinds == ["Paragraph", "Points", "Paragraph", "Paragraph"]


def test_lines_that_tabs_divide_are_a_table_with_as_many_cells_in_each_row() -> None:
    assert blocks("Tider:\nMån\t8.00\tIdrott\nTis\t9.00\n\tx") == (
        Paragraph(("Tider:",)),
        Table((("Mån", "8.00", "Idrott"), ("Tis", "9.00", ""))),
        Paragraph(("x",)),
    )
    assert blocks("en\trad") == (Paragraph(("en\trad",)),)


def test_a_row_whose_last_cells_are_empty_is_of_the_table() -> None:
    table = (Table((("Mån", "8.00", "Idrott"), ("Tis", "9.00", ""), ("Ons", "", ""), ("Tor", "", "Bad"))),)

    text = "Mån\t8.00\tIdrott\nTis\t9.00\t\nOns\t\nTor\t\tBad"
    assert blocks(text) == blocks(unwrapped(text)) == table
    assert blocks("Mån\tBad\t\nTis\t\t") == (Table((("Mån", "Bad"), ("Tis", ""))),)
    assert blocks("Ons\t\nMån\tBad") == (Table((("Ons", ""), ("Mån", "Bad"))),)
    assert blocks("Hej\t\nVi ses\t") == (Paragraph(("Hej", "Vi ses")),)


_WORDS = st.sampled_from(
    [
        *("a", "läsa", "Matematik:", "förståelsen", "-", "–", "*", "1.", "2.", "3)", "a)", "•", "\uf0b7", "x\ty"),
        *("specialpedagogutredning", "https://example.org/en/lång/adress"),
    ]
)
_TYPED = st.lists(
    st.tuples(st.sampled_from(["", "", "  "]), st.lists(_WORDS, max_size=14)).map(
        lambda pair: pair[0] + " ".join(pair[1])
    ),
    min_size=1,
    max_size=7,
).map(lambda lines: "\n".join(line.rstrip() for line in lines).strip())


def said(text: str) -> list[list[str]]:
    """Return the words of each line."""
    return [line.replace("\uf0b7", "•").split() for line in text.split("\n") if line.strip()]


@given(_TYPED)
@example("Vi kom överens om att läsa mer hemma under våren och att\nFörbereda nästa samtal")
@example("- Vi kom överens om att läsa mer hemma under våren och se\nFörbereda nästa samtal")
def test_what_is_typed_comes_back_word_by_word_and_line_by_line(text: str) -> None:
    kept = as_typed(text)
    assert said(unwrapped(kept)) == said(text)
    assert said(unwrapped(as_typed(unwrapped(kept)))) == said(text)


def test_what_is_read_so_anyway_is_kept_as_it_was_typed() -> None:
    for text in (POEM, "- Läsa\n- Skriva\n\n1. Ett\n2. Två", "Hej!\nVi ses.\n\nJenny"):
        assert as_typed(text) == unwrapped(text) == text


def test_documents_from_before_line_ends_counted_are_known_again() -> None:
    for text in (WRAPPED, LETTER, POEM, "Så:\n- ett\n  två\n• tre\n\nSlut", "– Ett\n– Två"):
        assert read_formerly(unwrapped(text)) == read_formerly(text)

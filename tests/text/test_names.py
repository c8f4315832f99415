"""How somebody may be named: what each way of looking for a name finds and leaves."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iup.text.names import (
    Phrases,
    base_forms,
    cases,
    full_name,
    inside_word,
    parts,
    phrase,
    short_forms,
    standalone_words,
    whole_name,
    words_in,
    words_of,
)

NAMES = st.text("abcdefåäöéABÅÖ", min_size=2, max_size=8)


@pytest.mark.parametrize(
    ("word", "forms"),
    [("Alvas", ("Alvas", "Alva")), ("ALVAS", ("ALVAS", "ALVA")), ("Alva", ("Alva",)), ("s", ("s", ""))],
)
def test_a_genitive_has_a_base_form(word: str, forms: tuple[str, ...]) -> None:
    assert base_forms(word) == forms


def test_words_of_a_message_and_their_base_forms_have_letters_enough() -> None:
    assert words_in("Alvas mål 2 i os", 2) == {"Alvas", "Alva", "mål", "os"}


def test_of_a_name_what_is_written_small_may_not_stand_alone() -> None:
    assert standalone_words("Anna-Karin von Å Bergda\u00adhl") == ("anna", "karin", "bergdahl")
    assert words_of("Anna-Karin von Å") == ("anna", "karin", "von", "å")


@pytest.mark.parametrize(
    ("name", "least", "found"),
    [
        ("Anna-Karin O’Neill 2", 1, ("anna", "karin", "o", "neill", "2")),
        ("Bo Ek-Lundén", 3, ("lundén",)),
        (unicodedata.normalize("NFD", "Åsa"), 3, ("åsa",)),
    ],
)
def test_the_parts_of_a_name(name: str, least: int, found: tuple[str, ...]) -> None:
    assert parts(name, least) == found


def test_a_short_form_has_four_letters_and_is_shorter_than_the_name() -> None:
    assert short_forms("daryna") == ("dary", "daryn")
    assert short_forms("alva") == ()


def test_a_name_is_looked_for_in_every_case() -> None:
    assert cases("Weiß") == {"Weiß", "WEISS", "weiß", "weiss"}
    assert cases("") == frozenset()


@pytest.mark.parametrize(
    ("sought", "text", "starred", "found"),
    [
        ("svenska som andraspråk", "läser SVENSKA\nsom  andraspråks", False, "SVENSKA\nsom  andraspråks"),
        ("modersmål*", "Modersmålsundervisning", True, "Modersmålsundervisning"),
        ("modersmål*", "Modersmålsundervisning", False, None),
        ("lo", "lov", False, None),
        ("lo", "ulo", False, None),
    ],
)
def test_a_phrase_is_found_across_white_space(sought: str, text: str, starred: bool, found: str | None) -> None:  # noqa: FBT001  a column of a table
    match = phrase(sought, starred=starred).search(text)

    assert (match[0] if match else None) == found


@pytest.mark.parametrize("text", ["Anna-Karin Ek", "anna karin\nek’s", "ANNA-KARIN-EKS", "AnnaKarin Ek"])
def test_a_whole_name_is_found_whatever_stands_between_its_parts(text: str) -> None:
    assert whole_name("Anna-Karin Ek").search(f"med {text}, ja")
    assert not whole_name("Anna-Karin Ek").search(f"med x{text}, ja")


def test_a_whole_name_is_no_part_of_a_longer_one() -> None:
    assert not whole_name("Anna-Karin Ek").search("Anna-Karin Ekman")


@pytest.mark.parametrize(
    "text",
    [
        "alva lundén",
        "lundén, alva",
        "alva maria lundéns",
        "förnamn: alva\nefternamn: lundén",
        "<b>alva</b> <i>lundén</i>",
        '["alva", "lundén"]',
    ],
)
def test_a_full_name_is_found_in_either_order(text: str) -> None:
    assert full_name("Alva", "Lundén").search(text)


@pytest.mark.parametrize(
    "text", ["alva berg\nlundén", "- alva\n- lundén", '["alva berg", "maja lundén"]', "alvar lundén"]
)
def test_two_people_who_share_a_name_each_are_no_full_name(text: str) -> None:
    assert not full_name("Alva", "Lundén").search(text)


@pytest.mark.parametrize(("given_name", "family"), [("", "Lundén"), ("Alva", ""), ("-", "Lundén")])
def test_half_a_name_is_no_full_name(given_name: str, family: str) -> None:
    assert not full_name(given_name, family).search("alva lundén -")


@settings(deadline=None)  # a busy machine is no fault of ours
@given(NAMES, NAMES, st.sampled_from((" ", "\n", ", ", "-", " <b>", "</b> <i>")), st.booleans())
def test_any_full_name_is_found_in_either_order(first: str, last: str, between: str, turned: bool) -> None:  # noqa: FBT001  drawn
    one, other = (last, first) if turned else (first, last)

    assert full_name(first, last).search(f"med {one}{between}{other}.".casefold())


@pytest.mark.parametrize(
    ("text", "inside"),
    [("Ek", False), ("”Ek”", False), ("-Ek-", False), ("åEk", True), ("Ekå", True), ("1Ek", True), ("Eken", True)],
)
def test_a_letter_on_either_side_makes_it_another_word(text: str, inside: bool) -> None:  # noqa: FBT001  a column of a table
    data = text.encode()
    start = data.index(b"Ek")

    assert inside_word(data, start, start + 2) is inside


def found_in(text: str, *names: str) -> list[str]:
    """Return what stands where one of some names is, however it is written."""
    spans = Phrases.of(map(parts, names)).spans(text, lambda _name, _first: True)
    return [text[start:end] for start, end in spans]


def test_names_are_found_once_each_the_first_given_first() -> None:
    assert found_in("Noels bok, Noel Bergdahls och NOEL-BERGDAHL", "Noel Bergdahl", "Noel") == [
        "Noels",
        "Noel Bergdahls",
        "NOEL-BERGDAHL",
    ]
    assert found_in("Noel Bergdahl", "Noel", "Noel Bergdahl") == ["Noel"]
    assert found_in("noelitisk Noel2 Noel. Bergdahl", "Noel Bergdahl") == []


def test_the_caller_says_what_counts() -> None:
    phrases = Phrases.of([("noel",)])

    assert list(phrases.spans("noel Noel", lambda name, first: name == ("noel",) and first[0].isupper())) == [(5, 9)]

"""Masking only removes, what is cut is gone, and a quote survives re-wrapping."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iup.errors import LeakError, RefusedError
from iup.office.disclosure.mask import Cut, found, mask, withheld, without
from iup.office.disclosure.maskable_places import PersonName, places
from iup.view.types import (
    AssessmentView,
    Author,
    CommentView,
    EntryView,
    FieldView,
    GoalView,
    MoveView,
    OfficeView,
    PlanView,
    ReadingView,
    SectionView,
)

MARK = "[MASKAT OSL 21:1]"
WORDS = ("Noah", "läser", "e\u0301n", "bok", "ABBA", "med", "Noahs", "vän", "i", "ro")
TEACHER, HOME, PUPIL = (
    Author("Karin Ek", "mentor för 2B"),
    Author("Per Ek", "vårdnadshavare"),
    Author("Eleven", "eleven"),
)


def view_of(*texts: str) -> PlanView:
    """Return a view that has a text in every kind of place."""
    told = iter([*texts, *(f"Text nummer {number}." for number in range(20))])
    entries = (EntryView(next(told), TEACHER, "", "2026-11-01"), EntryView(next(told), HOME, "Eleven", "2026-11-02"))
    rows = (AssessmentView("Modersmål", "godtagbara", "Godtagbara kunskaper", next(told), TEACHER, "2026-11-03"),)
    goal = GoalView(
        id="m1",
        text=next(told),
        subject="Modersmål",
        step="klart",
        draft=False,
        proposed_by=PUPIL,
        actions=(("skolan", next(told)), ("hemmet", next(told))),
        outcome=next(told),
        course=(
            MoveView("nytt", "2026-09-01", PUPIL, "", ""),
            MoveView("klart", "2026-10-01", HOME, "Eleven", next(told)),
        ),
        comments=(CommentView(next(told), TEACHER, "2026-10-02", draft=False),),
    )
    return PlanView(
        pupil="Noah Berg",
        group="2B",
        school="Kvarnrisets skola",
        municipality="Älvhamra kommun",
        board="Nämnden",
        title="Individuell utvecklingsplan",
        kind="iup",
        year="2026/2027",
        term="HT 2026",
        state="delad",
        booked="",
        held="2026-11-10",
        present=("Eleven", "Per Ek", "Karin Ek"),
        note="",
        sections=(
            SectionView(
                "nu", "Nuläge", "", "fält", (), fields=(FieldView("nuläge", "Nuläge", "", entries, (), working=False),)
            ),
            SectionView("om", "Omdömen", "", "omdömen", (), assessments=rows),
            SectionView("mål", "Mål", "", "mål", (), goals=(goal,)),
        ),
        office=OfficeView("", "", "", "", ""),
        public_documents="",
        readings=(ReadingView(HOME, "2026-11-11"),),
    )


@cache
def usual() -> PlanView:
    return view_of()


def test_every_text_that_somebody_wrote_is_a_place() -> None:
    keys = [place.key for place in places(usual())]

    assert keys == [
        "namn",
        "klass",
        "skola",
        "person/1",
        "person/2",
        "fält/nuläge/1",
        "person/2/roll",
        "fält/nuläge/2",
        "omdöme/1/ämne",
        "omdöme/1/nivå",
        "omdöme/1/kommentar",
        "mål/m1/ämne",
        "mål/m1",
        "mål/m1/skolan",
        "mål/m1/hemmet",
        "mål/m1/så_gick_det",
        "mål/m1/steg/2",
        "mål/m1/kommentar/1",
    ]


def test_no_key_and_no_label_tells_what_stands_there() -> None:
    texts = {place.text for place in places(usual())}

    assert not [p for p in places(usual()) if any(text in p.key or text in p.label for text in texts)]


def test_with_everything_masked_nothing_that_was_written_is_left() -> None:
    cuts = {place.key: (Cut(MARK),) for place in places(usual())}

    masked = mask(usual(), cuts)

    assert {place.text for place in places(masked)} == {MARK}
    assert not [text for text in withheld(usual(), cuts) if text in repr(masked)]


def test_a_person_is_masked_wherever_the_name_stands() -> None:
    masked = mask(usual(), {"person/1": (Cut(MARK),)})

    assert "Per Ek" not in repr(masked)
    assert repr(masked).count("Karin Ek") == repr(usual()).count("Karin Ek")


def with_namesake(name: str) -> PlanView:
    """Return a view in which somebody else with the teacher's name and a title of her own wrote the omdöme."""
    view = view_of()
    plan, rows, goals = view.sections
    [row] = rows.assessments
    rows = replace(rows, assessments=(replace(row, author=Author(name, "skolsköterska")),))
    return replace(view, sections=(plan, rows, goals))


def test_two_people_with_the_same_name_are_a_place_each() -> None:
    view = with_namesake(PersonName("Karin Ek", "k2"))

    told = {p.key: (p.label, p.text) for p in places(view) if p.key.startswith("person/")}
    masked = repr(mask(view, {"person/2-2": (Cut(MARK),), "person/2-2/roll": (Cut(MARK),)}))

    assert told == {
        "person/1": ("Namnet på person 1", "Per Ek"),
        "person/2": ("Namnet på person 2", "Karin Ek"),
        "person/2/roll": ("Rollen för person 2", "mentor för 2B"),
        "person/2-2": ("Namnet på person 3", "Karin Ek"),
        "person/2-2/roll": ("Rollen för person 3", "skolsköterska"),
    }
    assert "skolsköterska" not in masked
    assert masked.count("Karin Ek") == repr(usual()).count("Karin Ek") - 1


def test_a_place_that_would_stand_for_two_texts_gives_nothing() -> None:
    with pytest.raises(LeakError):
        mask(with_namesake("Karin Ek"), {})


def test_the_level_goes_with_its_label() -> None:
    [row] = mask(usual(), {"omdöme/1/nivå": (Cut(MARK),)}).sections[1].assessments

    assert (row.level, row.label) == ("maskad", MARK)


@pytest.mark.parametrize(
    "cuts",
    [
        {"fält/nuläge/3": (Cut(MARK),)},
        {"fält/nuläge/1": (Cut(MARK, "står inte där"),)},
        {"fält/nuläge/1": (Cut(MARK, "Text"), Cut(MARK, "\u00ad"))},
        {"namn": (Cut(MARK, "Noah"),)},
    ],
)
def test_a_cut_that_cannot_be_made_is_refused(cuts: dict[str, tuple[Cut, ...]]) -> None:
    with pytest.raises(RefusedError):
        mask(usual(), cuts)


@pytest.mark.parametrize(
    ("text", "quote", "left"),
    [
        ("Noah bor på\nHamngatan 4 nu.", "Hamngatan 4", "Noah bor på\n[X] nu."),
        ("Noah bor på Hamn\u00adgatan\n4 nu.", "Hamngatan 4", "Noah bor på [X] nu."),
        ("Noah bor på Ham\u200cnga\u200etan\ufe0f 4 nu.", "Hamn\u200dgatan 4", "Noah bor på [X] nu."),
        ("Cafe\u0301 Noah", "Café", "[X] Noah"),
        ("Café Noah", "Cafe\u0301", "[X] Noah"),
        ("Noah, Noahs, noah", "Noah", "[X], [X]s, noah"),
        ("aaa", "aa", "[X]"),
        ("\u1112\u1161\u11ab", "\ud55c", "[X]"),
    ],
)
def test_a_quote_is_found_as_it_is_read(text: str, quote: str, left: str) -> None:
    assert without(text, (Cut("[X]", quote),)) == left


def test_where_cuts_overlap_both_marks_stand() -> None:
    assert without("Noah har ont", (Cut("[A]", "Noah har"), Cut("[B]", "har ont"))) == "[A] [B]"


def test_cuts_beside_one_another_stay_two() -> None:
    assert without("NoahBerg har ", (Cut("[A]", " Noah\n"), Cut("[B]", "Berg"))) == "[A][B] har "


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text.replace("\u00ad", "")).split())


spaces = st.sampled_from((" ", "\n", "  ", "\n\n", "\u00a0"))
texts = st.lists(st.tuples(st.sampled_from(WORDS), spaces), min_size=1, max_size=12).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)


@given(texts, st.data())
def test_masking_only_removes(text: str, data: st.DataObject) -> None:
    size = len(text)
    spans = data.draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(1, 9)), min_size=1, max_size=3))
    quotes = [text[start : start + length] for start, length in spans if text[start : start + length].strip()]
    cuts = tuple(Cut("\u2588", quote) for quote in quotes)

    left = without(text, cuts)

    pieces = left.split("\u2588")
    at = 0
    for piece in pieces:  # what is left stands in the text, in order, and nothing else was added
        stood = text.find(piece.strip(), at)
        assert stood >= 0
        at = stood + len(piece.strip())
    assert not [quote for quote in quotes if any(found(piece, quote) for piece in pieces)]


@given(texts, st.data())
def test_a_quote_survives_re_wrapping(text: str, data: st.DataObject) -> None:
    words = text.split()
    start = data.draw(st.integers(0, len(words) - 1))
    quote = " ".join(words[start : data.draw(st.integers(start + 1, len(words)))])
    wrapped = "".join(word + data.draw(spaces) for word in words)

    [first, *_] = found(unicodedata.normalize(data.draw(st.sampled_from(("NFC", "NFD"))), wrapped), quote)

    assert first
    assert squeezed(without(wrapped, (Cut("", quote),))) == squeezed(without(" ".join(words), (Cut("", quote),)))


keys = tuple(place.key for place in places(usual()))


@given(st.sets(st.sampled_from(keys)), st.sets(st.sampled_from(keys)))
def test_only_the_places_that_are_cut_change(some: set[str], more: set[str]) -> None:
    once = mask(usual(), {key: (Cut(MARK),) for key in some})
    both = mask(usual(), {key: (Cut(MARK),) for key in some | more})
    was = {place.key: place.text for place in places(usual()) if not place.key.startswith("person/")}
    now = {place.key: place.text for place in places(both)}

    assert {key for key in was if now[key] != was[key]} == {key for key in some | more if key in was}
    assert {now[key] for key in some if key in was} <= {MARK}
    if not any(key.startswith("person/") for key in some):
        assert mask(once, {key: (Cut(MARK),) for key in more}) == both


def test_the_form_and_the_days_stand_whatever_is_masked() -> None:
    masked = mask(usual(), {key: (Cut(MARK),) for key in keys})

    blank = replace(usual(), pupil="", group="", school="", present=(), sections=(), readings=())
    assert replace(masked, pupil="", group="", school="", present=(), sections=(), readings=()) == blank
    assert [s.title for s in masked.sections] == [s.title for s in usual().sections]

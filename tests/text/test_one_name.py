"""Somebody who has one name only: it counts beside the id, the personnummer or the class, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iup.text.one_name import NEAR, OneName, is_one

ALI = OneName("Ali", "k7q2m", "20180317-2384", ("1B", "2B"))


@pytest.mark.parametrize(
    "text",
    [
        "barn: Ali, 2B",
        "Ali i 2B",
        "I 2B går Ali och Maja.",
        "Alis mål (2 B)",
        "ali 2b",
        "ALI GÅR I 2B",
        "2B:s Ali",
        "Ali gick i 1B förra året",
        "klass: 2B\nelev: Ali\n",
        "Klass 2B\noch Ali",
        "k7q2m är Ali",
        "Ali 180317-2384",
        "Ali, 20180317\u20132384",
        "A\u00adli i 2B",
        "med Ali-2B",
        '{"pupil": "Ali", "group": "2B"}',
    ],
)
def test_the_name_counts_beside_what_says_whose_it_is(text: str) -> None:
    assert ALI.stands_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ali läser högt.",
        "Ali i 5A",
        "I 2B går Maja.",
        "Alice i 2B, och en kvalitet",
        "Ali H, 2B",
        "Ali Hassan i 2B",
        "Ali-Reza, 2B",
        "Abd-Ali, 2B",
        "Ali i 12B, 2Bx",
        "Ali xk7q2m k7q2mx",
        "Ali 3180317-2384",
        f"Ali{' och' * NEAR} 2B",
        "Klass 2B.\n\nAli läser.",
    ],
)
def test_the_name_is_anybody_s_without_it(text: str) -> None:
    assert not ALI.stands_in(text)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Sol i 2B", True),
        ("SOL I 2B", True),
        ("i 2B var det sol", False),
        ("Sol sken på alla", False),
    ],
)
def test_a_name_that_is_a_word_counts_as_a_name(text: str, counts: bool) -> None:  # noqa: FBT001  a column of a table
    assert OneName("Sol", classes=("2B",)).stands_in(text) is counts


def test_where_everything_is_in_small_letters_a_word_counts_too() -> None:
    assert OneName("Sol", classes=("2B",)).stands_in("sol-2b", any_case=True)
    assert OneName("Ali", classes=("2B",)).stands_in("mal_ali_2b", any_case=True)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("barn: Ali, 3", True),
        ("Ali i klass 3", True),
        ("Ali, åk. 3", True),
        ("Ali har 3 mål", False),
        ("Ali, 31", False),
    ],
)
def test_a_class_that_is_a_number_is_told_as_a_class(text: str, counts: bool) -> None:  # noqa: FBT001  a column of a table
    assert OneName("Ali", classes=("3",)).stands_in(text) is counts


@pytest.mark.parametrize("text", ["علي في 2B", "وعلي في 2B", "2B علي"])
def test_a_name_of_another_script_counts_as_well(text: str) -> None:
    assert OneName("علي", classes=("2B",)).stands_in(text)


@pytest.mark.parametrize("text", ["Weiß 2B", "WEISS 2B", "weiss 2B"])
def test_case_does_not_matter(text: str) -> None:
    assert OneName("Weiß", classes=("2B",)).stands_in(text)


def test_marks_may_stand_apart() -> None:
    assert OneName("Åsa", classes=("2B",)).stands_in("A\u030asa, 2B")


def test_where_it_counts_is_told_in_the_text_as_it_stands() -> None:
    text = "Ali. Med A\u00adlis bok i 2B."

    assert [text[start:end] for start, end in ALI.spans(text)] == ["Ali", "A\u00adlis"]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("barn: Ali, 2B\nnamn:\n  förnamn: Maja\n", True),
        ("text: |\n  Med Ali blir det\n  skratt i 2B.\n", True),
        ('{"text":"Med Ali\\ni 2B","av":"x"}', True),
        (f"<p>Ali <span class='{'x' * 90}'>i</span> 2B</p>", True),
        ("- elev: {namn: Ali, klass: 2B}", True),
        ('{"role":"mentor för 2B"},"comment":"Ali är med."', False),
        ("<p>Bo, mentor för 2B</p><p>Ali är med.</p>", False),
        ("titel: mentor för 2B\ntext: Ali är med\n", False),
        ("- 2B\n- Ali\n", False),
    ],
)
def test_in_a_file_one_value_and_the_next_are_apart(text: str, counts: bool) -> None:  # noqa: FBT001  a column of a table
    assert ALI.stands_in_file(text) is counts


def test_what_has_no_letter_is_no_name() -> None:
    assert [family for family in ("", "-", " \u2013 ", "E", "Öst") if is_one(family)] == ["", "-", " \u2013 "]
    assert not OneName("-", classes=("2B",)).stands_in("- 2B -")
    assert not OneName("Ali").stands_in("Ali i 2B")


LETTERS = "abcdefghijklmnopqrstuvwxyzåäö"
NAMES = st.text(LETTERS, min_size=2, max_size=9).map(str.capitalize)
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=7), max_size=6).map(" ".join)
CLASSES = st.from_regex(r"[1-9][A-F]", fullmatch=True)
IDS = st.from_regex(r"[a-z][a-z0-9]{3}[0-9]", fullmatch=True)


@settings(deadline=None, max_examples=80)
@given(NAMES, CLASSES, IDS, st.tuples(WORDS, WORDS, WORDS), st.booleans(), st.sampled_from(("class", "id", "number")))
def test_any_name_counts_with_one_of_the_three_and_never_without(
    name: str,
    group: str,
    pupil: str,
    words: tuple[str, str, str],
    before: bool,  # noqa: FBT001  drawn
    which: str,
) -> None:
    one = OneName(name, pupil, "20180317-2384", (group,))
    first, between, last = words
    beside = {"class": group, "id": pupil, "number": "20180317-2384"}[which]
    pair = (beside, name) if before else (name, beside)

    assert not one.stands_in(f"{first} {name} {between} {last}")
    stands = {name.casefold(), f"{name.casefold()}s"}.intersection(" ".join(words).split())
    assert bool(stands) or not one.stands_in(f"{first} {beside} {between} {last}")
    assert one.stands_in(f"{first}. {pair[0]} {between} {pair[1]} {last}")

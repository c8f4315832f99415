"""The key of a place says what it always said, reads back to the same, and is put together in one module alone."""

from __future__ import annotations

import ast
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iup.office.disclosure import maskable_places
from iup.policy import place_keys
from iup.policy.access import required_policy
from iup.policy.changes import Records, changes
from iup.policy.items import items
from iup.policy.place_keys import (
    AssessmentKey,
    ContactKey,
    FieldKey,
    GoalKey,
    NewGoalKey,
    Once,
    PersonKey,
    PlaceKey,
    PlanKey,
    parse,
)
from iup.policy.writable import places
from iup.site.load import load
from iup.system.git.trees import MemoryTree
from iup.view.bundle import recipients
from iup.view.plan import plan_view
from tests.conftest import DAY, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = date.fromisoformat(DAY)
# As decisions, replies and tickets of every office have them.
WRITTEN: dict[str, PlaceKey] = {
    "namn": Once.NAME,
    "klass": Once.GROUP,
    "skola": Once.SCHOOL,
    "läst": Once.READING,
    "kontakt/s7d5j": ContactKey("s7d5j"),
    "person/2": PersonKey("2"),
    "person/2/roll": PersonKey("2", place_keys.ROLE),
    "plan": PlanKey(),
    "plan/läge": PlanKey("läge"),
    "fält/trivsel": FieldKey("trivsel"),
    "fält/trivsel/1": FieldKey("trivsel", "1"),
    "omdöme/Bild": AssessmentKey("Bild"),
    "omdöme/Bild/nivå": AssessmentKey("Bild", place_keys.LEVEL),
    "omdöme/3/ämne": AssessmentKey("3", place_keys.SUBJECT),
    "omdöme/Bild/kommentar": AssessmentKey("Bild", place_keys.COMMENT),
    "omdöme/Hem/konsument/nivå": AssessmentKey("Hem/konsument", place_keys.LEVEL),
    "mål/m1": GoalKey("m1"),
    "mål/m1/pågående": GoalKey("m1", place_keys.MoveName.ONGOING),
    "mål/m1/klart/4": GoalKey("m1", place_keys.MoveName.DONE, "4"),
    "mål/m1/kommentar/c1": GoalKey("m1", place_keys.COMMENT, "c1"),
    "mål/barn": place_keys.GOALS_LABEL,
    "nytt_mål": NewGoalKey(),
    "nytt_mål/ämne": NewGoalKey(place_keys.SUBJECT),
}
NO_KEYS = (
    *("", "/", "fält", "fält/", "fält//1", "fält/a/1/b", "omdöme", "omdöme/", "mål", "mål/m1/", "mål/m1/a/1/b"),
    *(
        "person",
        "person/1/roll/x",
        "kontakt",
        "kontakt/a/b",
        "namn/1",
        "läst/",
        "plan/a/b",
        "nytt_mål/ämne/x",
        "Fält/a",
    ),
)
HEADS = ("fält/", "omdöme/", "mål/", "nytt_mål", "person/", "kontakt/", "plan/")
_PART = st.text(min_size=1).filter(lambda text: "/" not in text)
_PARTS = st.sampled_from((place_keys.LEVEL, place_keys.COMMENT, place_keys.SUBJECT, place_keys.WRITER))
KEYS = st.one_of(
    st.sampled_from(Once),
    st.builds(ContactKey, _PART),
    st.builds(PersonKey, _PART, _PART | st.just("")),
    st.builds(PlanKey, _PART | st.just("")),
    st.builds(FieldKey, _PART, _PART | st.just("")),
    st.builds(AssessmentKey, st.text(min_size=1), _PARTS),
    st.builds(GoalKey, _PART),
    st.builds(GoalKey, _PART, _PART, _PART | st.just("")),
    st.builds(NewGoalKey, _PART | st.just("")),
)


@pytest.mark.parametrize("text", WRITTEN)
def test_a_key_is_written_as_ever(text: str) -> None:
    assert parse(text) == WRITTEN[text]
    assert str(WRITTEN[text]) == text


@pytest.mark.parametrize("text", NO_KEYS)
def test_what_is_no_key_says_nothing(text: str) -> None:
    assert parse(text) is None


@given(KEYS)
def test_a_key_reads_back_to_the_same(key: PlaceKey) -> None:
    assert parse(str(key)) == key


@given(st.text() | st.sampled_from(sorted(WRITTEN)).flatmap(lambda known: st.text().map(lambda more: f"{known}{more}")))
def test_no_two_texts_are_one_key(text: str) -> None:
    key = parse(text)

    assert key is None or str(key) == text


def test_every_key_that_the_program_makes_reads_back(files: dict[str, bytes]) -> None:
    made = dict.fromkeys(_made(files))

    assert {str(parse(key)) for key in made} == set(made)
    kinds = {type(parse(key)) for key in made}
    assert kinds == {Once, ContactKey, PersonKey, PlanKey, FieldKey, AssessmentKey, GoalKey, NewGoalKey}


def _made(files: dict[str, bytes]) -> Iterator[str]:
    """Yield the keys of everything in the invented school: items, places to write, changes, and places to mask."""
    tree = MemoryTree(files)
    school, _ = load(tree)
    assert school is not None
    policy = required_policy(tree)
    for pupil in school.pupils:
        yield from (name for name, _ in items(school, pupil, TODAY))
        none, now = Records(pupil), Records(pupil, school.plans.get(pupil), school.goals.get(pupil))
        yield from (change.key for one in ((none, now), (now, none)) for change in changes(*one))
    for reader in recipients(school, TODAY):
        for pupil in reader.pupils:
            yield from (place.key for place in places(school, policy, reader.id, pupil, TODAY))
            view, _ = plan_view(school, policy, reader.id, pupil, TODAY)
            yield from (place.key for place in maskable_places.places(view)) if view else ()


def test_what_names_somebody_and_what_lies_among_the_goals() -> None:
    assert {text for text in WRITTEN if place_keys.names_somebody(text)} == {"namn", "klass", "skola", "person/2"}
    assert {text for text in WRITTEN if place_keys.is_of_goals(text)} == {
        text for text in WRITTEN if text.startswith(("mål", "nytt_mål"))
    }
    assert {place_keys.goal_part(text) for text in WRITTEN} == {"", "pågående", "klart", "kommentar"}


def test_no_other_module_puts_a_key_together_or_takes_it_apart() -> None:
    own = ROOT / "iup" / "policy" / "place_keys.py"
    files = {path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*")}
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "iup").rglob("*.py")
        if path != own
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(HEADS)
        if node.value not in files  # a template below `plan/` is no key
    }

    assert not found

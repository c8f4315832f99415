"""Who is a guardian of whom, on a day and ever, and what kind of person an id stands for, in the invented school."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from iup.model.role import Role
from iup.policy import relations
from iup.policy.relations import PersonKind
from iup.site.load import load
from tests.conftest import changed

if TYPE_CHECKING:
    from iup.model.school import School

PUPIL, PATH = "c8f3t", "content/pupils/c8f3t/pupil.yaml"
MOTHER, FORMER, TEACHER = "s7d5j", "u2r9p", "t3m8k"
LAST = date(2026, 11, 26)
AFTER = LAST + timedelta(days=1)


@pytest.fixture(scope="module")
def school(files: dict[str, bytes]) -> School:
    """Return the invented school where one guardian's custody ends on `LAST`."""
    text = files[PATH].decode()
    ended = text.replace(
        "- person: u2r9p\n    från: 2018-07-19", f"- person: u2r9p\n    från: 2018-07-19\n    till: {LAST}"
    )
    assert ended != text
    made, _ = load(changed(files, **{PATH: ended.encode()}))
    assert made is not None
    return made


def test_custody_counts_to_its_last_day_and_is_remembered(school: School) -> None:
    pupil = school.pupils[PUPIL]

    assert pupil.guardians_on(LAST) == (MOTHER, FORMER)
    assert pupil.guardians_on(AFTER) == (MOTHER,)
    assert pupil.guardians_ever() == (MOTHER, FORMER)


def test_whoever_was_a_guardian_has_no_child_and_no_role_any_more(school: School) -> None:
    assert relations.children_on(school, FORMER, LAST) == {PUPIL}
    assert relations.children_on(school, FORMER, AFTER) == frozenset()
    assert relations.children_ever(school, FORMER) == {PUPIL}
    assert relations.standing(school, FORMER, PUPIL, LAST).roles == {Role.GUARDIAN}
    assert relations.standing(school, FORMER, PUPIL, AFTER).roles == frozenset()


def test_the_guardians_of_some_pupils_are_theirs_alone(school: School) -> None:
    assert relations.guardians([school.pupils[PUPIL]]) == {MOTHER, FORMER}
    assert relations.guardians([]) == frozenset()
    assert relations.guardians(school.pupils.values()) >= {MOTHER, FORMER}
    assert TEACHER not in relations.guardians(school.pupils.values())


@pytest.mark.parametrize(
    ("person", "kind"),
    [
        (PUPIL, PersonKind.PUPIL),
        (MOTHER, PersonKind.GUARDIAN),
        (FORMER, PersonKind.GUARDIAN),
        (TEACHER, PersonKind.STAFF),
        ("zzzzz", PersonKind.UNKNOWN),
    ],
)
def test_an_id_stands_for_one_kind_of_person(school: School, person: str, kind: PersonKind) -> None:
    assert relations.kind_of(school, person) is kind
    assert relations.is_guardian(school, person) is (kind is PersonKind.GUARDIAN)


def test_a_guardian_who_teaches_counts_as_a_guardian(files: dict[str, bytes]) -> None:
    text = files[PATH].replace(MOTHER.encode(), TEACHER.encode())
    school, _ = load(changed(files, **{PATH: text}))

    assert school is not None
    assert relations.kind_of(school, TEACHER) is PersonKind.GUARDIAN

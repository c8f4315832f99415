"""Who stands where in the preview's list of readers; what a browser shows of it is in `test_preview`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from iup.build.reader_list import _sorted_as, reader_list
from iup.site.load import required_school
from iup.system.git.trees import WorkTree
from tests.conftest import DAY, ROOT

if TYPE_CHECKING:
    from iup.model.school import School

TODAY = date.fromisoformat(DAY)
NOEL, MENTOR, PRINCIPAL = "a6n4x", "t3m8k", "r4x8w"


@pytest.fixture(scope="module")
def school() -> School:
    return required_school(WorkTree(ROOT))


def test_names_are_in_the_order_of_the_swedish_alphabet() -> None:
    names = ["Zara", "Åke", "Ärla", "Östen"]

    assert sorted(("Östen", "Ärla", "Zara", "Åke"), key=_sorted_as) == names
    assert _sorted_as("A\u030ake") == _sorted_as("Åke")


def test_a_pupil_s_readers_are_the_home_then_mentor_teachers_and_principal(school: School) -> None:
    found = reader_list(school, TODAY)

    assert [(one.id, one.role) for one in found.of_pupil(NOEL)] == [
        ("e5h7w", "vårdnadshavare"),
        (NOEL, "elev 2B"),
        (MENTOR, "mentor, lärare"),
        ("g4s7e", "lärare"),
        ("j2y8c", "lärare"),
        (PRINCIPAL, "rektor"),
    ]
    assert found.where(NOEL) == "Noel Bergdahl, 2B"
    assert found.of_pupil("nobody") == ()
    assert found.reader("nobody") is None
    assert found.first[1] in school.pupils


def test_a_pupil_without_a_class_stands_last_with_the_home(school: School) -> None:
    units = {
        name: unit.model_copy(
            update={
                "classes": tuple(
                    group.model_copy(update={"pupils": tuple(p for p in group.pupils if p.pupil != NOEL)})
                    for group in unit.classes
                )
            }
        )
        for name, unit in school.units.items()
    }
    found = reader_list(replace(school, units=units), TODAY)

    assert found.groups[-1].name == "Utan klass"
    assert [one.id for group in found.groups[-1].groups for one in group.readers] == ["e5h7w", NOEL]
    assert found.where(NOEL) == "Noel Bergdahl"
    assert NOEL not in found.recipients[MENTOR].pupils

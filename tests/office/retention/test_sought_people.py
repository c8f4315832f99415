"""Who a purge looks for: by which name, and beside which classes, also a pupil who is in no file any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iup.office.retention.sought_people import kept_classes, kept_name, sought_people
from iup.site import strict_yaml
from tests.support.disclosing import one_named
from tests.support.keptterms import archive

if TYPE_CHECKING:
    from pathlib import Path

    from iup.model.school import School

PUPIL = "a6n4x"
NOW, BEFORE = ("Tilde Maja", "Öberg"), ("Tilde", "Lund")


def people(name: tuple[str, ...], pupil: str = PUPIL, line: str = "") -> dict[str, bytes]:
    plan = {"plan.yaml": strict_yaml.written({"barn": line})} if line else {}
    return {"people.yaml": strict_yaml.written({pupil: {"namn": " ".join(name), "roll": "eleven"}}), **plan}


@pytest.mark.parametrize(
    "newer",
    [
        {"2026-HT": people(NOW)},  # autumn comes after spring, though its name sorts before
        {"2026-HT": people(NOW), "2027-VT-mottagen-0123456789ab": people(BEFORE)},  # their id may be anybody's here
        {"2026-HT": people(NOW), "2027-VT": people(BEFORE, "b6n4x")},
        {"2026-HT": people(NOW), "2027-VT": {"people.yaml": b"a6n4x: [\n"}},
    ],
    ids=["autumn", "received", "not named", "not readable"],
)
def test_the_name_is_that_of_the_newest_term_that_has_it(tmp_path: Path, newer: dict[str, dict[str, bytes]]) -> None:
    [head] = archive(tmp_path, {"2026-VT": people(BEFORE), **newer})

    assert kept_name(tmp_path, head, PUPIL) == NOW


def test_without_a_name_there_is_none_to_look_for(tmp_path: Path) -> None:
    [head] = archive(tmp_path, {"2026-HT": {"plan.yaml": b"x: y\n"}})

    assert kept_name(tmp_path, head, PUPIL) == ("", "")


@pytest.mark.parametrize(
    ("name", "line", "told"),
    [
        (("Ali",), "", ("Ali", "")),
        (("Ali",), "Ali, 2B", ("Ali", "")),
        (("Anna", "Karin"), "Anna Karin, 2B", ("Anna Karin", "")),
        (("Anna", "Karin"), "Anna K, 2B", ("Anna", "Karin")),
        (("Anna", "Karin"), "", ("Anna", "Karin")),
    ],
)
def test_one_name_only_is_told_by_the_line_of_the_plan(
    tmp_path: Path, name: tuple[str, ...], line: str, told: tuple[str, str]
) -> None:
    [head] = archive(tmp_path, {"2026-HT": people(name, line=line)})

    assert kept_name(tmp_path, head, PUPIL) == told


def test_the_classes_are_those_of_every_term_here(tmp_path: Path) -> None:
    [head] = archive(
        tmp_path,
        {
            "2025-VT": people(("Ali",), line="Ali, 1B"),
            "2026-HT-goals": {"goals.yaml": strict_yaml.written({"barn": "Ali, 2B"})},
            "2026-HT-mottagen-0123456789ab": people(("Ali",), line="Ali, 9X"),
            "2026-VT": people(("Ali",), line="Ali"),
        },
    )

    assert kept_classes(tmp_path, head) == {"1B", "2B"}


@pytest.mark.parametrize(
    ("others", "classes"),
    [
        ({}, ("2B",)),
        ({"z6c9u": "Ali"}, ("2B",)),  # of another class
        ({"c8f3t": "Ali"}, ()),  # a classmate of that name stays
        ({"t3m8k": "Ali"}, ()),  # the mentor
    ],
)
def test_an_only_name_is_looked_for_beside_a_class_where_no_other_has_it(
    school: School, others: dict[str, str], classes: tuple[str, ...], tmp_path: Path
) -> None:
    named = one_named(school, r9e2h="Ali", **others)
    [found] = sought_people(named, tmp_path, {}, ("r9e2h",), ())

    assert (found.given, found.family, found.classes, found.pupil) == ("Ali", "", classes, bool(classes))

"""A class and a term are understood as people write them, or the right ones are named."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from iup.cli.spelling import class_of, term_of
from iup.errors import UsageError

DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    "typed",
    [
        "HT 2026",
        "ht 2026",
        "HT2026",
        "ht26",
        "HT-26",
        "ht 26 ",
        "höstterminen 2026",
        "hösten 2026",
        "2026-HT",
        "2026 ht",
    ],
)
def test_a_term_is_one_however_it_is_written(typed: str) -> None:
    assert term_of(typed) == "HT 2026"


@pytest.mark.parametrize("typed", ["", "2026", "HT", "XT 2026", "HT 1926", "HT 20261", "ht ２６", "HT 2026 x"])
def test_what_is_no_term_is_refused_with_how_it_is_written(typed: str) -> None:
    with pytest.raises(UsageError, match="ingen termin"):
        term_of(typed)


def school(*groups: tuple[str, str, str, bool]) -> Any:  # noqa: ANN401  what is asked of a school
    units: dict[str, Any] = {}
    for unit, name, title, here in groups:
        row = SimpleNamespace(covers=lambda _, here=here: here)
        known = units.setdefault(unit, SimpleNamespace(name=unit, classes=[]))
        known.classes.append(SimpleNamespace(id=name, name=title, pupils=[row]))
    return SimpleNamespace(units=units)


HERE = school(
    ("Alfa", "2b", "2 B", True),
    ("Alfa", "alfa-5a", "5A", True),
    ("Beta", "beta-5a", "5 A", True),
    ("Alfa", "1b", "2B", False),
)


@pytest.mark.parametrize(
    ("typed", "meant"), [("2b", "2b"), ("2B", "2b"), ("2 B", "2b"), ("2-b", "2b"), ("ALFA 5A", "alfa-5a")]
)
def test_a_class_is_found_by_its_id_and_its_name(typed: str, meant: str) -> None:
    assert class_of(HERE, DAY, typed) == meant


@pytest.mark.parametrize(
    ("typed", "why"), [("5a", "flera klasser"), ("9Z", "ingen sådan klass"), ("1b", "ingen sådan")]
)
def test_those_there_are_are_named_where_it_is_none_or_several(typed: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        class_of(HERE, DAY, typed)
    assert "beta-5a (5 A, Beta)" in caught.value.hint
    assert ("2b" in caught.value.hint) is (typed != "5a")

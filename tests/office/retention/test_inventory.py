"""What there is of somebody who goes: the name by which a pupil is looked for who is in no file any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iup.office.retention.inventory import _kept_name
from iup.site import strict_yaml
from tests.support.keptterms import archive

if TYPE_CHECKING:
    from pathlib import Path

PUPIL = "a6n4x"
NOW, BEFORE = ("Tilde Maja", "Öberg"), ("Tilde", "Lund")


def people(name: tuple[str, str], pupil: str = PUPIL) -> dict[str, bytes]:
    return {"people.yaml": strict_yaml.written({pupil: {"namn": " ".join(name), "roll": "eleven"}})}


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

    assert _kept_name(tmp_path, head, PUPIL) == NOW


def test_without_a_name_there_is_none_to_look_for(tmp_path: Path) -> None:
    [head] = archive(tmp_path, {"2026-HT": {"plan.yaml": b"x: y\n"}})

    assert _kept_name(tmp_path, head, PUPIL) == ("", "")

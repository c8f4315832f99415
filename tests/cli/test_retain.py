"""`retain report` and `retain hold`: what is in turn by which rule, and what must not be touched."""

from __future__ import annotations

import json
import shutil
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from iup.cli.retain import facts, read_school
from iup.office.retention.schedule import due
from iup.site.layout import open_site
from tests.conftest import Place, iup
from tests.support.archiving import configure
from tests.support.repository import git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.office.retention.schedule import Due

NOEL, SIBLING, JENNY = "a6n4x", "g3k8s", "e5h7w"
LEAVES = "inskriven:\n  från: 2024-08-14\n"


@pytest.fixture
def school(built: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a site where Noel left the municipality's schools in June 2026; nothing is built in it."""
    place = Place(tmp_path_factory.mktemp("retain") / "d")
    shutil.copytree(built.root, place.root, symlinks=True, ignore=shutil.ignore_patterns("S.*", "output"))
    configure(place)
    file = place.site / "content" / "pupils" / NOEL / "pupil.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(LEAVES) == 1
    file.write_text(text.replace(LEAVES, f"{LEAVES}  till: 2026-06-11\n"), encoding="utf-8")
    place.commit()
    yield place
    shutil.rmtree(place.root)


def report(place: Place, day: str) -> dict[str, Any]:
    done = iup("retain", "report", "--site", place.site, "--as-of", day, "--json")
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def in_turn(place: Place, day: str) -> tuple[Due, ...]:
    return due(read_school(open_site(place.site)), facts(place.office), date.fromisoformat(day))


def pupils(place: Place, day: str) -> list[Due]:
    return [row for row in in_turn(place, day) if row.what == "elev"]


def test_a_pupil_is_in_turn_five_years_after_the_last_day_and_the_rule_is_told(school: Place) -> None:
    assert pupils(school, "2031-06-10") == []
    assert [row for row in report(school, "2031-06-11")["due"] if row["what"] == "elev"] == [
        {
            "what": "elev",
            "id": NOEL,
            "since": "2026-06-11",
            "due": "2031-06-11",
            "rule": "elev-fem-år",
            "decision": "BUN 2023/0412",
            "held": [],
        }
    ]
    told = iup("retain", "report", "--site", school.site, "--as-of", "2031-06-11")
    row = next(line for line in told.out.splitlines() if NOEL in line)
    assert row.split()[:7] == ["elev", NOEL, "2026-06-11", "2031-06-11", "elev-fem-år", "BUN", "2023/0412"]
    assert "Inget är borttaget." in told.err


def test_the_years_and_the_fate_are_data(school: Place) -> None:
    rules = school.site / "policies" / "retention.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("    år: 5\n", "    år: 1\n", 1), encoding="utf-8")
    assert [str(row.due) for row in pupils(school, "2031-06-11")] == ["2027-06-11"]
    lines = text.replace("görs: gallras", "görs: bevaras").splitlines()
    kept = [line for line in lines if not line.startswith(("    år:", "    från:"))]
    rules.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert in_turn(school, "2099-01-01") == ()
    rules.unlink()
    told = iup("retain", "report", "--site", school.site, "--as-of", "2099-01-01")
    assert told.code == 0
    assert "policies/retention.yaml finns inte, så allt bevaras" in told.err


def test_staff_are_in_turn_two_years_after_their_last_duty_and_a_guardian_without_pupils_at_once(school: Place) -> None:
    assert in_turn(school, "2026-11-24") == ()
    rows = {(str(row.what), row.id): row for row in in_turn(school, "2029-06-16")}
    assert str(rows["personal", "d9k3v"].since) == "2026-10-23", "an ended teaching row"
    assert str(rows["personal", "t3m8k"].since) == "2027-06-15", "a class ends with its school year"
    assert ("personal", "r4x8w") not in rows, "the principal's post goes on"
    shutil.rmtree(school.site / "content" / "pupils" / NOEL)
    people = {row.id for row in in_turn(school, "2026-11-24") if row.what == "vårdnadshavare"}
    assert people == set(), "Jenny has Noel's sibling here"
    shutil.rmtree(school.site / "content" / "pupils" / SIBLING)
    people = {row.id for row in in_turn(school, "2026-11-24") if row.what == "vårdnadshavare"}
    assert JENNY in people


def test_a_hold_stands_in_the_report_until_it_is_released(school: Place) -> None:
    where = ("--site", school.site, "--as-of", "2031-06-11")
    done = iup("retain", "hold", "add", NOEL, "--reason", "överklagande", *where)
    assert done.code == 0, done.err
    assert pupils(school, "2031-06-11")[0].held == ("spärr 1: överklagande",)
    assert git(school.office, "status", "--short").out == ""
    assert "spärr" in git(school.office, "log", "-1", "--format=%s").out
    listed = iup("retain", "hold", "list", "--site", school.site)
    assert listed.out.splitlines()[2].split() == ["1", NOEL, "överklagande", "2031-06-11"]
    assert iup("retain", "hold", "release", "1", *where).code == 0
    assert pupils(school, "2031-06-11")[0].held == ()
    assert git(school.office, "status", "--short").out == ""
    again = iup("retain", "hold", "release", "1", *where)
    assert (again.code, "spärren är redan hävd" in again.err) == (2, True)


def test_a_hold_has_a_reason_that_is_chosen_and_a_pupil_that_exists(school: Place) -> None:
    where = ("--site", school.site)
    written = iup("retain", "hold", "add", NOEL, "--reason", "pappan har ringt", *where)
    assert written.code == 2
    assert "pappan" not in written.err
    nobody = iup("retain", "hold", "add", "q9q9q", "--reason", "tillsyn", *where)
    assert (nobody.code, "det finns ingen elev med det id:t" in nobody.err) == (2, True)
    none = iup("retain", "hold", "release", "7", *where)
    assert (none.code, "det finns ingen spärr med det numret" in none.err) == (2, True)
    (school.office / "holds").mkdir()
    (school.office / "holds" / "1.yaml").write_text("elev: nej\n", encoding="utf-8")
    broken = iup("retain", "report", *where)
    assert (broken.code, "spärr 1 i kontoret går inte att läsa" in broken.err) == (5, True)


def test_a_request_that_waits_is_in_the_way(school: Place) -> None:
    folder = school.office / "requests" / "1"
    folder.mkdir(parents=True)
    waiting = f"inkom: 2031-06-01 09:30\nkanal: brev\nelev: {NOEL}\nterminer: hela\nläge: inkommen\n"
    (folder / "request.yaml").write_text(waiting, encoding="utf-8")
    assert pupils(school, "2031-06-11")[0].held == ("begäran 1 är öppen",)

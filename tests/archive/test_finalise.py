"""`share` and `finalise`: what the law asks, what becomes final, what goes out, and runs that are cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import DAY, own_copy
from tests.support.archiving import KILLED, configure, entries, every_object, faults, kept, killed_before, refs
from tests.support.repository import git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Place

NOEL, DRAFT = "a6n4x", "r9e2h"
PLAN = f"content/pupils/{NOEL}/plan.yaml"
NOTE = "Visa Jenny hur vi ljudar"
FINALISE = ("finalise", NOEL, "--term", "HT 2026", "--yes")


@pytest.fixture
def own(small: Place, tmp_path: Path) -> Iterator[Place]:
    with own_copy(small, tmp_path) as place:
        configure(place)
        yield place


def edit(place: Place, path: str, old: str, new: str) -> None:
    file = place.site / path
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_what_the_law_asks_is_told_with_file_and_line_and_nothing_is_done(own: Place) -> None:
    edit(own, PLAN, "  hållet: 2026-11-16\n", "")
    edit(own, PLAN, "deltagare: [t3m8k, a6n4x, e5h7w]", "deltagare: []")
    own.commit()
    head = git(own.site, "rev-parse", "HEAD").out
    done = own.run(*FINALISE)
    assert done.code == 1
    assert f"{PLAN}:6:1: fel: planen är fastställd, men inget samtal är hållet" in done.err
    assert git(own.site, "rev-parse", "HEAD").out == head
    assert refs(own) == {}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((DRAFT, "--term", "HT 2026", "--yes"), "planen är ett utkast: r9e2h"),
        ((NOEL, "--term", "VT 2027", "--yes"), "planen är för en annan termin: a6n4x"),
        ((NOEL, "--term", "HT 2026"), "svara ja i en terminal, eller ange --yes"),
        (("--term", "HT 2026", "--yes"), "ange antingen elever eller en klass"),
        ((NOEL, "--yes"), "säg vilken termin som fastställs"),
    ],
)
def test_what_cannot_be_made_final_is_refused_and_nothing_is_done(
    small: Place, arguments: tuple[str, ...], told: str
) -> None:
    head = git(small.site, "rev-parse", "HEAD").out
    done = small.run("finalise", *arguments)
    assert done.code == 2
    assert told in done.err
    assert git(small.site, "rev-parse", "HEAD").out == head
    assert refs(small) == {}


def test_a_plan_becomes_final_without_working_material_and_once(own: Place) -> None:
    before = (own.site / PLAN).read_text("utf-8")
    done = own.run(*FINALISE)
    assert done.code == 0, done.err
    assert f"{NOEL}: plan.yaml blir fastställd" in done.out
    assert "arbetsmaterial som tas bort ur planen och inte arkiveras: lärarens_anteckning" in done.out
    after = (own.site / PLAN).read_text("utf-8")
    gone = [line for line in before.splitlines() if line not in after.splitlines()]
    assert gone[0] == "läge: delad"
    assert gone[1] == "  lärarens_anteckning:"
    assert "läge: fastställd" in after
    assert NOTE not in after + every_object(own)
    assert git(own.site, "status", "--short").out == ""
    index = kept(own, NOEL, "2026-HT/arkiv.yaml")
    assert f"fastställd: {DAY}" in index
    assert "läge: fastställd" in index
    standing = refs(own), git(own.site, "rev-parse", "HEAD").out
    done = own.run(*FINALISE)
    assert done.code == 0, done.err
    assert (refs(own), git(own.site, "rev-parse", "HEAD").out) == standing
    assert own.run("check").code == 0
    assert faults(own) == ""


@pytest.mark.parametrize(
    ("command", "point"),
    [
        (FINALISE, "iup.system.git.commit.land"),
        (FINALISE, "iup.system.git.commit.follow"),
        (FINALISE, "iup.archive.finalise.keep_now"),
        (FINALISE, "iup.system.git.signed_commits.move"),
        (("share", DRAFT), "iup.archive.finalise.keep_now"),
        *(
            pytest.param(("share", DRAFT), f"iup.system.git.{point}", marks=pytest.mark.campaign)
            for point in ("commit.land", "commit.follow", "signed_commits.move")
        ),
    ],
)
def test_a_run_that_is_killed_is_finished_by_the_next(own: Place, point: str, command: tuple[str, ...]) -> None:
    head = git(own.site, "rev-parse", "HEAD").out
    assert killed_before(own, point, *command, "--as-of", DAY) == KILLED
    assert refs(own) == {}, "neither the archive nor the ledger alone"
    if point.endswith("land"):
        assert git(own.site, "rev-parse", "HEAD").out == head
    done = own.run(*command)
    assert done.code == 0, done.err
    assert git(own.site, "status", "--short").out == ""
    assert git(own.site, "rev-list", "--count", f"{head.strip()}..HEAD").out == "1\n"
    assert [entry["event"] for entry in entries(own)] == ["fastställd" if command == FINALISE else "delad"]
    assert faults(own) == ""


def test_a_file_that_is_being_edited_is_left_alone(own: Place) -> None:
    edit(own, PLAN, "Noel kan alla bokstavsljud", "Noel kan nu alla bokstavsljud")
    head = git(own.site, "rev-parse", "HEAD").out
    done = own.run(*FINALISE)
    assert done.code == 6
    assert f"{PLAN} har ändringar som inte är incheckade" in done.err
    assert git(own.site, "rev-parse", "HEAD").out == head
    assert refs(own) == {}

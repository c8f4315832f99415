"""`retain purge --request`: an answered request goes with its history; an open one, and one that is kept, do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iup import disclosing
from iup.assets import load_assets
from iup.copying import Press
from iup.model.disclosure import Choice, PlaceDecision, RequestChannel
from iup.requests import Arrival
from tests.archiving import KILLED, configure, faults, killed_before, refs
from tests.conftest import DAY, Done, Place, iup
from tests.disclosing import ORDINARY, PROTECTED, copied, desk, end_agents
from tests.repository import git
from tests.test_disclosing import CAME, MEASURES, REASON, case, decided, masking, sign
from tests.test_purge import everything, once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUOTE = "i liten grupp"
LATER = "2032-02-01"
DECISION = ("--decision", "BUN 2032/0003")
DESTROYED = "    görs: gallras\n    år: 5\n    från: ärendets ankomst\n"


def purge(place: Place, *arguments: str | Path, day: str = LATER) -> Done:
    return iup("retain", "purge", *arguments, "--site", place.site, "--as-of", day)


def let_go(place: Place) -> None:
    """Have the policy say that requests are destroyed five years after they came."""
    path = place.site / "policies" / "retention.yaml"
    before, rule, after = path.read_text(encoding="utf-8").partition("vad: begäran\n")
    path.write_text(before + rule + after.replace("    görs: bevaras\n", DESTROYED, 1), encoding="utf-8")
    place.commit()


@pytest.fixture(scope="module")
def answered(archived: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a site with request 1, partly refused and released, and request 2, which waits; not to be changed."""
    with once(tmp_path_factory, "answered") as (place, new):
        if new:
            copied(archived, place.root)
            configure(place)
            with desk(place, place.root / "home") as own:
                own.requests.new(Arrival(CAME, RequestChannel.EMAIL, ORDINARY))
                stands = decided(own, place, 1).terms[0].places[MEASURES].reviewed
                parts = PlaceDecision(val=Choice.SPANS, maskeringar=(masking(text=QUOTE),), granskat=stands)
                decided(own, place, 1, **{MEASURES: parts})
                sign(place, own)
                with case(place, own) as opened:
                    disclosing.release(opened, Press(load_assets()))
                own.requests.new(Arrival(CAME, RequestChannel.LETTER, PROTECTED))
            let_go(place)
            end_agents(place)
    return place


@pytest.fixture
def own(answered: Place, tmp_path: Path) -> Iterator[Place]:
    place = copied(answered, tmp_path / "d")
    yield place
    end_agents(place)


def versions(place: Place, folder: str) -> set[str]:
    """Return every object of a folder's history."""
    listed = git(place.office, "rev-list", "--objects", "--all", "--", folder).out.splitlines()
    return {line.split(" ")[0] for line in listed if folder in line}


def test_a_request_goes_with_every_version_of_its_files_and_leaves_a_line(own: Place, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(own.office), "backup")
    folder = own.office / "requests" / "1"
    gone, before, head = versions(own, "requests/1"), refs(own), git(own.site, "rev-parse", "HEAD").out
    assert len(gone) > 10
    assert REASON.encode() in everything(own.office)
    git(own.office, "tag", "gammal")
    git(own.office, "-c", "user.name=x", "-c", "user.email=x@x.example", "notes", "add", "--message", REASON, "HEAD")
    (own.office / ".git" / "info" / "exclude").write_text("*~\n", encoding="utf-8")
    (folder / "decision.yaml~").write_text(f"text: {QUOTE}\n", encoding="utf-8")  # an editor's, in the clear

    told = purge(own, "--request", "1", *DECISION)
    assert told.code == 0, told.err
    assert "begäran 1: i tur sedan 2031-11-23 enligt begäran-bevaras" in told.out
    assert "tas bort på kontoret: requests/1/spans.pgp" in told.out
    assert f"historien i {own.office} börjar om" in told.out
    assert str(own.site) not in told.out
    assert folder.is_dir()
    done = purge(own, "--request", "1", *DECISION, "--execute")
    assert done.code == 0, done.err + done.out
    assert "Gallrat och bevisat: 1 begäran, " in done.err
    assert "Servern" not in done.err, "what teachers have is as it was"

    assert not folder.exists()
    left = everything(own.office)
    assert REASON.encode() not in left
    assert all(git(own.office, "cat-file", "-e", oid, check=False).code for oid in gone)
    row = (own.office / "requests" / "register.yaml").read_text(encoding="utf-8")
    assert all(line in row for line in ("begäran: 1", "inkom: 2026-11-23", f"gallrad: {LATER}", "BUN 2032/0003"))
    protocol = (own.office / "protocols" / "1.yaml").read_text(encoding="utf-8")
    assert all(
        line in protocol for line in ("begäran-bevaras", 'begäranden: "1"', "bevisad: ja", "beslut: BUN 2032/0003")
    )
    assert ORDINARY not in protocol
    assert refs(own) == before
    assert faults(own) == ""
    assert git(own.site, "rev-parse", "HEAD").out == head
    assert git(own.office, "rev-list", "--max-parents=0", "--count", "HEAD").out == "1\n"
    assert git(own.office, "status", "--short").out == ""
    proved = iup("retain", "verify", "--repo", tmp_path / "backup", "--site", own.site)
    assert proved.code == 4
    assert {"fil", "mening"} <= {
        kind.strip() for line in proved.out.splitlines() for kind in line.split(":")[2].split(",")
    }
    again = purge(own, "--request", "1", *DECISION, "--execute")
    assert (again.code, "det finns ingen begäran med det numret" in again.err) == (2, True)


def test_an_open_request_and_one_that_a_rule_keeps_are_refused(own: Place) -> None:
    done = purge(own, "--request", "1", "--request", "2", *DECISION, "--execute")
    assert (done.code, "hindras: begäran 2 (begäran 2 är öppen)" in done.err) == (4, True), done.err
    (own.office / "lapp.txt").write_text("om någon\n", encoding="utf-8")
    done = purge(own, "--request", "1", *DECISION, "--execute")
    assert (done.code, "filer som inte är incheckade" in done.err) == (4, True), done.err
    (own.office / "lapp.txt").unlink()
    iup("retain", "hold", "add", ORDINARY, "--reason", "överklagande", "--site", own.site, "--as-of", DAY)
    done = purge(own, "--request", "1", *DECISION, "--execute")
    assert (done.code, "hindras: begäran 1 (spärr 1: överklagande)" in done.err) == (4, True), done.err
    git(own.site, "revert", "--no-edit", "HEAD")
    done = purge(own, "--request", "1", *DECISION, "--execute")
    assert done.code == 4
    assert "begäran 1 (bevaras enligt begäran-bevaras (BUN 2023/0412))" in done.err
    assert (own.office / "requests" / "1" / "spans.pgp").is_file()


@pytest.mark.parametrize(
    "point",
    [
        "iup.commits.follow_root",
        *(
            pytest.param(point, marks=pytest.mark.campaign)
            for point in ("iup.commits.make_root", "iup.cut.clean", "iup.scan.objects", "iup.protocol.write")
        ),
    ],
)
def test_a_purge_of_a_request_that_is_killed_is_finished_by_the_next(own: Place, point: str) -> None:
    arguments = ("retain", "purge", "--request", "1", *DECISION, "--as-of", LATER, "--execute")
    assert killed_before(own, point, *arguments) == KILLED
    again = purge(own)
    assert (again.code, "en gallring är påbörjad och inte klar (begäran 1)" in again.err) == (4, True), again.err
    done = purge(own, "--execute")
    assert done.code == 0, done.err + done.out
    assert not (own.office / "requests" / "1").exists()
    assert REASON.encode() not in everything(own.office)
    row = (own.office / "requests" / "register.yaml").read_text(encoding="utf-8")
    assert row.count("gallrad") == 1
    assert git(own.office, "status", "--short").out == ""

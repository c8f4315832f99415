"""`retain purge` of requests, staff and replies, of all that is in turn, and of a pupil with an archive alone."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, cast

import pytest

from iup.cli import main as cli
from iup.keys import keyring
from iup.keys.vault import open_vault
from iup.model.disclosure import Choice, PlaceDecision, RequestChannel
from iup.model.reply import ReceivedValue, ReplyState
from iup.office.disclosure import release
from iup.office.disclosure.register import Arrival
from iup.office.replies import inbox
from iup.office.replies.store import ReplyStore
from tests.conftest import DAY, Done, Place, own_copy, shared
from tests.office.disclosure.test_release import CAME, MEASURES, REASON, case, decided, masking, sign
from tests.office.retention.test_purge import everything
from tests.support.archiving import KILLED, configure, faults, killed_before, refs
from tests.support.disclosing import ORDINARY, PROTECTED, TEACHER, TELLING, TODAY, desk
from tests.support.repository import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from iup.office.disclosure.decision_file import DecisionStore
    from iup.office.disclosure.masked_pdf import CopyRenderer

    Run = Callable[..., Done]

FORMER, MAIL, PHONE = "d9k3v", "johan.rydell@alvhamra.example", "070-174 06 99"
KEY = "C112CFA19BA03CA54FC82FA2AFF5AC03023ABD05"
GUARDIAN, ALONE = "e5h7w", "u4b7n"
QUOTE = "i liten grupp"
SAID = "Vi läser högt för varandra varje kväll före maten."
DECISION = ("--decision", "BUN 2032/0003")
LEFT, LATER = "2026-12-21", "2032-02-01"
KEPT = "vad: begäran\n    görs: bevaras\n"
DESTROYED = "vad: begäran\n    görs: gallras\n    år: 5\n    från: ärendets ankomst\n"


class Unset:
    """Gives files without setting them: what stands in them is tried elsewhere."""

    def copy(self, *_: object) -> bytes:
        return b"%PDF-1.7 the copy"

    def decision(self, *_: object) -> bytes:
        return b"%PDF-1.7 the decision"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a command of `retain` in this process."""

    def command(place: Place, name: str, *arguments: str, day: str = "") -> Done:
        when = ("--as-of", day) if day else ()
        code = cli.main(["retain", name, *arguments, "--site", str(place.site), *when])
        told = capsys.readouterr()
        return Done(code, told.out, told.err)

    return command


@pytest.fixture(scope="module")
def later(archived: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a site where a pupil left, replies and request 1 are answered, and request 2 waits; not to be changed."""

    def make(root: Path) -> None:
        place = archived.copied(root)
        configure(place)
        change(place, f"content/people/{FORMER}.yaml", "kontakt:\n", f"kontakt:\n  telefon: {PHONE}\n")
        path = f"content/pupils/{ORDINARY}/pupil.yaml"
        begun = next(line for line in text_of(place, path).splitlines() if line.startswith("  från:"))
        change(place, path, f"inskriven:\n{begun}\n", f"inskriven:\n{begun}\n  till: {LEFT}\n")
        rule = "vad: svar\n    görs: gallras\n    år: 5\n    från: "
        change(place, "policies/retention.yaml", f"{rule}skolgångens slut", f"{rule}svarets beslut")
        change(place, "policies/retention.yaml", KEPT, DESTROYED)
        place.commit()
        (place.office / "secrets" / f"{FORMER}.sealed").write_bytes(b"\x85 words")
        for pupil in (ORDINARY, TELLING):
            reply(place, pupil)
        with desk(place, place.root / "home") as own:
            answer(place, own)
            own.requests.new(Arrival(CAME, RequestChannel.LETTER, PROTECTED))
        place.end_agents()

    with shared(tmp_path_factory, "later", make) as root:
        yield Place(root)


@pytest.fixture
def own(later: Place, tmp_path: Path) -> Iterator[Place]:
    with own_copy(later, tmp_path) as place:
        yield place


def text_of(place: Place, path: str) -> str:
    return (place.site / path).read_text(encoding="utf-8")


def change(place: Place, path: str, before: str, after: str) -> None:
    text = text_of(place, path)
    assert text.count(before) == 1, path
    (place.site / path).write_text(text.replace(before, after), encoding="utf-8")


def reply(place: Place, pupil: str) -> None:
    """Keep a reply from a pupil as the office has it once it is decided."""
    home = place.root / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    with keyring.opened(place.office) as own:
        store = ReplyStore(own, open_vault(own), home)
        name, _ = store.keep(inbox.InboxItem("", b"\x85 sealed by " + pupil.encode()), datetime(2026, 11, 20, 8, 0))  # noqa: DTZ001  as written
        told = ReceivedValue(plats="fält/hemma/1", etikett="Hemma", text=SAID, inte_infört="mot reglerna")
        what = {"state": ReplyState.REFUSED, "sender": pupil, "pupil": pupil, "decided": TODAY, "values": (told,)}
        store.write(store.one(name).model_copy(update=what))


def answer(place: Place, own: DecisionStore) -> None:
    """Register request 1, keep a part of the plan back, and hand out the rest."""
    own.requests.new(Arrival(CAME, RequestChannel.EMAIL, ORDINARY))
    stands = decided(own, place, 1).terms[0].places[MEASURES].reviewed
    parts = PlaceDecision(val=Choice.SPANS, maskeringar=(masking(text=QUOTE),), granskat=stands)
    decided(own, place, 1, **{MEASURES: parts})
    sign(place, own)
    with case(place, own) as opened:
        release.release(opened, cast("CopyRenderer", Unset()))


def replies(place: Place) -> dict[str, str]:
    """Return the ids of the replies by their pupil."""
    found = {}
    for path in (place.office / "replies").glob("*/reply.yaml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        found[next(line.split()[1] for line in lines if line.startswith("elev:"))] = path.parent.name
    return found


def in_turn(place: Place, run: Run, day: str) -> set[tuple[str, str]]:
    return {(row["what"], row["id"]) for row in json.loads(run(place, "report", "--json", day=day).out)["due"]}


def versions(place: Place, folder: str) -> set[str]:
    """Return every object of a folder's history."""
    listed = git(place.office, "rev-list", "--objects", "--all", "--", folder).out.splitlines()
    return {line.split(" ")[0] for line in listed if folder in line}


def test_a_request_goes_with_every_version_of_its_files_and_leaves_a_line(own: Place, run: Run, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(own.office), "backup")
    folder = own.office / "requests" / "1"
    gone, before, head = versions(own, "requests/1"), refs(own), git(own.site, "rev-parse", "HEAD").out
    assert len(gone) > 10
    assert REASON.encode() in everything(own.office)
    git(own.office, "tag", "gammal")
    git(own.office, "-c", "user.name=x", "-c", "user.email=x@x.example", "notes", "add", "--message", REASON, "HEAD")
    (own.office / ".git" / "info" / "exclude").write_text("*~\n", encoding="utf-8")
    (folder / "decision.yaml~").write_text(f"text: {QUOTE}\n", encoding="utf-8")  # an editor's, in the clear

    told = run(own, "purge", "--request", "1", *DECISION, day=LATER)
    assert told.code == 0, told.err
    assert "begäran 1: i tur sedan 2031-11-23 enligt begäran-bevaras" in told.out
    assert "tas bort på kontoret: requests/1/spans.pgp" in told.out
    assert f"historien i {own.office} börjar om" in told.out
    assert str(own.site) not in told.out
    assert folder.is_dir()
    done = run(own, "purge", "--request", "1", *DECISION, "--execute", day=LATER)
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
        line in protocol for line in ("begäran-bevaras", "begäranden: '1'", "bevisad: ja", "beslut: BUN 2032/0003")
    )
    assert ORDINARY not in protocol
    assert refs(own) == before
    assert faults(own) == ""
    assert git(own.site, "rev-parse", "HEAD").out == head
    assert git(own.office, "rev-list", "--max-parents=0", "--count", "HEAD").out == "1\n"
    assert git(own.office, "status", "--short").out == ""
    proved = run(own, "verify", "--repo", str(tmp_path / "backup"))
    assert proved.code == 4
    assert {"fil", "mening"} <= {
        kind.strip() for line in proved.out.splitlines() for kind in line.split(":")[2].split(",")
    }
    again = run(own, "purge", "--request", "1", *DECISION, "--execute", day=LATER)
    assert (again.code, "det finns ingen begäran med det numret" in again.err) == (2, True)


def test_an_open_request_and_one_that_a_rule_keeps_are_refused(own: Place, run: Run) -> None:
    done = run(own, "purge", "--request", "1", "--request", "2", *DECISION, "--execute", day=LATER)
    assert (done.code, "hindras: begäran 2 (begäran 2 är öppen)" in done.err) == (4, True), done.err
    (own.office / "lapp.txt").write_text("om någon\n", encoding="utf-8")
    done = run(own, "purge", "--request", "1", *DECISION, "--execute", day=LATER)
    assert (done.code, "filer som inte är incheckade" in done.err) == (4, True), done.err
    (own.office / "lapp.txt").unlink()
    begun = own.office / "requests" / "2" / "decision.yaml"
    begun.write_text("begäran: 2\n", encoding="utf-8")
    done = run(own, "purge", "--request", "1", *DECISION, "--execute", day=LATER)
    assert (done.code, "ett påbörjat beslut checkas inte in för hand" in done.err) == (4, True), done.err
    begun.unlink()
    run(own, "hold", "add", ORDINARY, "--reason", "överklagande", day=DAY)
    done = run(own, "purge", "--request", "1", *DECISION, "--execute", day=LATER)
    assert (done.code, "hindras: begäran 1 (spärr 1: överklagande)" in done.err) == (4, True), done.err
    change(own, "policies/retention.yaml", DESTROYED, KEPT)
    own.commit()
    done = run(own, "purge", "--request", "1", *DECISION, "--execute", day=LATER)
    assert done.code == 4
    assert "begäran 1 (bevaras enligt begäran-bevaras (BUN 2023/0412))" in done.err
    assert (own.office / "requests" / "1" / "spans.pgp").is_file()


@pytest.mark.campaign
@pytest.mark.parametrize(
    "point",
    [
        "iup.system.git.commit.make_root",
        "iup.system.git.commit.follow_root",
        "iup.system.git.truncate.clean",
        "iup.office.retention.scan.objects",
        "iup.office.retention.protocol.write",
    ],
)
def test_a_purge_of_a_request_that_is_killed_is_finished_by_the_next(own: Place, run: Run, point: str) -> None:
    arguments = ("retain", "purge", "--request", "1", *DECISION, "--as-of", LATER, "--execute")
    assert killed_before(own, point, *arguments) == KILLED
    again = run(own, "purge", day=LATER)
    assert (again.code, "en gallring är påbörjad och inte klar (begäran 1)" in again.err) == (4, True), again.err
    done = run(own, "purge", "--execute", day=LATER)
    assert done.code == 0, done.err + done.out
    assert not (own.office / "requests" / "1").exists()
    assert REASON.encode() not in everything(own.office)
    row = (own.office / "requests" / "register.yaml").read_text(encoding="utf-8")
    assert row.count("gallrad") == 1
    assert git(own.office, "status", "--short").out == ""


def test_of_staff_the_name_under_what_they_wrote_is_left_and_nothing_by_which_they_are_reached(
    own: Place, run: Run, tmp_path: Path
) -> None:
    day, before = "2028-10-23", refs(own)
    assert ("personal", FORMER) in in_turn(own, run, day)
    git(tmp_path, "clone", "--quiet", str(own.site), "clone")
    for person, why in ((TEACHER, "har uppdrag i skolan"), (GUARDIAN, "är vårdnadshavare här")):
        done = run(own, "purge", "--staff", person, *DECISION, "--execute", day="2026-11-24")
        assert (done.code, f"hindras: {person} ({why}" in done.err) == (4, True), done.err
    name = replies(own)[TELLING]
    done = run(own, "purge", "--staff", FORMER, "--reply", name, *DECISION, "--execute", day=day)
    assert done.code == 0, done.err + done.out
    assert f"svar {name[:6]}: inte i tur enligt någon regel" in done.out
    assert f"{FORMER}: i tur sedan 2028-10-23 enligt personal-två-år, BUN 2023/0412" in done.out
    assert f"tas bort: content/keys/{KEY}.gpg" in done.out
    assert f"lösenfras tas bort: {FORMER}" in done.out
    assert "Gallrat och bevisat: 1 person, 1 svar, " in done.err
    assert not (own.office / "replies" / name).exists()

    left = everything(own.site) + everything(own.office)
    for trace in (MAIL, PHONE, PHONE.replace(" ", ""), KEY):
        assert trace.encode() not in left, trace
    assert text_of(own, f"content/people/{FORMER}.yaml").split("mottagning:")[1].split() == ["sätt:", "papper"]
    assert "efternamn: Rydell" in text_of(own, f"content/people/{FORMER}.yaml")
    assert f"lärare: {FORMER}" in text_of(own, "content/schools/kvarnriset.yaml")
    assert FORMER not in text_of(own, "content/roster.yaml")
    assert not (own.office / "secrets" / f"{FORMER}.sealed").exists()
    assert ("personal", FORMER) not in in_turn(own, run, day)
    assert cli.main(["check", "--site", str(own.site), "--as-of", "2026-11-24"]) == 0
    assert refs(own) == before
    assert faults(own) == ""
    proved = run(own, "verify", "--repo", str(tmp_path / "clone"))
    assert (proved.code, "kontaktuppgift" in proved.out, MAIL in proved.out) == (4, True, False)
    again = run(own, "purge", "--staff", FORMER, *DECISION, day=day)
    assert (again.code, f"hindras: {FORMER} (inget är kvar att gallra)" in again.err) == (4, True)


def test_a_reply_goes_while_its_pupil_stays(own: Place, run: Run) -> None:
    name, other = replies(own)[TELLING], replies(own)[ORDINARY]
    before = refs(own), git(own.site, "rev-parse", "HEAD").out
    done = run(own, "purge", "--reply", name[:6], *DECISION, "--execute", day="2031-11-24")
    assert done.code == 0, done.err + done.out
    assert f"svar {name[:6]}: i tur sedan 2031-11-24 enligt svar-med-eleven" in done.out
    assert not (own.office / "replies" / name).exists()
    assert (own.office / "replies" / other / "original").is_file()
    assert b"sealed by " + TELLING.encode() not in everything(own.office)
    assert f"- {name}" in (own.office / "protocols" / "1.yaml").read_text(encoding="utf-8")
    assert (refs(own), git(own.site, "rev-parse", "HEAD").out) == before
    unknown = run(own, "purge", "--reply", "zzz", *DECISION, day="2031-11-24")
    assert (unknown.code, "det finns inte ett enda svar med det id:t" in unknown.err) == (2, True)


def test_all_kinds_that_are_in_turn_go_at_once_and_what_is_held_stays(own: Place, run: Run) -> None:
    day = "2031-12-21"
    run(own, "hold", "add", TELLING, "--reason", "tillsyn", day=day)
    due = in_turn(own, run, day)
    assert {("elev", ORDINARY), ("personal", FORMER), ("svar", replies(own)[TELLING]), ("begäran", "1")} < due
    done = run(own, "purge", "--due", *DECISION, "--execute", day=day)
    assert done.code == 0, done.err + done.out
    assert "Gallrat och bevisat: 1 elev, " in done.err
    assert ", 1 begäran, " in done.err
    assert in_turn(own, run, day) == {("svar", replies(own)[TELLING])}, "held"
    left = everything(own.site) + everything(own.office)
    for trace in (MAIL, KEY, "Alva Lundén", f"sealed by {ORDINARY}"):
        assert trace.encode() not in left, trace
    assert {name.rpartition("/")[2] for name in refs(own)} == {PROTECTED, TELLING, "ledger"}
    nothing = run(own, "purge", "--due", *DECISION, "--execute", day=day)
    assert (nothing.code, "Inget är i tur som inte hindras" in nothing.err) == (0, True)


def test_a_pupil_who_has_only_an_archive_goes_also_where_it_cannot_be_proved(own: Place, run: Run) -> None:
    git(own.site, "rm", "-r", "--quiet", f"content/pupils/{ORDINARY}")
    school = "content/schools/kvarnriset.yaml"
    rows = [line for line in text_of(own, school).splitlines() if ORDINARY not in line]
    (own.site / school).write_text("\n".join(rows) + "\n", encoding="utf-8")
    nobody = own.site / "content" / "people" / f"{ALONE}.yaml"
    nobody.write_text("namn: {förnamn: Ulla, efternamn: Brandt}\nmottagning: {sätt: lösenfras}\n", encoding="utf-8")
    own.commit()
    (own.site / ".git" / "info" / "exclude").write_text("/minne.txt\n", encoding="utf-8")
    (own.site / "minne.txt").write_text("Ring Alva Lundén\n", encoding="utf-8")
    done = run(own, "purge", ORDINARY, *DECISION, "--execute", "--unproved", day="2027-01-01")
    assert (done.code, f"fel: {own.site}/minne.txt: namn" in done.out) == (4, True), done.err
    assert "arkiv tas bort: 1" in done.out
    assert "bevisad: nej" in (own.office / "protocols" / "1.yaml").read_text(encoding="utf-8")
    assert not (own.office / ".git" / "iup-purge").exists()
    answered = own.office / "requests" / "1"
    assert {path.name for path in answered.iterdir()} == {"request.yaml", "decision.yaml", "decision.asc", "released"}
    (own.site / "minne.txt").unlink()
    assert in_turn(own, run, "2027-01-01") == {("vårdnadshavare", ALONE)}
    done = run(own, "purge", "--due", *DECISION, "--execute", day="2027-01-01")
    assert done.code == 0, done.err + done.out
    assert not nobody.exists()
    assert in_turn(own, run, "2027-01-01") == set()
    assert "Alva Lundén".encode() not in everything(own.site) + everything(own.office)
    assert faults(own) == ""

"""`deliver` and `archive`: what is sent is archived, nothing else is, and neither can be altered unseen."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iup.archive import signing_key
from iup.archive.ledger import Event, LedgerWriter
from iup.build.deliver import _lay_out, _Parcel
from iup.build.pipeline import checked
from iup.build.publish import Receipt
from iup.keys import keyring
from iup.model.base import Handling, State
from iup.seal import openpgp
from iup.seal.openpgp import Signer
from iup.site.layout import open_site, work_tree
from iup.system import files
from iup.system.clock import now
from iup.system.git import signed_commits
from tests.conftest import DAY, Place, iup, own_copy, shared
from tests.support.archiving import (
    ARCHIVE,
    KILLED,
    LEDGER,
    configure,
    deliver,
    entries,
    every_object,
    faults,
    forged,
    kept,
    killed_before,
    refs,
    verify,
)
from tests.support.receiving import accept, home, put, waiting
from tests.support.repository import git
from tests.support.sealing import gpg, gpg_home, new_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.model.school import School

NOEL, SIBLING, JENNY = "a6n4x", "g3k8s", "e5h7w"
TERM = "2026-HT"


@pytest.fixture(scope="module")
def handed(built: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a site whose result is handed over into `out`, with two entries in its ledger; nobody may change it."""

    def make(root: Path) -> None:
        place = built.copied(root)
        configure(place)
        deliver(place, place.root / "out")
        done = place.run("share", "e6b2k")
        assert done.code == 0, done.err

    with shared(tmp_path_factory, "handed", make) as root:
        yield Place(root)


@pytest.fixture
def place(small: Place, tmp_path: Path) -> Iterator[Place]:
    """Return a copy of a built class that has not been handed over."""
    with own_copy(small, tmp_path) as copy:
        yield copy


@pytest.fixture
def own(handed: Place, tmp_path: Path) -> Place:
    """Return a copy of the site that the test may alter, without its result."""
    return handed.copied(tmp_path / "d", "out", "output")


@pytest.fixture(scope="module")
def school(handed: Place) -> School:
    found, _ = checked(work_tree(open_site(handed.site)), date.fromisoformat(DAY))
    assert found is not None
    return found


# --- handing over


def test_what_is_handed_over_is_in_the_archive_and_in_the_ledger(handed: Place) -> None:
    first, second = entries(handed)
    sealed = {path.name for path in handed.current.iterdir() if "manifest" not in path.name}
    told = first["files"]
    assert isinstance(told, dict)
    assert {name for name in told if "/" not in name} == sealed
    assert isinstance(first["heads"], dict)
    assert {f"{ARCHIVE}{pupil}" for pupil in first["heads"]} | {f"{ARCHIVE}e6b2k", LEDGER} == set(refs(handed))
    assert (first["event"], second["event"]) == ("utlämnad", "delad")
    assert isinstance(second["heads"], dict)
    assert set(second["heads"]) == {"e6b2k"}
    assert faults(handed) == ""


def test_handed_over_again_nothing_is_new(place: Place) -> None:
    out = place.root / "out"
    deliver(place, out)
    before = refs(place)
    stamps = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    (out / "anteckning.txt").write_text("min egen", encoding="utf-8")
    done = deliver(place, out)
    assert "0 nya filer i liggaren, 0 elever med nytt" in done.err
    assert refs(place) == before
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    altered = next(out.glob("*/*.pdf"))
    altered.write_bytes(b"x")
    (altered.parent / "till-fel-person.pdf").write_bytes(b"x")
    deliver(place, out)
    assert altered.read_bytes() != b"x", "what was altered is laid out again"
    assert not (altered.parent / "till-fel-person.pdf").exists()
    assert (out / "anteckning.txt").exists(), "what is not ours is left"
    assert refs(place) == before


def test_a_folder_that_is_laid_out_anew_has_no_receipt_until_all_of_it_is_there(
    own: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or somebody would send new files with the old receipt, or half of them."""
    current, target = tmp_path / "current", tmp_path / "out"
    current.mkdir()

    def parcel(text: str) -> _Parcel:
        (current / "a.pdf").write_text(text, encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        file = Receipt("a.pdf", "0" * 20, "", digest, len(text))
        return _Parcel("0" * 20, (file,), f"{digest}  a.pdf\n".encode())

    with keyring.opened(own.office) as opened:
        assert opened.signer is not None
        _lay_out(current, target, (parcel("one"),), opened.signer)
        (folder,) = target.iterdir()
        assert (folder / "kvitto.txt").exists()
        written = files.write_whole
        for step in range(4):
            calls = iter(range(9))

            def killed(path: Path, data: bytes, calls: Iterator[int] = calls, step: int = step) -> None:
                if next(calls) == step:
                    raise KeyboardInterrupt
                written(path, data)

            monkeypatch.setattr(files, "write_whole", killed)
            with pytest.raises(KeyboardInterrupt):
                _lay_out(current, target, (parcel(f"two {step}"),), opened.signer)
            assert not (folder / "kvitto.txt").exists(), step
        monkeypatch.setattr(files, "write_whole", written)
        _lay_out(current, target, (parcel("three"),), opened.signer)
    assert (folder / "a.pdf").read_text("utf-8") == "three"
    done = subprocess.run(["sha256sum", "--check", "kvitto.txt"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0


def test_a_receipt_is_checked_with_sha256sum_and_gpg_alone(handed: Place) -> None:
    folders = sorted(path for path in (handed.root / "out").iterdir())
    assert len(folders) > 50
    for folder in (folders[0], folders[-1]):
        summed = subprocess.run(
            ["sha256sum", "--check", "--strict", "kvitto.txt"], cwd=folder, capture_output=True, check=False
        )
        assert summed.returncode == 0, summed.stderr
        assert len(summed.stdout.splitlines()) == len(list(folder.iterdir())) - 3
        with gpg_home() as ring:
            gpg(ring, "--import", folder / "skolans-nyckel.asc")
            gpg(ring, "--verify", folder / "kvitto.txt.asc", folder / "kvitto.txt")
            (folder.parent / "k").write_bytes((folder / "kvitto.txt").read_bytes() + b"#\n")
            with pytest.raises(subprocess.CalledProcessError):
                gpg(ring, "--verify", folder / "kvitto.txt.asc", folder.parent / "k")
            (folder.parent / "k").unlink()
        heads = re.findall(r"^# Arkivets läge (\w+)$", (folder / "kvitto.txt").read_text("utf-8"), re.MULTILINE)
        assert set(heads) <= set(entries(handed)[0]["heads"].values())  # type: ignore[attr-defined]


def test_a_file_is_the_school_s_when_the_ledger_has_it_and_not_for_what_it_says(handed: Place, tmp_path: Path) -> None:
    folder = next(path for path in sorted((handed.root / "out").iterdir()) if list(path.glob("*.pdf")))
    own = [folder / "kvitto.txt", *sorted(folder.glob("*.pdf"))]
    done = verify(handed, *own)
    assert done.code == 0
    assert done.out.count("skolans, utlämnad") == len(own)
    altered, claimed = tmp_path / "a.pdf", tmp_path / "kvitto.txt"
    altered.write_bytes(own[1].read_bytes() + b"\n")
    claimed.write_text(f"{own[0].read_text('utf-8')}{'0' * 64}  betyg.pdf\n", encoding="utf-8")
    done = verify(handed, altered, claimed)
    assert done.code == 4
    assert done.out.count("ingen fil som skolan har lämnat ut är likadan") == 2


@pytest.mark.parametrize("way", ["worktree", "day", "commit", "narrowed", "nothing"])
def test_a_result_that_is_not_today_s_and_everybody_s_is_not_handed_over(place: Place, way: str) -> None:
    configure(place)
    if way == "worktree":
        assert place.run("build", "--worktree", "--recipient", NOEL).code == 0
    elif way in {"commit", "narrowed"}:
        path = place.site / f"content/pupils/{NOEL}/plan.yaml"
        path.write_text(path.read_text("utf-8").replace("Noel kan alla", "Noel kan nu alla"), encoding="utf-8")
        place.commit()
        if way == "narrowed":
            assert place.run("build", "--recipient", NOEL).code == 0
    elif way == "nothing":
        shutil.rmtree(place.site / "output")
    day = "2026-11-25" if way == "day" else DAY
    done = iup("deliver", place.root / "out", "--site", place.site, "--as-of", day)
    assert done.code == (3 if way == "nothing" else 4), done.err
    assert not (place.root / "out").exists()
    assert refs(place) == {}


def test_without_a_signing_key_nothing_is_done_and_one_command_is_named(place: Place) -> None:
    configure(place)
    path = place.office / "office.yaml"
    path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", encoding="utf-8")
    git(place.office, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qam", "utan")
    before = git(place.site, "rev-parse", "HEAD").out
    for command in (
        ("deliver", place.root / "out"),
        ("share", "r9e2h"),
        ("finalise", NOEL, "--term", "HT 2026", "--yes"),
    ):
        done = place.run(*map(str, command))
        assert done.code == 3, done.err
        assert "build.py keys new-signing" in done.err
    assert refs(place) == {}
    assert git(place.site, "rev-parse", "HEAD").out == before
    done = iup("keys", "new-signing", "--site", place.site)
    assert done.code == 0, done.err
    assert place.run("share", "r9e2h").code == 0
    assert faults(place) == ""


@pytest.mark.parametrize(
    "point", ["iup.system.git.signed_commits.move", "iup.build.deliver._lay_out", "iup.build.deliver._clear"]
)
def test_a_handover_that_is_killed_is_finished_by_the_next(place: Place, point: str) -> None:
    out = place.root / "out"
    assert killed_before(place, point, "deliver", out, "--as-of", DAY) == KILLED
    told = entries(place)
    assert len(told) == (0 if point.endswith("move") else 1)
    deliver(place, out)
    assert len(entries(place)) == 1
    assert len(list(out.iterdir())) == len(
        {path.name[:20] for path in place.current.iterdir()} - {"manifest.json", "manifest.json.asc"}
    )
    assert faults(place) == ""


# --- what is kept


def test_no_draft_no_working_material_and_no_place_to_write_is_in_any_object(handed: Place, school: School) -> None:
    objects = every_object(handed)
    shut = set()
    for pupil, plan in school.plans.items():
        form = school.forms[plan.form]
        for name, written in plan.fields.items():
            if plan.state is State.DRAFT or form.fields[name].handling not in {Handling.FINAL, Handling.RECEIVED}:
                shut |= {line for entry in written for line in entry.text.splitlines() if len(line) > 30}
        if plan.state is State.DRAFT:
            shut |= {t for a in plan.assessments.values() if a.comment for t in a.comment.splitlines() if len(t) > 30}
        for goal in school.goals[pupil].goals if pupil in school.goals else ():
            if goal.state is State.DRAFT:
                shut |= set(goal.text.splitlines())
            shut |= {t for c in goal.comments if c.state is State.DRAFT for t in c.text.splitlines()}
    assert len(shut) > 10
    assert {text for text in shut if text in objects} == set()
    assert "data-key" not in objects
    assert "Svar:" not in objects
    assert "Noel kan alla bokstavsljud" in objects, "what is shared is there"


def test_a_pupil_s_archive_names_no_other_pupil_and_no_sibling(handed: Place, school: School) -> None:
    for pupil in school.pupils:
        if f"{ARCHIVE}{pupil}" not in refs(handed):
            continue
        listed = git(handed.office, "ls-tree", "-r", "--format=%(objectname)", f"{ARCHIVE}{pupil}").out
        done = subprocess.run(
            ["git", "cat-file", "--batch"], cwd=handed.office, input=listed.encode(), capture_output=True, check=True
        )
        text = done.stdout.decode("utf-8", "replace")
        named = {p.id for p in school.pupils.values() if p.id != pupil and (p.name.full in text or p.id in text)}
        assert named == set(), pupil


def test_the_office_s_history_tells_of_nobody_by_name(handed: Place, school: School) -> None:
    said = git(handed.office, "log", "--all", "--format=%an %ae %cn %ce %s %b").out
    assert "arkiv: utlämnad" in said
    assert not {p.id for p in school.pupils.values() if p.name.given in said or p.name.family in said}


def test_the_archive_is_looked_back_in_by_command(handed: Place, tmp_path: Path) -> None:
    done = iup("archive", NOEL, "--site", handed.site)
    assert re.fullmatch(r"HT 2026  delad  \d+ dokument\n", done.out)
    done = iup("archive", NOEL, "--term", "HT 2026", "--to", tmp_path / "a.html", "--site", handed.site)
    assert done.code == 0, done.err
    html = (tmp_path / "a.html").read_text("utf-8")
    assert "Noel kan alla bokstavsljud" in html
    assert "<style>" in html
    assert "http" not in html
    for wrong in ((NOEL, "--term", "VT 2026"), (NOEL, "--term", "HT 2026", "--role", "någon"), ("x9x9x",)):
        assert iup("archive", *wrong, "--site", handed.site).code == 2


# --- proof


def test_a_commit_that_nobody_signed_is_found_also_when_the_chain_is_made_anew(own: Place) -> None:
    head = refs(own)[f"{ARCHIVE}{NOEL}"]
    other = forged(own, head, tree=f"{ARCHIVE}{SIBLING}^{{tree}}")
    git(own.office, "update-ref", f"{ARCHIVE}{NOEL}", other)
    assert f"fel: {NOEL}: arkivet står inte där liggaren säger" in faults(own)
    # Now the ledger too, every entry after the lie put on top of it.
    first, second = git(own.office, "rev-list", "--reverse", LEDGER).out.split()
    text = git(own.office, "show", f"{first}:entry.json").out.replace(head, other)
    blob = (
        subprocess.run(
            ["git", "hash-object", "-w", "--stdin"],
            cwd=own.office,
            input=text.encode(),
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
    )
    key = git(own.office, "rev-parse", f"{first}:key.gpg").out.strip()
    feed = f"100644 blob {blob}\tentry.json\n100644 blob {key}\tkey.gpg\n"
    tree = subprocess.run(["git", "mktree"], cwd=own.office, input=feed.encode(), capture_output=True, check=True)
    lie = forged(own, first, tree=tree.stdout.decode().strip())
    git(own.office, "update-ref", LEDGER, forged(own, second, lie))
    found = faults(own)
    assert "fel: post 1: är inte underskriven av skolan" in found
    assert "fel: post 2: är inte underskriven av skolan" in found
    assert f"fel: {NOEL}, post 1: är inte underskriven av skolan" in found


def test_an_entry_that_is_left_out_or_put_in_is_found(own: Place) -> None:
    first, second = git(own.office, "rev-list", "--reverse", LEDGER).out.split()
    git(own.office, "update-ref", LEDGER, first)
    assert "fel: e6b2k: arkivet" in faults(own), "the last one left out"
    git(own.office, "update-ref", LEDGER, forged(own, second))
    assert "fel: post 1: följer inte på posten före" in faults(own), "the first one left out"
    git(own.office, "update-ref", LEDGER, forged(own, second, forged(own, first, first)))
    assert "fel: post 2: följer inte på posten före" in faults(own), "one put in between"
    git(own.office, "update-ref", "-d", LEDGER)
    assert "fel: liggaren: finns inte" in faults(own)


def test_a_chain_signed_by_another_key_is_not_the_school_s(own: Place) -> None:
    with gpg_home() as ring:
        fingerprint = new_key(ring, "forger")
        (ring / "pubring.gpg").write_bytes(gpg(ring, "--export", fingerprint))
        writer = signed_commits.CommitWriter(own.office, partial(openpgp.sign, signer=Signer(ring, fingerprint)), now())
        first, second = git(own.office, "rev-list", "--reverse", LEDGER).out.split()
        tree = git(own.office, "rev-parse", f"{second}^{{tree}}").out.strip()
        made = writer.commit(tree, (first,), "liggare 2: delad")
        writer.store()
        git(own.office, "update-ref", LEDGER, made)
        assert "fel: post 2: är inte underskriven av skolan" in faults(own)
        # All of it anew, with the forger's key in every entry: the school's key of today did not sign it.
        parents: tuple[str, ...] = ()
        for number, oid in enumerate((first, second), 1):
            text = git(own.office, "show", f"{oid}:entry.json").out
            own_key = re.sub(r'"key": "\w+"', f'"key": "{fingerprint}"', text)
            ring_file = (ring / "pubring.gpg").read_bytes()
            tree = writer.tree({"entry.json": own_key.encode(), "key.gpg": ring_file})
            parents = (writer.commit(tree, parents, f"liggare {number}"),)
        writer.store()
        git(own.office, "update-ref", LEDGER, parents[0])
    assert "inte underskriven med skolans nyckel av i dag" in faults(own)


@pytest.mark.parametrize("parents", ["none", "a sibling's", "one too many"])
def test_a_signed_version_that_does_not_follow_on_the_one_before_is_found(own: Place, parents: str) -> None:
    """The school's own key signed the commit, and the entry that tells of it; history is left out all the same."""
    standing = refs(own)
    above = {
        "none": (),
        "a sibling's": (standing[f"{ARCHIVE}{SIBLING}"],),
        "one too many": (standing[f"{ARCHIVE}{NOEL}"], standing[f"{ARCHIVE}{SIBLING}"]),
    }[parents]
    with keyring.opened(own.office) as opened:
        book = LedgerWriter(opened)
        tree = git(own.office, "rev-parse", f"{ARCHIVE}{NOEL}^{{tree}}").out.strip()
        made = book.writer.commit(tree, above, "arkiv: utlämnad")
        book.write(Event.DELIVERED, {NOEL: made}, {})
    assert faults(own) == f"fel: {NOEL}: arkivets version i post 3 följer inte på den före\n"


def test_a_ref_that_is_deleted_pruned_or_moved_back_is_found(own: Place, tmp_path: Path) -> None:
    git(own.office, "update-ref", "-d", f"{ARCHIVE}{SIBLING}")
    assert f"fel: {SIBLING}: arkivet är borta, men liggaren har ingen gallring" in faults(own)
    git(tmp_path, "clone", "-q", "--no-local", str(own.office), "clone")
    git(own.office, "fetch", "-q", "--prune", str(tmp_path / "clone"), "+refs/iup/archive/*:refs/iup/archive/*")
    assert not [ref for ref in refs(own) if ref.startswith(ARCHIVE)]
    assert f"fel: {NOEL}: arkivet är borta" in faults(own)


def test_an_object_that_is_gone_is_found(own: Place) -> None:
    oid = git(own.office, "rev-parse", f"{ARCHIVE}{NOEL}:{TERM}/plan.yaml").out.strip()
    git(own.office, "unpack-objects", "-q", check=False)
    loose = own.office / ".git" / "objects" / oid[:2] / oid[2:]
    if not loose.exists():
        for pack in (own.office / ".git" / "objects" / "pack").glob("*.pack"):
            moved = pack.rename(own.root / pack.name)
            pack.with_suffix(".idx").unlink()
            subprocess.run(["git", "unpack-objects", "-q"], cwd=own.office, input=moved.read_bytes(), check=True)
    loose.unlink()
    assert "fel: kontoret: git saknar objekt eller har skadade" in faults(own)


# --- the school's key


def test_a_new_key_is_told_of_by_the_old_one_and_the_proof_goes_on(own: Place) -> None:
    before = (own.office / "office.yaml").read_text("utf-8")
    done = iup("keys", "new-signing", "--site", own.site)
    assert done.code == 0, done.err
    after = (own.office / "office.yaml").read_text("utf-8")
    assert before.splitlines()[0] == after.splitlines()[0]
    assert before != after
    assert entries(own)[-1]["event"] == "ny nyckel"
    assert str(entries(own)[-1]["key"]) in after
    assert git(own.office, "status", "--short").out == ""
    assert own.run("share", "r9e2h").code == 0
    assert faults(own) == ""
    (own.office / "office.yaml").write_text(before, encoding="utf-8")
    done = own.run("share", "e6b2k", "r9e2h")
    assert done.code == 4, "the former key adds nothing more"
    assert "keys new-signing" in done.err


@pytest.mark.parametrize(
    "point",
    [
        "iup.archive.signing_key.LedgerWriter",
        "rename",
        "iup.archive.signing_key._named",
        "iup.system.git.own_repository.commit_only",
        "iup.archive.signing_key.publish",
        "iup.system.git.commit.land",
        "iup.system.git.commit.follow",
    ],
)
def test_a_change_of_key_that_is_killed_is_finished_by_the_next(own: Place, point: str) -> None:
    if point == "rename":
        with keyring.opened(own.office) as opened, pytest.MonkeyPatch.context() as broken:
            broken.setattr(Path, "rename", _broken)
            with pytest.raises(KeyboardInterrupt):
                signing_key.renew(opened)
    else:
        assert killed_before(own, point, "keys", "new-signing") == KILLED
    done = iup("keys", "new-signing", "--site", own.site)
    assert done.code == 0, done.err
    keys = [entry for entry in entries(own) if entry["event"] == "ny nyckel"]
    assert len(keys) == 1, "one change, however often it was begun"
    assert str(keys[0]["key"]) in (own.office / "office.yaml").read_text("utf-8")
    assert git(own.office, "status", "--short").out == ""
    assert faults(own) == ""
    told = (own.site / "content" / "office" / "signing.yaml").read_text("utf-8")
    assert told.count("nyckel: ") == 2
    assert f"nyckel: {keys[0]['key']}" in told.splitlines()[-1]
    assert git(own.site, "status", "--short").out == ""


def _broken(*_: object) -> Path:
    raise KeyboardInterrupt


# --- replies


def test_an_accepted_reply_is_archived_and_a_failure_there_does_not_undo_it(place: Place, tmp_path: Path) -> None:
    configure(place)
    jenny = home(place, JENNY)
    (reply,) = waiting(place, put(tmp_path, a_iup=jenny.reply({"mål/m2/kommentar": "Vi läser varje kväll nu."})))
    assert accept(place, reply["id"]).code == 0
    assert [entry["event"] for entry in entries(place)] == ["svar"]
    assert "Vi läser varje kväll nu." in kept(place, NOEL, f"{TERM}/goals.yaml")
    (place.office / ".git" / "refs" / "iup" / "ledger.lock").touch()
    (reply,) = waiting(place, put(tmp_path, a_iup=jenny.reply({"mål/m2/kommentar": "Också på lovet."})))
    done = accept(place, reply["id"])
    assert done.code == 0
    assert "varning: svaret är antaget men inte arkiverat" in done.err
    assert "Också på lovet." in (place.site / f"content/pupils/{NOEL}/goals.yaml").read_text("utf-8")
    assert len(entries(place)) == 1
    (place.office / ".git" / "refs" / "iup" / "ledger.lock").unlink()
    assert faults(place) == ""

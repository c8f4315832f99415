"""`retain purge`: nothing of the pupil is left in any object or file, everybody else is as they were, and kills."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from iup.errors import LockedError, RefusedError
from iup.model.retention import Reason
from iup.office.retention.holds import Holds
from iup.office.retention.scan import Matcher
from iup.office.retention.search_terms import SearchTerms, SoughtPerson, TermKind, sentences
from iup.system.git import own_repository, truncate
from tests.conftest import DAY, Done, Place, iup
from tests.support.archiving import KILLED, configure, entries, faults, killed_before, refs
from tests.support.repository import Clone, Server, git, install, refusals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest import TempPathFactory  # noqa: PT013  a type

    from iup.errors import IupError

NOEL, SIBLING, CLASSMATE, MENTOR = "a6n4x", "g3k8s", "k7q2m", "t3m8k"
LONELY, FATHER = "w2g9n", "f9w3c"
OTHER = "En annan mening om Noel här"
TRACES = (NOEL, "Noel Bergdahl", "Noel kan alla bokstavsljud", "Visa Jenny hur vi ljudar", OTHER)
DECISION = ("--decision", "BUN 2031/0007")


def purge(place: Place, *arguments: str | Path) -> Done:
    return iup("retain", "purge", *arguments, "--site", place.site, "--as-of", DAY)


def commit(place: Place, path: str, text: str, message: str = "Efter samtalet") -> str:
    (place.site / path).write_text(text, encoding="utf-8")
    git(place.site, "commit", "--quiet", "--all", "--message", message)
    return git(place.site, "rev-parse", "HEAD").out.strip()


@contextmanager
def once(factory: TempPathFactory, name: str) -> Iterator[tuple[Place, bool]]:
    """Give a place that all workers of a run share, and say whether it is still to be made; under a lock."""
    base = factory.getbasetemp()
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / f"purge-{name}"
    shared.mkdir(exist_ok=True)
    with FileLock(shared / "lock"):
        done = shared / "done"
        yield Place(shared / "d"), not done.exists()
        done.touch()


@pytest.fixture(scope="module")
def lived(built: Place, tmp_path_factory: TempPathFactory) -> Place:
    """Return a site with a past: archives of four pupils, a merge, a draft, a stash, notes, tags, commits adrift."""
    with once(tmp_path_factory, "lived") as (place, new):
        if new:
            _live(built, place)
    return place


def _live(built: Place, place: Place) -> None:
    built.copied(place.root)
    configure(place)
    done = place.run("finalise", NOEL, CLASSMATE, "--term", "HT 2026", "--yes")
    assert done.code == 0, done.err
    assert place.run("share", SIBLING, "c8f3t").code == 0
    plan = f"content/pupils/{NOEL}/plan.yaml"
    text = (place.site / plan).read_text("utf-8")
    git(place.site, "switch", "--quiet", "--create", "sidan")
    commit(place, plan, text.replace("Noel kan alla bokstavsljud", OTHER, 1))
    git(place.site, "switch", "--quiet", "main")
    (place.site / "content" / "README.md").write_text("Skolans filer.\n", encoding="utf-8")
    git(place.site, "add", "--all")
    git(place.site, "commit", "--quiet", "--message", "En fil till")
    git(place.site, "merge", "--quiet", "--no-edit", "sidan")
    git(place.site, "tag", "--annotate", "--message", f"om {NOEL}", f"om-{NOEL}")
    git(place.site, "notes", "add", "--message", "Noel Bergdahl ringde", "HEAD")
    adrift = commit(place, plan, text.replace("Noel kan alla bokstavsljud", f"{OTHER} igen", 1))
    git(place.site, "reset", "--quiet", "--hard", "HEAD~1")
    git(place.site, "replace", adrift, "HEAD")
    (place.site / plan).write_text(text, encoding="utf-8")
    git(place.site, "stash")
    git(place.office, "tag", "gammal")
    left = place.office / ".git" / "iup-arbete" / "rum"  # by an export that was killed
    left.mkdir(parents=True)
    (left / "plan.yaml").write_text(text, encoding="utf-8")
    git(place.office, "update-ref", "refs/notes/x", f"refs/iup/archive/{NOEL}")


@pytest.fixture
def own(lived: Place, tmp_path: Path) -> Iterator[Place]:
    yield lived.copied(tmp_path / "d")
    shutil.rmtree(tmp_path / "d")


@pytest.fixture(scope="module")
def purged(lived: Place, tmp_path_factory: TempPathFactory) -> Place:
    with once(tmp_path_factory, "purged") as (place, new):
        if new:
            lived.copied(place.root)
            done = purge(place, NOEL, *DECISION, "--execute")
            assert done.code == 0, done.err + done.out
            assert "Gallrat och bevisat: 1 elev" in done.err
    return place


def everything(root: Path) -> bytes:
    """Return the content of every object, by git alone, and every file and name below a directory."""
    names = git(root, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").out
    asked = ["git", "cat-file", "--batch"]
    done = subprocess.run(asked, cwd=root, input=names.encode(), capture_output=True, check=True)
    paths = [path for path in root.rglob("*") if "objects" not in path.relative_to(root).parts]
    files = [path.read_bytes() for path in paths if path.is_file() and not path.is_symlink()]
    return b"\n".join([done.stdout, *files, *(str(path.relative_to(root)).encode() for path in paths)])


def test_what_somebody_commits_while_git_packs_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet")
    author = ("-c", "user.name=test", "-c", "user.email=test@test.example")
    must = truncate._must

    def commit(name: str) -> None:
        (tmp_path / name).write_text(f"{name}\n", encoding="utf-8")
        git(tmp_path, "add", name)
        git(tmp_path, *author, "commit", "--quiet", "--message", name)

    def busy(directory: Path, *arguments: str, feed: bytes = b"") -> None:
        must(directory, *arguments, feed=feed)
        if arguments[0] == "repack":
            commit("second")

    commit("first")
    monkeypatch.setattr("iup.system.git.truncate._must", busy)
    truncate.clean(tmp_path, ())
    assert git(tmp_path, "fsck", "--full", "--strict").code == 0
    assert git(tmp_path, "show", "HEAD:second").out == "second\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Noel Bergdahls bok", "namn"),
        ("Bergdahl, Noel", "namn"),
        ("NOEL_BERGDAHL", "namn"),
        ("Noel Karl Bergdahl", "namn"),
        ("förnamn: Noel\n  efternamn: Bergdahl", "namn"),
        ('"family":"Bergdahl","given":"Noel"', "namn"),
        ("<b>No­el</b> <i>Bergdahl</i>", "namn"),
        ('"Bergdahl", "Noel"', "namn"),
        ("Noel Ek, Lisa Bergdahl", "efternamn"),
        ('["Lisa Bergdahl","Noel"]', "efternamn"),
        ('["Noel","Bergdahl Lisa"]', "efternamn"),
        ("- Lisa Bergdahl\n  - Noel\n", "efternamn"),
        ("Noel och Lisa Bergdahl", "efternamn"),
        ("Noelia Bergdahl", "efternamn"),
    ],
)
def test_a_full_name_counts_and_two_who_share_a_name_each_do_not(text: str, kind: str) -> None:
    needles = SearchTerms((SoughtPerson("a6n4x", "Noel", "Bergdahl"),), ())
    data = text.encode()
    places = [(data.find(word), word, found) for word, found in needles.words().items() if word in data]
    assert {needles.stands(data, start, start + len(word), found) for start, word, found in places} == {kind}


@pytest.mark.parametrize(
    ("given", "family", "text"),
    [
        ("ሰላም", "ተስፋይ", "ሰላም ተስፋይ ትመሃር ኣላ።"),
        ("محمد", "الحسن", "رأيت محمد الحسن اليوم"),
        ("דוד", "לוי", "פגשתי את דוד לוי אתמול"),
        ("สมชาย", "ใจดี", "ครูพบสมชาย ใจดีเมื่อวาน"),
        ("小明", "王", "昨天王小明来了"),
        ("राम", "शर्मा", "कल राम शर्मा आया"),
        ("Ольга", "Петренко", "Петренко Ольга прийшла"),
    ],
)
def test_a_full_name_counts_in_every_script(given: str, family: str, text: str) -> None:
    needles = SearchTerms((SoughtPerson("a6n4x", given, family),), ())
    for data in (text.encode(), json.dumps(text, ensure_ascii=False).encode()):
        places = [(data.find(word), word, found) for word, found in needles.words().items() if word in data]
        assert {needles.stands(data, start, start + len(word), found) for start, word, found in places} == {
            TermKind.NAME
        }
    without = text.replace(given, "")
    data = without.encode()
    places = [(data.find(word), word, found) for word, found in needles.words().items() if word in data]
    assert TermKind.NAME not in {needles.stands(data, at, at + len(word), found) for at, word, found in places}


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("เขาอ่านหนังสือได้ดีขึ้นมากในภาคเรียนนี้", True),
        ("他这个学期读书读得很好而且很开心。他喜欢学校里的所有同学和老师。", True),
        ("很好。", False),
        ("ትማሊ ምስ መምህር ብዛዕባ ንባብ ተዘራሪብና። ጽቡቕ ነይሩ።", True),
        ("Läser bra.", False),
    ],
)
def test_a_sentence_is_looked_for_where_words_have_no_spaces_too(text: str, whole: bool) -> None:  # noqa: FBT001
    found = sentences([text])
    assert bool(found) is whole
    if found:
        matcher = Matcher(SearchTerms((), found))
        assert matcher.seen(f"före {found[0]} efter {found[-1]}och".encode())[1] == set(found)
        assert matcher.seen(f"före{found[0][1:]}".encode())[1] == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "Hon läser länge och gärna.",
        "Flyt. Ja, (hon läser\n  länge\t och gärna).",
        "länge länge sedan hon läser länge och gärna",
        "hon läser länge sedan, och hon läser länge och gärna”",
    ],
)
def test_a_sentence_is_found_whatever_stands_around_it_and_between_its_words(text: str) -> None:
    matcher = Matcher(SearchTerms((), ("on läser länge och gärna", "en helt annan mening här")))
    for encoding in ("utf-8", "latin-1", "utf-16-le"):
        data = text.replace("”", '"').encode(encoding)
        found = (frozenset({TermKind.SENTENCE}), frozenset({"on läser länge och gärna"}))
        assert matcher.seen(data) == found, encoding
    assert matcher.seen(text.replace("och", "men").encode()) == (frozenset(), frozenset())


def test_a_commit_of_ours_returns_when_git_has_tidied_up(tmp_path: Path) -> None:
    """Else a purge soon after finds a repository that git is working in."""
    for number in range(600):
        (tmp_path / f"{number}.txt").write_text(f"{number}\n", encoding="utf-8")
    own_repository.create(tmp_path, "början")
    git(tmp_path, "config", "gc.auto", "1")
    (tmp_path / "en-till.txt").write_text("till\n", encoding="utf-8")
    own_repository.commit_all(tmp_path, "mer")
    assert list((tmp_path / ".git" / "objects" / "pack").glob("*.pack"))
    assert not (tmp_path / ".git" / "gc.pid").exists()


def test_without_execute_nothing_is_done_and_all_that_would_go_is_told(lived: Place) -> None:
    before = refs(lived), git(lived.site, "for-each-ref").out, git(lived.site, "stash", "list").out
    done = purge(lived, NOEL, *DECISION)
    assert done.code == 0, done.err
    assert f"{NOEL}: inte i tur enligt någon regel" in done.out
    assert f"tas bort: content/pupils/{NOEL}/plan.yaml" in done.out
    assert "ändras: content/schools/kvarnriset.yaml" in done.out
    assert f"tas bort på kontoret: register/{NOEL}.yaml" in done.out
    assert "refs/stash" in done.out
    assert "refs/heads/sidan" in done.out
    assert "e5h7w" not in done.out, "Jenny has another child here"
    assert "Inget är ändrat." in done.err
    assert (refs(lived), git(lived.site, "for-each-ref").out, git(lived.site, "stash", "list").out) == before


def test_nothing_of_the_pupil_is_left_in_any_object_or_file(lived: Place, purged: Place) -> None:
    before = everything(lived.site) + everything(lived.office)
    number = (lived.office / "register" / f"{NOEL}.yaml").read_text("utf-8").split("personnummer: ")[1][:13]
    for trace in (*TRACES, number):
        assert trace.encode() in before, trace
    site, office = everything(purged.site), everything(purged.office)
    for trace in (*TRACES[1:], number):
        assert trace.encode() not in site + office, trace
    assert NOEL.encode() not in site
    kept = everything(purged.office).replace(NOEL.encode(), b"", 1)
    assert kept.count(NOEL.encode()) > 0, "the ledger and the protocol name opaque ids"


def test_the_id_stands_only_in_the_ledger_and_the_protocol(purged: Place) -> None:
    standing = [ref for ref in refs(purged) if ref != "refs/iup/ledger"]
    for revision in ("HEAD", "HEAD~1", *standing):
        found = git(purged.office, "grep", "--files-with-matches", "--text", NOEL, revision, check=False).out.split()
        assert found == (["HEAD:protocols/1.yaml"] if revision == "HEAD" else []), revision


def test_everybody_else_is_as_they_were(lived: Place, purged: Place) -> None:
    before, after = refs(lived), refs(purged)
    gone = {ref for ref in before if before[ref] != after.get(ref)}
    assert gone == {f"refs/iup/archive/{NOEL}", "refs/iup/ledger"}
    assert faults(purged) == ""
    assert entries(purged)[-1]["event"] == "gallrad"
    assert entries(purged)[-1]["removed"] == [NOEL]
    for path in (purged.site / "content").rglob("*.yaml"):
        former = (lived.site / path.relative_to(purged.site)).read_text("utf-8").splitlines()
        now = path.read_text("utf-8").splitlines()
        assert now == [line for line in former if NOEL not in line or path.parent.name != "schools"]
    for place in (purged.site, purged.office):
        assert git(place, "status", "--short").out == ""
        assert git(place, "fsck", "--full", "--strict", "--no-dangling").code == 0
        assert git(place, "rev-list", "--max-parents=0", "--count", "HEAD").out == "1\n"
    assert purged.run("check").code == 0


def test_the_history_begins_anew_and_nothing_git_remembers_is_left(purged: Place) -> None:
    assert git(purged.site, "for-each-ref", "--format=%(refname)").out == "refs/heads/main\n"
    assert git(purged.site, "rev-list", "--count", "HEAD").out == "1\n"
    assert git(purged.site, "fsck", "--unreachable", "--no-reflogs").out == ""
    assert git(purged.office, "for-each-ref", "--format=%(refname)", "refs/tags", "refs/notes").out == ""
    assert not (purged.site / ".git" / "logs" / "refs" / "stash").exists()


def test_sealed_files_that_hold_something_of_the_pupil_go_and_the_others_stay(lived: Place, purged: Place) -> None:
    def owners(place: Place) -> dict[str, str]:
        files = json.loads((place.current / "manifest.json").read_text("utf-8"))["files"]
        return {file["name"]: file["owner"] for file in files}

    before, after = owners(lived), owners(purged)
    assert set(after) < set(before)
    for name in after:
        assert (purged.current / name).read_bytes() == (lived.current / name).read_bytes()
    assert {path.name for path in purged.current.iterdir()} == {*after, "manifest.json", "manifest.json.asc"}
    assert not (purged.office / "secrets" / f"{NOEL}.sealed").exists()


def test_the_protocol_says_what_was_done_and_does_not_bring_it_back(purged: Place) -> None:
    told = (purged.office / "protocols" / "1.yaml").read_text("utf-8")
    assert all(line in told for line in ("beslut: BUN 2031/0007", f"dag: {DAY}", "av: Expeditionen"))
    assert all(line in told for line in ("arkiv: '1'", "träffar: '0'", "bevisad: ja"))
    assert "Noel" not in told
    assert git(purged.office, "log", "-1", "--format=%s").out == "protokoll 1\n"
    assert not (purged.office / ".git" / "iup-purge").exists()


def test_the_last_pupil_takes_the_guardian_along(lived: Place) -> None:
    assert FATHER in (lived.site / "content" / "pupils" / LONELY / "pupil.yaml").read_text("utf-8")
    done = purge(lived, LONELY, *DECISION)
    assert f"tas bort: content/people/{FATHER}.yaml" in done.out


def spoilt(place: Place) -> Iterator[tuple[type[IupError], str]]:
    """Make a repository one that git could not clean, in one way after another; yield how each is refused."""
    directory = place.site / ".git"
    git(place.site, "repack", "-a", "-d", "--quiet")
    keep = next((directory / "objects" / "pack").glob("*.pack")).with_suffix(".keep")
    for file, text, refusal, told in (
        (directory / "objects" / "info" / "alternates", f"{place.office}/.git/objects\n", RefusedError, "lånar objekt"),
        (directory / "shallow", git(place.site, "rev-parse", "HEAD").out, RefusedError, "utan hela historien"),
        (directory / "index.lock", "", LockedError, "git arbetar i"),
        (place.site / "lapp.txt", "om någon\n", RefusedError, "filer som inte är incheckade"),
        (keep, "", RefusedError, "packfiler som git inte får städa"),
    ):
        file.write_text(text, encoding="utf-8")
        yield refusal, told
        file.unlink()
    git(place.site, "worktree", "add", "--quiet", "--detach", str(place.root / "sida"))
    yield RefusedError, "andra arbetskataloger"
    git(place.site, "worktree", "remove", str(place.root / "sida"))
    git(place.site, "switch", "--quiet", "--create", "undan")
    commit(place, "content/README.md", "Något nytt.\n")
    git(place.site, "switch", "--quiet", "main")
    yield RefusedError, "arbete som inte är inslaget: undan"


def test_a_repository_that_git_could_not_clean_is_refused(own: Place) -> None:
    for refusal, told in spoilt(own):
        with pytest.raises(refusal, match=told):
            truncate.refuse(own.site, ())
    before = refs(own)
    done = purge(own, NOEL, *DECISION, "--execute")
    assert (done.code, "arbete som inte är inslaget: undan" in done.err) == (4, True), done.err
    assert refs(own) == before
    assert (own.site / "content" / "pupils" / NOEL).is_dir()


def test_a_hold_and_a_name_that_stands_elsewhere_are_in_the_way(own: Place) -> None:
    before = refs(own)
    Holds(own.office).add(NOEL, Reason.SUPERVISION, date.fromisoformat(DAY))
    done = purge(own, NOEL, *DECISION, "--execute")
    assert (done.code, "hindras: a6n4x (spärr 1: tillsyn)" in done.err) == (4, True), done.err
    Holds(own.office).release(1, date.fromisoformat(DAY))
    path = f"content/pupils/{CLASSMATE}/plan.yaml"
    text = (own.site / path).read_text("utf-8")
    commit(own, path, text.replace("mall:", "# tillsammans med noel bergdahl\nmall:", 1))
    done = purge(own, NOEL, *DECISION, "--execute")
    assert (done.code, f"nämns med namn, id eller personnummer i {path}" in done.err) == (4, True), done.err
    assert refs(own) == before
    assert (own.site / "content" / "pupils" / NOEL).is_dir()


def test_who_and_by_which_decision_must_be_said(lived: Place) -> None:
    for arguments, told in (
        ((), "säg vad som ska gallras"),
        ((NOEL,), "säg vilket beslut gallringen grundas på"),
        (("q9q9q", *DECISION), "det finns ingen elev med det id:t"),
    ):
        done = purge(lived, *arguments)
        assert (done.code, told in done.err) == (2, True), done.err


@pytest.mark.parametrize(
    "point",
    [
        "iup.system.git.truncate.clean",
        *(
            pytest.param(point, marks=pytest.mark.campaign)
            for point in (
                "iup.system.git.signed_commits.move",
                "iup.build.publish.former",
                "iup.system.git.commit.make_root",
                "iup.system.git.commit.follow_root",
                "iup.office.retention.scan.objects",
                "iup.office.retention.protocol.write",
            )
        ),
    ],
)
def test_a_run_that_is_killed_is_finished_by_the_next(own: Place, point: str) -> None:
    arguments = ("retain", "purge", NOEL, *DECISION, "--execute", "--as-of", DAY)
    assert killed_before(own, point, *arguments) == KILLED
    assert faults(own) == "", "the archive and the ledger agree at every moment"
    again = purge(own)
    assert (again.code, "en gallring är påbörjad och inte klar (a6n4x)" in again.err) == (4, True)
    done = purge(own, "--execute")
    assert done.code == 0, done.err + done.out
    left = everything(own.site) + everything(own.office)
    assert all(trace.encode() not in left for trace in TRACES[1:])
    assert [entry["event"] for entry in entries(own)].count("gallrad") == 1
    assert [path.name for path in (own.office / "protocols").glob("*.yaml")] == ["1.yaml"]
    assert git(own.site, "status", "--short").out == ""


def test_a_purge_that_cannot_be_proved_says_so_and_does_not_end(own: Place) -> None:
    """A note that git ignores holds the pupil's name: no commit knows of it, and the scan finds it."""
    (own.site / ".git" / "info" / "exclude").write_text("/minne.txt\n", encoding="utf-8")
    (own.site / "minne.txt").write_text("Ring hem till\nNoel Bergdahl\n", encoding="utf-8")
    done = purge(own, NOEL, *DECISION, "--execute")
    assert done.code == 4
    assert "Gallringen är inte bevisad: 1 träffar" in done.err
    assert f"fel: {own.site}/minne.txt: namn" in done.out
    assert not (own.office / "protocols").exists()
    ended = purge(own, "--execute", "--unproved")
    assert ended.code == 4
    assert "bevisad: nej" in (own.office / "protocols" / "1.yaml").read_text("utf-8")
    assert not (own.office / ".git" / "iup-purge").exists()


def test_the_server_and_clones_are_proved_and_a_stale_clone_brings_nothing_back(
    lived: Place, purged: Place, tmp_path: Path
) -> None:
    stale = Clone(tmp_path / "stale", MENTOR)
    git(tmp_path, "clone", "--quiet", str(lived.site), str(stale.path))
    server = Server(tmp_path / "school.git")
    git(tmp_path, "clone", "--quiet", "--bare", str(purged.site), str(server.path))
    install(server, "keyfile")
    stale.git("remote", "set-url", "origin", f"file://{server.path}")
    tip = server.tip()
    assert "historik-omskriven" in [rule for _, rule in refusals(stale.push("+HEAD:main"))]
    assert "historik-främmande" in [rule for _, rule in refusals(stale.push("HEAD:refs/heads/annan"))]
    stale.git("fetch", "--quiet", "origin", "main")
    stale.git("merge", "--quiet", "--no-edit", "--allow-unrelated-histories", "-X", "theirs", "FETCH_HEAD")
    assert "historik-främmande" in [rule for _, rule in refusals(stale.push("HEAD:main"))]
    assert server.tip() == tip
    proved = iup("retain", "verify", "--repo", server.path, "--site", purged.site)
    assert (proved.code, "0 träffar" in proved.err) == (0, True), proved.out
    found = iup("retain", "verify", "--repo", stale.path, "--protocol", "1", "--site", purged.site)
    assert found.code == 4
    for kind in ("id", "namn", "mening"):
        assert kind in found.out
    assert "Noel" not in found.out + found.err
    own = iup("retain", "verify", "--repo", purged.office, "--site", purged.site)
    assert (own.code, own.out) == (0, ""), "the ledger and the protocol may name an id"
    number = iup("retain", "verify", "--repo", server.path, "--protocol", "9", "--site", purged.site)
    assert (number.code, "det finns inget sådant protokoll att pröva mot" in number.err) == (2, True)
    # A branch of old that somebody left on the server makes the old history known there.
    git(server.path, "fetch", "--quiet", str(lived.site), "main:refs/heads/gammal")
    assert ("gren:1:1", "historik-främmande") in refusals(stale.push("HEAD:main"))
    assert server.tip() == tip


def test_trim_lets_old_drafts_go_and_leaves_files_and_archive_as_they_are(own: Place) -> None:
    before = refs(own)
    tree = git(own.site, "rev-parse", "HEAD^{tree}").out
    assert b"Visa Jenny hur vi ljudar" in everything(own.site)
    done = iup("retain", "trim", "--execute", "--site", own.site)
    assert done.code == 0, done.err
    assert git(own.site, "rev-parse", "HEAD^{tree}").out == tree
    assert git(own.site, "rev-list", "--count", "HEAD").out == "1\n"
    assert git(own.site, "status", "--short").out == ""
    left = everything(own.site)
    assert b"Visa Jenny hur vi ljudar" not in left, "working material that finalise took out"
    assert OTHER.encode() in left, "what stands in the plan of today"
    assert refs(own) == before

"""`archive import`: what another school kept comes in, and nothing that is not that."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pytest

from iup.archive.ledger import LedgerWriter
from iup.cli import archive as command
from iup.errors import BrokenSealError, IupError, RefusedError
from iup.keys import keyring
from iup.office.transfer import bagit, intake, quarantine
from iup.seal import openpgp
from iup.seal.openpgp import Signer
from iup.system import files
from iup.system.clock import now
from iup.system.git import signed_commits
from tests.archive.test_show import documents, text
from tests.conftest import DAY, Done, Place, iup, shared
from tests.support.archiving import ARCHIVE, KILLED, entries, killed_before, refs
from tests.support.packages import JENNY, MENTOR, NOEL, OLD, SIBLING, Forger, faults, forger, moved_to, without_result
from tests.support.repository import git
from tests.support.sealing import flipped, gpg, gpg_home, new_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

TERM = "2026-HT"


@pytest.fixture(scope="module")
def sender(built: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forger]:
    """Return another school, with the files of a final plan as this program archives it."""
    root = tmp_path_factory.mktemp("sender")
    place = without_result(built, root)
    done = place.run("finalise", NOEL, "--term", "HT 2026", "--yes")
    assert done.code == 0, done.err
    listed = git(place.office, "ls-tree", "-r", "--name-only", f"{ARCHIVE}{NOEL}").out.split()
    with forger(root / "forger", {}) as made:
        made.files = {path: _blob(place, f"{ARCHIVE}{NOEL}:{path}") for path in listed}
        made.commit(made.files)
        yield made


def _blob(place: Place, name: str) -> bytes:
    return subprocess.run(["git", "cat-file", "blob", name], cwd=place.office, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def good(sender: Forger, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return a good package's files."""
    return sender.package(tmp_path_factory.mktemp("good") / "p")


@pytest.fixture(scope="module")
def receiving(built: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return the school that the pupil has come to; nobody may change it."""
    with shared(tmp_path_factory, "receiving", lambda root: moved_to(built, root)) as root:
        yield Place(root / "d")


@pytest.fixture
def own(receiving: Place, tmp_path: Path) -> Place:
    return without_result(receiving, tmp_path)


def laid(found: Mapping[str, bytes], folder: Path) -> Path:
    for path, data in found.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def imported(place: Place, package: Path, *more: str) -> Done:
    done = iup("archive", "import", package, "--site", place.site, "--as-of", DAY, *more)
    assert "Traceback" not in done.err
    return done


def taken(place: Place, package: Path, pupil: str = NOEL) -> bool:
    """Take a package in as the command does on a yes; say whether anything of it was new."""
    with keyring.opened(place.office) as opened, files.workroom(opened.workplace) as room:
        book = LedgerWriter(opened)
        arrived = intake.arrive(intake.opened(package, opened), room)
        if intake.is_taken(book, arrived, pupil):
            return False
        intake.take(book, arrived, pupil)
    return True


def shown(place: Place, reader: str, day: date) -> dict[str, str]:
    """Return what a recipient reads of earlier terms, by title."""
    return {d.title: text(d) for d in documents(place, reader, day) if d.view.document == "arkiv"}


# --- taking in


def test_a_history_comes_in_once_and_its_terms_are_read_by_those_with_a_relation_here(
    own: Place, sender: Forger, good: Mapping[str, bytes], tmp_path: Path
) -> None:
    package, key = laid(good, tmp_path / "p"), sender.signer.fingerprint
    assert own.run("share", NOEL).code == 0  # a term of their own, by the same name
    for wrong, code in (((), 2), (("--key", "0" * 40), 4), (("--as", SIBLING, "--key", key), 4)):
        assert imported(own, package, *wrong).code == code
    before = refs(own)
    assert len(entries(own)) == 1
    done = imported(own, package, "--key", f"{key[:20]} {key[20:].lower()}")
    assert done.code == 0, done.err
    assert key in done.err
    assert refs(own) != before
    assert [entry["event"] for entry in entries(own)] == ["delad", "mottagen"]
    listed = sorted(git(own.office, "ls-tree", "--name-only", f"{ARCHIVE}{NOEL}").out.split())
    assert [name[:17] for name in listed] == [TERM, f"{TERM}-mottagen-"]
    parents = git(own.office, "log", "-1", "--format=%P", f"{ARCHIVE}{NOEL}").out.split()
    assert parents == [before[f"{ARCHIVE}{NOEL}"], git(sender.repository, "rev-parse", "main").out.strip()]
    assert faults(own) == ""
    after = refs(own)
    done = imported(own, package, "--key", key)
    assert done.code == 0
    assert "Redan mottaget" in done.err
    assert refs(own) == after
    for reader in (JENNY, MENTOR):
        ((title, words),) = shown(own, reader, date.fromisoformat(DAY)).items()
        assert title == "Arkiv HT 2026 (tidigare skola): Noel Bergdahl"
        assert OLD in words


def test_a_later_package_tells_the_same_history_anew_and_a_killed_intake_is_begun_again(
    own: Place, sender: Forger, good: Mapping[str, bytes], tmp_path: Path
) -> None:
    key = ("--key", sender.signer.fingerprint)
    order = ("archive", "import", laid(good, tmp_path / "p"), *key, "--as-of", DAY)
    assert killed_before(own, "iup.system.git.signed_commits.move", *order) == KILLED
    assert refs(own) == {}
    assert taken(own, tmp_path / "p")
    first = git(sender.repository, "rev-parse", "main").out.strip()
    words = {path: data.replace(OLD.encode(), b"Noel kan nu alla bokstavsljud") for path, data in sender.files.items()}
    try:
        sender.commit({**words, **_renamed(sender.files, "2027-VT")}, first)
        later = laid(sender.package(tmp_path / "r"), tmp_path / "later")
    finally:
        git(sender.repository, "update-ref", "refs/heads/main", first)
    assert taken(own, later)
    listed = git(own.office, "ls-tree", "--name-only", f"{ARCHIVE}{NOEL}").out.split()
    assert [name[:7] for name in listed] == ["2026-HT", "2027-VT"], "one folder a term, the newest"
    read = shown(own, JENNY, date.fromisoformat(DAY))
    assert "Noel kan nu alla bokstavsljud" in read["Arkiv HT 2026 (tidigare skola): Noel Bergdahl"]
    assert len(read) == 2
    assert not taken(own, tmp_path / "p"), "the older one says nothing new"
    assert [entry["event"] for entry in entries(own)] == ["mottagen", "mottagen"]
    assert faults(own) == ""


def _renamed(files: Mapping[str, bytes], term: str) -> dict[str, bytes]:
    return {path.replace(TERM, term): data for path, data in files.items()}


def test_a_package_sealed_to_the_office_is_taken_in_as_it_is(
    own: Place, sender: Forger, good: Mapping[str, bytes], tmp_path: Path
) -> None:
    sealed = _sealed(own, bagit.packed(laid(good, tmp_path / "p")), tmp_path)
    done = imported(own, sealed, "--key", sender.signer.fingerprint)
    assert done.code == 0, done.err
    assert faults(own) == ""
    (tmp_path / "broken").write_bytes(sealed.read_bytes()[:-40])
    with pytest.raises(BrokenSealError):
        taken(own, tmp_path / "broken")
    bomb = _sealed(own, bytes(2_000_000), tmp_path, compressed=True).read_bytes()
    assert len(bomb) < 20_000
    home = own.office / "keyhome" / "office"
    assert len(openpgp.unseal(bomb, home, 2_000_000)) == 2_000_000
    with pytest.raises(BrokenSealError):
        openpgp.unseal(bomb, home, 1_999_999)
    openpgp.end_agent(home)


def _sealed(place: Place, data: bytes, folder: Path, *, compressed: bool = False) -> Path:
    with gpg_home() as ring:
        gpg(ring, "--import", place.office / "keyhome" / "office.gpg")
        level = ("--compress-algo", "zlib" if compressed else "none")
        name = gpg(ring, "--with-colons", "--list-keys").decode().split("fpr:::::::::")[1].split(":")[0]
        made = gpg(ring, "--trust-model", "always", *level, "--recipient", name, "--encrypt", feed=data)
    (folder / "sealed.pgp").write_bytes(made)
    return folder / "sealed.pgp"


def test_a_person_is_asked_whose_key_and_which_pupil_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def prompt(question: str, **_: object) -> str:
        asked.append(question)
        return "Ja" if len(asked) % 2 else "n"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", prompt)
    assert [command._is_senders("A" * 40, "") for _ in range(2)] == [True, False]
    assert [command._is_the_pupil("Noel Berg", "Noel Bergdahl") for _ in range(2)] == [True, False]
    assert len(asked) == 4
    assert command._is_the_pupil("noel  bergdahl", "Noel Bergdahl"), "written otherwise it is the same name"
    assert len(asked) == 4


def test_for_a_pupil_with_a_new_identity_nothing_comes_in(
    own: Place, sender: Forger, good: Mapping[str, bytes], tmp_path: Path
) -> None:
    with (own.site / f"content/pupils/{NOEL}/pupil.yaml").open("a", encoding="utf-8") as file:
        file.write("skyddade_personuppgifter:\n  - {slag: fingerade uppgifter, från: 2026-11-20}\n")
    own.commit()
    done = imported(own, laid(good, tmp_path / "p"), "--key", sender.signer.fingerprint)
    assert done.code == 4
    assert "Bergdahl" not in done.out + done.err
    assert refs(own) == {}


def test_a_pupil_who_comes_back_has_each_term_once(own: Place, tmp_path: Path) -> None:
    assert own.run("share", NOEL).code == 0
    head = refs(own)[f"{ARCHIVE}{NOEL}"]
    listed = git(own.office, "ls-tree", "-r", "--name-only", head).out.split()
    files = {path: _blob(own, f"{head}:{path}") for path in listed}
    with forger(tmp_path / "other", files) as other:
        git(other.repository, "fetch", "-q", str(own.office), f"{ARCHIVE}{NOEL}:refs/heads/main")
        tree = git(own.office, "rev-parse", f"{head}:{TERM}").out.strip()
        theirs = {**_renamed(files, "2027-VT"), "2027-VT/goals.yaml": files[f"{TERM}/goals.yaml"] + b"\n"}
        other.commit({**_renamed(files, f"{TERM}-mottagen-{tree[:12]}"), **theirs}, head)
        assert taken(own, laid(other.package(tmp_path / "r", **_own_key(own)), tmp_path / "p"))
    listed = sorted(git(own.office, "ls-tree", "--name-only", f"{ARCHIVE}{NOEL}").out.split())
    assert [name[:16] for name in listed] == [TERM, "2027-VT-mottagen"]
    assert faults(own) == ""


def _own_key(place: Place) -> dict[str, bytes]:
    with keyring.opened(place.office) as opened:
        assert opened.signer is not None
        return {f"nycklar/{opened.signer.fingerprint}.gpg": (opened.signer.home / "pubring.gpg").read_bytes()}


# --- what is no bag, or not a whole one


def _without(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda found: found.update() if found.pop(name) is None else None


def _flipped(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda found: found.update({name: flipped(found[name], len(found[name]) // 2)})


def _also(name: str, data: bytes = b"x") -> Callable[[dict[str, bytes]], None]:
    return lambda found: found.update({name: data})


def _said(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda found: found.update({name: found[name].replace(old, new)})


BUNDLE, LIST = "data/historik.bundle", "manifest-sha256.txt"
BROKEN: dict[str, Callable[[dict[str, bytes]], None]] = {
    "a byte of the history": _flipped(BUNDLE),
    "a byte of the list": _flipped(LIST),
    "a byte of the signed list": _flipped("tagmanifest-sha256.txt"),
    "a byte of the signature": _flipped("tagmanifest-sha256.txt.asc"),
    "no history": _without(BUNDLE),
    "no signature": _without("tagmanifest-sha256.txt.asc"),
    "no list of the lists": _without("tagmanifest-sha256.txt"),
    "a file more": _also("data/2026-HT/betyg.pdf"),
    "a file more beside": _also("README.txt"),
    "a file to be fetched": _also("fetch.txt", b"https://iup.example/a 3 data/a\n"),
    "a file listed with a weak sum alone": _also("manifest-md5.txt", b"0" * 32 + b"  data/a\n"),
    "a path that leads out of it": _said(LIST, b"data/historik", b"data/../../historik"),
    "another version of the format": _said("bagit.txt", b"0.97", b"9.9"),
    "an encoding that unpacks": _said("bagit.txt", b"UTF-8", b"zlib_codec"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_bag_that_is_not_whole_is_refused(good: Mapping[str, bytes], tmp_path: Path, how: str) -> None:
    found = dict(good)
    BROKEN[how](found)
    assert found != good
    with pytest.raises(RefusedError):
        intake.arrive(found, tmp_path)


def test_a_directory_with_links_devices_or_odd_names_is_refused(good: Mapping[str, bytes], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x", encoding="utf-8")
    makers: tuple[Callable[[Path], object], ...] = (
        lambda p: (p / "data" / "a").symlink_to(secret),
        lambda p: (p / "data" / "d").symlink_to(tmp_path, target_is_directory=True),
        lambda p: os.mkfifo(p / "data" / "pipe"),
        lambda p: (p / "data" / ".hidden").write_bytes(b"x"),
        lambda p: (p / "data" / "a\nb").write_bytes(b"x"),
        lambda p: os.mkdir(os.fsencode(p / "data") + b"/\xff"),  # noqa: PTH102  a name that is not UTF-8
        lambda p: (p / "data" / "/".join("abcdefgh")).mkdir(parents=True),
    )
    for number, make in enumerate(makers):
        package = laid(good, tmp_path / f"{number}")
        make(package)
        if number == 5:
            (package / "data").joinpath(os.fsdecode(b"\xff")).joinpath("a").write_bytes(b"x")
        with pytest.raises(RefusedError):
            bagit.read(package)
    with pytest.raises(IupError):
        intake.opened(
            tmp_path / "0" / "data" / "a", keyring.UnlockedOffice(tmp_path, "", None)
        )  # a link is not even opened


def test_a_tar_with_links_or_paths_that_lead_out_is_refused() -> None:
    for name, kind in (
        ("p/../../etc/passwd", tarfile.REGTYPE),
        ("/etc/passwd", tarfile.REGTYPE),
        ("p/a", tarfile.SYMTYPE),
        ("p/a", tarfile.LNKTYPE),
        ("p/a", tarfile.CHRTYPE),
        ("p/data/.git", tarfile.REGTYPE),
    ):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            tar.addfile(entry, io.BytesIO())
        with pytest.raises(RefusedError):
            bagit.unpacked(out.getvalue())
    assert bagit.unpacked(b"\0" * 10240) == {}
    with pytest.raises(RefusedError):
        bagit.unpacked(b"x" * 10240)


def test_a_package_that_is_too_large_is_refused_before_it_is_read(
    good: Mapping[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = laid(good, tmp_path / "p")
    with (package / "data" / "huge").open("wb") as file:
        file.truncate(bagit.MOST_BYTES)
    with pytest.raises(RefusedError, match="för stort"):
        bagit.read(package)
    monkeypatch.setattr(bagit, "_MOST_FILES", 3)
    (package / "data" / "huge").unlink()
    with pytest.raises(RefusedError, match="för stort"):
        bagit.read(package)


# --- whose it is


def test_keys_are_what_their_names_say_and_only_they_sign(
    sender: Forger, good: Mapping[str, bytes], tmp_path: Path
) -> None:
    (name,) = [path for path in good if path.startswith("data/nycklar/")]
    with gpg_home() as home:
        other = new_key(home, "other")
        public, secret = gpg(home, "--export", other), gpg(home, "--export-secret-keys", other)
        cases = (
            {name[5:]: public},
            {name[5:]: secret},
            {name[5:]: b""},
            {f"nycklar/{other}.gpg": public + good[name]},
            {"nycklar/a.gpg": public},
        )
        for number, case in enumerate(cases):
            with pytest.raises(RefusedError):
                intake.arrive(sender.package(tmp_path / "r", **case), _room(tmp_path, number))
        # Signed by somebody whose key is not in it: the checksums agree, the signature tells.
        (home / "pubring.gpg").write_bytes(public)
        found = {**good, bagit.SIGNATURE: openpgp.sign(good[bagit.LIST], Signer(home, other))}
        with pytest.raises(RefusedError, match="inte underskrivet"):
            intake.arrive(found, _room(tmp_path, "x"))


def _room(folder: Path, name: object) -> Path:
    room = folder / f"room{name}"
    room.mkdir()
    return room


# --- what is no history of ours


INDEX = f"{TERM}/arkiv.yaml"
DAY_LINE = "fastställd: 2026".encode()
HOSTILE_FILES: dict[str, Callable[[dict[str, bytes]], object]] = {
    "a file of another name": lambda f: f.update({f"{TERM}/betyg.txt": b"x"}),
    "a folder that is no term": lambda f: f.update({"Noel Bergdahl/plan.yaml": b"x"}),
    "a file beside the terms": lambda f: f.update({"README": b"x"}),
    "an index that is no YAML": lambda f: f.update({INDEX: b"a: [\n"}),
    "an index without documents": lambda f: f.update({INDEX: b'version: "1"\nelev: a6n4x\n'}),
    "an index of a later version": lambda f: f.update({INDEX: f[INDEX].replace(b"version: '1'", b"version: '2'")}),
    "a plan that is none": lambda f: f.update({f"{TERM}/plan.yaml": b"a: 1\n"}),
    "a form that is none": lambda f: f.update({f"{TERM}/form.yaml": b"[]\n"}),
    "people without names": lambda f: f.update({f"{TERM}/people.yaml": b"t3m8k: {roll: mentor}\n"}),
    "a role that is none": lambda f: f.update({INDEX: f[INDEX].replace(b"roll: mentor", b"roll: alla")}),
    "a day that is none": lambda f: f.update(
        {INDEX: f[INDEX].replace(b"fastst\xc3\xa4lld: 2026", b"fastst\xc3\xa4lld: i dag 2026")}
    ),
    "a document that is gone": lambda f: f.pop(f"{TERM}/roles.json"),
    "a document that is none": lambda f: f.update({f"{TERM}/roles.json": b"[]"}),
    "a place to write in": lambda f: f.update({f"{TERM}/roles.json": _with_place(f)}),
    "a document without end": lambda f: f.update({f"{TERM}/roles.json": _without_end(f)}),
    "a document that is part of itself": lambda f: f.update({f"{TERM}/roles.json": _part_of_itself(f)}),
    "a file without end": lambda f: f.update({f"{TERM}/plan.yaml": bytes(quarantine._MOST_IN_ONE + 1)}),
}


def _with_place(files: Mapping[str, bytes]) -> bytes:
    views = json.loads(files[f"{TERM}/roles.json"])
    place = dict.fromkeys(("key", "kind", "number", "label", "now", "for_pupil"), "x")
    views["head"]["own_places"] = [{**place, "choices": [], "limit": 9}]
    return json.dumps(views).encode()


def _without_end(files: Mapping[str, bytes]) -> bytes:
    """Return views whose list of who was present has each part twice in the next one: 2 to the power of 60 names."""
    views = json.loads(files[f"{TERM}/roles.json"])
    first = len(views["parts"])
    views["parts"] += [["x"], *([{"§": first + at}, {"§": first + at}] for at in range(60))]
    for copy in views["copies"].values():
        copy["present"] = {"§": first + 60}
    return json.dumps(views).encode()


def _part_of_itself(files: Mapping[str, bytes]) -> bytes:
    views = json.loads(files[f"{TERM}/roles.json"])
    views["parts"].append([{"§": len(views["parts"])}])
    for copy in views["copies"].values():
        copy["present"] = {"§": len(views["parts"]) - 1}
    return json.dumps(views).encode()


@pytest.mark.parametrize("how", HOSTILE_FILES)
def test_a_history_with_other_files_than_ours_is_refused(sender: Forger, tmp_path: Path, how: str) -> None:
    files = dict(sender.files)
    HOSTILE_FILES[how](files)
    assert files != sender.files
    sender.commit(files, to="hostile")
    _refused(sender, tmp_path, "hostile")


def _refused(sender: Forger, folder: Path, branch: str) -> None:
    """Have a branch bundled as if it were the sender's main, and expect it to be refused."""
    good = git(sender.repository, "rev-parse", "main").out.strip()
    try:
        git(sender.repository, "update-ref", "refs/heads/main", branch)
        bundle = sender.bundle()
    finally:
        git(sender.repository, "update-ref", "refs/heads/main", good)
    with pytest.raises(RefusedError):
        intake.arrive(sender.package(folder / "r", bundle=bundle), _room(folder, branch))


@pytest.mark.parametrize(
    "message",
    [
        "arkiv: utlämnad\n\nTermin: HT 2026\nKälla: arbetsfiler\n\nNoel Bergdahl",
        "Noel Bergdahl",
        "arkiv: gallrad\n\nTermin: HT 2026\nKälla: arbetsfiler",
    ],
)
def test_a_commit_that_says_more_than_ours_do_is_refused(sender: Forger, tmp_path: Path, message: str) -> None:
    sender.commit(sender.files, message=message, to="hostile")
    _refused(sender, tmp_path, "hostile")


def test_a_commit_by_somebody_else_and_one_that_nobody_signed_are_refused(sender: Forger, tmp_path: Path) -> None:
    main = git(sender.repository, "rev-parse", "main").out.strip()
    who = {f"GIT_{role}_{what}": "iup" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    tree = git(sender.repository, "rev-parse", "main^{tree}").out.strip()
    words = "arkiv: utlämnad\n\nTermin: HT 2026\nKälla: arbetsfiler"
    for name, value in (("NAME", "Noel"), ("EMAIL", "iup@localhost")):
        env = {**who, **{f"GIT_{role}_EMAIL": "iup@localhost" for role in ("AUTHOR", "COMMITTER")}}
        env |= {f"GIT_AUTHOR_{name}": value}
        made = git(sender.repository, "commit-tree", tree, "-p", main, "-m", words, env=env).out.strip()
        git(sender.repository, "update-ref", "refs/heads/hostile", made)
        (tmp_path / name).mkdir()
        _refused(sender, tmp_path / name, "hostile")
    # Signed, but by a key that the package does not have; then the one that it has on top of it.
    with gpg_home() as home:
        other = new_key(home, "other")
        (home / "pubring.gpg").write_bytes(gpg(home, "--export", other))
        writer = signed_commits.CommitWriter(
            sender.repository, partial(openpgp.sign, signer=Signer(home, other)), now()
        )
        below = writer.commit(tree, (), words)
        writer.store()
    sender.commit(sender.files, below, to="hostile")
    _refused(sender, tmp_path, "hostile")


def test_a_bundle_that_hides_something_leads_nowhere_or_unpacks_without_end_is_refused(
    sender: Forger, tmp_path: Path
) -> None:
    git(sender.repository, "update-ref", "refs/heads/more", sender.commit({"secret": b"x"}, to="more"))
    whole = sender.bundle()
    bomb = tmp_path / "bomb"
    with bomb.open("wb") as file:
        file.truncate(200_000_000)
    oid = git(sender.repository, "hash-object", "-w", str(bomb)).out.strip()
    feed = f"100644 blob {oid}\tplan.yaml\n".encode()
    run = subprocess.run(["git", "mktree"], cwd=sender.repository, input=feed, capture_output=True, check=True)
    tree = run.stdout.decode().strip()
    inside = git(sender.repository, "commit-tree", tree, "-m", "x", env=_NOBODY).out.strip()
    git(sender.repository, "update-ref", "refs/heads/bomb", inside)
    header = whole.partition(b"\n\n")[0]
    two = git(sender.repository, "rev-parse", "main", "more").out.split()
    packed = subprocess.run(
        ["git", "pack-objects", "--quiet", "--revs", "--stdout"],
        cwd=sender.repository,
        input="\n".join(two).encode(),
        capture_output=True,
        check=True,
    ).stdout
    cases = {
        "two branches": sender.bundle("HEAD", "refs/heads/main", "refs/heads/more"),
        "only another branch": sender.bundle("refs/heads/more"),
        "an object that nothing leads to": header + b"\n\n" + packed,
        "cut off": whole[:-30],
        "no bundle": b"# v2 git bundle\n",
        "nothing": b"x",
        "a bomb": sender.bundle("refs/heads/bomb").replace(b"refs/heads/bomb", b"refs/heads/main"),
    }
    for name, bundle in cases.items():
        with pytest.raises(RefusedError):
            intake.arrive(sender.package(tmp_path / "r", bundle=bundle), _room(tmp_path, name))


_NOBODY = {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


# --- proof


def test_a_history_that_came_in_is_proved_by_the_keys_it_came_with(own: Place, sender: Forger) -> None:
    main = git(sender.repository, "rev-parse", "main").out.strip()
    git(own.office, "fetch", "-q", str(sender.repository), "main")
    with gpg_home() as home, keyring.opened(own.office) as opened:
        other = new_key(home, "other")
        public = gpg(home, "--export", other)
        for keys, word in (
            ({sender.signer.fingerprint: sender.public}, ""),
            ({other: public}, "underskriven"),
            ({}, "saknar"),
        ):
            for ref in refs(own):
                git(own.office, "update-ref", "-d", ref)
            book = LedgerWriter(opened)
            tree = git(own.office, "rev-parse", f"{main}^{{tree}}").out.strip()
            book.take_in(NOEL, book.writer.commit(tree, (main,), "arkiv: mottagen"), keys)
            found = faults(own)
            assert (word in found) if word else not found

"""What a school has from a former version stays its own: it is shown, masked, taken in, proved, given on and purged.

`tests/kept/README.md` tells what is kept. What each command said of it at that version stands in `expected/`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.conftest import shared
from tests.support import keeping, smaller
from tests.support.archiving import entries, refs
from tests.support.keeping import KEPT, Kept, flowed, index, opened, vocabulary, without_marks, words
from tests.support.outside import told
from tests.support.repository import git
from tests.support.sealing import flipped, gpg, gpg_home, pdf_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOEL, LIV, GONE, MELVIN, TILDE, ELIAS, SAGA = "a6n4x", "b3w8j", "c8f3t", "d4u7r", "g3k8s", "r9e2h", "w2g9n"
PUPILS = (NOEL, LIV, MELVIN, TILDE, ELIAS, SAGA)
PRINCIPAL, OTHER_PRINCIPAL = "r4x8w", "h6d2q"
ROLES = ("vårdnadshavare", "mentor")
LATER = "2045-01-01"


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Return the kept school; nobody may change it."""
    with shared(tmp_path_factory, "kept", keeping.unpack) as root:
        yield Kept(root)


@pytest.fixture
def own(kept: Kept, tmp_path: Path) -> Iterator[Kept]:
    """Return a copy for the test alone."""
    copy = kept.own(tmp_path / "d")
    yield copy
    copy.end_agents()


@pytest.fixture
def recorded(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a function that compares a text with what was recorded. What is recorded is never written over."""

    def compare(name: str, text: str) -> None:
        path = KEPT / "expected" / name
        if request.config.getoption("--update-golden") and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text("utf-8")

    return compare


def recipients() -> dict[str, list[str]]:
    """Return whose sealed files are kept."""
    return dict(index()["files"])


def said_by(recipient: str, name: str) -> str:
    """Return where the words of a sealed file are recorded."""
    return f"opened/{recipient}{name[20:].removesuffix('.pgp')}.txt"


# --- it is read


def test_the_kept_files_have_no_fault_and_every_key_is_good(kept: Kept) -> None:
    assert kept.say("check").err.splitlines()[-1].startswith("0 fel, 0 varningar")
    assert kept.say("keys check").err.splitlines()[-1].endswith("granskade, 0 med fel.")


@pytest.mark.parametrize("pupil", PUPILS)
def test_earlier_terms_are_shown_word_by_word(kept: Kept, recorded: Callable[[str, str], None], pupil: str) -> None:
    listed = kept.ask("archive show", pupil).out
    told_ = [listed]
    for row in listed.splitlines():
        term = row.split("  ")[0]
        for role in ROLES:
            shown = kept.ask("archive show", pupil, "--term", term, "--role", role)
            assert shown.code in {0, 2}, shown.err
            told_.append(f"## {term}, {role}\n\n{words(shown.out) if shown.code == 0 else flowed(shown.err)}")
    recorded(f"shown/{pupil}.txt", "\n".join(told_))


@pytest.mark.parametrize("recipient", sorted(recipients()))
def test_every_sealed_file_opens_with_its_words_or_key(
    kept: Kept, recorded: Callable[[str, str], None], tmp_path: Path, recipient: str
) -> None:
    said = index()["words"].get(recipient, "")
    for name in recipients()[recipient]:
        recorded(said_by(recipient, name), opened(kept, name, said, tmp_path))


def test_the_manifest_is_signed_by_the_school_and_lists_the_kept_files(kept: Kept) -> None:
    listed = json.loads((kept.current / "manifest.json").read_text("utf-8"))
    digests = {file["name"]: file["sha256"] for file in listed["files"]}
    for name in (name for names in recipients().values() for name in names):
        assert digests[name] == sha256((kept.current / name).read_bytes()).hexdigest()
    stem = recipients()["x3f6t"][0][:20]
    with gpg_home() as home:
        gpg(home, "--import", kept.root / "sent" / stem / "skolans-nyckel.asc")
        gpg(home, "--verify", kept.current / "manifest.json.asc", kept.current / "manifest.json")


def test_the_archive_is_what_the_ledger_says_and_has_every_kind_of_entry(
    kept: Kept, recorded: Callable[[str, str], None]
) -> None:
    done = kept.say("archive verify", day="")
    assert done.out == ""
    recorded("verified.txt", done.err)
    kinds = {str(entry["event"]) for entry in entries(kept)}
    assert kinds == {"utlämnad", "delad", "fastställd", "svar", "mottagen", "gallrad", "ny nyckel"}


def test_what_was_sent_is_told_to_be_the_school_s_and_an_altered_file_is_not(
    kept: Kept, recorded: Callable[[str, str], None], tmp_path: Path
) -> None:
    sent = sorted(path for path in (kept.root / "sent").glob("*/*") if path.suffix != ".asc")
    done = kept.say("archive verify", *sent, day="")
    recorded("sent.txt", keeping.told_of(f"{kept.root}/sent", done.out))
    altered = tmp_path / "altered.pdf"
    altered.write_bytes(flipped(next(path for path in sent if path.suffix == ".pdf").read_bytes(), -100))
    assert "ingen fil" in kept.say("archive verify", altered, day="", ends=4).out


def test_a_lost_archive_and_a_lost_entry_are_noticed(own: Kept) -> None:
    git(own.office, "update-ref", "-d", f"refs/iup/archive/{TILDE}")
    assert TILDE in own.say("archive verify", day="", ends=4).out
    git(own.office, "update-ref", f"refs/iup/archive/{TILDE}", refs(own)[f"refs/iup/archive/{NOEL}"])
    assert TILDE in own.say("archive verify", day="", ends=4).out


# --- it goes on


def test_the_kept_files_are_made_anew_with_their_words(own: Kept, tmp_path: Path) -> None:
    phrases = index()["words"]
    for recipient in recipients():
        files = told(own.say("build", "--json", "--recipient", recipient).out)
        for name in files[recipient]:
            made = opened(own, name, phrases.get(recipient, ""), tmp_path)
            sent = (KEPT / "expected" / said_by(recipient, name)).read_text("utf-8")
            if ".html" in name:
                assert without_marks(made) == without_marks(sent), name
            else:
                assert vocabulary(made) == vocabulary(sent), name


@pytest.mark.parametrize(
    "pupils", [pytest.param((TILDE,), id="one"), pytest.param(PUPILS, id="all", marks=pytest.mark.campaign)]
)
def test_all_of_it_is_built_anew_and_handed_out(own: Kept, tmp_path: Path, pupils: tuple[str, ...]) -> None:
    before = {file["name"][:20] for file in json.loads((own.current / "manifest.json").read_text("utf-8"))["files"]}
    if pupils != PUPILS:
        smaller.leave(own, *pupils)
    for path in own.current.iterdir():
        if not path.name.startswith("manifest"):
            path.unlink()
    made = {name[:20] for names in told(own.say("build", "--json").out).values() for name in names}
    assert made == before if pupils == PUPILS else made < before
    own.say("deliver", tmp_path / "sent")
    assert own.say("archive verify", day="").out == ""


def test_replies_that_wait_and_replies_that_come_are_taken_in(own: Kept, recorded: Callable[[str, str], None]) -> None:
    (reply, *_) = json.loads(own.say("receive", "--list", "--json").out)
    assert "keys publish-signing" in own.say("receive", "--accept", reply["id"], ends=3).err
    own.say("keys publish-signing")
    before = git(own.site, "rev-parse", "HEAD").out.strip()
    waiting = json.loads(own.say("receive", "--list", "--json").out)
    assert len(waiting) == 2
    own.say("receive", own.root / "loose", "--list")
    waiting = json.loads(own.say("receive", "--list", "--json").out)
    # How something came is told since.
    then = [{name: told for name, told in one.items() if name not in ("claimed", "sent", "file")} for one in waiting]
    recorded("waiting.json", json.dumps(then, ensure_ascii=False, indent=1) + "\n")
    for reply in sorted(waiting, key=lambda one: (one["pupil"], one["channel"])):
        own.say("receive", "--accept", reply["id"])
    assert json.loads(own.say("receive", "--list", "--json").out) == []
    recorded("received.diff", keeping.changes(own, before))
    assert own.say("check").err.splitlines()[-1].startswith("0 fel")
    assert own.say("archive verify", day="").out == ""


def test_the_copies_that_are_public_are_masked_word_by_word(own: Kept, recorded: Callable[[str, str], None]) -> None:
    for number in ("3", "4"):
        recorded(f"masked/review-{number}.txt", own.say("disclose review", number).out)
    recorded("masked/3.txt", vocabulary(keeping.handed_out(own, 3)))
    keeping.decide(own, 4)
    recorded("masked/4.txt", vocabulary(keeping.released(own, 4, PRINCIPAL)))
    recorded("masked/1.txt", keeping.copy_of(own, 1))
    # The same decision once more, about the same earlier term.
    own.say("disclose new", TILDE, "--term", "HT 2025", "--arrived", "2026-11-24 10:00", day="")
    decided = yaml.safe_load((own.office / "requests" / "1" / "decision.yaml").read_text("utf-8"))
    places = decided["terminer"][0]["platser"]
    for place in places.values():
        for masking in place.get("maskeringar", ()):
            if masking.pop("spann", None):
                masking["text"] = "Engelska: muntliga uppgifter i mindre grupp före redovisningen."
    own.say("disclose review", "6")
    keeping.decide(own, 6, places)
    again = keeping.released(own, 6, OTHER_PRINCIPAL).replace("Begäran 6", "Begäran 1")
    assert vocabulary(again) == vocabulary(keeping.copy_of(own, 1))


def test_an_archive_leaves_as_a_package(kept: Kept, recorded: Callable[[str, str], None], tmp_path: Path) -> None:
    kept.say("archive export", TILDE, "--to", tmp_path / "package")
    said = []
    for path in sorted((tmp_path / "package").rglob("*")):
        if not path.is_file():
            continue
        said.append(f"## {path.relative_to(tmp_path / 'package')}\n")
        if path.suffix == ".yaml":
            said.append(path.read_text("utf-8"))
        elif path.name == "guardian.html":
            said.append(words(path.read_text("utf-8")))
        elif path.name == "guardian.pdf":
            said.append(vocabulary(pdf_text(path.read_bytes())))
    recorded("exported.txt", "\n".join(said))


def test_a_package_from_another_school_is_taken_in(own: Kept, recorded: Callable[[str, str], None]) -> None:
    own.say("archive import", own.root / "package", "--key", index()["sender"])
    listed = own.say("archive show", ELIAS).out
    term = listed.splitlines()[-1].split("  ")[0]
    recorded("imported.txt", listed + words(own.say("archive show", ELIAS, "--term", term).out))
    assert own.say("archive verify", day="").out == ""


def test_what_is_due_is_told_and_a_hold_stands_in_the_way(kept: Kept, recorded: Callable[[str, str], None]) -> None:
    recorded("due.json", kept.say("retain report", "--json", day=LATER).out)
    recorded("holds.txt", flowed(re.sub(r"[^\w\s-]", " ", kept.say("retain hold list", day="").out)))
    assert "spärr" in kept.say("retain purge", SAGA, "--decision", "BUN 2045/0001", ends=4).err


def test_a_pupil_is_purged_and_it_is_proved(own: Kept, recorded: Callable[[str, str], None], tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(own.site), "before.git")
    order = (LIV, "--decision", "BUN 2031/0008")
    recorded("purge.txt", keeping.told_of(str(own.root), own.say("retain purge", *order).out))
    assert "Gallrat och bevisat: 1 elev" in own.say("retain purge", *order, "--execute").err
    assert own.say("archive verify", day="").out == ""
    assert own.say("check").err.splitlines()[-1].startswith("0 fel")
    assert Counter(str(entry["event"]) for entry in entries(own))["gallrad"] == 2
    for copy, ends in ((own.site, 0), (tmp_path / "before.git", 4)):
        own.say("retain verify", "--repo", copy, day="", ends=ends)


def test_a_copy_with_what_was_purged_by_the_former_version_is_still_found(kept: Kept, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "old")
    for name, ends in (("Noel Bergdahl", 0), ("Iris Owusu", 4)):
        (tmp_path / "old" / "x.txt").write_text(f"{name}\n", encoding="utf-8")
        kept.say("retain verify", "--repo", tmp_path / "old", "--protocol", "1", day="", ends=ends)

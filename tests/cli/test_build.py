"""`build` as a user runs it: what is made anew, what is kept, what goes, and what the result says about itself."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from iup.errors import ExitCode
from tests.conftest import DAY, iup
from tests.support.outside import passphrases
from tests.support.sealing import exported, gpg_home, new_key, pdf_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import Done, Place

NOEL, NOELS_PLAN = "a6n4x", "content/pupils/a6n4x/plan.yaml"
WRITTEN, REWRITTEN = "Noel kan alla bokstavsljud", "Noel kan nu alla bokstavsljud"
# Who reads how Noel's knowledge develops: he, his mother, his mentor, his principal, and who teach him.
NOELS_READERS = {"a6n4x", "e5h7w", "t3m8k", "r4x8w", "j2y8c", "g4s7e"}

FORMER_GUARDIAN = "p7n4s"


def result(place: Place) -> dict[str, bytes]:
    """Return the sealed files, without the manifest and its signature."""
    return {path.name: path.read_bytes() for path in place.current.iterdir() if "manifest" not in path.name}


def times(place: Place) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in place.current.iterdir() if "manifest" not in path.name}


def owners(done: Done) -> dict[str, str]:
    """Return who got each file, as `build --json` says."""
    assert done.out, done.err
    files: dict[str, list[str]] = json.loads(done.out)["files"]
    return {name: recipient for recipient, names in files.items() for name in names}


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def edit(place: Place, path: str, old: str, new: str) -> None:
    file = place.site / path
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, path
    file.write_text(text.replace(old, new), encoding="utf-8")


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    found = (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes()) for path in found}


# --- what is made anew, and what is kept


def test_a_second_build_keeps_every_file(place: Place) -> None:
    before, earlier = result(place), times(place)
    done = place.run("build", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["made"], told["kept"], told["removed"]) == (0, len(before), 0)
    assert result(place) == before
    assert times(place) == earlier


def test_an_edit_remakes_the_files_of_those_who_read_it_and_no_other(place: Place) -> None:
    before = result(place)
    edit(place, NOELS_PLAN, WRITTEN, REWRITTEN)
    place.commit()
    done = place.run("build", "--json")
    assert done.code == 0, done.err
    owner = owners(done)
    remade = changed(before, result(place))
    assert {owner[name] for name in remade} == NOELS_READERS
    assert all(".html" in name or not name.split(".")[0].endswith("-0") for name in remade), "a start page stays"
    assert json.loads(done.out)["made"] == len(remade)


def test_a_narrowed_build_leaves_all_other_files_as_they_are(place: Place) -> None:
    before, earlier = result(place), times(place)
    edit(place, NOELS_PLAN, WRITTEN, REWRITTEN)
    edit(place, "content/pupils/k7q2m/plan.yaml", "Det stora steget i höst", "Det största steget i höst")
    place.commit()
    done = place.run("build", "--json", "--recipient", "e5h7w")
    remade = changed(before, result(place))
    assert {owners(done)[name] for name in remade} == {"e5h7w"}
    after = result(place)
    done = place.run("build", "--json", "--pupil", NOEL)
    more = changed(after, result(place))
    assert {owners(done)[name] for name in more} == NOELS_READERS - {"e5h7w"}
    assert all(times(place)[name] == moment for name, moment in earlier.items() if name not in remade | more)


def test_a_guardian_whose_custody_ended_loses_the_files(place: Place, built_for: dict[str, str]) -> None:
    edit(place, "content/pupils/b3w8j/pupil.yaml", "- person: p7n4s\n", "- person: p7n4s\n    till: 2026-11-01\n")
    place.commit()
    before = result(place)
    done = place.run("build", "--json")
    assert done.code == 0, done.err
    lost = before.keys() - result(place).keys()
    assert lost == {name for name, owner in built_for.items() if owner == FORMER_GUARDIAN}
    assert FORMER_GUARDIAN not in json.loads(done.out)["files"]


# --- the manifest and the names


def test_the_manifest_lists_exactly_the_files_that_are_there(built: Place) -> None:
    listed = json.loads((built.current / "manifest.json").read_bytes())["files"]
    assert {entry["name"]: entry["sha256"] for entry in listed} == {
        name: hashlib.sha256(data).hexdigest() for name, data in result(built).items()
    }
    assert [entry["name"] for entry in listed] == sorted(entry["name"] for entry in listed)


def test_the_manifest_is_signed_by_the_school(built: Place) -> None:
    signing = built.office / "keyhome" / "signing" / "pubring.gpg"
    fingerprint = re.search(r"signeringsnyckel: (\w+)", (built.office / "office.yaml").read_text(encoding="utf-8"))
    assert fingerprint
    with gpg_home() as home:
        run = ["gpg", "--homedir", home, "--no-default-keyring", "--keyring", signing, "--status-fd", "1", "--verify"]
        files = [built.current / "manifest.json.asc", built.current / "manifest.json"]
        status = subprocess.run([*map(str, run), *map(str, files)], capture_output=True, check=True, text=True).stdout
    assert "GOODSIG" in status
    assert f"VALIDSIG {fingerprint[1]}" in status


def test_neither_manifest_nor_names_say_whose_the_files_are(built: Place, files: dict[str, bytes]) -> None:
    told = (built.current / "manifest.json").read_text(encoding="utf-8") + " ".join(result(built))
    ids = {match[1] for path in files if (match := re.match(r"content/(?:people|pupils)/(\w+)", path))}
    yaml = b"\n".join(data for path, data in files.items() if path.startswith(("content/people/", "content/pupils/")))
    names = set(re.findall(r"(?:förnamn|efternamn): (\S+)", yaml.decode()))
    assert len(ids) > 40
    assert len(names) > 40
    assert not [word for word in ids | names if word in told]


def test_every_name_is_opaque(built: Place) -> None:
    assert all(re.fullmatch(r"[0-9a-f]{20}(-\d+\.pdf|\.html)(\.pgp)?", name) for name in result(built))


def test_all_that_is_published_is_for_its_owner_only(built: Place) -> None:
    paths = [*(built.site / "output").rglob("*"), *(built.office / "secrets").rglob("*")]
    assert not [path for path in paths if not path.is_symlink() and path.stat().st_mode & 0o077]


# --- what is left out


def test_a_dry_run_writes_nothing(place: Place) -> None:
    edit(place, NOELS_PLAN, WRITTEN, REWRITTEN)
    place.commit()
    before = snapshot(place.root)
    done = place.run("build", "--dry-run", "--json")
    assert done.code == 0
    assert json.loads(done.out)["made"] > len(NOELS_READERS)
    assert snapshot(place.root) == before


def test_what_is_not_committed_is_counted_and_left_out_unless_asked_for(place: Place) -> None:
    before = result(place)
    edit(place, NOELS_PLAN, WRITTEN, REWRITTEN)
    (place.site / "content" / "people" / "new.txt").write_text("", encoding="utf-8")
    done = place.run("build", "--json")
    assert json.loads(done.out)["uncommitted"] == 2
    assert "2 filer är ändrade" in done.err
    assert result(place) == before
    (place.site / "content" / "people" / "new.txt").unlink()
    done = place.run("build", "--json", "--worktree", "--pupil", NOEL)
    assert json.loads(done.out)["uncommitted"] == 0
    assert {owners(done)[name] for name in changed(before, result(place))} == NOELS_READERS


# --- keys


def test_a_new_passphrase_opens_the_next_build_and_the_old_one_does_not(place: Place, tmp_path: Path) -> None:
    old = passphrases(place)["e5h7w"]
    letter = iup("keys", "new-passphrase", "e5h7w", "--site", place.site, "--as-of", DAY)
    assert letter.code == 0
    assert old not in letter.out
    new = next(line.strip() for line in letter.out.splitlines() if line.startswith("    "))
    done = place.run("build", "--json", "--recipient", "e5h7w")
    words = tmp_path / "words"
    for name in json.loads(done.out)["files"]["e5h7w"]:
        for passphrase, code in ((new, ExitCode.OK), (old, ExitCode.PARTIAL)):
            words.write_text(passphrase, encoding="ascii")
            opened = iup("unseal", place.current / name, "--passphrase-file", words, "--to", tmp_path / "out")
            assert opened.code == code, name


def test_unseal_opens_each_kind_and_refuses_the_wrong_key(
    built: Place, built_for: dict[str, str], tmp_path: Path
) -> None:
    own, others = tmp_path / "own", tmp_path / "others"
    own.write_text(passphrases(built)["e5h7w"].upper().replace("-", " "), encoding="ascii")
    others.write_text(passphrases(built)["a6n4x"], encoding="ascii")
    right, wrong = ("--passphrase-file", own), ("--passphrase-file", others)
    with gpg_home() as stranger:
        cases = [
            (next(n for n, o in built_for.items() if o == "e5h7w" and n.endswith("-1.pdf")), right, wrong),
            (next(n for n, o in built_for.items() if o == "e5h7w" and n.endswith(".html")), right, wrong),
            (
                next(n for n, o in built_for.items() if o == "t3m8k" and n.endswith(".html.pgp")),
                ("--home", built.keyring),
                ("--home", stranger),
            ),
        ]
        for name, key, other in cases:
            out = tmp_path / name
            assert iup("unseal", built.current / name, *other, "--to", out).code == ExitCode.PARTIAL
            assert not out.exists()
            assert iup("unseal", built.current / name, *key, "--to", out).code == ExitCode.OK
            text = pdf_text(out.read_bytes()) if name.endswith(".pdf") else out.read_text(encoding="utf-8")
            assert "Noel" in text, name
            assert out.stat().st_mode & 0o077 == 0


MISSING, EXPIRED, SIGNS, ENDING, WORDLESS = "b7w4n", "j2y8c", "g4s7e", "m5c3t", "e5h7w"


def give_bad_keys(place: Place) -> None:
    """Make one recipient's key bad in each way, and let another one's end in a month."""
    with gpg_home() as home:
        soon = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
        made = {
            EXPIRED: new_key(home, EXPIRED, at="20200101", ends="2021-01-01"),
            SIGNS: new_key(home, SIGNS, kinds=("ed25519", "")),
            ENDING: new_key(home, ENDING, ends=soon),
        }
        for person, fingerprint in made.items():
            (place.site / "content" / "keys" / f"{fingerprint}.gpg").write_bytes(exported(home, fingerprint))
            file = place.site / "content" / "people" / f"{person}.yaml"
            text = file.read_text(encoding="utf-8")
            file.write_text(re.sub("certifikat: .*", f"certifikat: {fingerprint}", text), encoding="utf-8")
    (place.office / "secrets" / f"{WORDLESS}.sealed").unlink()
    known = (place.site / "content" / "people" / f"{MISSING}.yaml").read_text(encoding="utf-8")
    fingerprint = known.split("certifikat: ")[1].split()[0]
    (place.site / "content" / "keys" / f"{fingerprint}.gpg").unlink()
    place.commit()


def test_a_bad_key_is_found_and_stops_its_owner_and_nobody_else(place: Place, built_for: dict[str, str]) -> None:
    before = result(place)
    give_bad_keys(place)

    asked = iup("keys", "check", "--site", place.site, "--as-of", DAY)
    assert asked.code == ExitCode.PARTIAL
    lines = asked.err.splitlines()
    said = {
        MISSING: "fel: b7w4n (openpgp): certifikatfilen saknas",
        EXPIRED: "fel: j2y8c (openpgp): nyckeln gick ut 2021-01-01",
        SIGNS: "fel: g4s7e (openpgp): nyckeln har ingen del att kryptera till, bara att skriva under med",
        WORDLESS: "fel: e5h7w (lösenfras): lösenfras saknas",
    }
    assert sorted(line for line in lines if line.startswith("fel:")) == sorted(said.values())
    assert [line for line in lines if line.startswith("varning: m5c3t: nyckeln går ut ")]

    done = place.run("build", "--json")
    assert done.code == ExitCode.PARTIAL
    told = json.loads(done.out)
    assert told["failed"].keys() == said.keys()
    assert all(f"fel: {person} fick inget: " in done.err for person in said)
    after = result(place)
    gone = before.keys() - after.keys()
    assert gone == {name for name, owner in built_for.items() if owner in said}
    assert {built_for[name] for name in changed(before, after) - gone} == {ENDING}


@pytest.fixture(scope="session")
def built_for(built: Place) -> dict[str, str]:
    """Return who each file of the built demonstration is for."""
    return owners(built.run("build", "--dry-run", "--json"))


def test_the_day_of_the_result_is_the_day_asked_for(built: Place) -> None:
    assert json.loads((built.current / "manifest.json").read_bytes())["as_of"] == DAY


def test_a_file_that_was_only_touched_is_not_counted_and_one_changed_behind_its_time_is(place: Place) -> None:
    plan, goals = place.site / NOELS_PLAN, place.site / "content" / "pupils" / NOEL / "goals.yaml"
    plan.touch()
    status = goals.stat()
    goals.write_text(goals.read_text(encoding="utf-8").replace("a", "o", 1), encoding="utf-8")
    os.utime(goals, ns=(status.st_atime_ns, status.st_mtime_ns))
    done = place.run("build", "--json", "--dry-run")
    assert json.loads(done.out)["uncommitted"] == 1

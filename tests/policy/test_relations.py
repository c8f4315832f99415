"""A relation counts between its dates: what each home and teacher gets changes on the very day, and for nobody else."""

from __future__ import annotations

import pickle
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Place, iup, shared
from tests.support import outside, smaller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.support.outside import Opened

BEFORE, LAST, FIRST, AFTER = "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28"
OTHERS = ("b3w8j", "m8t4d", "t5h6v", "z6c9u", "w2g9n")  # the class 5A, and the one who comes to be protected
# Whose files are opened on the two days between which something changes.
READERS = {LAST: ("u2r9p", "s7d5j", "w6t2y", "j2y8c", "t3m8k", "f9w3c"), FIRST: ("s7d5j", "j2y8c", "t3m8k", "f9w3c")}


@dataclass(frozen=True)
class Day:
    """What stood in the output on a day: who had which bytes, and some of it opened."""

    made: set[str]
    gone: set[str]
    opened: dict[str, Opened]
    on_disk: set[str]
    files: dict[str, list[str]]


def edited(path: Path, pattern: str, new: str) -> None:
    text, count = re.subn(pattern, new, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert count == 1, pattern
    path.write_text(text, encoding="utf-8")


def changing(place: Place) -> None:
    """Let custody, teaching and an unprotected life all end with the same day."""
    pupils, schools = place.site / "content" / "pupils", place.site / "content" / "schools"
    edited(pupils / "c8f3t" / "pupil.yaml", r"(- person: u2r9p\n    från: \S+)", rf"\1\n    till: {LAST}")
    edited(pupils / "w2g9n" / "pupil.yaml", r"(sekretessmarkering\n    från:) \S+", rf"\1 {FIRST}")
    # b7w4n takes over, so that each subject is still taught.
    for subject, teacher, only in (("Modersmål", "w6t2y", ", endast: [z6c9u]"), ("Bild", "j2y8c", "")):
        path = schools / "kvarnriset.yaml"
        text = path.read_text(encoding="utf-8")
        row = f"{{ämne: {subject}, lärare: {teacher}, från: 2026-08-17{only}}}"
        start = text.index(row, text.index("id: kv5a"))
        ended = row.replace("2026-08-17", f"2026-08-17, till: {LAST}")
        heir = row.replace(teacher, "b7w4n").replace("2026-08-17", FIRST)
        text = f"{text[:start]}{ended}\n      - {heir}{text[start + len(row) :]}"
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def days(built: Place, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Day]]:
    """Build on four days in a row; once for all workers."""

    def make(root: Path) -> None:
        place = built.copied(root)
        found = _four_days(place, browser, tmp_path_factory)
        (root / "days").write_bytes(pickle.dumps(found))

    with shared(tmp_path_factory, "days", make) as root:
        yield pickle.loads((root / "days").read_bytes())  # noqa: S301  written above


def _four_days(place: Place, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Day]:
    smaller.leave(place, *smaller.CLASS, *OTHERS)
    changing(place)
    place.commit()
    found: dict[str, Day] = {}
    before: dict[str, bytes] = {}
    owners: dict[str, str] = {}
    for day in (BEFORE, LAST, FIRST, AFTER):
        done = iup("build", "--site", place.site, "--as-of", day, "--json")
        assert done.code == 0, done.err
        files = outside.told(done.out)
        now = {path.name: path.read_bytes() for path in place.current.iterdir() if ".json" not in path.suffixes}
        owners |= {name: reader for reader, names in files.items() for name in names}
        folder = tmp_path_factory.mktemp("o")
        opener = outside.Opener(place, files, browser, folder)
        found[day] = Day(
            made={owners[name] for name in now if before.get(name) != now[name] and name in owners},
            gone={owners[name] for name in before.keys() - now.keys()},
            opened={reader: opener.open(reader) for reader in READERS.get(day, ())},
            on_disk=set(now),
            files=files,
        )
        before = now
    return found


def read(opened: Opened) -> str:
    return "\n".join(f"{sheet.title}\n{sheet.text}" for sheet in (*opened.pdfs, *opened.articles))


def test_nothing_changes_on_a_day_when_no_relation_does(days: dict[str, Day]) -> None:
    for quiet in (LAST, AFTER):
        assert days[quiet].made == set()
        assert days[quiet].gone == set()


def test_on_the_day_exactly_those_concerned_get_something_new(days: dict[str, Day]) -> None:
    around_protected = {"w2g9n", "f9w3c", "m5c3t", "n7f5b", "p8r6d", "x8p6h", "z5q4m", "h6d2q"}
    assert days[FIRST].made == around_protected | {"j2y8c", "t3m8k", "b7w4n"}
    assert days[FIRST].gone == {"u2r9p", "w6t2y"}


@pytest.mark.parametrize("reader", ["u2r9p", "w6t2y"])
def test_who_has_no_relation_left_has_no_file_left(days: dict[str, Day], reader: str) -> None:
    assert len(days[LAST].opened[reader].articles) > 1
    assert reader not in days[FIRST].files
    assert not days[FIRST].on_disk & set(days[LAST].files[reader])


def test_the_other_guardian_s_bundle_is_the_same(days: dict[str, Day]) -> None:
    assert days[FIRST].opened["s7d5j"].articles == days[LAST].opened["s7d5j"].articles


def test_the_mentor_no_longer_has_the_contact_data_of_an_ended_guardian(days: dict[str, Day]) -> None:
    assert "070-174 06 10" in read(days[LAST].opened["t3m8k"])
    assert "070-174 06 10" not in read(days[FIRST].opened["t3m8k"])


def test_a_teacher_keeps_the_class_that_they_still_teach(days: dict[str, Day]) -> None:
    shown = {day: "\n".join(a.title for a in days[day].opened["j2y8c"].articles[1:]) for day in (LAST, FIRST)}
    for given in ("Alva", "Noel", "Iris", "Elias"):
        assert given in shown[FIRST]
    for given in ("Hugo", "Daryna", "Liv", "Vilgot"):
        assert given in shown[LAST]
        assert given not in shown[FIRST]


def test_the_school_is_named_until_protection_begins_and_not_after(days: dict[str, Day]) -> None:
    for needle in ("Ljusfallet", "5B", "Fallbrovägen"):
        assert needle in read(days[LAST].opened["f9w3c"])
        assert needle not in read(days[FIRST].opened["f9w3c"])


def test_a_guardian_writes_for_the_pupil_until_the_day_of_literacy(built: Place, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(built.site, site, ignore=shutil.ignore_patterns("output"))
    edited(site / "content" / "pupils" / "a6n4x" / "pupil.yaml", r"\Z", "skrivkunnig_från: 2026-12-01\n")
    asked = ("explain", "--site", site, "--pupil", "a6n4x", "--field", "förberedelse_eleven")
    last = iup(*asked, "--reader", "e5h7w", "--as-of", "2026-11-30").out
    first = iup(*asked, "--reader", "e5h7w", "--as-of", "2026-12-01").out
    assert ("läsa: ja" in last, "skriva: ja" in last) == (True, True)
    assert ("läsa: ja" in first, "skriva: ja" in first) == (True, False)
    assert "skriva: ja" in iup(*asked, "--reader", "a6n4x", "--as-of", "2026-12-01").out

"""What a save changes is all that is read again, and the result is what a first reading would say."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

from iup.build.site_state import Rereading
from iup.build.watch import Files
from iup.checks.runner import Checker
from iup.view.bundle import Bundler
from tests.conftest import DAY
from tests.support.previewing import files_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from iup.build.site_state import SiteState

TODAY = date.fromisoformat(DAY)
NOEL = "content/pupils/a6n4x"
READERS = ("e5h7w", "t3m8k")


class Watched:
    """A site that is read time after time, as the preview reads it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._files = Files(root)
        self._rereading = Rereading()
        self.state: SiteState | None = None

    def read(self, day: date = TODAY) -> SiteState:
        look = self._files.look()
        self.state = self._rereading.read(self._files.still(look), look, day, self.state)
        return self.state


def said(state: SiteState) -> tuple[object, ...]:
    """Return all that a state says: what is wrong, who reads, and what some see where every file can be read."""
    if state.school is None or state.policy is None or state.unread:
        return state.problems, state.readers
    bundler = Bundler(state.school, state.policy, state.day, b"k" * 32)
    known = (state.readers.recipients.get(reader) for reader in READERS)
    marks = [[document.mark for document in bundler.bundle(one).documents] for one in known if one]
    return state.problems, state.readers, marks


def replaced(path: str, before: str, after: str) -> tuple[str, str, str]:
    return path, before, after


EDITS = (
    replaced(f"{NOEL}/plan.yaml", "kan alla bokstavsljud", "kan nu alla bokstavsljud"),
    replaced(f"{NOEL}/plan.yaml", "läge: delad", "läge: delat"),
    replaced(f"{NOEL}/plan.yaml", "läge: delat", "läge: utkast"),
    replaced(f"{NOEL}/goals.yaml", "mål:", "mal:"),
    replaced(f"{NOEL}/pupil.yaml", "förnamn: Noel", "förnamn: Leon"),
    replaced("content/schools/kvarnriset.yaml", "namn: 2B", "namn: 2C"),
    replaced(f"{NOEL}/goals.yaml", "mal:", "mål:"),
    replaced("content/people/e5h7w.yaml", "förnamn: Jenny", "förnamn: Åsa"),
    replaced("content/municipality.yaml", "kommun: ", "kommun: Nya "),
    replaced("policies/subjects.yaml", "Bild", "Bilden"),
)


def test_each_edit_in_turn_gives_what_a_first_reading_gives(tmp_path: Path) -> None:
    watched = Watched(files_in(tmp_path / "site"))
    watched.read()

    different = []
    for path, before, after in EDITS:
        file = watched.root / path
        text = file.read_text(encoding="utf-8")
        assert before in text, path
        file.write_text(text.replace(before, after, 1), encoding="utf-8")
        if said(watched.read()) != said(Watched(watched.root).read()):
            different.append((path, after))
    (watched.root / NOEL / "plan.yaml").unlink()
    if said(watched.read()) != said(Watched(watched.root).read()):
        different.append((NOEL, "without a plan"))
    shutil.rmtree(watched.root / NOEL)
    if said(watched.read()) != said(Watched(watched.root).read()):
        different.append((NOEL, "gone"))

    assert different == []


def test_a_saved_plan_is_checked_alone_and_leaves_the_list_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(files_in(tmp_path / "site"))
    before = watched.read()
    asked: list[str] = []

    def pupil(checker: Checker, name: str) -> tuple[()]:
        del checker
        asked.append(name)
        return ()

    monkeypatch.setattr(Checker, "pupil", pupil)
    (watched.root / NOEL / "plan.yaml").write_bytes((watched.root / NOEL / "plan.yaml").read_bytes() + b"#\n")
    after = watched.read()

    assert asked == ["a6n4x"]
    assert after.readers is before.readers
    assert (after.number, after.listed, after.saved, after.saved_in) == (2, 1, f"{NOEL}/plan.yaml", 2)


def test_the_file_saved_last_is_one_of_a_pupil_or_a_person(tmp_path: Path) -> None:
    watched = Watched(files_in(tmp_path / "site"))
    watched.read()
    for path in (f"{NOEL}/goals.yaml", "content/people/e5h7w.yaml", "content/municipality.yaml"):
        (watched.root / path).write_bytes((watched.root / path).read_bytes() + b"#\n")
    saved = watched.read()
    (watched.root / "content/municipality.yaml").touch()
    after = watched.read()

    assert (saved.saved, saved.saved_in) == ("content/people/e5h7w.yaml", 2)
    assert (after.saved, after.saved_in, after.number) == (saved.saved, 2, 3)


def test_what_lies_there_that_is_no_file_and_another_day_are_seen(tmp_path: Path) -> None:
    watched = Watched(files_in(tmp_path / "site"))
    first = watched.read()
    (watched.root / NOEL / "goals2.yaml").symlink_to("goals.yaml")
    linked = watched.read()
    (watched.root / NOEL / "goals2.yaml").unlink()
    again = watched.read()
    earlier = watched.read(date(2026, 9, 1))

    assert {p.rule for p in linked.problems} - {p.rule for p in first.problems} == {"fil-slag"}
    assert again.problems == first.problems
    assert earlier.problems == Watched(watched.root).read(date(2026, 9, 1)).problems != first.problems
    assert earlier.readers != first.readers

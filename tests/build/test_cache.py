"""What a build remembers makes it fast and changes nothing: the same names and hashes with the memo as without it."""

from __future__ import annotations

import json
import random
import re
import shutil
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from iup.build import cache, pipeline
from iup.build.pipeline import BuildOptions, build
from iup.build.pool import WorkerPool
from iup.checks.runner import Checker, checked
from iup.errors import ContentError
from iup.keys import keyring
from iup.keys.vault import open_vault
from iup.policy.access import load_policy
from iup.site import strict_yaml
from iup.site.layout import committed_tree, open_site
from iup.site.lazy_records import LazyRecords
from iup.site.load import SiteReader
from iup.system.git import own_repository, plumbing
from iup.system.git.trees import MemoryTree
from iup.view.bundle import Bundler
from tests.conftest import DAY, own_copy
from tests.support import smaller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from iup.documents.assets import Assets
    from iup.model.recipient import Recipient
    from iup.problems import Problem
    from iup.view.bundle import Bundle
    from tests.conftest import Place

TODAY = date.fromisoformat(DAY)
NOEL = "content/pupils/a6n4x"
# Pupils of two schools; every edit is about somebody around them.
EDITED = ("a6n4x", "d4u7r", "k7q2m", "w2g9n")
READERS = {"a6n4x", "e5h7w", "t3m8k", "r4x8w", "j2y8c", "g4s7e", "l7b4n"}  # the last one counts for the nämnd


class _Stamped(WorkerPool):
    """Makes files in no time: what is in them is another test's business."""

    def run(self, assets: Assets, jobs: int) -> None:
        del assets, jobs
        for file in self.files:
            self.take(file, f"{file.name} {file.content}".encode())


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "WorkerPool", _Stamped)


@pytest.fixture(scope="module")
def few(built: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a few pupils of the demonstration, with nothing built."""
    with own_copy(built, tmp_path_factory.mktemp("few")) as place:
        smaller.leave(place, *EDITED)
        shutil.rmtree(place.site / "output")
        yield place


@pytest.fixture
def town(few: Place, tmp_path: Path) -> Iterator[Place]:
    """Return them with a result of their own that was made at once."""
    with own_copy(few, tmp_path) as place:
        run(place)
        yield place


Outcome = tuple[dict[str, str], tuple["Problem", ...], set[str]]


def run(place: Place, output: str = "output", day: date = TODAY, recipient: str = "") -> Outcome:
    """Build and return names with content hashes, problems, and who failed; of a refused build, the problems."""
    tree, _ = committed_tree(open_site(place.site))
    where = place.site / output
    try:
        built = build(tree, place.office, where, BuildOptions(day=day, jobs=1, recipient=recipient))
    except ContentError as error:
        return {}, error.problems, set()
    manifest = json.loads((where / "current" / "manifest.json").read_bytes())
    assert manifest["commit"] == tree.revision
    assert manifest["as_of"] == day.isoformat()
    return {entry["name"]: entry["content"] for entry in manifest["files"]}, built.problems, set(built.failed)


def afresh(place: Place, day: date = TODAY) -> Outcome:
    shutil.rmtree(place.site / "afresh", ignore_errors=True)
    return run(place, "afresh", day)


def change(place: Place, path: str, old: str, new: str) -> None:
    file = place.site / path
    text = file.read_text(encoding="utf-8")
    assert re.search(old, text, re.MULTILINE), (path, old)
    file.write_text(re.sub(old, new, text, count=1, flags=re.MULTILINE), encoding="utf-8")


def _edits(place: Place) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield an edit of every kind of file, by name."""
    site, keys = place.site, place.site / "content" / "keys"

    def to(path: str, old: str, new: str) -> Callable[[], object]:
        return lambda: change(place, path, old, new)

    def renewed() -> None:
        with keyring.opened(place.office) as own:
            open_vault(own).renew("e5h7w")

    def protected() -> None:
        file = place.office / "register" / "y4b6k.yaml"
        file.write_text(file.read_text(encoding="utf-8") + "skyddad_adress: ja\n", encoding="utf-8")

    yield "plan", to(f"{NOEL}/plan.yaml", "bokstavsljud", "ljud")
    yield "plan of a fault", to(f"{NOEL}/plan.yaml", "^termin: HT 2026", "termin: HT 2031")
    yield "goals", to(f"{NOEL}/goals.yaml", "^    mål: ", "    mål: Också ")
    yield "no goals", (site / "content/pupils/k7q2m/goals.yaml").unlink
    yield "no plan", (site / "content/pupils/w2g9n/plan.yaml").unlink
    yield "plan as draft", to("content/pupils/k7q2m/plan.yaml", "^läge: .*", "läge: utkast")
    yield "samtal", to("content/pupils/d4u7r/plan.yaml", "hållet: 2026", "hållet: 2025")
    yield "pupil", to("content/pupils/k7q2m/pupil.yaml", "- person: y4b6k\n", "- person: y4b6k\n    till: 2026-11-01\n")
    yield "person", to("content/people/t3m8k.yaml", "^titel: .*", "titel: lärare")
    yield "how one receives", to("content/people/e5h7w.yaml", "sätt: .*", "sätt: papper")
    yield "school", to("content/schools/kvarnriset.yaml", "^ +- {ämne: Bild, .*\n", "")
    yield "municipality", to("content/municipality.yaml", "^nämnd: .*", "nämnd: Skolnämnden")
    yield "policy", to("policies/access.yaml", "^pdf: .*", "pdf: [eleven, vårdnadshavare]")
    yield "form", to("policies/forms/iup-1-3.yaml", "rubrik: Inför samtalet", "rubrik: Före samtalet")
    yield "subjects", to("policies/subjects.yaml", "namn: Bild", "namn: Bildkonst")
    yield "law", to("policies/law.yaml", "källa: ", "källa: Se ")
    yield "text", to("policies/texts/public-documents.md", r"\A", "Nytt. ")
    yield "register", protected
    yield "certificate gone", lambda: min(keys.iterdir()).unlink()
    yield "passphrase", renewed


def commit(place: Place) -> None:
    """Commit in both repositories."""
    place.commit()
    own_repository.commit_all(place.office, "test")


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.campaign)])
def test_every_kind_of_edit_gives_what_a_build_without_a_memo_gives(town: Place, seed: int) -> None:
    edits = list(_edits(town))
    random.Random(seed).shuffle(edits)
    last = run(town)
    different = 0
    for name, edit in edits:
        before = {path: path.read_bytes() for path in town.site.glob("*/**/*.yaml")}
        edit()
        commit(town)
        outcome = run(town)
        assert outcome == afresh(town), name
        assert run(town) == outcome, name
        different += outcome != last
        last = outcome
        if not outcome[0]:  # refused: put it right again
            for path, data in before.items():
                path.write_bytes(data)
            commit(town)
            last = run(town)
    assert different > len(edits) / 2


def test_another_day_is_worked_out_anew(town: Place) -> None:
    first = run(town)
    for day in (TODAY + timedelta(days=300), TODAY):
        outcome = run(town, day=day)
        assert outcome == afresh(town, day)
        assert (outcome == first) is (day == TODAY)


def test_an_unchanged_build_reads_no_content_and_moves_nothing(town: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    target, listed = (town.current).readlink(), run(town)
    monkeypatch.setattr(SiteReader, "__init__", None)
    assert run(town) == listed
    assert town.current.readlink() == target


def test_an_edit_works_out_only_those_who_read_it(town: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    bundle = Bundler.bundle

    def noted(self: Bundler, recipient: Recipient) -> Bundle:
        asked.add(recipient.id)
        return bundle(self, recipient)

    monkeypatch.setattr(Bundler, "bundle", noted)
    change(town, f"{NOEL}/plan.yaml", "bokstavsljud", "ljud")
    town.commit()
    run(town)
    assert asked == READERS


def test_an_edit_looks_through_no_other_files_for_protected_addresses(
    town: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(town, f"{NOEL}/plan.yaml", "bokstavsljud", "ljud")
    town.commit()
    expected = afresh(town)
    monkeypatch.setattr(LazyRecords, "mentioning", None)
    assert run(town) == expected


def test_an_address_that_is_hidden_since_the_last_build_is_found_in_a_plan(town: Place) -> None:
    register = town.office / "register" / "y4b6k.yaml"
    address = strict_yaml.parse(register.read_bytes())["adress"].splitlines()[0]
    change(town, f"{NOEL}/plan.yaml", "bokstavsljud", f"bokstavsljud, se {address}")
    town.commit()
    assert run(town)[0]
    register.write_bytes(register.read_bytes() + b"skyddad_adress: ja\n")
    own_repository.commit_all(town.office, "test")
    assert [problem.rule for problem in run(town)[1]].count("skyddad-kontakt") == 1


def test_what_is_read_of_one_school_is_let_go_of_before_the_next(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[set[str]] = []
    forget = Checker.forget

    def noted(self: Checker) -> None:
        held.append(set(self.reading.plans._known))
        forget(self)

    monkeypatch.setattr(Checker, "forget", noted)
    run(place, "another")
    whole, *later = held
    assert len(later) > 1
    assert max(map(len, later)) < len(whole) == 16


def test_a_narrowed_build_forgets_those_whose_files_it_left_old(town: Place) -> None:
    change(town, f"{NOEL}/plan.yaml", "bokstavsljud", "ljud")
    town.commit()
    narrowed = run(town, recipient="e5h7w")
    assert narrowed != afresh(town)
    assert run(town) == afresh(town)


def _flipped(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(bytes(data))


def test_a_memo_that_is_altered_cut_or_gone_changes_nothing(town: Place) -> None:
    file, expected, target = town.site / "output" / ".memo", run(town), town.current.readlink()
    damages: list[Callable[[], object]] = [
        *(lambda at=at: _flipped(file, at) for at in (0, 11, 12, 1000, -17, -1)),
        lambda: file.write_bytes(file.read_bytes()[:-1]),
        lambda: file.write_bytes(b""),
        file.unlink,
    ]
    for damage in damages:
        damage()
        times = {path.name: path.stat().st_mtime_ns for path in town.current.iterdir() if "manifest" not in path.name}
        assert run(town) == expected
        assert times.items() <= {path.name: path.stat().st_mtime_ns for path in town.current.iterdir()}.items()
    assert town.current.readlink() != target


def test_a_memo_of_another_program_or_another_office_is_no_memo(town: Place) -> None:
    output = town.site / "output"
    with keyring.opened(town.office) as own:
        key = open_vault(own).key("memo")
    cache.remember(output, key, "this", cache.BuildCache(inputs="x"))
    assert cache.recall(output, key, "this").inputs == "x"
    assert cache.recall(output, key, "that") == cache.BuildCache()
    assert cache.recall(output, bytes(32), "this") == cache.BuildCache()


def test_a_file_of_the_result_that_is_damaged_or_gone_is_made_again(town: Place) -> None:
    expected = run(town)
    first, second = sorted(path for path in town.current.iterdir() if "manifest" not in path.name)[:2]
    whole = first.read_bytes()
    _flipped(first, 3)
    second.unlink()
    assert run(town) == expected
    assert (town.current / first.name).read_bytes() == whole
    assert (town.current / second.name).exists()


def test_a_manifest_that_is_altered_is_not_believed(town: Place) -> None:
    expected = run(town)
    manifest = town.current / "manifest.json"
    listed = json.loads(manifest.read_bytes())
    name = listed["files"][0]["name"]
    (town.current / name).write_bytes(b"something else")
    listed["files"][0]["size"] = len(b"something else")
    manifest.write_text(json.dumps(listed), encoding="utf-8")
    assert run(town) == expected
    assert (town.current / name).read_bytes() != b"something else"


# --- judging


def damaged(files: Mapping[str, bytes]) -> MemoryTree:
    """Return the invented school with a fault or two in the files of most pupils."""
    found = dict(files)
    for number, path in enumerate(sorted(path for path in files if path.endswith(("plan.yaml", "goals.yaml")))):
        text = found[path].decode()
        match number % 5:
            case 0:
                text = text.replace("2026-11", "2027-11", 1)
            case 1:
                text = text.replace("av: ", "av: x", 1)
            case 2:
                text = text.replace("barn: ", "barn: X", 1)
            case 3:
                text = text.replace("läge: ", "läge: : ", 1)
        found[path] = text.encode()
    return MemoryTree(found)


def test_several_processes_find_what_one_finds(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    tree = damaged(files)
    _, alone = checked(tree, TODAY)
    assert len(alone) > 20
    monkeypatch.setattr("iup.checks.runner._WORTH_SHARING", 0)
    monkeypatch.setattr("iup.checks.runner._CHUNK", 3)
    _, shared = checked(tree, TODAY, jobs=2)
    assert shared == alone


def test_what_is_wrong_with_a_pupil_does_not_hang_on_another_ones_plan_or_goals(files: dict[str, bytes]) -> None:
    tree = damaged(files)
    whole = Checker(tree, TODAY)
    for pupil in whole.reading.pupil_names:
        others = re.compile(rf"content/pupils/(?!{pupil}/)[^/]+/(plan|goals)\.yaml")
        alone = Checker(MemoryTree({p: tree.read(p) for p in tree.paths if not others.fullmatch(p)}), TODAY)
        assert alone.pupil(pupil) == whole.pupil(pupil)
    assert load_policy(tree)[0]


def test_what_a_handover_archives_makes_nothing_anew_and_an_earlier_term_its_readers(
    town: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(town, "afresh")
    done = town.run("deliver", town.root / "out")
    assert done.code == 0, done.err
    assert "4 elever med nytt i arkivet" in done.err
    asked: list[str] = []
    bundle = Bundler.bundle

    def noted(self: Bundler, recipient: Recipient) -> Bundle:
        asked.append(recipient.id)
        return bundle(self, recipient)

    monkeypatch.setattr(Bundler, "bundle", noted)
    first = run(town, "afresh")
    assert asked == []
    # The same plan is begun for the next term: the one that was handed over is an earlier one from now on.
    change(town, f"{NOEL}/plan.yaml", "^termin: HT 2026", "termin: VT 2027")
    town.commit()
    second = run(town, "afresh")
    assert set(asked) == READERS
    assert len(asked) == len(READERS)
    assert second != first
    # And by an archive alone, whatever is put into it: one more term, with what is in the one that was handed over.
    asked.clear()
    ref = "refs/iup/archive/a6n4x"

    def told(*arguments: str, feed: bytes = b"") -> str:
        return plumbing.git(
            town.office, *arguments, feed=feed, env=plumbing.named("test", "test@test.example")
        ).out.decode()

    term = told("rev-parse", f"{ref}:2026-HT").strip()
    both = told("mktree", feed="".join(f"040000 tree {term}\t{name}\n" for name in ("2025-HT", "2026-HT")).encode())
    told("update-ref", ref, told("commit-tree", both.strip(), "-m", "arkiv").strip())
    third = run(town, "afresh")
    assert set(asked) == READERS
    assert third != second
    assert third == run(town, "anew")

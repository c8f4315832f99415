"""The invented archive: pupils move up, change school and leave, and what is kept of it is proved like any other."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from iup.archive import ledger
from iup.archive.earlier_terms import past
from iup.archive.verify import Proof
from iup.demo import archive, municipality, school_years
from iup.demo.archive import ArchiveFill
from iup.demo.pool import pool, terms_before
from iup.demo.site import Size, demonstration
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.keys import keyring, new_office
from iup.policy.access import required_policy
from iup.site.layout import open_site, work_tree
from iup.site.load import load
from iup.system.git.trees import MemoryTree
from iup.view.bundle import Bundler, recipients
from tests.conftest import DAY, ROOT, Place, iup, shared
from tests.support.archiving import entries, every_object, faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from iup.model.school import School
    from iup.view.bundle import Document

JENNY, TILDE, NOEL, HUGO = "e5h7w", "g3k8s", "a6n4x", "m8t4d"
KEY = ROOT / "tests" / "keys" / "signing.asc"
SIX = ["VT 2024", "HT 2024", "VT 2025", "HT 2025", "VT 2026", "HT 2026"]


def nobody(_done: int, _all: int) -> None:
    """Show no progress."""


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return the demonstration with its six terms, before it is built."""

    def make(root: Path) -> None:
        demonstration(root, date.fromisoformat(DAY), Size(terms=6), 2, nobody)

    with shared(tmp_path_factory, "six", make) as root:
        yield Place(root)


def documents(place: Place, reader: str) -> list[Document]:
    tree = work_tree(open_site(place.site))
    school, _ = load(tree)
    assert school is not None
    day = date.fromisoformat(DAY)
    mine = next(one for one in recipients(school, day) if one.id == reader)
    with past(place.office) as earlier:
        bundler = Bundler(school, required_policy(tree), day, b"k" * 32, past=earlier)
        return list(bundler.bundle(mine).documents)


def test_the_demonstration_has_five_terms_behind_it_that_are_proved(six: Place) -> None:
    listed = iup("archive", HUGO, "--site", six.site)
    assert [line[:7] for line in listed.out.splitlines()] == SIX[:5]
    assert listed.out.count("fastställd") == 5
    assert {entry["event"] for entry in entries(six)} == {"delad", "svar", "fastställd"}
    assert faults(six) == ""
    assert "0 fel, 0 varningar" in six.run("check").err


def test_a_home_reads_every_term_and_what_has_happened_since(six: Place) -> None:
    found = documents(six, JENNY)
    titles = [document.title for document in found]
    assert [title for title in titles if title.startswith("Arkiv") and "Tilde" in title] == [
        f"Arkiv {term}: Tilde Bergdahl" for term in SIX[:5]
    ]
    old = [d.view for d in found if d.pupil == TILDE and d.view.document == "arkiv"]
    assert [view.group for view in old] == ["5C", "6C", "6C", "7C", "7C"]  # type: ignore[union-attr]
    assert len({view.title for view in old}) > 1, "the form is another one when grades are set"  # type: ignore[union-attr]
    since = next(d.view for d in found if d.pupil == TILDE and d.view.document == "sedan")
    assert [count.term for count in since.terms] == SIX  # type: ignore[union-attr]
    states = Counter(name for row in since.terms for name, number in row.counts if number)  # type: ignore[union-attr]
    assert len(states) >= 3, "goals stand in several states over the terms"
    assert since.goals  # type: ignore[union-attr]
    assert all(goal.before != "uppfyllt" for goal in since.goals if goal.now)  # type: ignore[union-attr]
    assert any(text.before and text.now for text in since.texts)  # type: ignore[union-attr]
    assert "jul" not in " ".join(re.sub(r"<[^>]+>", " ", Renderer(load_assets()).printed(old[-1], "X", "")).split())


def test_the_readme_says_how_many_files_a_build_of_it_makes(six: Place) -> None:
    done = six.run("build", "--dry-run")
    assert done.code == 0, done.err
    made = re.search(r"(\d+) filer", done.err + done.out)
    assert made
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"{made[1]} filer skapades, 0 är oförändrade, 0 tas bort. 56 mottagare." in readme


def test_no_other_pupil_and_no_note_is_in_what_is_kept(six: Place) -> None:
    kept = every_object(six)
    assert not [note for note in pool()["fält"]["lärarens_anteckning"]["meningar"] if note in kept]
    others = {path.name for path in (six.site / "content" / "pupils").iterdir()} - {TILDE, NOEL, HUGO, "k7q2m"}
    assert not {other for other in others if f"elev: {other}" in kept}


@pytest.fixture(scope="module")
def town(files: Mapping[str, bytes]) -> School:
    """Return two schools with the pupils who have left them in three years."""
    policies = {path: data for path, data in files.items() if path.startswith("policies/")}
    drawn = {file.path: file.data for file in municipality.files(460, 5, 6) if file.path}
    school, findings = load(MemoryTree({**policies, **drawn}))
    assert school is not None
    assert findings == ()
    return school


def test_pupils_move_up_change_school_and_leave(town: School) -> None:
    terms = terms_before(5)
    careers = {pupil: who for pupil in town.pupils if (who := school_years.career(town, pupil, 5, terms))}
    for pupil, who in careers.items():
        at = [(term.school_year, seat.grade) for term, (_, seat) in who.had.items()]
        assert all(grade - year == at[0][1] - at[0][0] for year, grade in at), pupil
    assert {len(who.had) for who in careers.values()} >= {0, 2, 4, 5}
    assert any(len({unit for unit, _ in who.had.values()}) == 2 for who in careers.values())
    left = {pupil.id for pupil in town.pupils.values() if pupil.enrolled.ends}
    assert 100 < len(left) < 200
    for pupil in left:
        assert all(town.pupils[pupil].enrolled.covers(term.talks) for term in careers[pupil].had)
    assert {len(careers[pupil].had) for pupil in left} == {1, 3, 5}


def _filled(town: School, files: Mapping[str, bytes], root: Path, seed: int) -> dict[str, str]:
    new_office.create(root, office_key=(KEY.parent / "office.asc").read_bytes(), signing_key=KEY.read_bytes())
    some = frozenset(sorted(town.pupils)[::60])
    filling = ArchiveFill(4, seed, some, required_policy(MemoryTree(files)), KEY.read_bytes())
    with keyring.opened(root) as own:
        made = archive.fill(town, own, filling, 1, nobody)
        proof = Proof(root, nobody)
        proof.run(own.signer.fingerprint if own.signer else "")
    assert (proof.faults, proof.commits) == ([], made)
    return ledger.heads(root)


def test_the_same_seed_gives_the_same_commits(town: School, files: Mapping[str, bytes], tmp_path: Path) -> None:
    one = _filled(town, files, tmp_path / "a", 1)
    assert one == _filled(town, files, tmp_path / "b", 1)
    other = _filled(town, files, tmp_path / "c", 2)
    assert one.keys() == other.keys()
    assert not set(one.values()) & set(other.values())


def test_terms_are_a_number_that_there_can_be(tmp_path: Path) -> None:
    for terms in ("0", "40", "x"):
        assert iup("demo", tmp_path / "e", "--terms", terms).code == 2
    assert not (tmp_path / "e").exists()

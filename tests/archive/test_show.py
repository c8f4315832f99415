"""Earlier terms in a bundle: word by word as they were sent, for those whose relations of today allow it."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from iup.archive.earlier_terms import past
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.policy.access import required_policy
from iup.site.layout import committed_tree, open_site
from iup.site.load import load
from iup.view.bundle import Bundler, recipients
from iup.view.earlier import compared
from tests.conftest import Place, shared
from tests.support import smaller
from tests.support.archiving import configure, faults, kept
from tests.support.repository import git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iup.view.bundle import Document
    from iup.view.types import PlanView

NOEL, SIBLING, JENNY, MENTOR = "a6n4x", "g3k8s", "e5h7w", "t3m8k"
LATER = date(2027, 2, 10)
OLD = "Noel kan alla bokstavsljud"


def edit(place: Place, path: str, old: str, new: str) -> None:
    file = place.site / path
    text = file.read_text("utf-8")
    assert old in text, (path, old)
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def later(built: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a site half a year on: Noel's autumn plan is final and archived, and all that it leant on has changed."""
    with shared(tmp_path_factory, "half-a-year-on", lambda root: _half_a_year_on(built, root)) as root:
        yield Place(root)


def _half_a_year_on(built: Place, root: Path) -> None:
    place = built.copied(root, "output")
    configure(place)
    done = place.run("finalise", NOEL, "--term", "HT 2026", "--yes")
    assert done.code == 0, done.err
    plan = f"content/pupils/{NOEL}/plan.yaml"
    edit(place, plan, "termin: HT 2026", "termin: VT 2027")
    edit(place, plan, "läge: fastställd", "läge: delad")
    edit(place, plan, OLD, "Noel läser nu hela meningar")
    edit(place, "policies/forms/iup-1-3.yaml", "etikett: Så här trivs jag i skolan", "etikett: Hur jag mår")
    edit(place, f"content/people/{MENTOR}.yaml", "titel: lärare i årskurs 1–3, mentor för 2B", "titel: speciallärare")
    edit(place, "policies/access.yaml", "skäl: Eleven och vårdnadshavarna ser planen", "skäl: Hemmet ser planen")
    place.commit()


@pytest.fixture
def own(later: Place, tmp_path: Path) -> Place:
    return later.copied(tmp_path / "d")


def documents(place: Place, reader: str, day: date = LATER) -> list[Document]:
    """Return what a recipient gets on a day, by what is committed and archived."""
    tree, content = committed_tree(open_site(place.site))
    school, _ = load(tree)
    assert school is not None
    found = next((one for one in recipients(school, day) if one.id == reader), None)
    with past(place.office) as earlier:
        bundler = Bundler(school, required_policy(tree), day, b"k" * 32, past=earlier)
        made = list(bundler.bundle(found).documents) if found else []
    content.close()
    return made


def of(place: Place, reader: str, kind: str, pupil: str = NOEL) -> Document | None:
    return next((d for d in documents(place, reader) if d.pupil == pupil and d.view.document == kind), None)


def text(document: Document | None) -> str:
    assert document is not None
    html = Renderer(load_assets()).printed(document.view, "X", document.title)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize("reader", [NOEL, JENNY, MENTOR])
def test_an_old_term_reads_as_it_was_sent_whatever_has_changed_since(later: Place, reader: str) -> None:
    shown = text(of(later, reader, "arkiv"))
    assert OLD in shown
    assert "Så här trivs jag i skolan" in shown
    assert "Hur jag mår" not in shown
    assert "lärare i årskurs 1–3, mentor för 2B" in shown
    assert "speciallärare" not in shown
    assert "Noel läser nu hela meningar" not in shown
    assert "Planen fastställdes 24 november 2026" in shown
    now = text(of(later, reader, "plan"))
    assert "Hur jag mår" in now


def test_what_has_changed_is_told_in_both_directions(later: Place) -> None:
    html = Renderer(load_assets()).printed(of(later, JENNY, "sedan").view, "X", "Sedan sist")  # type: ignore[union-attr]
    gone, new = re.findall(r"<del>(.*?)</del>", html), re.findall(r"<ins>(.*?)</ins>", html)
    assert any("alla bokstavsljud" in words for words in gone)
    assert any("hela meningar" in words for words in new)
    assert not any("hela meningar" in words for words in gone)
    assert not any("bokstavsljud" in words for words in new)
    assert "HT 2026" in html
    assert "Ella" not in html
    assert of(later, JENNY, "sedan", SIBLING) is None, "nothing of hers is final yet"


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (
            "Du kan nu\ni ro.\n\nVi övar mer",
            "Du kan nu\nhögt.\n\nVi övar mer",
            "samma:Du kan nu\n|borta:i ro.\n\n|samma:Vi övar mer||samma:Du kan nu\n|nytt:högt.\n\n|samma:Vi övar mer",
        ),
        # Of what is said of other things, only small words are the same.
        (
            "Han är med i leken och bygger torn.",
            "Hon ritar i en bok och läser den högt för oss.",
            "hel:Han är med i leken och bygger torn.||hel:Hon ritar i en bok och läser den högt för oss.",
        ),
        ("", "- ett\n- två", "||hel:- ett\n- två"),
        ("Bra", "Ganska bra", "hel:Bra||hel:Ganska bra"),
        ("i i i i", "i i i i i", "samma:i i i i||samma:i i i i|nytt:i"),
    ],
)
def test_a_text_is_told_word_by_word_only_where_most_of_it_stands(before: str, now: str, told: str) -> None:
    sides = compared(before, now)
    assert "||".join("|".join(f"{run.kind}:{run.text}" for run in side) for side in sides) == told
    for text_, side in zip((before, now), sides, strict=True):
        assert " ".join(run.text for run in side).split() == text_.split(), "no word is lost"


def test_nothing_of_a_sibling_or_of_the_notes_is_in_the_old_term(later: Place) -> None:
    shown = text(of(later, MENTOR, "arkiv"))
    assert "Visa Jenny hur vi ljudar" not in shown
    assert not [d for d in documents(later, NOEL) if d.pupil not in {"", NOEL}]


def test_a_guardian_whose_custody_has_ended_gets_nothing(own: Place) -> None:
    edit(
        own,
        f"content/pupils/{NOEL}/pupil.yaml",
        "    från: 2018-03-16\n",
        "    från: 2018-03-16\n    till: 2026-12-31\n",
    )
    own.commit()
    assert [d for d in documents(own, JENNY) if d.pupil == NOEL] == []
    assert of(own, NOEL, "arkiv") is not None


def test_somebody_new_in_a_role_gets_the_copy_that_was_kept_for_it(own: Place) -> None:
    edit(
        own,
        f"content/pupils/{NOEL}/pupil.yaml",
        "vårdnadshavare:\n",
        "vårdnadshavare:\n  - {person: q5m2a, från: 2027-01-01}\n",
    )
    own.commit()
    shown = text(of(own, "q5m2a", "arkiv"))
    assert OLD in shown


def test_of_a_pupil_protected_since_no_school_class_or_title_is_told(own: Place) -> None:
    before = text(of(own, JENNY, "arkiv"))
    assert "Kvarnriset" in before
    with (own.site / f"content/pupils/{NOEL}/pupil.yaml").open("a", encoding="utf-8") as file:
        file.write("skyddade_personuppgifter:\n  - {slag: sekretessmarkering, från: 2027-01-10}\n")
    own.commit()
    for kind in ("arkiv", "sedan"):
        shown = text(of(own, JENNY, kind))
        assert "Kvarnriset" not in shown, kind
        assert "2B" not in shown, kind
        assert "lärare i årskurs" not in shown, kind
    assert OLD in text(of(own, JENNY, "arkiv"))


def test_of_a_pupil_with_a_new_identity_no_earlier_term_is_shown(own: Place) -> None:
    with (own.site / f"content/pupils/{NOEL}/pupil.yaml").open("a", encoding="utf-8") as file:
        file.write("skyddade_personuppgifter:\n  - {slag: fingerade uppgifter, från: 2027-01-10}\n")
    own.commit()
    for reader in (JENNY, MENTOR):
        assert {d.view.document for d in documents(own, reader) if d.pupil == NOEL} == {"plan"}


def test_a_plan_that_was_sent_stays_when_the_next_term_is_begun_early(own: Place) -> None:
    edit(own, f"content/pupils/{NOEL}/plan.yaml", "läge: delad", "läge: utkast")
    own.commit()
    done = own.run("share", SIBLING)
    assert done.code == 0, done.err
    assert OLD in kept(own, NOEL, "2026-HT/plan.yaml")
    shown = next(d for d in documents(own, JENNY, date(2026, 12, 10)) if d.view.document == "arkiv" and d.pupil == NOEL)
    view: PlanView = shown.view  # type: ignore[assignment]
    assert view.kept_term == "HT 2026"


def test_the_files_of_a_built_bundle_hold_the_old_term_and_are_handed_over(own: Place) -> None:
    smaller.leave(own, NOEL)
    day = LATER.isoformat()
    done = own.run("build", "--as-of", day)
    assert done.code in {0, 5}, done.err
    done = own.run("deliver", own.root / "out", "--as-of", day)
    assert done.code in {0, 5}, done.err
    listed = git(own.office, "ls-tree", "--name-only", f"refs/iup/archive/{NOEL}").out.split()
    assert listed == ["2026-HT", "2027-VT"]
    again = own.run("deliver", own.root / "out", "--as-of", day)
    assert "0 nya filer i liggaren, 0 elever med nytt" in again.err
    assert faults(own) == ""

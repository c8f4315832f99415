"""Views where the invented school has no case: what mutation testing found that no other test looked at."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from iup.model.form import PartKind
from iup.policy.access import required_policy
from iup.site.load import load
from iup.view.overview import overviews
from iup.view.overview_parts import head_view
from iup.view.plan import plan_view
from iup.view.types import canonical
from tests.conftest import DAY, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iup.model.coverage import Tally
    from iup.view.types import PlanView

TODAY = date.fromisoformat(DAY)
NOEL, HIS_GUARDIAN, HIS_MENTOR, HIS_PRINCIPAL, NÄMNDEN = "a6n4x", "e5h7w", "t3m8k", "r4x8w", "l7b4n"


def seen(files: Mapping[str, bytes], reader: str, path: str, old: str, new: str) -> PlanView:
    """Return Noel's plan as somebody sees it when one thing in a file is otherwise."""
    text = files[path].decode()
    assert old in text
    tree = changed(dict(files), **{path: text.replace(old, new, 1).encode()})
    school, findings = load(tree)
    assert school is not None, findings
    view, _ = plan_view(school, required_policy(tree), reader, NOEL, TODAY)
    assert view is not None
    return view


def test_subjects_stand_in_the_schools_order(files: Mapping[str, bytes]) -> None:
    path, first = "policies/subjects.yaml", "ämnen:\n"
    moved = "  - {namn: Svenska}\n"
    without = {**files, path: files[path].replace(moved.encode(), b"")}
    view = seen(without, HIS_MENTOR, path, first, first + moved)
    (rows,) = [section.assessments for section in view.sections if section.assessments]
    assert [row.subject for row in rows] == [
        "Svenska",
        "Bild",
        "Biologi",
        "Engelska",
        "Idrott och hälsa",
        "Matematik",
        "Musik",
    ]


def test_a_field_that_may_be_written_and_not_read_is_there_to_write_in(files: Mapping[str, bytes]) -> None:
    path = "policies/forms/iup-1-3.yaml"
    view = seen(files, HIS_GUARDIAN, path, "läses_av: [skribenten, mentor]", "läses_av: [mentor]")
    (field,) = [f for section in view.sections for f in section.fields if f.id == "förberedelse_hemmet"]
    assert field.entries == ()
    assert field.places == (), "what stands there already is not shown, not even as what would be altered"
    plan = f"content/pupils/{NOEL}/plan.yaml"
    empty = re.sub(rb"  f\xc3\xb6rberedelse_hemmet:\n(    .*\n|\n)+", b"", files[plan])
    assert empty != files[plan]
    view = seen({**files, plan: empty}, HIS_GUARDIAN, path, "läses_av: [skribenten, mentor]", "läses_av: [mentor]")
    (field,) = [f for section in view.sections for f in section.fields if f.id == "förberedelse_hemmet"]
    assert [(place.key, place.now) for place in field.places] == [("fält/förberedelse_hemmet", "")]


def test_where_authors_may_not_read_their_own_words_no_place_tells_that_they_wrote(
    files: Mapping[str, bytes],
) -> None:
    rule = "  - {id: egna, skäl: prov, vem: [skribenten], får: [läsa], vad: [plan.fält], neka: ja}\n"
    plan = f"content/pupils/{NOEL}/plan.yaml"
    access, first = "policies/access.yaml", "regler:\n"
    without = re.sub(rb"  trivsel:\n(    .*\n|\n)+", b"", files[plan])
    assert without != files[plan]
    written, unwritten = (
        seen({**files, plan: each}, HIS_MENTOR, access, first, first + rule) for each in (files[plan], without)
    )
    assert canonical(written) == canonical(unwritten)
    allowed, alone = (seen({**files, plan: each}, HIS_MENTOR, access, first, first) for each in (files[plan], without))
    assert canonical(allowed) != canonical(alone)


def test_no_heading_stands_over_what_may_not_be_read(files: Mapping[str, bytes]) -> None:
    rule = "  - {id: utan-omdömen, skäl: prov, vem: [vårdnadshavare], får: [läsa], vad: [plan.omdöme], neka: ja}\n"
    path, first = "policies/access.yaml", "regler:\n"
    kinds = [section.kind for section in seen(files, HIS_GUARDIAN, path, first, first).sections]
    without = [section.kind for section in seen(files, HIS_GUARDIAN, path, first, first + rule).sections]
    assert without == [kind for kind in kinds if kind != PartKind.ASSESSMENTS] != kinds


def held(files: Mapping[str, bytes], changes: Mapping[str, tuple[str, str]]) -> int:
    """Return how many samtal the nämnd is told have been held, before small numbers are hidden."""
    now = {path: files[path].decode().replace(old, new, 1).encode() for path, (old, new) in changes.items()}
    assert all(now[path] != files[path] for path in now)
    tree = changed(dict(files), **now)
    school, findings = load(tree)
    assert school is not None, findings
    found: list[Tally] = []

    def remembered(_name: str, count: Callable[[], Tally]) -> Tally:
        found.append(count())
        return found[-1]

    assert overviews(school, required_policy(tree), NÄMNDEN, (), TODAY, remembered)
    return sum(tally.held for tally in found)


def test_the_nämnd_is_told_nothing_of_a_draft_that_its_rule_does_not_give_it(files: Mapping[str, bytes]) -> None:
    draft = "content/pupils/e6b2k/plan.yaml"
    assert b"utkast" in files[draft]
    talk = {draft: ("  bokat: ", "  hållet: 2026-11-10\n  bokat: ")}
    states = "vad: [översikt.kommun]\n    läge: [utkast, delad, fastställd]"
    narrowed = {"policies/access.yaml": (states, states.replace("utkast, ", ""))}
    assert held(files, talk) == held(files, {}) + 1
    assert held(files, talk | narrowed) == held(files, narrowed)


def test_that_there_is_no_goal_yet_is_told_to_whoever_may_read_goals(files: Mapping[str, bytes]) -> None:
    path = f"content/pupils/{NOEL}/goals.yaml"
    kept = files[path].decode()
    view = seen(files, HIS_PRINCIPAL, path, kept, kept[: kept.index("mål:")] + "mål: []\n")
    assert [section.goals for section in view.sections if section.kind == PartKind.GOALS] == [()]


def test_whose_words_a_guardian_writes_is_told_by_name_only_to_whoever_may_read_the_name(
    files: Mapping[str, bytes],
) -> None:
    def told(view: PlanView) -> set[str]:
        places = [place for section in view.sections for field in section.fields for place in field.places]
        places += [place for section in view.sections for goal in section.goals for place in goal.places]
        return {place.for_pupil for place in places} - {""}

    rule = "  - {id: utan-namn, skäl: prov, vem: [vårdnadshavare], får: [läsa], vad: [elev.namn], neka: ja}\n"
    path, first = "policies/access.yaml", "regler:\n"
    assert told(seen(files, HIS_GUARDIAN, path, first, first)) == {"Noel"}
    hidden = seen(files, HIS_GUARDIAN, path, first, first + rule)
    assert told(hidden) == {"eleven"}
    assert hidden.pupil == ""


def test_the_plan_of_a_pupil_in_no_class_is_shown_and_no_duty_is_told(files: Mapping[str, bytes]) -> None:
    path = next(path for path in files if path.startswith("content/schools/") and NOEL in files[path].decode())
    (row,) = [line for line in files[path].decode().splitlines(keepends=True) if NOEL in line]
    view = seen(files, HIS_GUARDIAN, path, row, "")
    assert (view.group, view.school, view.note) == ("", "", "")
    assert view.sections


def test_an_overview_says_of_each_thing_that_no_rule_asks_for_it(files: Mapping[str, bytes]) -> None:
    school, _ = load(changed(dict(files), **{"policies/law.yaml": b"regler: []\n"}))
    assert school is not None
    place = school.place(NOEL, TODAY)
    assert place is not None
    head = head_view(school, TODAY, "", "", [place], [])
    assert [(duty.what, duty.required, duty.by, duty.text) for duty in head.duties] == [
        ("samtal", False, "", "Ingen regel i policies/law.yaml kräver ett utvecklingssamtal här."),
        ("plan", False, "", "Ingen regel i policies/law.yaml kräver en skriftlig plan här."),
    ]

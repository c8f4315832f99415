"""What of a pupil's archived term is a public document, whoever used to read it, as a `PlanView`.

In: an office's archive, a pupil, a commit of the archive and a folder in it. Out: a view made of the kept records
(plan, goals, form, people) and nothing else. It shows everything that was sent home, handed in or made final, and
shared terms that never became final too. Working material, private texts and drafts are not in the archive; should they
be, they are left out once more here. The head (class, school) is as the copies that were sent have it. Decides nothing
about secrecy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from iup.archive import ledger, projection, term_folders
from iup.archive.reader import ArchiveReader
from iup.archive.term_folders import FORM, GOALS, INDEX, PEOPLE, PLAN
from iup.errors import RepositoryError
from iup.model.base import State
from iup.model.form import Form, PartKind
from iup.model.plan import Goals, Plan
from iup.office.disclosure.maskable_places import SOMEBODY, PersonName
from iup.system.git import signed_commits
from iup.view.plan_parts import THE_PUPIL, entry_view, goal_view, plan_head
from iup.view.types import AssessmentView, Author, FieldView, GoalView, ReadingView, SectionView

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from iup.archive.reader import TermFiles
    from iup.model.form import Part
    from iup.model.plan import Goal
    from iup.model.school import Municipality
    from iup.view.types import PlanView


@dataclass(frozen=True)
class PublicTerm:
    """One term as a public document: which one, at which commit of the pupil's archive, and what it shows."""

    pupil: str
    folder: str
    commit: str
    final: str
    view: PlanView

    @property
    def name(self) -> str:
        """The term as people say it: `HT 2026`."""
        return term_folders.term_of(self.folder)


@dataclass(frozen=True)
class Revision:
    """A commit of a pupil's archive: its day, and the folders of the terms that it changed."""

    commit: str
    day: str
    folders: tuple[str, ...]


def head(root: Path, pupil: str) -> str:
    """Return the newest commit of a pupil's archive; nothing where there is none."""
    return ledger.heads(root).get(pupil, "")


def revisions(root: Path, pupil: str) -> tuple[Revision, ...]:
    """Return every version of a pupil's archive, the oldest first: what was sent before is a public document too."""
    newest = head(root, pupil)
    if not newest:
        return ()
    found: list[Revision] = []
    before: dict[str, str] = {}
    with ArchiveReader(root) as shelf:
        for commit, kept in shelf.versions(newest):
            day = datetime.fromtimestamp(commit.committer.time, UTC).date() if commit.committer else None
            changed = tuple(name for name in kept if kept[name] != before.get(name))
            found.append(Revision(commit.oid, day.isoformat() if day else "", changed))
            before = kept
    return tuple(found)


def terms(
    root: Path, municipality: Municipality, pupil: str, commit: str = "", folders: tuple[str, ...] = ()
) -> tuple[PublicTerm, ...]:
    """Return the public copies of a pupil's terms, the oldest first: all or some, at the newest commit or a given one.

    Raises `RepositoryError` for a commit that is not of the pupil's archive, or one that cannot be read.
    """
    at = commit or head(root, pupil)
    if not at:
        return ()
    newest = head(root, pupil)
    if at != newest and (not newest or at not in signed_commits.line(root, newest)):
        raise RepositoryError("den versionen finns inte i elevens arkiv")
    with ArchiveReader(root) as shelf:
        return tuple(
            _TermReader(shelf.files(tree), pupil, name, at).term(municipality)
            for name, tree in shelf.folders(at).items()
            if not folders or name in folders
        )


class _TermReader:
    """Reads one term's records and makes the view of them."""

    def __init__(self, files: TermFiles, pupil: str, folder: str, commit: str) -> None:
        self._files = files
        self._pupil = pupil
        self._folder = folder
        self._commit = commit
        self._people: Mapping[str, Mapping[str, str]] = files.values(PEOPLE)
        self._index: Mapping[str, object] = files.values(INDEX)
        self._own = str(self._index.get("elev", pupil))  # another school, whose archive came here, had another id

    def term(self, municipality: Municipality) -> PublicTerm:
        plan, goals = self._files.record(Plan, PLAN), self._files.record(Goals, GOALS)
        form = self._files.record(Form, FORM)
        if plan is not None and plan.state is State.DRAFT:
            plan = None
        sections = self._sections(plan, goals, form)
        group, school = self._place()
        view = replace(
            plan_head(municipality, plan, form, self._author),
            pupil=self._people.get(self._own, {}).get("namn", ""),
            group=group,
            school=school,
            sections=sections,
            readings=tuple(ReadingView(self._author(r.reader), r.day.isoformat()) for r in plan.readings)
            if plan
            else (),
            kept_term=term_folders.term_of(self._folder),
            made_final=str(self._index.get("fastställd", "")),
        )
        return PublicTerm(self._pupil, self._folder, self._commit, view.made_final, view)

    def _place(self) -> tuple[str, str]:
        """Return class and school as the copies show them; of a protected pupil they show neither."""
        rows = self._index.get("dokument", [])
        for row in rows if isinstance(rows, list) else []:
            view = self._files.view(row["märke"], sent=bool(row["mottagare"]))
            if view.school:
                return view.group, view.school
        return "", ""

    def _author(self, person: str) -> Author:
        if person == self._own:
            return THE_PUPIL
        known = self._people.get(person)
        return Author(PersonName(known["namn"], person), known["roll"]) if known else SOMEBODY

    def _sections(self, plan: Plan | None, goals: Goals | None, form: Form | None) -> tuple[SectionView, ...]:
        sections = (
            [s for part in form.parts if (s := self._section(part, plan, goals, form)) is not None] if form else []
        )
        if goals and not any(section.kind == PartKind.GOALS for section in sections):
            sections.append(SectionView("mål", "Mål", "", PartKind.GOALS.value, (), goals=self._goals(goals)))
        return tuple(sections)

    def _section(self, part: Part, plan: Plan | None, goals: Goals | None, form: Form) -> SectionView | None:
        fields: tuple[FieldView, ...] = ()
        rows: tuple[AssessmentView, ...] = ()
        shown: tuple[GoalView, ...] = ()
        match part.kind:
            case PartKind.ASSESSMENTS:
                rows = self._assessments(plan, form) if plan else ()
            case PartKind.GOALS:
                shown = self._goals(goals) if goals else ()
            case PartKind.FIELDS:
                fields = self._fields(part, plan) if plan else ()
        if not (fields or rows or shown):
            return None
        return SectionView(part.id, part.title, part.intro or "", part.kind.value, (), fields, rows, shown)

    def _fields(self, part: Part, plan: Plan) -> tuple[FieldView, ...]:
        return tuple(
            FieldView(
                id=known.id,
                label=known.label,
                help="",
                entries=tuple(entry_view(entry, self._author) for entry in plan.fields.get(known.id, ())),
                read_by=(),
                working=False,
            )
            for known in part.fields
            if known.handling in projection.KEPT
        )

    def _assessments(self, plan: Plan, form: Form) -> tuple[AssessmentView, ...]:
        return tuple(
            AssessmentView(
                subject=subject,
                level=row.level,
                label=form.label(row.level),
                comment=row.comment or "",
                author=self._author(row.author),
                day=row.day.isoformat(),
            )
            for subject, row in plan.assessments.items()
        )

    def _goals(self, goals: Goals) -> tuple[GoalView, ...]:
        return tuple(self._goal(goal) for goal in goals.goals if goal.state is not State.DRAFT)

    def _goal(self, goal: Goal) -> GoalView:
        return goal_view(goal, self._author, [c for c in goal.comments if c.state is not State.DRAFT])

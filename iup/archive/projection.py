"""What the archive keeps of one pupil's term, as files by path.

In: a `School`, a `Policy`, a day, and the documents that are sent. Out: a `Projection`. It has the kept part of plan
and goals (never working material, never a draft, nothing private: DOMAIN 2.3), the form, and the names and roles that
the documents show. It has every document as it was sent: the view, from which it can be shown again word by word, and
the HTML, which any browser reads.

For each role it also has the view that somebody newly in that role would have got, since the relations of the day an
old term is opened decide who reads it. Nobody was sent that view, so it has no HTML. What the roles share is written
once. No classmate, no time and no commit is in a projection, so that the same content is the same tree. Writes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from iup.archive import json_dedup
from iup.archive.term_folders import FOR_ROLES, FORM, FORM_TEXTS, GOALS, INDEX, PEOPLE, PLAN, Copy, folder
from iup.model import law
from iup.model.base import Handling, State
from iup.model.role import Role
from iup.policy.relations import Standing, standing
from iup.site import decode, strict_yaml
from iup.view.plan import plan_view_as
from iup.view.types import PlanView, canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from iup.documents.assets import Assets
    from iup.documents.html import Renderer
    from iup.model.base import Record
    from iup.model.form import Form
    from iup.model.plan import Goals, Plan
    from iup.model.school import School
    from iup.policy.access import Policy
    from iup.view.bundle import Bundle, Document
    from iup.view.types import SectionView
_VERSION = 1
KEPT = frozenset({Handling.FINAL, Handling.RECEIVED})
# Whom a copy is kept for beside those who were sent one; whoever has several of the roles later gets the first.
ROLES = (Role.MENTOR, Role.PRINCIPAL, Role.TEACHER, Role.GUARDIAN, Role.PUPIL)
_VIEWS: TypeAdapter[PlanView] = TypeAdapter(PlanView)


@dataclass(frozen=True)
class Projection:
    """One pupil's term as the archive keeps it; `term` is its folder (`2026-HT`)."""

    pupil: str
    term: str
    files: Mapping[str, bytes] = field(repr=False)


class Projector:
    """Makes the projections of one school on one day, from the bundles of that day."""

    def __init__(
        self, school: School, policy: Policy, day: date, bundles: Iterable[Bundle], renderer: Renderer, assets: Assets
    ) -> None:
        self._school = school
        self._policy = policy
        self._day = day
        self._renderer = renderer
        self._style = "\n".join(assets.text(name) for name in ("base/base.css", "base/print.css")).encode()
        self._sent: dict[str, dict[str, tuple[Document, list[str]]]] = {}
        self._made: dict[tuple[bytes, str, str], bytes] = {}
        self._forms: dict[str, bytes] = {}
        for bundle in bundles:
            for document in bundle.documents:
                if document.kind == "plan":
                    found = self._sent.setdefault(document.pupil, {}).setdefault(document.mark, (document, []))
                    found[1].append(bundle.recipient.id)

    def project(self, pupil: str, final: date | None = None) -> Projection | None:
        """Return what to keep of a pupil; None when all of it is a draft. `final`: the day it was made final."""
        plan = kept_plan(self._school, pupil)
        goals = kept_goals(self._school, pupil)
        term = plan.term if plan else self._term()
        if (plan is None and goals is None) or not term:
            return None
        files: dict[str, bytes] = {}
        self._made.clear()
        form = self._school.forms.get(plan.form) if plan else None
        copies = (*self._as_sent(pupil, files), *self._for_roles(pupil, form, files))
        records: tuple[tuple[str, Record | None], ...] = ((PLAN, plan), (GOALS, goals))
        files |= {name: _written(record) for name, record in records if record is not None}
        if form:
            files[FORM] = self._form(form)
        files[PEOPLE] = strict_yaml.written(self._people(pupil, plan, goals))
        files[INDEX] = strict_yaml.written(
            {
                "version": str(_VERSION),
                "elev": pupil,
                "termin": term,
                **({"läsår": plan.year, "läge": plan.state.value} if plan else {}),
                **({"fastställd": final.isoformat()} if final else {}),
                "dokument": [
                    {"märke": c.mark, "titel": c.title, "roll": c.role.value, "mottagare": list(c.recipients)}
                    for c in copies
                ],
            }
        )
        return Projection(pupil, folder(term, plan=plan is not None), dict(sorted(files.items())))

    def _form(self, form: Form) -> bytes:
        """Return a form as a file, written once for all who have it."""
        if form.ref not in self._forms:
            self._forms[form.ref] = _written(form)
        return self._forms[form.ref]

    def _term(self) -> str:
        found = law.term_on(self._school, self._day)
        return found.name if found else ""

    def _as_sent(self, pupil: str, files: dict[str, bytes]) -> Iterable[Copy]:
        """Keep each document that went to somebody at home or at school. Staff's drafts are not kept."""
        for mark, (document, recipients) in sorted(self._sent.get(pupil, {}).items()):
            view = document.view
            if not isinstance(view, PlanView):
                continue
            for role in ROLES:
                who = tuple(
                    sorted(r for r in recipients if _first(standing(self._school, r, pupil, self._day)) is role)
                )
                if who and (shown := self._keep(view, mark, document.title, document.version, files)):
                    yield Copy(shown, document.title, role, who)

    def _for_roles(self, pupil: str, form: Form | None, files: dict[str, bytes]) -> Iterable[Copy]:
        """Keep what somebody newly in each role would have got."""
        facts = standing(self._school, pupil, pupil, self._day)
        views: dict[str, bytes] = {}
        for role in ROLES:
            subjects: frozenset[str] = frozenset()
            who = Standing("", pupil, self._day, frozenset({role}), subjects, facts.literate, facts.protected)
            view, _ = plan_view_as(self._school, self._policy, who, writing=False)
            if view is not None:
                title = f"{view.title}{f', {view.term}' if view.term else ''}: {view.pupil}"
                kept = without_drafts(view, self._school.forms.get(view.form))
                if kept.sections:
                    views[role.name.lower()] = canonical(kept)
                    yield Copy(role.name.lower(), title, role)
        if views:
            texts = _texts(form) if form else []
            files[FORM_TEXTS] = json.dumps(texts, ensure_ascii=False, indent=1).encode() + b"\n"
            files[FOR_ROLES] = json_dedup.fold(views, texts)

    def _keep(self, view: PlanView, mark: str, title: str, version: str, files: dict[str, bytes]) -> str:
        """Put a document's view and HTML among the files and return the name they lie under."""
        kept = without_drafts(view, self._school.forms.get(view.form))
        if not kept.sections:
            return ""
        name, data = mark[:16], canonical(kept)
        files[f"documents/{name}.json"] = data + b"\n"
        files[f"documents/{name}.html"] = self._html(kept, data, version, title)
        files["documents/style.css"] = self._style
        return name

    def _html(self, view: PlanView, data: bytes, version: str, title: str) -> bytes:
        """Return a view's HTML; several roles often read the same."""
        asked = (data, version, title)
        if asked not in self._made:
            html = self._renderer.printed(view, version, title)
            linked = '<meta charset="utf-8">\n<link rel="stylesheet" href="style.css">'
            self._made[asked] = html.replace('<meta charset="utf-8">', linked, 1).encode()
        return self._made[asked]

    def _people(self, pupil: str, plan: Plan | None, goals: Goals | None) -> dict[str, dict[str, str]]:
        """Return the names and roles of those whose words are kept; nobody else."""
        ids: set[str] = {pupil}
        for entries in plan.fields.values() if plan else ():
            ids |= {entry.author for entry in entries}
        if plan:
            ids |= {row.author for row in plan.assessments.values()} | set(plan.conversation.present)
            ids |= {reading.reader for reading in plan.readings}
        for goal in goals.goals if goals else ():
            ids |= {goal.proposed_by, *(m.author for m in goal.course), *(c.author for c in goal.comments)}
        ties = self._school.pupils[pupil].guardians_ever()
        found = {}
        for person in sorted(ids):
            known = self._school.people.get(person)
            title = known.title if known and known.title else "personal"
            role = "eleven" if person == pupil else "vårdnadshavare" if person in ties else title
            found[person] = {"namn": self._school.name_of(person), "roll": role}
        return found


def _first(who: Standing) -> Role | None:
    return next((role for role in ROLES if role in who.roles), None)


def kept_plan(school: School, pupil: str) -> Plan | None:
    """Return the part of a plan that is kept: no draft, no working material, nothing private."""
    plan = school.plans.get(pupil)
    form = school.forms.get(plan.form) if plan else None
    if plan is None or form is None or plan.state is State.DRAFT:
        return None
    return plan.model_copy(update={"fields": {n: e for n, e in plan.fields.items() if _is_kept(form, n)}})


def _is_kept(form: Form, name: str) -> bool:
    known = form.fields.get(name)
    return known is not None and known.handling in KEPT


def kept_goals(school: School, pupil: str) -> Goals | None:
    """Return the goals and comments that have left the draft."""
    goals = school.goals.get(pupil)
    kept = tuple(
        goal.model_copy(update={"comments": tuple(c for c in goal.comments if c.state is not State.DRAFT)})
        for goal in (goals.goals if goals else ())
        if goal.state is not State.DRAFT
    )
    return goals.model_copy(update={"goals": kept}) if goals and kept else None


def without_drafts(view: PlanView, form: Form | None) -> PlanView:
    """Return a view without what the archive does not keep: drafts, working material, places to write, the echo."""
    if view.state == State.DRAFT:
        view = replace(view, state="", booked="", held="", year="", term="", note="", form="")
        view = replace(view, title="Mål", kind="mål", present=(), readings=(), sections=_goals_only(view))
    sections = []
    for section in view.sections:
        fields = tuple(replace(f, places=()) for f in section.fields if form and _is_kept(form, f.id))
        rows = tuple(replace(row, places=()) for row in section.assessments)
        goals = tuple(
            replace(goal, comments=tuple(c for c in goal.comments if not c.draft), places=())
            for goal in section.goals
            if not goal.draft
        )
        if fields or goals or rows:
            sections.append(replace(section, fields=fields, assessments=rows, goals=goals, places=()))
    return replace(view, sections=tuple(sections), echo=(), own_places=())


def _goals_only(view: PlanView) -> tuple[SectionView, ...]:
    return tuple(section for section in view.sections if section.goals)


def view_of(mark: str, read: Callable[[str], bytes], *, sent: bool) -> PlanView:
    """Return a kept document, either sent or kept for a role; `read` reads a file of its term."""
    if sent:
        return _VIEWS.validate_json(read(f"documents/{mark}.json"))
    return _VIEWS.validate_python(json_dedup.unfold(read(FOR_ROLES), mark, json.loads(read(FORM_TEXTS))))


def _written(record: Record) -> bytes:
    return strict_yaml.written(decode.encode(record, brief=True))


def _texts(form: Form) -> list[str]:
    """Return what a form says to those who read a plan."""
    fields = [text for part in form.parts for one in part.fields for text in (one.label, one.help)]
    return sorted({text for text in (*fields, *(part.intro for part in form.parts)) if text})

"""What one reader may see of one pupil's plan and goals.

In: a `School`, a `Policy`, a reader, a pupil and a day. Out: a `PlanView` (or None when there is nothing to see) and
the rulings it rests on. What a reader may not see is absent, not hidden: not as text, not as an empty place, not as a
count.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from iup.model import law
from iup.model.base import Handling, State
from iup.model.form import Form, FormField, Part, PartKind
from iup.policy.access import Action, Item, Kind, Policy, Ruling, circle, decide
from iup.policy.items import (
    assessment_item,
    authors,
    comment_item,
    field_item,
    goal_item,
    new_goal_item,
    part_of,
    reading_item,
    subjects_of,
)
from iup.policy.place_keys import AssessmentKey, FieldKey, GoalKey, NewGoalKey, Once
from iup.policy.relations import Standing, standing
from iup.policy.writable import places_of
from iup.view.office_contact import office_view, places_named
from iup.view.plan_parts import THE_PUPIL, entry_view, goal_view, plan_head
from iup.view.reply_places import echo, placed
from iup.view.types import AssessmentView, Author, FieldView, GoalView, PlaceView, PlanView, ReadingView, SectionView

if TYPE_CHECKING:
    from datetime import date

    from iup.model.plan import Goal, Plan
    from iup.model.school import School
    from iup.policy.place_keys import PlaceKey


@dataclass
class _PlanAsker:
    """Asks the policy for one reader and one pupil, and remembers every ruling."""

    school: School
    policy: Policy
    who: Standing
    rulings: list[Ruling] = field(default_factory=list)
    places: dict[str, PlaceView] = field(default_factory=dict)
    authors: dict[str, Author] = field(default_factory=dict)

    def places_of(self, of: PlaceKey) -> tuple[PlaceView, ...]:
        """Return the reader's places of a field, a subject, a goal; of the plan or the goals as a whole."""
        key = str(of)
        return tuple(place for name, place in self.places.items() if name == key or name.startswith(f"{key}/"))

    def may(self, action: Action, item: Item) -> bool:
        decision = decide(self.policy, action, item, self.who)
        self.rulings.append(Ruling(action, item, decision))
        return decision.allowed

    def reads(self, item: Item) -> bool:
        return self.may(Action.READ, item)

    def circle(self, item: Item) -> tuple[str, ...]:
        return tuple(role.value for role in circle(self.policy, item, self.who))

    @cached_property
    def given(self) -> str:
        """The pupil's given name; nothing where the reader is not told it."""
        pupil = self.who.pupil
        named = decide(self.policy, Action.READ, Item(Kind.NAME, pupil), self.who).allowed
        return self.school.pupils[pupil].name.given if named else ""

    def author(self, person: str) -> Author:
        """Return the name and role of an author as a reader of this pupil's plan knows them."""
        if person not in self.authors:
            self.authors[person] = self._author(person)
        return self.authors[person]

    def _author(self, person: str) -> Author:
        pupil = self.school.pupils[self.who.pupil]
        if person == pupil.id:
            return Author(self.given, THE_PUPIL.role) if self.given else THE_PUPIL
        if person in pupil.guardians_ever():
            return Author(self.school.name_of(person), "vårdnadshavare")
        known = self.school.people.get(person)
        # A title may name the class or the school, and those are not shown of a protected pupil.
        title = known.title if known and places_named(self.policy, self.who) else None
        return Author(self.school.name_of(person), title or "personal")


def plan_view(
    school: School, policy: Policy, reader: str, pupil: str, day: date
) -> tuple[PlanView | None, tuple[Ruling, ...]]:
    """Return what a reader may see of a pupil's plan and goals, and every ruling asked for on the way."""
    return plan_view_as(school, policy, standing(school, reader, pupil, day))


def plan_view_as(
    school: School, policy: Policy, who: Standing, *, writing: bool = True
) -> tuple[PlanView | None, tuple[Ruling, ...]]:
    """Return what somebody with a standing may see: a reader, or an imagined one for whom the archive keeps a copy.

    Without `writing` there is no place to write in.
    """
    pupil, day = who.pupil, who.day
    record = school.pupils[pupil]
    asker = _PlanAsker(school, policy, who)
    named = asker.reads(Item(Kind.NAME, pupil))
    asker.places = placed(places_of(school, policy, who), asker.given or THE_PUPIL.role) if writing else {}
    plan = school.plans.get(pupil)
    form = school.forms.get(plan.form) if plan else None
    in_school = asker.reads(Item(Kind.SCHOOL, pupil))
    sections: list[SectionView] = []
    open_plan = plan is not None and form is not None and asker.reads(Item(Kind.PLAN, pupil, state=plan.state))
    if plan is not None and form is not None and open_plan:
        sections = [s for part in form.parts if (s := _section(asker, plan, form, part)) is not None]
    if not any(section.kind == PartKind.GOALS for section in sections):
        # Goals have a state of their own: they are shown although the plan is a draft, or its form has no place for
        # them.
        sections += _goals_alone(asker, form)
    if not sections and not open_plan:
        return None, tuple(asker.rulings)
    place = school.place(pupil, day)
    shown = plan if open_plan else None
    view = replace(
        plan_head(school.municipality, shown, form, asker.author),
        pupil=record.name.full if named else "",
        group=place[1].name if place and in_school else "",
        school=place[0].name if place and in_school else "",
        note=_note(asker, shown, form),
        sections=tuple(sections),
        office=office_view(school, policy, asker.who),
        public_documents=school.public_documents,
        readings=_readings(asker, shown),
        echo=echo(school, asker.who),
        own_places=asker.places_of(Once.READING),
    )
    return view, tuple(asker.rulings)


def _readings(asker: _PlanAsker, plan: Plan | None) -> tuple[ReadingView, ...]:
    return tuple(
        ReadingView(asker.author(reading.reader), reading.day.isoformat())
        for reading in (plan.readings if plan else ())
        if asker.reads(reading_item(asker.who.pupil, plan.state if plan else State.DRAFT, reading.reader))
    )


def _note(asker: _PlanAsker, plan: Plan | None, form: Form | None) -> str:
    """Say why there is no plan to read, or that the law asks for none; the same words whatever a draft holds."""
    duty = law.plan_duty(asker.school, asker.who.pupil, asker.who.day)
    if duty is not None and not duty.required and not (plan and form and form.kind == "iup"):
        return duty.note
    return "" if plan else "Någon plan har inte delats ännu."


def _section(asker: _PlanAsker, plan: Plan, form: Form, part: Part) -> SectionView | None:
    match part.kind:
        case PartKind.ASSESSMENTS:
            return _assessments(asker, plan, form, part)
        case PartKind.GOALS:
            return _goals(asker, part)
        case PartKind.FIELDS:
            fields = tuple(f for known in part.fields if (f := _field(asker, plan, part, known)) is not None)
            if not fields:
                return None
            circles = {f.read_by for f in fields}
            shared = circles.pop() if len(circles) == 1 else ()
            return SectionView(part.id, part.title, part.intro or "", part.kind.value, shared, fields=fields)


def _field(asker: _PlanAsker, plan: Plan, part: Part, known: FormField) -> FieldView | None:
    empty = field_item(asker.who.pupil, plan.state, part, known)
    entries = [
        entry_view(entry, asker.author)
        for entry in plan.fields.get(known.id, ())
        if asker.reads(field_item(asker.who.pupil, plan.state, part, known, authors(entry)))
    ]
    # Whoever may write here sees the empty place; nobody learns from it whether others have written.
    if not entries and not asker.reads(empty) and not asker.may(Action.WRITE, empty):
        return None
    return FieldView(
        id=known.id,
        label=known.label,
        help=known.help or "",
        entries=tuple(entries),
        read_by=asker.circle(empty),
        working=known.handling is Handling.WORKING,
        places=asker.places_of(FieldKey(known.id)),
    )


def _assessments(asker: _PlanAsker, plan: Plan, form: Form, part: Part) -> SectionView | None:
    rows = []
    circles = set()
    taught = subjects_of(asker.school, asker.who.pupil, asker.who.day)
    for subject in subjects_of(asker.school, asker.who.pupil, asker.who.day, plan):
        written = plan.assessments.get(subject)
        item = assessment_item(asker.who.pupil, plan.state, part, subject)
        if written and not asker.reads(item._replace(authors=frozenset({written.author}))):
            written = None
            if subject not in taught:
                continue  # it is here only because somebody has written
        # Whoever may read the subject sees the empty place; nobody learns from it whether somebody has written.
        if not written and not asker.reads(item):
            continue
        circles.add(asker.circle(item))
        rows.append(
            AssessmentView(
                subject=subject,
                level=written.level if written else "",
                label=form.label(written.level) if written else "",
                comment=(written.comment or "") if written else "",
                author=asker.author(written.author) if written else None,
                day=written.day.isoformat() if written else "",
                places=asker.places_of(AssessmentKey(subject)),
            )
        )
    if not rows:
        return None
    shared = circles.pop() if len(circles) == 1 else ()
    return SectionView(part.id, part.title, part.intro or "", part.kind.value, shared, assessments=tuple(rows))


def _goals(asker: _PlanAsker, part: Part) -> SectionView | None:
    shown = _readable_goals(asker, part)
    general = new_goal_item(asker.who.pupil, part)
    proposed = asker.places_of(NewGoalKey())
    if not shown and not proposed and not asker.reads(general):
        return None
    read_by = asker.circle(general)
    return SectionView(part.id, part.title, part.intro or "", part.kind.value, read_by, goals=shown, places=proposed)


def _goals_alone(asker: _PlanAsker, form: Form | None) -> list[SectionView]:
    """Show goals outside a plan. The form still narrows who reads them, but nothing of it is shown."""
    part = part_of(form, PartKind.GOALS)
    shown = _readable_goals(asker, part)
    proposed = asker.places_of(NewGoalKey())
    if not shown and not proposed:
        return []
    read_by = asker.circle(new_goal_item(asker.who.pupil, part))
    return [SectionView("mål", "Mål", "", PartKind.GOALS.value, read_by, goals=shown, places=proposed)]


def _readable_goals(asker: _PlanAsker, part: Part | None) -> tuple[GoalView, ...]:
    known = asker.school.goals.get(asker.who.pupil)
    return tuple(
        _goal(asker, goal, part)
        for goal in (known.goals if known else ())
        if asker.reads(goal_item(asker.who.pupil, goal, part))
    )


def _goal(asker: _PlanAsker, goal: Goal, part: Part | None) -> GoalView:
    comments = [c for c in goal.comments if asker.reads(comment_item(asker.who.pupil, goal, c, part))]
    return goal_view(goal, asker.author, comments, asker.places_of(GoalKey(goal.id)))

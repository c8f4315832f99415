"""Overviews: who has had a samtal, a plan and an omdöme, as far as the reader may know it.

In: a `School`, a `Policy`, a reader, the pupils they have a relation to, and a day. Out: a view for each class, for
what one teaches, for each school, and for the municipality, where a rule of `översikt.*` allows it. The policy is asked
pupil by pupil. What the reader may not see counts as if it were not there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from iup.model import law
from iup.model.base import State
from iup.model.coverage import Coverage, Talk, at_once, classes, facts, members_of, tally
from iup.model.form import PartKind
from iup.model.plan import Step
from iup.policy.access import Action, Item, Kind, Policy, circle, decide
from iup.policy.items import assessment_item, goal_item, part_of
from iup.policy.relations import NO_PUPIL, Standing, standing
from iup.view import small_numbers
from iup.view.overview_parts import bar, has_read, head_view, span_bar
from iup.view.overview_types import (
    ClassOverview,
    ClassRow,
    CoverRow,
    HeadView,
    LackRow,
    MunicipalOverview,
    Overview,
    OwedRow,
    PupilRow,
    SchoolOverview,
    Span,
    SubjectRow,
    TaughtRow,
    TeachingOverview,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from iup.model.coverage import Remembered, Tally
    from iup.model.plan import Assessment, Plan
    from iup.model.school import School, SchoolClass, SchoolUnit
    from iup.view.overview_parts import Places

    Group = tuple[SchoolUnit, SchoolClass, list[str]]


def overviews(
    school: School, policy: Policy, reader: str, pupils: Sequence[str], day: date, remembered: Remembered = at_once
) -> tuple[Overview, ...]:
    """Return every overview that somebody may read; `pupils` are those they have a relation to."""
    asker = _OverviewAsker(school, policy, day, cache(lambda pupil: standing(school, reader, pupil, day)))
    places: dict[tuple[str, str], Group] = {}
    for pupil in pupils:
        place = school.place(pupil, day)
        if place is not None:
            places.setdefault((place[0].id, place[1].id), (*place, []))[2].append(pupil)
    # By what the overviews say themselves: the order of `pupils` may depend on names that are not shown.
    by_class = sorted(places.values(), key=lambda row: (row[0].name, row[0].id, row[1].grade, row[1].name, row[1].id))
    for _, _, own in by_class:
        own.sort(key=lambda pupil: (asker.name(pupil), pupil))
    units = {unit.id: unit for unit, *_ in by_class}
    schools = [
        (unit, [(group, own) for known, group, own in by_class if known.id == unit.id]) for unit in units.values()
    ]
    found: list[Overview | None] = [
        *(_class(asker, unit, group, own) for unit, group, own in by_class),
        _teaching(asker, reader, by_class),
        *(_school(asker, unit, groups) for unit, groups in schools),
        _municipality(asker, remembered),
    ]
    return tuple(view for view in found if view is not None)


@dataclass(frozen=True)
class _OverviewAsker:
    school: School
    policy: Policy
    day: date
    who: Callable[[str], Standing]

    def reads(self, item: Item) -> bool:
        return decide(self.policy, Action.READ, item, self.who(item.pupil)).allowed

    def name(self, pupil: str) -> str:
        return self.school.name_of(pupil) if self.reads(Item(Kind.NAME, pupil)) else ""

    def facts(self, pupil: str, item: Item | None = None) -> Coverage | None:
        """Return what counts for a reader: a plan counts only where they may read of `item` in the plan's own läge."""
        return facts(self.school, pupil, self.day, self.plan(Item(Kind.PLAN, pupil) if item is None else item))

    def plan(self, about: Item) -> Plan | None:
        """Return a pupil's plan where the reader may know of `about` in the plan's own läge; else None."""
        plan = self.school.plans.get(about.pupil)
        return plan if plan and self.reads(about._replace(state=plan.state)) else None

    def assessment(self, pupil: str, plan: Plan, subject: str) -> tuple[bool, Assessment | None]:
        """Say whether the reader may know of an omdöme in a plan, and return it if it is there to read."""
        part = part_of(self.school.forms.get(plan.form), PartKind.ASSESSMENTS)
        written = plan.assessments.get(subject)
        if part is None:
            return True, None
        item = assessment_item(pupil, plan.state, part, subject)
        if written and self.reads(item._replace(authors=frozenset({written.author}))):
            return True, written
        return self.reads(item), None  # what the reader may not read counts as not written

    def readable(self, row: Coverage) -> Coverage:
        """Return facts with only those subjects whose omdöme in the plan the reader may read."""
        plan = self.plan(Item(Kind.PLAN, row.pupil))
        if plan is None:
            return row
        known = {subject: self.assessment(row.pupil, plan, subject) for subject in row.asked}
        asked = tuple(subject for subject, (told, _) in known.items() if told)
        unwritten = tuple(s for s in asked if s in row.missing or known[s][1] is None)
        return replace(row, asked=asked, missing=unwritten)

    def goals(self, pupil: str) -> tuple[int, ...]:
        """Return how many goals that the reader may read are in each state."""
        goals, plan = self.school.goals.get(pupil), self.school.plans.get(pupil)
        part = part_of(self.school.forms.get(plan.form), PartKind.GOALS) if plan else None
        seen = [goal.step for goal in (goals.goals if goals else ()) if self.reads(goal_item(pupil, goal, part))]
        return tuple(seen.count(step) for step in Step)

    def head(self, title: str, school: str, places: Places, item: Item) -> HeadView:
        read_by = circle(self.policy, item, self.who(item.pupil))
        return head_view(self.school, self.day, title, school, places, read_by)


def _class(asker: _OverviewAsker, unit: SchoolUnit, group: SchoolClass, pupils: Iterable[str]) -> ClassOverview | None:
    seen = [pupil for pupil in pupils if asker.reads(Item(Kind.CLASS_OVERVIEW, pupil))]
    rows = [asker.readable(row) for pupil in seen if (row := asker.facts(pupil))]
    if not rows:
        return None
    own = [_pupil(asker, row) for row in rows]
    missing = {row.pupil: asker.name(row.pupil) for row in rows}
    order = sorted({subject for row in rows for subject in row.asked}, key=asker.school.subject_order)
    subjects = tuple(
        SubjectRow(
            subject=subject,
            asked=sum(subject in row.asked for row in rows),
            written=sum(subject in row.asked and subject not in row.missing for row in rows),
            missing=tuple(missing[row.pupil] for row in rows if subject in row.missing),
        )
        for subject in order
    )
    total = tally(rows)
    goals = [sum(row.goals[number] for row in own) for number in range(len(Step))]
    bars = [bar("Samtal hållna", total.held, total.pupils)]
    if total.required:
        bars.append(bar("Planer delade eller fastställda", total.shared + total.final, total.required))
        bars.append(bar("Omdömen skrivna", total.written, total.asked))
    bars += [bar(f"Mål: {step}", goals[number], sum(goals)) for number, step in enumerate(Step)]
    item = Item(Kind.CLASS_OVERVIEW, rows[0].pupil)
    return ClassOverview(
        head=asker.head(f"Klassöversikt {group.name}", unit.name, [(unit, group)], item),
        group=group.name,
        bars=tuple(bars),
        pupils=tuple(own),
        subjects=subjects,
    )


def _pupil(asker: _OverviewAsker, row: Coverage) -> PupilRow:
    read, home = has_read(asker.school, asker.policy, asker.who(row.pupil))
    return PupilRow(
        name=asker.name(row.pupil),
        talk=row.talk.value,
        talk_day=row.talk_day.isoformat() if row.talk_day else "",
        state=row.state.value if row.state else "",
        plan_required=row.plan_required,
        asked=len(row.asked),
        missing=row.missing,
        goals=asker.goals(row.pupil),
        read=read,
        home=home,
    )


def _teaching(asker: _OverviewAsker, reader: str, places: Iterable[Group]) -> TeachingOverview | None:
    taught, owed, where = [], [], []
    asked_about: Item | None = None
    for unit, group, pupils in places:
        required = law.plan_duty_in(asker.school, unit, group, asker.day).required
        subjects = {row.subject for row in group.teaching if row.teacher == reader and row.covers(asker.day)}
        for subject in sorted(subjects, key=asker.school.subject_order):
            items = [Item(Kind.TEACHING_OVERVIEW, pupil, subject=subject) for pupil in pupils]
            own = [item.pupil for item in items if asker.reads(item)]
            if not own:
                continue
            asked_about = asked_about or Item(Kind.TEACHING_OVERVIEW, own[0], subject=subject)
            found = (_owed(asker, group, pupil, subject) for pupil in own if required)
            rows = [row for row in found if row is not None]
            where.append((unit, group))
            owed += rows
            written = sum(bool(row.day) for row in rows)
            taught.append(TaughtRow(group.name, unit.name, subject, required, len(own), len(rows), written))
    if asked_about is None:
        return None
    bars = [bar(f"{row.group} {row.subject}", row.written, row.asked) for row in taught if row.asked]
    units = dict.fromkeys(unit.name for unit, _ in where)
    return TeachingOverview(
        head=asker.head("Mina ämnen", ", ".join(units), where, asked_about),
        bars=tuple(bars),
        taught=tuple(taught),
        pupils=tuple(owed),
    )


def _owed(asker: _OverviewAsker, group: SchoolClass, pupil: str, subject: str) -> OwedRow | None:
    """Say whether this subject's omdöme is written in this school year's plan; None where the reader may not know."""
    plan = asker.plan(Item(Kind.PLAN, pupil))
    term = law.term_on(asker.school, asker.day)
    told, written = asker.assessment(pupil, plan, subject) if plan else (True, None)
    if not told:
        return None
    current = written if plan and term and plan.year == term.year else None
    return OwedRow(asker.name(pupil), group.name, subject, current.day.isoformat() if current else "")


def _school(
    asker: _OverviewAsker, unit: SchoolUnit, groups: Iterable[tuple[SchoolClass, list[str]]]
) -> SchoolOverview | None:
    classes, lacking, everybody = [], [], []
    places = []
    for group, pupils in sorted(groups, key=lambda one: (one[0].grade, one[0].name)):
        items = [Item(Kind.SCHOOL_OVERVIEW, pupil) for pupil in pupils]
        rows = [row for item in items if asker.reads(item) and (row := asker.facts(item.pupil, item))]
        if rows:
            places.append((unit, group))
            classes.append(_coverage(group.id, group.name, group.grade, tally(rows)))
            lacking += [_lack(asker, group, row) for row in rows if row.lacks_talk or row.lacks_plan]
            everybody += rows
    if not everybody:
        return None
    total = tally(everybody)
    bars = [bar("Samtal hållna", total.held, total.pupils)]
    bars += [bar(f"Samtal hållna, {row.group}", row.held, row.pupils) for row in classes]
    if total.required:
        bars.append(bar("Planer delade eller fastställda", total.shared + total.final, total.required))
    return SchoolOverview(
        head=asker.head(f"Skolöversikt {unit.name}", unit.name, places, Item(Kind.SCHOOL_OVERVIEW, everybody[0].pupil)),
        bars=tuple(bars),
        classes=tuple(classes),
        total=_coverage("", "", 0, total),
        lacking=tuple(lacking),
    )


def _coverage(name: str, group: str, grade: int, t: Tally) -> ClassRow:
    return ClassRow(
        name, group, grade, t.pupils, t.held, t.booked, t.unbooked, t.required, t.final, t.shared, t.lacking
    )


def _lack(asker: _OverviewAsker, group: SchoolClass, row: Coverage) -> LackRow:
    """Say what a pupil lacks; that there is a draft is told only to whoever may read of it."""
    draft = row.state is State.DRAFT and asker.reads(Item(Kind.PLAN, row.pupil, state=State.DRAFT))
    talk = row.talk.value if row.talk is not Talk.NONE else "ingen tid"
    return LackRow(
        name=asker.name(row.pupil),
        group_id=group.id,
        group=group.name,
        talk=talk if row.lacks_talk else "",
        plan=("utkast" if draft else "ingen delad plan") if row.lacks_plan else "",
    )


def _municipality(asker: _OverviewAsker, remembered: Remembered) -> MunicipalOverview | None:
    about = Item(Kind.MUNICIPAL_OVERVIEW, NO_PUPIL)
    if not asker.reads(about):
        return None
    readable = {state for state in State if asker.reads(Item(Kind.MUNICIPAL_OVERVIEW, NO_PUPIL, state=state))}
    by_unit: dict[str, list[small_numbers.Counted]] = {}
    places = []
    for unit, group in classes(asker.school):
        told = f"{unit.id}/{group.id}/{'+'.join(sorted(readable))}"
        counted = remembered(told, partial(_counted, asker, group, readable))
        if counted.pupils:
            places.append((unit, group))
            by_unit.setdefault(unit.name, []).append(small_numbers.Counted(group.name, counted))
    groups = [
        small_numbers.row(name, group) for name, classes in by_unit.items() for group in small_numbers.pooled(classes)
    ]
    schools = [_summed(name, [row for row in groups if row.school == name]) for name in by_unit]
    total = _summed("", schools)
    name = asker.school.municipality.name
    return MunicipalOverview(
        head=asker.head(f"Kommunöversikt {name}", "", places, about),
        bars=(
            *(span_bar(f"Samtal hållna, {row.school}", row.held, row.pupils) for row in schools),
            *(span_bar(f"Planer, {row.school}", row.planned, row.required) for row in schools if row.required.most),
        ),
        schools=tuple(schools),
        groups=tuple(groups),
        total=total,
        fewest=small_numbers.FEWEST,
        smallest=small_numbers.SMALLEST_GROUP,
    )


def _counted(asker: _OverviewAsker, group: SchoolClass, readable: set[State]) -> Tally:
    plans = ((pupil, asker.school.plans.get(pupil)) for pupil in members_of(asker.school, group, asker.day))
    known = {pupil: plan if plan and plan.state in readable else None for pupil, plan in plans}
    return tally(row for name in known if (row := facts(asker.school, name, asker.day, known[name])))


def _summed(school: str, rows: Sequence[CoverRow]) -> CoverRow:
    nothing = Span(0, 0, hidden=True)
    total = CoverRow("", (), Span(0, 0), nothing, nothing, Span(0, 0), nothing, nothing)
    for row in rows:
        total += row
    return CoverRow(
        school, total.groups, total.pupils, total.held, total.not_held, total.required, total.planned, total.lacking
    )

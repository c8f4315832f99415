"""What has been done for each pupil this term, compared with what the law asks.

In: a `School`, a pupil and a day, and the plan that whoever asks may know of. Out: facts about one pupil, and a `Tally`
over many. Overviews ask the policy first, and give the plan only where it may count; `status` counts all. Knows no
policy and no reader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from iup.model import law
from iup.model.base import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from iup.model.plan import Plan
    from iup.model.school import School, SchoolClass, SchoolUnit


class Talk(StrEnum):
    """How far a pupil's samtal of the term has come."""

    HELD = "hållet"
    BOOKED = "bokat"
    PASSED = "bokad dag har gått"
    NONE = "saknas"


@dataclass(frozen=True)
class Coverage:
    """One pupil on a day. `asked` are the subjects that need an omdöme this school year, `missing` those without."""

    pupil: str
    talk: Talk
    talk_day: date | None
    talk_required: bool
    plan_required: bool
    state: State | None
    asked: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def shared(self) -> bool:
        """Whether the home has the plan: a draft is no plan yet."""
        return self.state in (State.SHARED, State.FINAL)

    @property
    def lacks_talk(self) -> bool:
        """Whether a samtal that the law asks for has not been held this term."""
        return self.talk_required and self.talk is not Talk.HELD

    @property
    def lacks_plan(self) -> bool:
        """Whether a plan that the law asks for is not with the home this school year."""
        return self.plan_required and not self.shared


@dataclass(frozen=True)
class Tally:
    """Numbers of pupils; `shared` are plans that are shared and not yet final, among those required."""

    pupils: int
    held: int
    booked: int
    unbooked: int
    required: int
    final: int
    shared: int
    lacking: int
    asked: int
    written: int


def classes(school: School) -> Iterator[tuple[SchoolUnit, SchoolClass]]:
    """Yield every class, by school, year and name."""
    for unit in sorted(school.units.values(), key=lambda unit: (unit.name, unit.id)):
        for group in sorted(unit.classes, key=lambda group: (group.grade, group.name, group.id)):
            yield unit, group


def members_of(school: School, group: SchoolClass, day: date) -> tuple[str, ...]:
    """Return the enrolled pupils of a class on a day in order of name."""
    known = (school.pupils.get(place.pupil) for place in group.pupils if place.covers(day))
    pupils = [pupil for pupil in known if pupil and pupil.enrolled.covers(day)]
    return tuple(pupil.id for pupil in sorted(pupils, key=lambda p: (p.name.given, p.name.family, p.id)))


def members(school: School, day: date) -> Iterator[tuple[SchoolUnit, SchoolClass, tuple[str, ...]]]:
    """Yield every class that has pupils on a day, with them in order of name."""
    for unit, group in classes(school):
        pupils = members_of(school, group, day)
        if pupils:
            yield unit, group, pupils


def facts(school: School, pupil: str, day: date, plan: Plan | None) -> Coverage | None:
    """Return the facts about a pupil; None for one without a class that day. No term known, nothing counts as done."""
    place = school.place(pupil, day)
    if place is None:
        return None
    term = law.term_on(school, day)
    talk, when = _talk(plan, term, day)
    current = plan if plan and term and plan.year == term.year else None
    required = law.plan_duty_in(school, *place, day).required
    taught = sorted({row.subject for row in school.taught(pupil, day)}, key=school.subject_order)
    asked = tuple(taught) if required else ()
    written = current.assessments.keys() if current else ()
    return Coverage(
        pupil=pupil,
        talk=talk,
        talk_day=when,
        talk_required=law.talk_duty_in(school, *place, day).required,
        plan_required=required,
        state=current.state if current else None,
        asked=asked,
        missing=tuple(subject for subject in asked if subject not in written),
    )


def _talk(plan: Plan | None, term: law.TermTime | None, day: date) -> tuple[Talk, date | None]:
    """Find by its days which term a samtal belongs to: the plan's own term may be an earlier one."""
    if plan is None or term is None:
        return Talk.NONE, None
    held, booked = plan.conversation.held, plan.conversation.booked
    if held is not None and held <= day and term.holds(held):
        return Talk.HELD, held
    if booked is not None and term.holds(booked.date()):
        return (Talk.PASSED if booked.date() < day else Talk.BOOKED), booked.date()
    return Talk.NONE, None


Remembered = Callable[[str, Callable[[], Tally]], Tally]
"""Asked for a tally by a name that tells what is counted; it counts by the function where it does not remember."""


def at_once(_name: str, count: Callable[[], Tally]) -> Tally:
    """Count, and remember nothing."""
    return count()


def tally(rows: Iterable[Coverage]) -> Tally:
    """Count."""
    rows = tuple(rows)
    required = [row for row in rows if row.plan_required]
    return Tally(
        pupils=len(rows),
        held=sum(row.talk is Talk.HELD for row in rows),
        booked=sum(row.talk in (Talk.BOOKED, Talk.PASSED) for row in rows),
        unbooked=sum(row.talk is Talk.NONE for row in rows),
        required=len(required),
        final=sum(row.state is State.FINAL for row in required),
        shared=sum(row.state is State.SHARED for row in required),
        lacking=sum(row.lacks_plan for row in required),
        asked=sum(len(row.asked) for row in rows),
        written=sum(len(row.asked) - len(row.missing) for row in rows),
    )

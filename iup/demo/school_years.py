"""The school of earlier terms, worked out from today's: who was in which class, and what was written.

In: a `School`, a seed, and terms. Out: for each pupil, where they were in each term and the goals they had; and the
`School` as it stood on a day of a term, for some of them. A class goes up together, and a few pupils come from another
school. Those who have left keep what they had until then. Reads and writes no file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from iup.demo import goals as demo_goals
from iup.demo.people import Adult, Child, Placement
from iup.demo.pool import draws, pool
from iup.demo.texts import TextWriter
from iup.model.plan import Goals, Plan
from iup.model.school import SchoolClass, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from iup.demo.pool import SchoolTerm
    from iup.model.school import School, SchoolUnit

_MOVED = 0.06
_MENTOR_OF = re.compile(r"mentor för \w+")


@dataclass(frozen=True)
class Career:
    """A pupil's way through the school: where they were in each term, the oldest first, their goals, and levels now."""

    child: Child
    had: Mapping[SchoolTerm, tuple[str, Placement]]
    goals: tuple[dict[str, Any], ...]
    levels: Mapping[str, str]


@dataclass(frozen=True)
class WrittenTerm:
    """One pupil's term: the values of their plan and goals, and the class they were in."""

    unit: str
    seat: Placement
    plan: dict[str, Any]
    goals: dict[str, Any]


def career(school: School, pupil: str, seed: int, terms: Iterable[SchoolTerm]) -> Career | None:
    """Return a pupil's way through some terms; None for one who has never had a place in a class."""
    record, known = school.pupils[pupil], school.places(pupil)
    if not known:
        return None
    unit, group, place = known[-1]
    last = group.year.partition("/")[0]
    child = _child(school, pupil)
    own = demo_goals.places(_seat(school, group, pupil), int(last), terms)
    own = tuple((term, seat) for term, seat in own if record.enrolled.covers(term.talks))
    found = {term: (unit.id, seat) for term, seat in own}
    draw = draws(seed, pupil, "byte")
    elsewhere = _alike(school, unit, group)
    if elsewhere and own and draw.random() < _MOVED and place.ends is None:
        other, like = draw.choice(elsewhere)
        there = demo_goals.places(_seat(school, like, pupil), int(last), [term for term, _ in own])
        # Never the newest of them: what was begun then goes on with the mentor of today.
        found |= {term: (other.id, seat) for term, seat in there[: draw.randint(1, len(there)) - 1]}
    had = tuple((term, seat) for term, (_, seat) in found.items())
    plan = school.plans.get(pupil)
    levels = {subject: row.level for subject, row in plan.assessments.items()} if plan else {}
    return Career(child, found, demo_goals.goals(seed, child, had), levels)


def written(who: Career, seed: int, term: SchoolTerm, day: date, kind: str) -> WrittenTerm:
    """Return what a pupil's files held on a day: a plan that is `delad`, has had its `svar`, or is `fastställd`."""
    unit, seat = who.had[term]
    writer = TextWriter(seed, who.child, seat, term, who.levels)
    plan = writer.earlier_plan("fastställd" if kind == "fastställd" else "delad")
    if kind == "svar":
        plan = writer.replied(plan)
    return WrittenTerm(unit, seat, plan, {"barn": writer.label, "mål": demo_goals.standing(who.goals, term, day)})


def school_of(school: School, term: SchoolTerm, of: Mapping[str, WrittenTerm]) -> School:
    """Return the school of a term with some pupils in it."""
    units: dict[str, SchoolUnit] = {}
    people = dict(school.people)
    for name in sorted({one.unit for one in of.values()}):
        own = {pupil: one.seat for pupil, one in of.items() if one.unit == name}
        units[name] = school.units[name].model_copy(update={"classes": _classes(term, own)})
        for seat in own.values():
            mentor = people[seat.mentor.id]
            title = _MENTOR_OF.sub(f"mentor för {seat.name}", mentor.title or "")
            people[mentor.id] = mentor.model_copy(update={"title": title or None})
    return replace(
        school,
        municipality=school.municipality.model_copy(update={"years": (_year(term),)}),
        units=units,
        people=people,
        pupils={pupil: school.pupils[pupil] for pupil in of},
        plans={pupil: Plan.model_validate(one.plan) for pupil, one in of.items()},
        goals={pupil: Goals.model_validate(one.goals) for pupil, one in of.items() if one.goals["mål"]},
    )


def _year(term: SchoolTerm) -> Terms:
    year = term.school_year
    return Terms.model_validate(
        {
            "namn": term.years,
            "höst": {"från": f"{year}-08-17", "till": f"{year}-12-21"},
            "vår": {"från": f"{year + 1}-01-08", "till": f"{year + 1}-06-15"},
        }
    )


def _classes(term: SchoolTerm, seats: Mapping[str, Placement]) -> tuple[SchoolClass, ...]:
    """Return the classes that some pupils of one school were in."""
    held = {"från": f"{term.school_year}-08-17", "till": f"{term.school_year + 1}-06-15"}
    found = []
    for number, (name, mentor) in enumerate(sorted({(seat.name, seat.mentor.id) for seat in seats.values()})):
        own = {pupil: seat for pupil, seat in seats.items() if (seat.name, seat.mentor.id) == (name, mentor)}
        rows = [
            {"ämne": subject, "lärare": teacher.id, "endast": [pupil], **held}
            for pupil, seat in own.items()
            for subject, teacher in seat.teachers.items()
        ]
        values = {
            "id": f"k{number}",
            "namn": name,
            "årskurs": next(iter(own.values())).grade,
            "läsår": term.years,
            "mentor": [{"person": mentor, **held}],
            "elever": [{"elev": pupil, **held} for pupil in own],
            "undervisning": rows,
        }
        found.append(SchoolClass.model_validate(values))
    return tuple(found)


def _alike(school: School, unit: SchoolUnit, group: SchoolClass) -> list[tuple[SchoolUnit, SchoolClass]]:
    """Return the classes of the same year and grade in other schools."""
    return [
        (other, like)
        for other in school.units.values()
        for like in other.classes
        if other.id != unit.id and (like.grade, like.year) == (group.grade, group.year)
    ]


def _seat(school: School, group: SchoolClass, pupil: str) -> Placement:
    """Return a pupil's place in a class, their own or one that they might have been in."""
    mine = any(place.pupil == pupil for place in group.pupils)
    rows = [row for row in group.teaching if (row.includes(pupil) if mine else not row.only)]
    teachers: dict[str, Adult] = {}
    for row in rows:
        teachers.setdefault(row.subject, _adult(school, row.teacher))
    return Placement(group.grade, group.name, _adult(school, group.mentors[0].person), teachers)


def _child(school: School, pupil: str) -> Child:
    record = school.pupils[pupil]
    known = school.places(pupil)[-1][1]
    given = record.name.given
    return Child(
        id=pupil,
        given=given,
        family=record.name.family,
        girl=given in pool()["flickor"] or given in pool()["även_flickor"],
        grade=known.grade,
        guardians=tuple(_adult(school, tie.person) for tie in record.guardians if tie.ends is None),
        address="",
        protected=bool(record.protections),
        literate_from=record.literate_from,
    )


def _adult(school: School, person: str) -> Adult:
    known = school.people[person]
    return Adult(person, known.name.given, known.name.family, known.title or "")

"""Do the days come in a possible order, and does nothing that has happened lie in the future?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.problems import Rule, Severity
from iup.site.load import MUNICIPALITY
from iup.site.paths import goals_file, plan_file, pupil_file, unit_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iup.checks.case import CheckContext
    from iup.model.base import Period
    from iup.model.people import Pupil
    from iup.model.plan import Goals, Plan
    from iup.model.school import School
    from iup.problems import Finding

RULES = (
    ORDER := Rule(
        "datum-ordning",
        Severity.FAULT,
        "sista dagen (till) ligger före den första (från)",
        "En relation gäller från och med sin första dag till och med sin sista. Ligger de i fel ordning gäller den "
        "aldrig.",
        "byt plats på datumen eller rätta det ena",
    ),
    FUTURE := Rule(
        "datum-framtid",
        Severity.FAULT,
        "dagen har inte varit än",
        "En text som är skriven, ett samtal som är hållet och ett steg som är taget har en dag som redan varit. Ett "
        "kommande samtal står under bokat.",
        "rätta datumet; ett kommande samtal står under bokat",
    ),
    COURSE := Rule(
        "förlopp-ordning",
        Severity.FAULT,
        "steget har ett tidigare datum än steget före det",
        "Ett måls förlopp läses uppifrån och ned, det äldsta steget först. Det sista är målets läge nu.",
        "sätt stegen i den ordning de togs",
    ),
    TERM := Rule(
        "termin-okänd",
        Severity.WARNING,
        "läsåret eller terminen finns inte i content/municipality.yaml, eller de hör inte ihop",
        "HT 2026 hör till läsåret 2026/2027, och VT 2027 också. Läsåren räknas upp i content/municipality.yaml.",
        "rätta läsåret eller terminen",
    ),
)


def whole(case: CheckContext) -> Iterator[Finding]:
    """Check the days of schools and municipality."""
    yield from _in_order(_municipal(case.school))
    yield from _in_order(_of_units(case.school))


def pupil(case: CheckContext, name: str) -> Iterator[Finding]:
    """Check every day in a pupil's files."""
    school = case.school
    record, plan, goals = school.pupils.get(name), school.plans.get(name), school.goals.get(name)
    if record is not None:
        yield from _in_order(_of_pupil(record))
    if plan is not None:
        yield from _plan(case, plan_file(name), plan)
    if goals is not None:
        yield from _goals(case, goals_file(name), goals)


def _in_order(periods: Iterable[tuple[str, tuple[str | int, ...], Period]]) -> Iterator[Finding]:
    for path, keys, period in periods:
        if period.ends is not None and period.ends < period.begins:
            yield ORDER.at(path, *keys, "till")


def _of_units(school: School) -> Iterator[tuple[str, tuple[str | int, ...], Period]]:
    for unit in school.units.values():
        path = unit_file(unit.id)
        for number, post in enumerate(unit.principals):
            yield path, ("rektor", number), post
        for at, group in enumerate(unit.classes):
            for key, rows in (("mentor", group.mentors), ("elever", group.pupils), ("undervisning", group.teaching)):
                for number, row in enumerate(rows):
                    yield path, ("klasser", at, key, number), row


def _of_pupil(pupil: Pupil) -> Iterator[tuple[str, tuple[str | int, ...], Period]]:
    path = pupil_file(pupil.id)
    yield path, ("inskriven",), pupil.enrolled
    for number, tie in enumerate(pupil.guardians):
        yield path, ("vårdnadshavare", number), tie
    for number, protection in enumerate(pupil.protections):
        yield path, ("skyddade_personuppgifter", number), protection


def _municipal(school: School) -> Iterator[tuple[str, tuple[str | int, ...], Period]]:
    for number, year in enumerate(school.municipality.years):
        yield MUNICIPALITY, ("läsår", number, "höst"), year.autumn
        yield MUNICIPALITY, ("läsår", number, "vår"), year.spring
    for number, post in enumerate(school.municipality.readers):
        yield MUNICIPALITY, ("nämndens_läsare", number), post
    for number, post in enumerate(school.municipality.office):
        yield MUNICIPALITY, ("kontorets_personal", number), post


def _plan(case: CheckContext, path: str, plan: Plan) -> Iterator[Finding]:
    held = plan.conversation.held
    if held is not None and held > case.day:
        yield FUTURE.at(path, "samtal", "hållet")
    for field, entries in plan.fields.items():
        for number, entry in enumerate(entries):
            if entry.day > case.day:
                yield FUTURE.at(path, "fält", field, number, "datum")
    for subject, assessment in plan.assessments.items():
        if assessment.day > case.day:
            yield FUTURE.at(path, "omdömen", subject, "datum")
    late = [number for number, reading in enumerate(plan.readings) if reading.day > case.day]
    yield from (FUTURE.at(path, "läst", number, "datum") for number in late)
    first, second = plan.year.split("/")
    years = {year.name for year in case.school.municipality.years}
    if plan.year not in years or plan.term not in (f"HT {first}", f"VT {second}"):
        yield TERM.at(path, "termin")


def _goals(case: CheckContext, path: str, goals: Goals) -> Iterator[Finding]:
    for number, goal in enumerate(goals.goals):
        days = [move.day for move in goal.course]
        for step, day in enumerate(days):
            if day > case.day:
                yield FUTURE.at(path, "mål", number, "förlopp", step, "datum")
            if step and day < days[step - 1]:
                yield COURSE.at(path, "mål", number, "förlopp", step, "datum")
        for at, comment in enumerate(goal.comments):
            if comment.day > case.day:
                yield FUTURE.at(path, "mål", number, "kommentarer", at, "datum")

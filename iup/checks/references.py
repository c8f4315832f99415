"""Does each id point at something, and only at one thing?"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from iup.checks.case import has_file
from iup.problems import Rule, Severity
from iup.site import value_hints
from iup.site.load import DISCLOSURE, MUNICIPALITY, ROSTER
from iup.site.paths import goals_file, plan_file, pupil_file, unit_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.checks.case import CheckContext
    from iup.model.people import Pupil
    from iup.model.plan import Goal, Plan
    from iup.model.school import School, SchoolClass, SchoolUnit
    from iup.problems import Finding

RULES = (
    PERSON := Rule(
        "okänd-person",
        Severity.FAULT,
        "det finns ingen person med det id:t",
        "Varje mentor, lärare, rektor, vårdnadshavare och skribent anges med ett id som har en fil i content/people/, "
        "eller med elevens eget. Ett id utan fil leder inte till någon.",
        "rätta id:t, eller lägg till personens fil",
    ),
    PUPIL := Rule(
        "okänd-elev",
        Severity.FAULT,
        "det finns ingen elev med det id:t",
        "Varje elev i en klass, och i raderna endast och utom, har en katalog i content/pupils/. Ett id utan katalog "
        "är oftast felskrivet.",
        "rätta id:t, eller lägg till elevens filer",
    ),
    TEACHING_PUPIL := Rule(
        "undervisning-elev",
        Severity.FAULT,
        "eleven går inte i klassen som undervisningsraden hör till",
        "Raderna endast och utom räknar upp elever i just den klassen. En elev ur en annan klass skulle tyst falla "
        "bort.",
        "rätta id:t, eller flytta raden till rätt klass",
    ),
    SUBJECT := Rule(
        "okänt-ämne",
        Severity.FAULT,
        "ämnet finns inte i policies/subjects.yaml",
        "Ämnen skrivs på ett enda sätt, det som står i policies/subjects.yaml. Annars blir samma ämne två.",
        "använd kursplanens namn på ämnet, med stor begynnelsebokstav",
    ),
    FORM := Rule(
        "okänd-mall",
        Severity.FAULT,
        "det finns ingen mall med det namnet och den versionen",
        "En plan säger vilken mall den följer, med version: iup-1-3@1. Mallarna ligger i policies/forms/.",
        "rätta namnet eller versionen",
    ),
    DOUBLE_ID := Rule(
        "dubblett-id",
        Severity.FAULT,
        "id:t används redan för någon eller något annat",
        "Två elever, personer, klasser eller mål med samma id kan förväxlas. Ett id används bara en gång.",
        "ge det ena ett nytt id",
    ),
    TWO_CLASSES := Rule(
        "två-klasser",
        Severity.FAULT,
        "eleven går i mer än en klass samma dag",
        "En elev går i en klass åt gången. Vid ett byte får raden i den gamla klassen en sista dag (till), och raden i "
        "den nya börjar dagen efter.",
        "sätt till på raden i den gamla klassen",
    ),
    NO_CLASS := Rule(
        "ingen-klass",
        Severity.WARNING,
        "eleven är inskriven men går inte i någon klass i dag",
        "Utan klass har eleven varken mentor eller lärare. Då får ingen på skolan läsa planen.",
        "lägg till eleven i en klass i content/schools/",
    ),
    LONE_FILE := Rule(
        "ensam-fil",
        Severity.FAULT,
        "filen hör till en elev vars pupil.yaml saknas",
        "En plan eller målfil utan elev kommer inte med i något dokument. Hämta tillbaka elevens pupil.yaml, eller ta "
        "bort filen om eleven inte går här.",
        "lägg till elevens pupil.yaml, eller ta bort filen",
    ),
)


def whole(case: CheckContext) -> Iterator[Finding]:
    """Check the ids in schools and municipality."""
    school = case.school
    yield from _double_classes(school)
    yield from _readers(school)
    for unit in school.units.values():
        yield from _unit(case, unit)


def pupil(case: CheckContext, name: str) -> Iterator[Finding]:
    """Check the ids in a pupil's files."""
    school = case.school
    record, plan, goals = school.pupils.get(name), school.plans.get(name), school.goals.get(name)
    if record is not None:
        yield from _pupil(case, record)
    if plan is not None:
        if not has_file(school.pupils, name):
            yield LONE_FILE.at(plan_file(name))
        yield from _plan(case, plan_file(name), plan)
    if goals is not None:
        if not has_file(school.pupils, name):
            yield LONE_FILE.at(goals_file(name))
        for number, goal in enumerate(goals.goals):
            yield from _goal(case, goals_file(name), number, goal)
        for number in _repeated([goal.id for goal in goals.goals]):
            yield DOUBLE_ID.at(goals_file(name), "mål", number, "id")


def _pupil(case: CheckContext, pupil: Pupil) -> Iterator[Finding]:
    if pupil.id in case.school.people:
        yield DOUBLE_ID.at(pupil_file(pupil.id))
    for number, tie in enumerate(pupil.guardians):
        if not has_file(case.school.people, tie.person):
            yield PERSON.at(pupil_file(pupil.id), "vårdnadshavare", number, "person")
    in_class = case.unread_units or case.school.place(pupil.id, case.day) is not None
    if pupil.enrolled.covers(case.day) and not in_class:
        yield NO_CLASS.at(pupil_file(pupil.id), "inskriven")
    yield from _two_classes(case.school, pupil.id)


def _readers(school: School) -> Iterator[Finding]:
    for number, post in enumerate(school.municipality.readers):
        if not has_file(school.people, post.person):
            yield PERSON.at(MUNICIPALITY, "nämndens_läsare", number, "person")
    for number, post in enumerate(school.municipality.office):
        if not has_file(school.people, post.person):
            yield PERSON.at(MUNICIPALITY, "kontorets_personal", number, "person")
    for number, row in enumerate(school.roster):
        if not has_file(school.people, row.person):
            yield PERSON.at(ROSTER, "personer", number, "person")
    for number, delegation in enumerate(school.disclosure.delegations if school.disclosure else ()):
        if delegation.person and not has_file(school.people, delegation.person):
            yield PERSON.at(DISCLOSURE, "delegationer", number, "person")


def _repeated(ids: list[str]) -> list[int]:
    """Return the places of ids that stood earlier in the list."""
    first = {name: number for number, name in reversed(list(enumerate(ids)))}
    return [number for number, name in enumerate(ids) if first[name] < number]


def _known(school: School, person: str) -> bool:
    return has_file(school.people, person) or has_file(school.pupils, person)


def _double_classes(school: School) -> Iterator[Finding]:
    classes = Counter(group.id for unit in school.units.values() for group in unit.classes)
    for unit in school.units.values():
        for number, group in enumerate(unit.classes):
            if classes[group.id] > 1:
                yield DOUBLE_ID.at(unit_file(unit.id), "klasser", number, "id")


def _unit(case: CheckContext, unit: SchoolUnit) -> Iterator[Finding]:
    path = unit_file(unit.id)
    for number, post in enumerate(unit.principals):
        if not has_file(case.school.people, post.person):
            yield PERSON.at(path, "rektor", number, "person")
    for number, group in enumerate(unit.classes):
        yield from _group(case, path, number, group)


def _group(case: CheckContext, path: str, number: int, group: SchoolClass) -> Iterator[Finding]:
    school = case.school
    start = ("klasser", number)
    for at, post in enumerate(group.mentors):
        if not has_file(school.people, post.person):
            yield PERSON.at(path, *start, "mentor", at, "person")
    for at, place in enumerate(group.pupils):
        if not has_file(school.pupils, place.pupil):
            yield PUPIL.at(path, *start, "elever", at, "elev")
    yield from _teaching(case, path, start, group)


def _teaching(case: CheckContext, path: str, start: tuple[str | int, ...], group: SchoolClass) -> Iterator[Finding]:
    school = case.school
    members = {place.pupil for place in group.pupils}
    for at, row in enumerate(group.teaching):
        if not has_file(school.people, row.teacher):
            yield PERSON.at(path, *start, "undervisning", at, "lärare")
        if row.subject not in case.subjects:
            yield SUBJECT.at(path, *start, "undervisning", at, "ämne")
        for key, listed in (("endast", row.only), ("utom", row.but)):
            for place_in_row, pupil in enumerate(listed):
                if pupil not in members:
                    rule = TEACHING_PUPIL if has_file(school.pupils, pupil) else PUPIL
                    yield rule.at(path, *start, "undervisning", at, key, place_in_row)


def _two_classes(school: School, pupil: str) -> Iterator[Finding]:
    for (_, _, first), (unit, group, second) in combinations(school.places(pupil), 2):
        if first.covers(second.begins) or second.covers(first.begins):
            number = unit.classes.index(group)
            yield TWO_CLASSES.at(unit_file(unit.id), "klasser", number, "elever", group.pupils.index(second), "elev")


def _plan(case: CheckContext, path: str, plan: Plan) -> Iterator[Finding]:
    school = case.school
    if plan.form not in school.forms and not case.unread_forms:
        yield FORM.at(path, "mall", hint=f"mallarna är {', '.join(sorted(school.forms))}")
    for number, person in enumerate(plan.conversation.present):
        if not _known(school, person):
            yield PERSON.at(path, "samtal", "deltagare", number)
    for field, entries in plan.fields.items():
        for number, entry in enumerate(entries):
            if not _known(school, entry.author):
                yield PERSON.at(path, "fält", field, number, "av")
    for subject, assessment in plan.assessments.items():
        if subject not in case.subjects:
            yield SUBJECT.at(path, "omdömen", subject, hint=_subject(case, subject))
        if not _known(school, assessment.author):
            yield PERSON.at(path, "omdömen", subject, "av")


def _subject(case: CheckContext, typed: str) -> str:
    near = value_hints.choice(typed, case.subjects)
    return f"skriv {near}" if near else ""


def _goal(case: CheckContext, path: str, number: int, goal: Goal) -> Iterator[Finding]:
    school = case.school
    start = ("mål", number)
    if goal.subject is not None and goal.subject not in case.subjects:
        yield SUBJECT.at(path, *start, "ämne", hint=_subject(case, goal.subject))
    if not _known(school, goal.proposed_by):
        yield PERSON.at(path, *start, "föreslaget_av")
    for step, move in enumerate(goal.course):
        if not _known(school, move.author):
            yield PERSON.at(path, *start, "förlopp", step, "av")
    for at, comment in enumerate(goal.comments):
        if not _known(school, comment.author):
            yield PERSON.at(path, *start, "kommentarer", at, "av")
    for at in _repeated([comment.id for comment in goal.comments]):
        yield DOUBLE_ID.at(path, *start, "kommentarer", at, "id")

"""What the law asks for a pupil on a day: a samtal every term, a written plan only in some years (DOMAIN 2.1).

The rules are data with dates and sources (`policies/law.yaml`), the terms are the municipality's own
(`content/municipality.yaml`); this module only finds the ones that apply.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iup.model.school import LawRule, Municipality, School, SchoolClass, SchoolUnit


@dataclass(frozen=True)
class PlanDuty:
    """Whether a written plan is required, and the rule that says so."""

    required: bool
    grade: int
    rule: LawRule | None

    @property
    def note(self) -> str:
        """What a document says when no plan is required."""
        if self.required:
            return ""
        return (
            f"I årskurs {self.grade} skriver skolan ingen individuell utvecklingsplan, eftersom betyg sätts. "
            "Utvecklingssamtal hålls varje termin."
        )


@dataclass(frozen=True)
class TalkDuty:
    """Whether a samtal is required each term, and the rule that says so."""

    required: bool
    rule: LawRule | None


@dataclass(frozen=True)
class TermTime:
    """A term with its days. A samtal in the holidays after it still counts: it lasts until the next one begins."""

    name: str
    year: str
    begins: date
    ends: date
    reaches: date
    year_ends: date

    def holds(self, day: date) -> bool:
        """Say whether what happened on a day belongs to the term."""
        return self.begins <= day <= self.reaches


def plan_duty(school: School, pupil: str, day: date) -> PlanDuty | None:
    """Say whether the law asks for a plan for a pupil on a day; None when the pupil is in no class that day."""
    place = school.place(pupil, day)
    return plan_duty_in(school, *place, day) if place else None


def plan_duty_in(school: School, unit: SchoolUnit, group: SchoolClass, day: date) -> PlanDuty:
    """Say whether the law asks for a plan for the pupils of a class on a day.

    Skollagen 10 kap. 12-13 §§: years without grades only. The principal may bring in grades from year 4.
    """
    valid = _valid(school, unit, day)
    asking = next((rule for rule in valid if rule.about == "plan" and group.grade in rule.grades), None)
    if asking is not None and group.grade < unit.grades_from:
        return PlanDuty(required=True, grade=group.grade, rule=asking)
    return PlanDuty(
        required=False, grade=group.grade, rule=next((rule for rule in valid if rule.about == "ingen plan"), None)
    )


def talk_duty_in(school: School, unit: SchoolUnit, group: SchoolClass, day: date) -> TalkDuty:
    """Say whether the law asks for a samtal each term in a class; a rule without years is about all of them."""
    asking = (rule for rule in _valid(school, unit, day) if rule.about == "samtal")
    rule = next((rule for rule in asking if not rule.grades or group.grade in rule.grades), None)
    return TalkDuty(required=rule is not None, rule=rule)


def _valid(school: School, unit: SchoolUnit, day: date) -> list[LawRule]:
    return [rule for rule in school.law if rule.period.covers(day) and rule.school_form in (None, unit.form)]


def term_on(school: School, day: date) -> TermTime | None:
    """Return the term that a day belongs to; None before the first and after the last that the municipality lists."""
    return term_in(school.municipality, day)


def term_in(municipality: Municipality, day: date) -> TermTime | None:
    """Return the term that a day belongs to, from the municipality's file alone."""
    return next((term for term in _terms(municipality) if term.holds(day)), None)


def _terms(municipality: Municipality) -> list[TermTime]:
    found = []
    for year in municipality.years:
        first, second = year.name.split("/")
        found += [(year.autumn, f"HT {first}", year), (year.spring, f"VT {second}", year)]
    found.sort(key=lambda row: row[0].begins)
    terms = []
    for number, (period, name, year) in enumerate(found):
        after = found[number + 1][0].begins - timedelta(days=1) if number + 1 < len(found) else None
        ends = period.ends or after or date.max
        year_ends = year.spring.ends or date.max
        terms.append(TermTime(name, year.name, period.begins, ends, after or ends, year_ends))
    return terms

"""What an overview begins with: whose it is, which term it counts, and what the law asks in its classes or does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.model import law
from iup.view.overview_types import DutyView, HeadView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from iup.model.role import Role
    from iup.model.school import School, SchoolClass, SchoolUnit

    Places = Sequence[tuple[SchoolUnit, SchoolClass]]

_NO_TERM = "Dagen hör inte till någon termin i content/municipality.yaml, så inget kan räknas. Lägg till läsåret där."
_NO_PLAN_NEEDED = "Ingen regel i policies/law.yaml kräver en skriftlig plan här."
_NO_TALK_NEEDED = "Ingen regel i policies/law.yaml kräver ett utvecklingssamtal här."


def head_view(school: School, day: date, title: str, unit: str, places: Places, read_by: Iterable[Role]) -> HeadView:
    """Return the head of an overview of some classes."""
    term = law.term_on(school, day)
    return HeadView(
        municipality=school.municipality.name,
        school=unit,
        title=title,
        term=term.name if term else "",
        year=term.year if term else "",
        note="" if term else _NO_TERM,
        duties=tuple(_duties(school, places, day)),
        read_by=tuple(role.value for role in read_by),
    )


def _duties(school: School, places: Places, day: date) -> Iterator[DutyView]:
    """Say what the law asks in these classes and what it does not, each once with the years it is about."""
    term = law.term_on(school, day)
    ends, year_ends = (term.ends.isoformat(), term.year_ends.isoformat()) if term else ("", "")
    found: dict[tuple[str, bool, str], tuple[law.PlanDuty | law.TalkDuty, set[int]]] = {}
    for what in ("samtal", "plan"):
        for unit, group in places:
            ask = law.talk_duty_in if what == "samtal" else law.plan_duty_in
            duty = ask(school, unit, group, day)
            key = (what, duty.required, duty.rule.id if duty.rule else "")
            found.setdefault(key, (duty, set()))[1].add(group.grade)
    for (what, required, _), (duty, grades) in found.items():
        without = _NO_TALK_NEEDED if what == "samtal" else _NO_PLAN_NEEDED
        yield DutyView(
            what=what,
            required=required,
            grades=tuple(sorted(grades)),
            by=("" if not required else ends if what == "samtal" else year_ends),
            text=duty.rule.text if duty.rule else without,
            source=(duty.rule.source + ("" if duty.rule.verified else " (inte kontrollerad)")) if duty.rule else "",
        )

"""Parts that overviews share: the head (whose it is, which term, what the law asks), who has read, and bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.model import law
from iup.model.base import State
from iup.policy.access import Action, decide
from iup.policy.items import reading_item
from iup.view.overview_types import BarView, DutyView, HeadView, Span

if TYPE_CHECKING:
    from iup.model.school import School
    from iup.policy.access import Policy
    from iup.policy.relations import Standing

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


def has_read(school: School, policy: Policy, who: Standing) -> tuple[int, int]:
    """Return how many at home have read a pupil's plan, of how many that have it; (0, 0) where there is none to read.

    Counted are the guardians of the day, and a pupil who can write. A reader counts only if their word may be seen.
    """
    plan = school.plans.get(who.pupil)
    pupil = school.pupils[who.pupil]
    if plan is None or plan.state is State.DRAFT:
        return 0, 0
    home = [*pupil.guardians_on(who.day)]
    home += [pupil.id] if pupil.is_literate(who.day) else []
    told = [
        person
        for person in home
        if decide(policy, Action.READ, reading_item(pupil.id, plan.state, person), who).allowed
    ]
    said = {reading.reader for reading in plan.readings}
    return sum(person in said for person in told), len(told)


def bar(label: str, number: int, whole: int) -> BarView:
    """Return the bar of a part of a whole."""
    return BarView(label, number, number, whole, f"{number} av {whole}")


def span_bar(label: str, part: Span, whole: Span) -> BarView:
    """Return the bar of numbers that are shown as spans, or hidden."""
    if part.hidden:
        return BarView(label, 0, 0, 0, "visas inte")
    told = str(part.least) if part.least == part.most else f"{part.least}–{part.most}"
    of = str(whole.least) if whole.least == whole.most else f"{whole.least}–{whole.most}"
    return BarView(label, part.least, part.most, whole.most, f"{told} av {of}")

"""Who may decide on a request today, on the board's behalf and by which delegation.

In: the school as committed, the rules of `policies/disclosure.yaml`, a pupil and a day. Out: `Decider`s. A principal of
the pupil's school decides by a delegation without a name; anybody else only by one that names them. Nobody decides
without a delegation that holds on the day (offentlighets- och sekretesslagen 6 kap. 3 §, kommunallagen 6 kap. 37 §).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from iup.model.disclosure import DisclosureRules
    from iup.model.school import School, SchoolUnit


@dataclass(frozen=True)
class Decider:
    """Somebody who may decide: who they are, by which delegation, and their certificate (empty: they cannot sign)."""

    person: str
    name: str
    title: str
    delegation: str
    key: str


def deciders(school: School, rules: DisclosureRules, pupil: str, day: date) -> tuple[Decider, ...]:
    """Return everybody who may decide about a pupil's plans on a day, the school's principals first."""
    unit = _unit(school, pupil, day)
    principals = [post.person for post in unit.principals if post.covers(day)] if unit else []
    in_force = [delegation for delegation in rules.delegations if delegation.covers(day)]
    found: dict[str, str] = {}
    for delegation in in_force:
        for person in (delegation.person,) if delegation.person else principals:
            found.setdefault(person, delegation.reference)
    ordered = sorted(found, key=lambda person: person not in principals)
    return tuple(_decider(school, person, found[person], principal=person in principals) for person in ordered)


def _decider(school: School, person: str, delegation: str, *, principal: bool) -> Decider:
    known = school.people.get(person)
    title = known.title if known and known.title else "rektor" if principal else ""
    key = known.receiving.certificate if known else None
    return Decider(person, school.name_of(person), title, delegation, key or "")


def _unit(school: School, pupil: str, day: date) -> SchoolUnit | None:
    """Return the school a pupil goes to; of one who has left, the last."""
    now = school.place(pupil, day)
    if now is not None:
        return now[0]
    past = sorted(_began(school, pupil, day))
    return school.units.get(past[-1][1]) if past else None


def _began(school: School, pupil: str, day: date) -> Iterator[tuple[date, str]]:
    for unit, _, place in school.places(pupil):
        if place.begins <= day:
            yield place.begins, unit.id

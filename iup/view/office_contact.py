"""Whom a reader is told to contact, and whether they are told which school and class a pupil is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.policy.access import Action, Item, Kind, Policy, decide
from iup.view.types import OfficeView

if TYPE_CHECKING:
    from iup.model.school import Office, School
    from iup.policy.relations import Standing


def places_named(policy: Policy, who: Standing) -> bool:
    """Say whether a reader may be told the pupil's school and class; nobody is of a protected pupil."""
    return not who.protected and decide(policy, Action.READ, Item(Kind.SCHOOL, who.pupil), who).allowed


def office_view(school: School, policy: Policy, who: Standing) -> OfficeView:
    """Return whom to contact: the pupil's school's office, or the nämnd's registrar where the school is not named."""
    place = school.place(who.pupil, who.day) if places_named(policy, who) else None
    found: Office = place[0].office if place else school.municipality.registrar
    return OfficeView(
        name=found.name,
        address=found.address or "",
        phone=found.phone or "",
        email=found.email or "",
        hours=found.hours or "",
    )

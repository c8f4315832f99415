"""The start page of one recipient: which pupils the bundle is about, what is in it, and whom to contact.

It names no other recipient and no pupil that the reader has no relation to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.model.role import Role
from iup.policy.access import Action, Item, Kind, Policy, decide
from iup.policy.relations import NO_PUPIL, Standing, standing
from iup.view.office_contact import office_view
from iup.view.types import ChildView, ContactView, PlanView, StartView

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from iup.model.people import Person
    from iup.model.school import School

_STAFF = frozenset({Role.MENTOR, Role.TEACHER, Role.PRINCIPAL})


def start_view(  # noqa: PLR0913  what a start page is made of
    school: School,
    policy: Policy,
    reader: str,
    day: date,
    plans: Mapping[str, PlanView | None],
    overviews: tuple[str, ...] = (),
    earlier: tuple[str, ...] = (),
) -> StartView:
    """Return a recipient's start page. `plans` holds what the reader sees of each pupil, in the order to show them.

    `overviews` and `earlier` are the titles of the other documents. A recipient with overviews only is told to contact
    the nämnd's registrar.
    """
    standings = [standing(school, reader, pupil, day) for pupil in plans]
    asked = standings or [standing(school, reader, NO_PUPIL, day)]
    offices = dict.fromkeys(office_view(school, policy, who) for who in asked)
    return StartView(
        municipality=school.municipality.name,
        board=school.municipality.board,
        staff=bool(overviews) or any(who.roles & _STAFF for who in standings),
        children=tuple(_child(school, policy, who, plans[who.pupil]) for who in standings),
        own=_own(school, policy, standings),
        offices=tuple(offices),
        public_documents=school.public_documents,
        overviews=overviews,
        earlier=earlier,
    )


def _child(school: School, policy: Policy, who: Standing, plan: PlanView | None) -> ChildView:
    def reads(kind: Kind, person: str = "") -> bool:
        return decide(policy, Action.READ, Item(kind, who.pupil, person=person), who).allowed

    pupil = school.pupils[who.pupil]
    place = school.place(pupil.id, who.day) if reads(Kind.SCHOOL) else None
    guardians = [person for person in pupil.guardians_on(who.day) if person != who.reader]
    return ChildView(
        name=pupil.name.full if reads(Kind.NAME) else "",
        group=place[1].name if place else "",
        school=place[0].name if place else "",
        title=plan.title if plan else "",
        term=plan.term if plan else "",
        state=plan.state if plan else "",
        booked=plan.booked if plan else "",
        held=plan.held if plan else "",
        note=plan.note if plan else "Här finns inget att läsa ännu.",
        guardians=tuple(
            contact
            for person in guardians
            if person in school.people
            and reads(Kind.CONTACT, person)
            and (contact := _contact(school.people[person])) is not None
        ),
    )


def _own(school: School, policy: Policy, standings: list[Standing]) -> tuple[ContactView, ...]:
    """Return the reader's own contact data, so that they can see whether the school has it right."""
    reader = standings[0].reader if standings else ""
    person = school.people.get(reader)
    allowed = any(
        decide(policy, Action.READ, Item(Kind.CONTACT, who.pupil, person=reader), who).allowed for who in standings
    )
    contact = _contact(person) if person and allowed else None
    return (contact,) if contact else ()


def _contact(person: Person) -> ContactView | None:
    if person.contact is None:
        return None
    return ContactView(person.name.full, person.contact.phone or "", person.contact.email or "")

"""What somebody is to a pupil on a day. A relation counts only between its dates.

In: a `School`, a reader, a pupil and a day. Out: a `Standing`: the reader's roles, and what a right can depend on.
Knows no rule and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from iup.model.role import Condition, Role

if TYPE_CHECKING:
    from datetime import date

    from iup.model.school import School

OFFICE = "kontoret"
NO_PUPIL = ""


@dataclass(frozen=True)
class Standing:
    """What somebody is to one pupil on one day. No role, no right."""

    reader: str
    pupil: str
    day: date
    roles: frozenset[Role]
    subjects: frozenset[str] = frozenset()
    literate: bool = False
    protected: bool = False

    def meets(self, condition: Condition | None) -> bool:
        """Say whether a condition on the pupil holds."""
        match condition:
            case Condition.LITERATE:
                return self.literate
            case Condition.NOT_LITERATE:
                return not self.literate
            case Condition.NOT_PROTECTED:
                return not self.protected
            case None:
                return True

    @cached_property
    def lasting(self) -> frozenset[Role]:
        """The roles that do not depend on what is asked about."""
        return self.roles - {Role.AUTHOR, Role.SELF, Role.SUBJECT_TEACHER}


def standing(school: School, reader: str, pupil: str, day: date) -> Standing:
    """Work out what somebody is to a pupil on a day; a relation counts only between its dates.

    The pupil `NO_PUPIL` stands for the municipality as a whole. The nämnd has a relation to that, and to no pupil.
    """
    record = school.pupils.get(pupil)
    roles: set[Role] = {Role.REGISTRAR} if reader == OFFICE or _in_office(school, reader, day) else set()
    if pupil == NO_PUPIL and any(post.person == reader and post.covers(day) for post in school.municipality.readers):
        roles.add(Role.BOARD)
    subjects: frozenset[str] = frozenset()
    if record is not None and record.enrolled.covers(day):
        if reader == pupil:
            roles.add(Role.PUPIL)
        if any(tie.person == reader and tie.covers(day) for tie in record.guardians):
            roles.add(Role.GUARDIAN)
        place = school.place(pupil, day)
        if place is not None:
            unit, group = place
            if any(post.person == reader and post.covers(day) for post in group.mentors):
                roles.add(Role.MENTOR)
            if any(post.person == reader and post.covers(day) for post in unit.principals):
                roles.add(Role.PRINCIPAL)
            subjects = frozenset(row.subject for row in school.taught(pupil, day) if row.teacher == reader)
            if subjects:
                roles |= {Role.TEACHER, Role.SUBJECT_TEACHER}
    return Standing(
        reader=reader,
        pupil=pupil,
        day=day,
        roles=frozenset(roles),
        subjects=subjects,
        literate=record is not None and record.is_literate(day),
        protected=record is not None and record.is_protected(day),
    )


def _in_office(school: School, reader: str, day: date) -> bool:
    return any(post.person == reader and post.covers(day) for post in school.municipality.office)


def standing_at(school: School, reader: str, unit: str, day: date) -> Standing:
    """Work out what somebody is to files that are about no one pupil; `unit` narrows to one school ("" is any)."""
    roles: set[Role] = {Role.REGISTRAR} if _in_office(school, reader, day) else set()
    units = [known for name, known in school.units.items() if unit in ("", name)]
    if any(post.person == reader and post.covers(day) for known in units for post in known.principals):
        roles.add(Role.PRINCIPAL)
    return Standing(reader, NO_PUPIL, day, frozenset(roles))

"""What somebody is to a pupil on a day, and what kind of person somebody is. A relation counts only between its dates.

In: a `School`, a reader, a pupil and a day. Out: a `Standing`: the reader's roles, and what a right can depend on. Also
who is, or ever was, a guardian of whom, or in a class with whom, and what says whose somebody's one name is. Having
been something gives nobody a right. Knows no rule and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from iup.model.role import Condition, Role
from iup.text.one_name import OneName, is_one

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from iup.model.people import Pupil
    from iup.model.school import School, SchoolClass

OFFICE = "kontoret"
NO_PUPIL = ""


class PersonKind(StrEnum):
    """What kind of person an id stands for."""

    PUPIL = "elev"
    GUARDIAN = "vårdnadshavare"
    STAFF = "personal"
    UNKNOWN = "okänd"


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
        if reader in record.guardians_on(day):
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


def guardians(pupils: Iterable[Pupil]) -> frozenset[str]:
    """Return everybody who is or was a guardian of some pupils."""
    return frozenset(person for pupil in pupils for person in pupil.guardians_ever())


def is_guardian(school: School, person: str) -> bool:
    """Say whether somebody is or was a guardian of any pupil on file."""
    return any(person in pupil.guardians_ever() for pupil in school.pupils.values())


def children_on(school: School, person: str, day: date) -> frozenset[str]:
    """Return the pupils in somebody's custody on a day."""
    return frozenset(name for name, pupil in school.pupils.items() if person in pupil.guardians_on(day))


def children_ever(school: School, person: str) -> frozenset[str]:
    """Return the pupils who are or were in somebody's custody."""
    return frozenset(name for name, pupil in school.pupils.items() if person in pupil.guardians_ever())


def in_classes_of(school: School, pupils: Iterable[str]) -> frozenset[str]:
    """Return everybody who is or was in a class that some pupils are or were in: pupils, their guardians, and staff."""
    groups = {group.id: group for pupil in pupils for _, group, _ in school.places(pupil)}
    return frozenset(person for group in groups.values() for person in people_of(school, group))


def people_of(school: School, group: SchoolClass) -> frozenset[str]:
    """Return everybody who is or was in a class: pupils, their guardians, and staff."""
    mates = frozenset(place.pupil for place in group.pupils)
    return guardians(known for mate in mates if (known := school.pupils.get(mate))) | mates | _staff_of(group)


def one_name(school: School, person: str) -> OneName | None:
    """Return by what somebody is looked for who has one name only; None for anybody else.

    Their classes are those that they, or a child of theirs, are or were in, and those that they have taught.
    """
    known = school.pupils.get(person) or school.people.get(person)
    if known is None or not is_one(known.name.family):
        return None
    own = children_ever(school, person) | {person}
    classes = {group.name for pupil in own for _, group, _ in school.places(pupil)}
    classes |= {group.name for unit in school.units.values() for group in unit.classes if person in _staff_of(group)}
    registered = school.registered.get(person)
    return OneName(
        known.name.full, person, (registered.personnummer if registered else "") or "", tuple(sorted(classes))
    )


def _staff_of(group: SchoolClass) -> frozenset[str]:
    return frozenset({post.person for post in group.mentors} | {row.teacher for row in group.teaching})


def kind_of(school: School, person: str) -> PersonKind:
    """Return what kind of person somebody is: a guardian who is on the staff as well counts as a guardian."""
    if person in school.pupils:
        return PersonKind.PUPIL
    if is_guardian(school, person):
        return PersonKind.GUARDIAN
    return PersonKind.STAFF if person in school.people else PersonKind.UNKNOWN

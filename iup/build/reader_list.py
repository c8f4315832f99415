"""Everybody who would get something, where a teacher looks for them: school, class, pupil.

In: a `School` and a day. Out: a `ReaderList`: groups within groups, each with its readers, and whom a reader's bundle
is about. Staff of a class stand under the class, and under each pupil with the home. Knows no policy and renders
nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

from iup.model.people import Channel
from iup.model.role import Role
from iup.policy.relations import NO_PUPIL
from iup.view.bundle import recipients_among, related

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date

    from iup.model.recipient import Recipient
    from iup.model.school import School, SchoolClass, SchoolUnit

_ROLES = (
    (Role.PRINCIPAL, "rektor"),
    (Role.MENTOR, "mentor"),
    (Role.TEACHER, "lärare"),
    (Role.BOARD, "nämnden"),
    (Role.GUARDIAN, "vårdnadshavare"),
    (Role.PUPIL, "elev"),
)
_HOME = (Role.GUARDIAN, Role.PUPIL)
_CLASS = (Role.MENTOR, Role.TEACHER)
_NO_CLASS = "Utan klass"
_ALPHABET = str.maketrans("åäö", "{|}")

_Roles = dict[str, frozenset[Role]]


class Reader(NamedTuple):
    """A person through whose eyes the files are shown, and what they are there."""

    id: str
    name: str
    role: str
    paper: bool


@dataclass(frozen=True)
class ReaderGroup:
    """A school, a class or a pupil, with its readers and the groups in it; `pupil` is the pupil's id."""

    name: str
    readers: tuple[Reader, ...] = ()
    groups: tuple[ReaderGroup, ...] = ()
    pupil: str = ""


@dataclass(frozen=True)
class ReaderList:
    """All readers in their groups. `recipients` has each of them by id, `places` each pupil's class and staff."""

    readers: tuple[Reader, ...]
    groups: tuple[ReaderGroup, ...]
    recipients: Mapping[str, Recipient] = field(repr=False)
    places: Mapping[str, tuple[ReaderGroup, str, tuple[Reader, ...]]] = field(repr=False)

    def of_pupil(self, pupil: str) -> tuple[Reader, ...]:
        """Return everybody who reads about a pupil: the home, then mentor, teachers and the principal."""
        group, _, principals = self.places.get(pupil, _NOWHERE)
        return group.readers + principals

    @property
    def first(self) -> tuple[str, str]:
        """The first reader under the first pupil that has one, and that pupil."""
        return next(((one.readers[0].id, pupil) for pupil, (one, *_) in self.places.items() if one.readers), ("", ""))

    def where(self, pupil: str) -> str:
        """Return a pupil's name and class."""
        group, place, _ = self.places.get(pupil, _NOWHERE)
        return f"{group.name}, {place}" if place else group.name

    def reader(self, person: str, pupil: str = "") -> Reader | None:
        """Return a reader as they stand under a pupil, or else in the first group that has them."""
        own = (one for one in self.of_pupil(pupil) if one.id == person)
        return next(own, None) or next((one for one in _all(self.readers, self.groups) if one.id == person), None)


_NOWHERE = (ReaderGroup(""), "", ())
NOBODY = ReaderList((), (), {}, {})


def reader_list(school: School, day: date) -> ReaderList:
    """Return everybody with a relation to a pupil on a day, and the nämnd's readers."""
    relations = tuple(related(school, day))
    recipients = {one.id: one for one in recipients_among(school, relations)}
    about: dict[str, _Roles] = {}
    for person, pupil, roles in relations:
        if person in recipients:
            about.setdefault(pupil, {})[person] = roles
    board = about.pop(NO_PUPIL, {})
    found = _Finding(school, about)
    classes: dict[tuple[str, str], list[str]] = {}
    for pupil in about:
        place = school.place(pupil, day)
        classes.setdefault((place[0].id, place[1].id) if place else ("", ""), []).append(pupil)
    groups = [found.school(unit, classes) for unit in sorted(school.units.values(), key=lambda unit: unit.name)]
    if lost := classes.get(("", "")):
        groups.append(ReaderGroup(_NO_CLASS, groups=tuple(found.pupil(pupil, "", ()) for pupil in lost)))
    return ReaderList(found.rows(board, tuple(Role)), tuple(g for g in groups if g.groups), recipients, found.places)


class _Finding:
    """Makes the groups of one school, and notes where each pupil stands."""

    def __init__(self, school: School, about: Mapping[str, _Roles]) -> None:
        self._school = school
        self._about = about
        self.places: dict[str, tuple[ReaderGroup, str, tuple[Reader, ...]]] = {}

    def school(self, unit: SchoolUnit, classes: Mapping[tuple[str, str], list[str]]) -> ReaderGroup:
        """Return a school's group: its principals, then its classes from the lowest grade."""
        known = [(group, classes.get((unit.id, group.id), [])) for group in unit.classes]
        principals = self.rows(self._together([p for _, pupils in known for p in pupils]), (Role.PRINCIPAL,))
        groups = [
            self._class(group, pupils, principals)
            for group, pupils in sorted(known, key=lambda one: (one[0].grade, one[0].name))
            if pupils
        ]
        return ReaderGroup(unit.name, principals, tuple(groups))

    def _class(self, group: SchoolClass, pupils: list[str], principals: tuple[Reader, ...]) -> ReaderGroup:
        """Return a class's group: whoever teaches more than one of its pupils, then the pupils."""
        times = Counter(person for pupil in pupils for person in self._about[pupil])
        staff = {person: roles for person, roles in self._together(pupils).items() if times[person] > 1}
        rows = self.rows(staff, _CLASS)
        ordered = sorted(pupils, key=lambda pupil: _sorted_as(self._school.name_of(pupil)))
        return ReaderGroup(group.name, rows, tuple(self.pupil(pupil, group.name, principals) for pupil in ordered))

    def pupil(self, pupil: str, place: str, principals: tuple[Reader, ...]) -> ReaderGroup:
        """Return a pupil's group: the home, mentor and teachers."""
        rows = self.rows(self._about[pupil], (*_HOME, *_CLASS), place)
        group = ReaderGroup(self._school.name_of(pupil), rows, pupil=pupil)
        self.places[pupil] = group, place, principals
        return group

    def _together(self, pupils: Iterable[str]) -> _Roles:
        found: _Roles = {}
        for pupil in pupils:
            for person, roles in self._about[pupil].items():
                found[person] = found.get(person, frozenset()) | roles
        return found

    def rows(self, people: _Roles, roles: Collection[Role], place: str = "") -> tuple[Reader, ...]:
        """Return those of some people who have some role, by role and name; `place` is the class of a pupil."""
        found = [(self._reader(person, held, place), held) for person, held in people.items() if held & set(roles)]
        order = tuple(roles)

        def key(one: tuple[Reader, frozenset[Role]]) -> tuple[int, str, str]:
            first = next(number for number, role in enumerate(order) if role in one[1])
            return first, _sorted_as(one[0].name), one[0].id

        return tuple(reader for reader, _ in sorted(found, key=key))

    def _reader(self, person: str, held: frozenset[Role], place: str) -> Reader:
        words = [f"{word} {place}".rstrip() if role is Role.PUPIL else word for role, word in _ROLES if role in held]
        known = self._school.pupils.get(person) or self._school.people[person]
        return Reader(person, known.name.full, ", ".join(words), known.receiving.channel is Channel.PAPER)


def _sorted_as(name: str) -> str:
    """Return what sorts a name as Swedish lists do: å, ä and ö come last."""
    return normalize("NFC", name).casefold().translate(_ALPHABET)


def _all(readers: Iterable[Reader], groups: Iterable[ReaderGroup]) -> Iterator[Reader]:
    """Yield every reader as often as they stand in some groups, from the top."""
    yield from readers
    for group in groups:
        yield from _all(group.readers, group.groups)

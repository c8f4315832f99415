"""Remove what is about other people from the texts of one person's extract.

In: a school and the person. Out: `OtherPeople.without`, a function from a text to the text in which one mark replaces
other people's names, personnummer, telephone numbers, e-mail addresses and street addresses. What is the person's own
stays.

The names are the site's own. A whole name counts wherever it stands. A given or family name by itself counts with a
capital, where somebody at the person's schools has it; a given name of four letters or more also without, where
somebody in the person's class has it. The only name that somebody has counts with a capital where they are or were in
the person's classes; anybody else's counts where `one_name` says. Never certain: a person must still look for
nicknames, for names that nobody here has ever had, and for those of `OtherPeople.by_eye` (`disclose extract` says so).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from iup.policy.relations import children_ever, guardians, in_classes_of, one_name
from iup.text.encodings import as_written, composed
from iup.text.identifiers import EMAIL, PERSONNUMMER, PHONE, last_ten, phone_digits
from iup.text.names import Phrases, parts, whole_name
from iup.text.one_name import is_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iup.model.people import Name
    from iup.model.school import School, SchoolUnit
    from iup.text.one_name import OneName

MARK = "[annan person]"
_LEAST_PART = 3
_LEAST_ADDRESS = 6


@dataclass(frozen=True)
class OtherPeople:
    """What is other people's, seen from one person. `known_names` are further names, of people who have left.

    `kept` are those whose names stay: the person's own children.
    """

    school: School
    person: str
    known_names: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()

    def without(self, text: str) -> str:
        """Return a text without what is other people's."""
        plain = composed(text)
        plain = self._without_names(self._without_addresses(plain))
        plain = EMAIL.sub(lambda found: found[0] if found[0].casefold() in self._own_reach else MARK, plain)
        plain = PERSONNUMMER.sub(lambda found: found[0] if last_ten(found[0]) in self._own_numbers else MARK, plain)
        plain = PHONE.sub(lambda found: found[0] if self._is_own_number(found[0]) else MARK, plain)
        if plain == composed(text):  # nothing was taken out: letters that were broken before stay so
            return as_written(text)
        return re.sub(rf"{re.escape(MARK)}(?:\s+{re.escape(MARK)})+", MARK, plain)

    def named_in(self, text: str) -> bool:
        """Say whether a text that is about somebody else names the person, by the whole name or by contact data."""
        plain = composed(text)
        if any(last_ten(number[0]) in self._own_numbers for number in PERSONNUMMER.finditer(plain)):
            return True
        if any(reach in plain.casefold() for reach in self._own_reach):
            return True
        one = one_name(self.school, self.person)
        if one is not None:
            return one.stands_in(plain)
        name = self._own_name
        return name is not None and bool(whole_name(name.full).search(plain))

    @property
    def by_eye(self) -> tuple[str, ...]:
        """The ids of those at the person's schools whose only name goes where their class, id or number stands alone.

        Whoever hands the extract out has to look for them elsewhere.
        """
        return tuple(sorted(one.id for one in self._one_names if one.id in self._around))

    def _without_names(self, text: str) -> str:
        for one in self._one_names:
            text = _marked(text, one.spans(text))
        return _marked(text, self._phrases.spans(text, self._counts))

    def _counts(self, name: tuple[str, ...], first: str) -> bool:
        """Say whether a name counts where its first word is written in this way."""
        return len(name) > 1 or first[0].isupper() or name[0] in self._near

    def _without_addresses(self, text: str) -> str:
        squeezed = _squeezed(text)
        for line in self._addresses:
            if line in squeezed:
                text = re.sub(r"\s*".join(map(re.escape, line)), MARK, text, flags=re.IGNORECASE)
        return text

    @cached_property
    def _own_name(self) -> Name | None:
        known = self.school.pupils.get(self.person) or self.school.people.get(self.person)
        return known.name if known else None

    @cached_property
    def _own_words(self) -> frozenset[str]:
        names = [self.school.name_of(person) for person in (self.person, *self.kept)]
        return frozenset(word for name in names for word in parts(name))

    @cached_property
    def _own_reach(self) -> frozenset[str]:
        found = {email.casefold() for row in self.school.roster if row.person == self.person for email in row.emails}
        known = self.school.people.get(self.person)
        if known and known.contact:
            found |= {reach.casefold() for reach in (known.contact.phone, known.contact.email) if reach}
        return frozenset(found)

    @cached_property
    def _own_numbers(self) -> frozenset[str]:
        known = self.school.registered.get(self.person)
        return frozenset({last_ten(known.personnummer)} if known and known.personnummer else ())

    def _is_own_number(self, number: str) -> bool:
        return phone_digits(number) in {phone_digits(reach) for reach in self._own_reach}

    @cached_property
    def _addresses(self) -> frozenset[str]:
        found: dict[bool, set[str]] = {True: set(), False: set()}
        for name, known in self.school.registered.items():
            for line in known.address.splitlines() if known.address else ():
                found[name == self.person].add(_squeezed(line))
        for name, person in self.school.people.items():
            if person.contact and person.contact.phone:
                found[name == self.person].add(_squeezed(person.contact.phone))
        return frozenset(line for line in found[False] - found[True] if len(line) >= _LEAST_ADDRESS)

    @cached_property
    def _phrases(self) -> Phrases:
        """Every other person's name as its parts, the longest first."""
        phrases: set[tuple[str, ...]] = set()
        for name, given, family in self._everybody():
            if is_one(family) and name not in self._class_people:
                continue
            phrases.add(parts(f"{given} {family}"))
            if name in self._around:
                phrases |= set(_alone(given)) | set(_alone(family))
        for full in self.known_names:
            words = parts(full)
            phrases |= {words, words[:1], words[-1:]}
        others = (phrase for phrase in phrases - {()} if not set(phrase) <= self._own_words)
        return Phrases.of(sorted(others, key=lambda words: (-len(words), words)))

    @cached_property
    def _one_names(self) -> tuple[OneName, ...]:
        """The only names of people who are in none of the person's classes."""
        alone = (name for name, _, family in self._everybody() if is_one(family) and name not in self._class_people)
        found = (one for name in alone if (one := one_name(self.school, name)) is not None)
        return tuple(one for one in found if not set(parts(one.name)) <= self._own_words)

    @cached_property
    def _class_people(self) -> frozenset[str]:
        return in_classes_of(self.school, self._own_pupils)

    def _everybody(self) -> Iterator[tuple[str, str, str]]:
        for people in (self.school.pupils, self.school.people):
            for name, known in people.items():
                if name != self.person and name not in self.kept:
                    yield name, known.name.given, known.name.family

    @cached_property
    def _near(self) -> frozenset[str]:
        """The given names in the person's own classes, which count without a capital too; no only name of somebody."""
        mates = (self.school.pupils[name].name for name in self._class_people if name in self.school.pupils)
        words = {word for name in mates if not is_one(name.family) for word in parts(name.given)}
        return frozenset(word for word in words if len(word) > _LEAST_PART) - self._own_words

    @cached_property
    def _own_pupils(self) -> frozenset[str]:
        """The person, and those whom the person has or has had custody of."""
        return children_ever(self.school, self.person) | {self.person}

    @cached_property
    def _around(self) -> frozenset[str]:
        """Everybody at the schools where the person is or has been in any way, with their guardians."""
        units = [unit for unit in self.school.units.values() if self._own_pupils & _in(unit)]
        found = {name for unit in units or self.school.units.values() for name in _in(unit)}
        known = [self.school.pupils[name] for name in found if name in self.school.pupils]
        return guardians(known) | found


def _in(unit: SchoolUnit) -> set[str]:
    """Return everybody who has or has had a place, a post or lessons at a school."""
    found = {post.person for post in unit.principals}
    for group in unit.classes:
        found |= {post.person for post in group.mentors} | {row.pupil for row in group.pupils}
        found |= {row.teacher for row in group.teaching}
    return found


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text with the mark in the place of some stretches of it, which are told from the first on."""
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces += [text[at:start], MARK]
        at = end
    return "".join([*pieces, text[at:]])


def _alone(name: str) -> Iterator[tuple[str, ...]]:
    """Yield a given or family name by itself, and each part of a double one."""
    yield parts(name)
    yield from ((part,) for part in parts(name, _LEAST_PART))


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()

"""Places in a public copy that a person should look at before it is handed out, each with its reason.

In: a public copy, the school as it is today (names, addresses, subjects, protection) and the health words of
`policies/`. Out: `Proposal`s in the order of the document. Decides nothing: a person decides each, by masking it or by
putting it aside. The names are the site's own, also in the genitive, shortened and in small letters. Somebody's only
name counts where `one_name` says, or anywhere in a copy that they wrote in; `ProposalFinder.by_eye` tells who has one.
Only a person can see that name elsewhere, a nickname that is no part of a name, or what only those who know the child
understand.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from iup.office.disclosure.maskable_places import person_of, places
from iup.policy import place_keys
from iup.policy.place_keys import AssessmentKey, GoalKey, Once, PersonKey
from iup.policy.relations import guardians, in_classes_of, one_name
from iup.text.encodings import folded
from iup.text.identifiers import EMAIL, PERSONNUMMER, PHONE, STREET
from iup.text.invisible import spans
from iup.text.names import (
    ALSO_WORDS,
    NO_SHORT_FORMS,
    base_forms,
    phrase,
    short_forms,
    standalone_words,
    words_and_names,
    words_of,
)
from iup.text.one_name import is_one

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date

    from iup.model.people import Name
    from iup.model.school import School
    from iup.office.disclosure.maskable_places import MaskablePlace
    from iup.office.disclosure.public_copy import PublicTerm
    from iup.text.one_name import OneName

Near = dict[str, tuple[str, str]]
_TELLING = "ämnet kan i sig röja ursprung, tro eller funktionsnedsättning"
_PROTECTED = "eleven har skyddade personuppgifter i dag"


@dataclass(frozen=True)
class Proposal:
    """A part of a place to look at. The id says its kind and where it begins, never what stands there."""

    place: str
    kind: str
    start: int
    end: int
    reason: str

    @property
    def id(self) -> str:
        """The id by which a person puts it aside."""
        return f"{self.kind}-{self.start}"


def proposals(source: PublicTerm, school: School, day: date, gone: Collection[str] = ()) -> tuple[Proposal, ...]:
    """Return what to look at in one term's copy; see `ProposalFinder.propose`."""
    return ProposalFinder(school, source.pupil, day).propose(source, gone)


@dataclass(frozen=True)
class ProposalFinder:
    """Looks at one pupil's copies. Every name of the site is read when it is first asked for."""

    school: School
    pupil: str
    day: date
    _words: dict[str, tuple[str, str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def propose(self, source: PublicTerm, gone: Collection[str] = ()) -> tuple[Proposal, ...]:
        """Return what to look at in a copy; `gone` are places that are masked whole, like the pupil's name."""
        shown = places(source.view)
        near = self._near(shown, _guardians(source), own=self._protected or Once.NAME in gone)
        found = [p for place in shown for p in (*self._whole(place, source), *self._in_text(place, near))]
        return tuple(dict.fromkeys(found))

    def _near(self, shown: Iterable[MaskablePlace], guardians: Collection[str], *, own: bool) -> Near:
        """Return the names that the copy itself gives: of those who wrote in it, and may have left, and its own."""
        found: Near = {}
        mine: set[str] = set()
        for place in shown:
            key = place_keys.parse(place.key)
            if key is Once.NAME:
                mine = set(standalone_words(place.text))
            elif isinstance(key, PersonKey) and not key.part:
                home = place.person in guardians
                told = ("vårdnadshavare", "en vårdnadshavares namn") if home else ("personal", "en anställds namn")
                found |= {token: told for token in standalone_words(place.text) if token not in self._names}
        return {**found, **dict.fromkeys(mine, ("namn", "elevens eget namn" if own else ""))}

    @cached_property
    def _protected(self) -> bool:
        record = self.school.pupils.get(self.pupil)
        return record is not None and record.is_protected(self.day)

    def _whole(self, place: MaskablePlace, source: PublicTerm) -> Iterator[Proposal]:
        """Look at what is kept or goes as a whole."""
        key = place_keys.parse(place.key)
        if isinstance(key, AssessmentKey | GoalKey) and key.part == place_keys.SUBJECT and place.text in self._telling:
            yield _all(place, "ämne", _TELLING)
        role = isinstance(key, PersonKey) and key.part == place_keys.ROLE
        for kind, words, reason in self._phrases if role else ():
            if kind in ("ämne", "skola") and words.search(place.text):
                yield _all(place, kind, reason)
        if self._protected and isinstance(key, Once):
            yield _all(place, "skyddad", _PROTECTED)
        elif self._protected and isinstance(key, PersonKey) and not role:
            near = place.person in _guardians(source)
            yield _all(place, "skyddad", f"{_PROTECTED}; {'en vårdnadshavare' if near else 'en anställd röjer skolan'}")

    @cached_property
    def _telling(self) -> frozenset[str]:
        return frozenset(subject.name for subject in self.school.subjects if subject.telling)

    def _in_text(self, place: MaskablePlace, near: Near) -> Iterator[Proposal]:
        if place.whole:
            return
        for kind, pattern, reason in _PATTERNS:
            for start, end in spans(pattern, place.text):
                yield Proposal(place.key, kind, start, end, reason)
        yield from self._named(place, near)
        for one, (kind, reason) in self._one_names:
            if not near.keys() >= set(words_of(one.name)):
                for start, end in one.spans(place.text):
                    yield Proposal(place.key, kind, start, end, reason)
        for kind, words, reason in self._phrases:
            for start, end in spans(words, place.text):
                yield Proposal(place.key, kind, start, end, reason)

    def _named(self, place: MaskablePlace, near: Near) -> Iterator[Proposal]:
        """Look for names; names that stand beside one another are one proposal."""
        last: Proposal | None = None
        for start, end, word in words_and_names(place.text, chain(near, self._names)):
            kind, reason = self._whose(word, near)
            if not reason:
                continue
            beside = last and not place.text[last.end : start].strip(" \u00a0-\n")
            if last and beside and (last.kind == kind or "namn" not in (last.kind, kind)):
                last = replace(last, end=end)
                continue
            if last:
                yield last
            last = Proposal(place.key, kind, start, end, reason)
        if last:
            yield last

    def _whose(self, word: str, near: Near) -> tuple[str, str]:
        """Return the kind of person that a word may name, and the reason; nothing for a word that names nobody."""
        token = folded(word)
        for form in base_forms(token):
            known = near.get(form) or self._names.get(form)
            if known and (word[0].isupper() or form not in ALSO_WORDS):
                return known
        if word[0].isupper() and token not in NO_SHORT_FORMS:
            for form in base_forms(token):
                whole = self._short.get(form)
                if whole is not None:
                    return whole
        return "", ""

    def by_eye(self, sources: Iterable[PublicTerm]) -> tuple[str, ...]:
        """Return who around the pupil has one name only, and did not write in each of some copies: the name and the id.

        There it is proposed beside the class, id or number alone.
        """
        around = in_classes_of(self.school, (self.pupil,))
        wrote = [frozenset(place.person for place in places(source.view)) for source in sources]
        asked = around - frozenset.intersection(*wrote) if wrote else around
        return tuple(sorted(f"{one.name} ({one.id})" for one, _ in self._one_names if one.id in asked))

    @cached_property
    def _others(self) -> tuple[tuple[str, Name, tuple[str, str]], ...]:
        """Everybody else, the pupils first: id, name, and the kind of person with the reason to look."""
        at_home = guardians(self.school.pupils.values())
        pupil = ("elev", "kan vara en annan elevs namn")
        home = ("vårdnadshavare", "kan vara en vårdnadshavares namn")
        staff = ("personal", "kan vara en anställds namn")
        found = [(one.id, one.name, pupil) for one in self.school.pupils.values() if one.id != self.pupil]
        found += [(one.id, one.name, home if one.id in at_home else staff) for one in self.school.people.values()]
        return tuple(found)

    @cached_property
    def _one_names(self) -> tuple[tuple[OneName, tuple[str, str]], ...]:
        """Those of them who have one name only."""
        found = ((one_name(self.school, person), told) for person, name, told in self._others if is_one(name.family))
        return tuple((one, told) for one, told in found if one is not None)

    @cached_property
    def _names(self) -> dict[str, tuple[str, str]]:
        """Each name of somebody else with the kind of person who has it; a pupil comes before all others."""
        found: dict[str, tuple[str, str]] = {}
        for _, name, told in self._others:
            for token in () if is_one(name.family) else standalone_words(name.full):
                found.setdefault(token, told)
        record = self.school.pupils.get(self.pupil)
        for token in standalone_words(record.name.full) if record else ():
            found.pop(token, None)
        return found

    @cached_property
    def _short(self) -> dict[str, tuple[str, str]]:
        """The beginnings of given names, of four letters and more."""
        found: dict[str, tuple[str, str]] = {}
        names = [one.name for one in self.school.pupils.values()] + [one.name for one in self.school.people.values()]
        for name in names:
            for token in words_of(name.given):
                for form in short_forms(token) if token in self._names else ():
                    kind, reason = self._names[token]
                    found.setdefault(form, (kind, f"{reason}, förkortat"))
        return found

    @cached_property
    def _phrases(self) -> tuple[tuple[str, re.Pattern[str], str], ...]:
        """What is looked for word by word: telling subjects, health words, addresses and, where protected, schools."""
        found = [("ämne", f"{name}*", _TELLING) for name in self._telling]
        found += [("ord", word, group.reason) for group in self.school.health_words for word in group.words]
        found += [("adress", line, "en adress ur registret") for line in self._addresses()]
        if self._protected:
            found += [("skola", name, _PROTECTED) for name in self._schools()]
        return tuple((kind, phrase(text, starred=True), reason) for kind, text, reason in dict.fromkeys(found))

    def _addresses(self) -> Iterable[str]:
        record = self.school.pupils.get(self.pupil)
        near = [self.pupil, *record.guardians_ever()] if record else [self.pupil]
        known = (self.school.registered.get(person) for person in near)
        return [
            line.strip() for one in known if one and one.address for line in one.address.splitlines() if line.strip()
        ]

    def _schools(self) -> Iterable[str]:
        for unit in self.school.units.values():
            yield unit.name
            yield f"{unit.name.split()[0].removesuffix('s')}*"
            yield from (group.name for group in unit.classes)


_PATTERNS = (
    ("personnummer", PERSONNUMMER, "ser ut som ett personnummer"),
    ("epost", EMAIL, "en e-postadress"),
    ("telefon", PHONE, "ser ut som ett telefonnummer"),
    ("adress", STREET, "ser ut som en adress"),
)


def _all(place: MaskablePlace, kind: str, reason: str) -> Proposal:
    return Proposal(place.key, kind, 0, len(place.text), reason)


def _guardians(source: PublicTerm) -> frozenset[str]:
    """Return the people to whom the copy gives the role of guardian."""
    view = source.view
    authors = [entry.author for part in view.sections for known in part.fields for entry in known.entries]
    authors += [reading.author for reading in view.readings]
    for goal in (goal for part in view.sections for goal in part.goals):
        authors += [goal.proposed_by, *(m.author for m in goal.course), *(c.author for c in goal.comments)]
    return frozenset(person_of(author.name) for author in authors if author.role == "vårdnadshavare")

"""What every check is given: the school as it is now, the policy and the day; and every free text about a pupil."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iup.policy.relations import guardians
from iup.site.lazy_records import LazyRecords
from iup.site.paths import goals_file, plan_file
from iup.text.invisible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from iup.model.plan import Goal, Plan
    from iup.model.school import School, SchoolUnit
    from iup.policy.access import Policy

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class CheckContext:
    """A school to check on a day, and what several checks ask about all of it, worked out once.

    `maybe_protected` and `maybe_hidden` name all records (perhaps a few more) of pupils and in the register that
    mention a protection. Looking through the files for a word is much faster than decoding all of them. `unread_forms`
    says that the file of a form has faults, so that nobody knows which form is missing.
    """

    school: School
    policy: Policy | None
    day: date
    maybe_protected: Callable[[], Iterable[str]] | None = None
    maybe_hidden: Callable[[], Iterable[str]] | None = None
    unread_forms: bool = False
    _names: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def unread_units(self) -> bool:
        """Whether the file of a school has faults, so that nobody knows who goes there."""
        units = self.school.units
        return isinstance(units, LazyRecords) and len(units) < len(units.names)

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The names of all subjects."""
        return frozenset(subject.name for subject in self.school.subjects)

    def given_names(self, unit: SchoolUnit) -> frozenset[str]:
        """Return the given names of everybody who goes to a school on the day."""
        if unit.id not in self._names:
            here = (place.pupil for group in unit.classes for place in group.pupils if place.covers(self.day))
            known = (self.school.pupils.get(pupil) for pupil in here)
            self._names[unit.id] = frozenset(visible(pupil.name.given) for pupil in known if pupil)
        return self._names[unit.id]

    @cached_property
    def protected(self) -> frozenset[str]:
        """The pupils with protected personal data on the day, and their guardians."""
        known = (self.school.pupils.get(name) for name in (self.maybe_protected or self.school.pupils.keys)())
        pupils = [pupil for pupil in known if pupil and pupil.is_protected(self.day)]
        return guardians(pupils) | {pupil.id for pupil in pupils}

    def tells_address(self, text: str) -> bool:
        """Say whether a text gives away an address that nobody may learn."""
        if not self.hidden_addresses:
            return False
        if self._numbered and not _DIGIT.search(text):
            return False
        told = _squeezed(text)
        # Only a text that has the beginning of some address in it is looked through for each of them.
        size = self._shortest
        pieces = {told[at : at + size] for at in range(len(told) - size + 1)}
        if pieces.isdisjoint(self._beginnings):
            return False
        return any(address in told for address in self.hidden_addresses)

    @cached_property
    def _numbered(self) -> bool:
        """Whether every address has a digit in it, so that a text without one tells none of them."""
        return all(map(_DIGIT.search, self.hidden_addresses))

    @cached_property
    def _shortest(self) -> int:
        return min(map(len, self.hidden_addresses))

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(address[: self._shortest] for address in self.hidden_addresses)

    @cached_property
    def hidden_addresses(self) -> frozenset[str]:
        """The first lines of all addresses that nobody may learn, without white space and in one case."""
        marked = (self.school.registered.get(name) for name in (self.maybe_hidden or self.school.registered.keys)())
        hidden = self.protected | {person.id for person in marked if person and person.protected_address}
        known = (self.school.registered.get(name) for name in hidden)
        return frozenset(_squeezed(person.address.splitlines()[0]) for person in known if person and person.address)


def has_file(records: Mapping[str, Any], name: str) -> bool:
    """Say whether there is a file of that name, also one with faults: what would follow from those is not told too."""
    return name in (records.names if isinstance(records, LazyRecords) else records)


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


def written(school: School, pupil: str) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """Yield every free text about a pupil with its file and keys, without what is not seen and could hide a word."""
    for path, keys, text in _as_written(school, pupil):
        yield path, keys, visible(text)


def _as_written(school: School, pupil: str) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    plan = school.plans.get(pupil)
    if plan is not None:
        yield from _in_plan(plan_file(pupil), plan)
    goals = school.goals.get(pupil)
    for number, goal in enumerate(goals.goals if goals else ()):
        for keys, text in _in_goal(goal):
            yield goals_file(pupil), ("mål", number, *keys), text


def _in_plan(path: str, plan: Plan) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    for name, entries in plan.fields.items():
        for number, entry in enumerate(entries):
            yield path, ("fält", name, number, "text"), entry.text
    for subject, assessment in plan.assessments.items():
        if assessment.comment:
            yield path, ("omdömen", subject, "kommentar"), assessment.comment


def _in_goal(goal: Goal) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("mål",), goal.text
    actions = (("skolan", goal.actions.school), ("eleven", goal.actions.pupil), ("hemmet", goal.actions.home))
    yield from ((("så_gör_vi", who), text) for who, text in actions if text)
    if goal.outcome:
        yield ("så_gick_det",), goal.outcome
    yield from ((("förlopp", n, "kommentar"), move.comment) for n, move in enumerate(goal.course) if move.comment)
    yield from ((("kommentarer", n, "text"), comment.text) for n, comment in enumerate(goal.comments))

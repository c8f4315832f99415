"""Who and what may be destroyed on a day, each with the rule that says so and what prevents it.

In: a school, what the office knows, a day. Out: a row for each thing whose time is up. Pure: destroys nothing and reads
nothing. What no rule destroys is preserved, and so is everything whose end is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iup.model.people import Channel, Receiving
from iup.model.reply import ReplyState
from iup.model.retention import Fate, Since, What
from iup.policy.relations import guardians, is_guardian

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from iup.model.retention import Hold, RetentionRule
    from iup.model.school import School


# How somebody receives of whom the name alone is left.
NOTHING = Receiving(sätt=Channel.PAPER)


@dataclass(frozen=True)
class RequestStatus:
    """A request to see a pupil's plans: when it came, and whether it still waits for an answer."""

    number: int
    pupil: str
    arrived: date
    open: bool


@dataclass(frozen=True)
class OfficeRecords:
    """What the office knows: holds, requests, and whose archive there is."""

    holds: tuple[Hold, ...] = ()
    cases: tuple[RequestStatus, ...] = ()
    archived: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PurgeTargets:
    """What is to be destroyed. `people` are staff without duties and guardians who are on file for nobody."""

    pupils: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    requests: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Say whether it is anything."""
        return bool(self.pupils or self.people or self.replies or self.requests)

    @property
    def descriptions(self) -> tuple[str, ...]:
        """Each thing to be destroyed, as a message names it."""
        replies = (f"svar {name[:6]}" for name in self.replies)
        return (*self.pupils, *self.people, *replies, *(f"begäran {number}" for number in self.requests))


@dataclass(frozen=True)
class Due:
    """Something whose time is up: what and whose, since when, by which rule, and what stands in the way.

    `since` is the day the years are counted from, `due` the first day on which it may go.
    """

    what: What
    id: str
    since: date
    due: date
    rule: str
    decision: str
    held: tuple[str, ...] = field(default=())


def due(school: School, facts: OfficeRecords, day: date) -> tuple[Due, ...]:
    """Return everything that may be destroyed by a rule on a day, held or not."""
    rules = {rule.what: rule for rule in school.retention if rule.fate is Fate.PURGED and rule.years is not None}
    found: list[Due] = []
    for what, candidates in (
        (What.PUPIL, _pupils(school)),
        (What.GUARDIAN, _guardians(school, day)),
        (What.STAFF, _staff(school)),
        (What.REPLY, _replies(school, rules.get(What.REPLY))),
        (What.REQUEST, ((str(case.number), case.pupil, case.arrived) for case in facts.cases if not case.open)),
    ):
        rule = rules.get(what)
        for name, pupil, since in candidates if rule else ():
            first = _years_after(since, rule.years or 0) if rule else since
            if rule and first <= day:
                held = obstacles(school, facts, pupil) if pupil else ()
                found.append(Due(what, name, since, first, rule.id, rule.decision, held))
    return tuple(found)


def obstacles(school: School, facts: OfficeRecords, pupil: str) -> tuple[str, ...]:
    """Return in Swedish what forbids destroying anything of a pupil now; an empty string where nothing does."""
    held = [f"spärr {h.number}: {h.reason}" for h in facts.holds if h.pupil == pupil and h.released is None]
    held += [f"begäran {case.number} är öppen" for case in facts.cases if case.pupil == pupil and case.open]
    held += [
        f"svar {reply.id[:6]} väntar på beslut"
        for reply in school.replies.values()
        if reply.pupil == pupil and reply.state is ReplyState.WAITING
    ]
    return tuple(held)


def kept_by(school: School, what: What) -> str:
    """Return in Swedish by which rule something of a kind is preserved; an empty string where a rule destroys it."""
    rule = next((rule for rule in school.retention if rule.what is what), None)
    if rule is None:
        return f"bevaras: ingen regel i policies/retention.yaml gallrar {what}"
    return "" if rule.fate is Fate.PURGED else f"bevaras enligt {rule.id} ({rule.decision})"


def needed(school: School, person: str, day: date) -> str:
    """Return in Swedish why a person's data may not go yet: a duty that goes on, or a pupil here; else nothing."""
    if is_guardian(school, person):
        return "är vårdnadshavare här, och uppgifterna följer eleven"
    if any(one == person and (ended is None or ended >= day) for one, ended in _duties(school)):
        return "har uppdrag i skolan"
    return ""


def has_served(school: School, person: str) -> bool:
    """Say whether a person has, or has had, a duty in a school or at the office."""
    return any(one == person for one, _ in _duties(school))


def receives(school: School, person: str) -> bool:
    """Say whether more is kept of a person than the name for what they wrote."""
    known = school.people.get(person)
    held = known is not None and (known.contact is not None or known.receiving != NOTHING)
    return held or person in school.registered or any(row.person == person for row in school.roster)


def ownerless(school: School, facts: OfficeRecords) -> tuple[str, ...]:
    """Return the pupils who have an archive and no file: nothing says when their time is up."""
    return tuple(sorted(facts.archived - school.pupils.keys()))


def guardians_of(school: School, pupils: Iterable[str]) -> frozenset[str]:
    """Return the guardians, past ones too, of some pupils, but for those with another pupil or a duty in a school."""
    gone = set(pupils)
    theirs = guardians(school.pupils[pupil] for pupil in gone if pupil in school.pupils)
    others = guardians(known for known in school.pupils.values() if known.id not in gone)
    return frozenset((theirs - others - {person for person, _ in _duties(school)}) & school.people.keys())


def _pupils(school: School) -> Iterator[tuple[str, str, date]]:
    for pupil in school.pupils.values():
        if pupil.enrolled.ends is not None:
            yield pupil.id, pupil.id, pupil.enrolled.ends


def _guardians(school: School, day: date) -> Iterator[tuple[str, str, date]]:
    """Yield those who are on file for nobody: their last pupil is gone, and they have no account of git either."""
    needed = guardians(school.pupils.values())
    needed |= {person for person, _ in _duties(school)} | {row.person for row in school.roster}
    yield from ((person, "", day) for person in sorted(school.people.keys() - needed))


def _duties(school: School) -> Iterator[tuple[str, date | None]]:
    """Yield everybody who has or had a duty, with the day it ended; None where it goes on.

    What is left open in a class ends with the class's school year; a year that the school does not list goes on.
    """
    years = {terms.name: terms.spring.ends for terms in school.municipality.years}
    yield from ((post.person, post.ends) for post in (*school.municipality.readers, *school.municipality.office))
    yield from ((d.person, d.ends) for d in (school.disclosure.delegations if school.disclosure else ()) if d.person)
    for unit in school.units.values():
        yield from ((post.person, post.ends) for post in unit.principals)
        for group in unit.classes:
            last = years.get(group.year)
            yield from ((post.person, post.ends or last) for post in group.mentors)
            yield from ((row.teacher, row.ends or last) for row in group.teaching)


def _staff(school: School) -> Iterator[tuple[str, str, date]]:
    ended: dict[str, date | None] = {}
    for person, day in _duties(school):
        former = ended.get(person, day)
        ended[person] = None if day is None or former is None else max(day, former)
    at_home = guardians(school.pupils.values())
    for person, last in sorted(ended.items()):
        if last is not None and person not in at_home and receives(school, person):
            yield person, "", last


def _replies(school: School, rule: RetentionRule | None) -> Iterator[tuple[str, str, date]]:
    for reply in school.replies.values():
        pupil = school.pupils.get(reply.pupil or "")
        ended = pupil.enrolled.ends if pupil else None
        since = reply.decided if rule and rule.since is Since.DECISION else ended
        if since is not None:
            yield reply.id, reply.pupil or "", since


def _years_after(day: date, years: int) -> date:
    """Return the first day after so many years; the 29th of February counts as the 1st of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, month=3, day=1)

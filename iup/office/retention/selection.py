"""What a purge will delete: named explicitly, or due.

In: the committed tree and the files as they stand, what the office knows, what somebody named, a day. Out: what will be
deleted and by which rule, or a refusal where something prevents it. What a rule preserves is never taken, whoever names
it. What no rule lets go yet may be taken by a decision, and is reported as such. Only the records that can matter are
read, unless everything due is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iup.errors import RefusedError, UsageError
from iup.model.reply import ReplyState
from iup.model.retention import What
from iup.office.retention import schedule
from iup.office.retention.inventory import load_related_records
from iup.office.retention.schedule import PurgeTargets
from iup.site.load import SiteReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from iup.model.school import School
    from iup.office.retention.schedule import Due, OfficeRecords
    from iup.system.git.trees import Tree


@dataclass(frozen=True)
class Selection:
    """What a purge will delete, the school around it, and why each thing: due by a rule, or only named."""

    meant: PurgeTargets
    school: School
    why: tuple[str, ...]
    rules: tuple[str, ...]


def select(tree: Tree, facts: OfficeRecords, named: PurgeTargets, day: date, whole: School | None) -> Selection:
    """Return what a purge will delete; with a whole school, everything that is due and not held as well.

    Raises `UsageError` for something that does not exist, `RefusedError` where a rule preserves it or something
    prevents it.
    """
    named = _known(tree, facts, named)
    rows = {
        (row.what, row.id): row
        for row in schedule.due(whole or load_related_records(tree, named, _asked(facts, named)), facts, day)
    }
    free = [row for row in rows.values() if whole and not row.held]
    meant = _together(tree, named, free)
    school = load_related_records(tree, meant, _asked(facts, meant))
    held = [f"{told} ({why})" for told, why in _obstacles(school, facts, meant, day)]
    if held:
        raise RefusedError(f"hindras: {', '.join(held)}", "build.py retain report visar vad som hindrar")
    things = [(told, rows.get(key)) for told, key in _things(school, meant)]
    why = tuple(f"{told}: {_why(row)}" for told, row in things)
    return Selection(meant, school, why, tuple(sorted({row.rule for _, row in things if row})))


def _known(tree: Tree, facts: OfficeRecords, named: PurgeTargets) -> PurgeTargets:
    """Return what is named with whole ids; raise `UsageError` where there is none of that name."""
    if not set(named.requests) <= {case.number for case in facts.cases}:
        raise UsageError("det finns ingen begäran med det numret", "build.py disclose list visar dem som finns")
    if not named.people and not named.replies:
        return named
    reading = SiteReader(tree)
    if not set(named.people) <= set(reading.people.names):
        raise UsageError("det finns ingen person med det id:t", "personalens id:n är filnamnen i content/people")
    replies = [[name for name in reading.replies.names if name.startswith(start)] for start in named.replies]
    if any(len(found) != 1 or found[0] not in reading.replies for found in replies):
        raise UsageError("det finns inte ett enda svar med det id:t", "retain report visar dem som är i tur")
    return replace(named, replies=tuple(found[0] for found in replies))


def _asked(facts: OfficeRecords, meant: PurgeTargets) -> tuple[str, ...]:
    """Return whose plans the requests are about."""
    return tuple(case.pupil for case in facts.cases if case.number in meant.requests and case.pupil)


def _together(tree: Tree, named: PurgeTargets, free: list[Due]) -> PurgeTargets:
    """Return what is named and what is free to go as one; a pupil's replies go with the pupil."""

    def of(*whats: What) -> set[str]:
        return {row.id for row in free if row.what in whats}

    pupils = {*named.pupils, *of(What.PUPIL)}
    names = {*named.replies, *of(What.REPLY)}
    replies = SiteReader(tree).replies if names else {}
    apart = {name for name in names if replies[name].pupil not in pupils}
    return PurgeTargets(
        tuple(sorted(pupils)),
        tuple(sorted({*named.people, *of(What.STAFF, What.GUARDIAN)})),
        tuple(sorted(apart)),
        tuple(sorted({*named.requests, *map(int, of(What.REQUEST))})),
    )


def _things(school: School, meant: PurgeTargets) -> Iterator[tuple[str, tuple[What, str]]]:
    """Yield each thing as a message names it, with its kind and id."""
    kinds = [What.PUPIL] * len(meant.pupils)
    kinds += [What.STAFF if schedule.has_served(school, person) else What.GUARDIAN for person in meant.people]
    kinds += [What.REPLY] * len(meant.replies) + [What.REQUEST] * len(meant.requests)
    ids = (*meant.pupils, *meant.people, *meant.replies, *map(str, meant.requests))
    yield from zip(meant.descriptions, zip(kinds, ids, strict=True), strict=True)


def _obstacles(school: School, facts: OfficeRecords, meant: PurgeTargets, day: date) -> Iterator[tuple[str, str]]:
    """Yield everything that prevents a deletion, with what it prevents."""
    for told, (what, name) in _things(school, meant):
        pupil = _whose(school, facts, what, name)
        reasons = schedule.obstacles(school, facts, pupil) if pupil else _apart(school, facts, what, name, day)
        yield from ((told, reason) for reason in (schedule.kept_by(school, what), *reasons) if reason)


def _whose(school: School, facts: OfficeRecords, what: What, name: str) -> str:
    """Return the pupil whom something is about; an empty string for staff, and where nobody knows."""
    if what is What.REPLY:
        return school.replies[name].pupil or ""
    if what is What.REQUEST:
        return next(case.pupil for case in facts.cases if str(case.number) == name)
    return name if what is What.PUPIL else ""


def _apart(school: School, facts: OfficeRecords, what: What, name: str, day: date) -> Iterator[str]:
    """Yield what prevents the deletion of something that is no pupil's."""
    if what is What.REPLY:
        yield "väntar på beslut" if school.replies[name].state is ReplyState.WAITING else ""
    elif what is What.REQUEST:
        yield "är öppen" if any(case.open for case in facts.cases if str(case.number) == name) else ""
    else:
        nothing = "" if schedule.receives(school, name) else "inget är kvar att gallra"
        yield schedule.needed(school, name, day) or nothing


def _why(row: Due | None) -> str:
    return f"i tur sedan {row.due} enligt {row.rule}, {row.decision}" if row else "inte i tur enligt någon regel"

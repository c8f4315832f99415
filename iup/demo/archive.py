"""Fill the archive of an invented site with the terms before the present one.

In: the school as its files have it, the office, a seed and how many terms. Out: signed commits at
`refs/iup/archive/<pupil>` for each pupil and term, and a ledger with an entry for each event of a term; and, for
`goals.yaml`, the goals that were begun before. In every term the plans are made final. Some pupils were shared a plan
before the samtal too, and some homes have answered it. `archive.projection` makes what is kept, as for anything that is
sent.

The content is the same for the same seed, and so is each commit. A commit is dated in the term, and its signature, by a
published key, on the day that the key was made. Tens of thousands of plans are shared between processes.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from iup.archive import keep
from iup.archive.ledger import Event, LedgerWriter
from iup.archive.projection import Projector
from iup.demo import goals, school_years
from iup.demo.keys import SigningKey
from iup.demo.pool import NOW, draws, terms_before
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.policy.relations import guardians
from iup.system.git import own_repository, signed_commits
from iup.view.bundle import Bundler, recipients

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import date
    from pathlib import Path

    from iup.archive.projection import Projection
    from iup.demo.pool import SchoolTerm
    from iup.demo.school_years import Career
    from iup.documents.assets import Assets
    from iup.keys.keyring import UnlockedOffice
    from iup.model.school import School
    from iup.policy.access import Policy
    from iup.view.bundle import Bundle

_CLASSES_AT_ONCE = 4
_SHARED, _REPLIED = {True: 0.5, False: 0.125}, 0.6
# Days from the first day of samtal, in their order.
_AFTER = {Event.SHARED: -10, Event.REPLY: -3, Event.FINAL: 28}
_HOUR = 15

Heads = dict["tuple[SchoolTerm, Event]", dict[str, str]]
"""The commits that each event of a term made, by pupil."""


@dataclass(frozen=True)
class ArchiveFill:
    """What to fill an archive with: how many terms (the present one counted), whose, by which seed and published key.

    `marks` is the key of the marks on sent documents. Without it nothing counts as sent to anybody, and a term has only
    a copy for each role: that is fast enough for tens of thousands.
    """

    terms: int
    seed: int
    pupils: frozenset[str]
    policy: Policy = field(repr=False)
    key: bytes = field(repr=False)
    marks: bytes = field(default=b"", repr=False)

    @property
    def before(self) -> tuple[SchoolTerm, ...]:
        """The terms before the present one, the oldest first."""
        return terms_before(self.terms - 1)

    def takes(self, pupil: str, term: SchoolTerm, event: Event) -> bool:
        """Say whether something happened to a pupil's plan in a term."""
        shared = draws(self.seed, pupil, "delad", term.name)
        return event is Event.FINAL or (
            shared.random() < _SHARED[bool(self.marks)] and (event is Event.SHARED or shared.random() < _REPLIED)
        )


@dataclass(frozen=True)
class _Task:
    """Some classes for a worker process, with all of the school that their terms need."""

    root: Path
    school: School
    filling: ArchiveFill
    careers: tuple[Career, ...]


def siblings(school: School) -> frozenset[str]:
    """Return the pupils who share a guardian with another one."""
    of: dict[str, set[str]] = {}
    for pupil in school.pupils.values():
        for person in pupil.guardians_ever():
            of.setdefault(person, set()).add(pupil.id)
    return frozenset(pupil for several in of.values() if len(several) > 1 for pupil in several)


def begun(school: School, filling: ArchiveFill) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield, for each pupil who has goals, those of earlier terms that are still there."""
    for pupil in filling.pupils & school.goals.keys():
        who = school_years.career(school, pupil, filling.seed, filling.before)
        found = goals.standing(who.goals, NOW, NOW.ends) if who else []
        if found:
            yield pupil, found


def fill(
    school: School, office: UnlockedOffice, filling: ArchiveFill, jobs: int, progress: Callable[[int, int], None]
) -> int:
    """Fill an office's archive and return how many commits it has; `progress` is called as classes are done."""
    tasks = list(_tasks(school, office.root, filling))
    heads: Heads = {}
    for done, made in enumerate(_results(tasks, jobs), 1):
        for when, some in made.items():
            heads.setdefault(when, {}).update(some)
        progress(done, len(tasks))
    book = LedgerWriter(office, SigningKey.read(filling.key).sign)
    for term in filling.before:
        for event in _AFTER:
            if found := heads.get((term, event)):
                book.writer.moment = _moment(term, event)
                book.enter(event, found, {})
    if heads:
        book.post()
        own_repository.pack(office.root)
    return sum(map(len, heads.values()))


def _tasks(school: School, root: Path, filling: ArchiveFill) -> Iterator[_Task]:
    """Yield the pupils a few classes at a time."""
    classes: dict[str, list[Career]] = {}
    for pupil in sorted(filling.pupils):
        who = school_years.career(school, pupil, filling.seed, filling.before)
        if who is not None and who.had:
            classes.setdefault(school.places(pupil)[-1][1].id, []).append(who)
    groups = [classes[name] for name in sorted(classes)]
    for start in range(0, len(groups), _CLASSES_AT_ONCE):
        careers = tuple(who for group in groups[start : start + _CLASSES_AT_ONCE] for who in group)
        yield _Task(root, _part(school, careers), filling, careers)


def _part(school: School, careers: Collection[Career]) -> School:
    """Return of a school what some pupils' terms need, as plain values."""
    pupils = {who.child.id: school.pupils[who.child.id] for who in careers}
    seats = [place for who in careers for place in who.had.values()]
    units = {name for name, _ in seats}
    people = {adult.id for _, seat in seats for adult in (seat.mentor, *seat.teachers.values())}
    people |= guardians(pupils.values())
    people |= {post.person for name in units for post in school.units[name].principals}
    return replace(
        school,
        units={name: school.units[name].model_copy(update={"classes": ()}) for name in units},
        people={name: school.people[name] for name in sorted(people)},
        pupils=pupils,
        plans={},
        goals={},
        registered={},
        replies={},
    )


def _results(tasks: list[_Task], jobs: int) -> Iterator[Heads]:
    if len(tasks) == 1 or jobs == 1:
        yield from map(_filled, tasks)  # another process would take longer to start
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("forkserver")) as pool:
        yield from pool.map(_filled, tasks)


@cache
def _drawing() -> tuple[Renderer, Assets]:
    assets = load_assets()
    return Renderer(assets), assets


def _filled(task: _Task) -> Heads:
    """Write the commits of some pupils' terms and return them; no ref points at them yet."""
    filling = task.filling
    writer = signed_commits.CommitWriter(
        task.root, SigningKey.read(filling.key).sign, _moment(filling.before[0], Event.SHARED)
    )
    heads: Heads = {}
    newest: dict[str, str] = {}
    folders: dict[str, dict[str, str]] = {}
    for term in filling.before:
        for event in _AFTER:
            writer.moment = _moment(term, event)
            made: dict[str, str] = {}
            there = [w for w in task.careers if term in w.had and filling.takes(w.child.id, term, event)]
            for kept in _projections(task, there, term, event):
                own = folders.setdefault(kept.pupil, {})
                own[kept.term] = writer.tree(kept.files)
                why = (event, "")
                made[kept.pupil] = keep.add(writer, newest.get(kept.pupil, ""), own, kept.term, why)
            newest |= made
            heads[term, event] = made
    writer.store()
    return heads


def _projections(task: _Task, there: list[Career], term: SchoolTerm, event: Event) -> Iterator[Projection]:
    """Yield what is kept of an event of a term."""
    if not there:
        return
    filling, day = task.filling, _day(term, event)
    of = {who.child.id: school_years.written(who, filling.seed, term, day, event.value) for who in there}
    school = school_years.school_of(task.school, term, of)
    bundles: list[Bundle] = []
    if filling.marks:
        bundler = Bundler(school, filling.policy, day, filling.marks)
        bundles = [bundler.bundle(one) for one in recipients(school, day)]
    renderer, assets = _drawing()
    projector = Projector(school, filling.policy, day, bundles, renderer, assets)
    for pupil in of:
        if kept := projector.project(pupil, day if event is Event.FINAL else None):
            yield kept


def _day(term: SchoolTerm, event: Event) -> date:
    return term.talks + timedelta(days=_AFTER[event])


def _moment(term: SchoolTerm, event: Event) -> datetime:
    return datetime.combine(_day(term, event), time(_HOUR), UTC)

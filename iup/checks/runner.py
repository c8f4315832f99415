"""Find every problem of a tree, part by part: each pupil, each person, and what is nobody's own.

In: a `Tree` and a day. Out: the `School` (its records are decoded when they are asked for) and located problems. A
part's problems are the same whether it is checked alone or with all others, and in whichever process. So a large school
is shared between processes, a staged file is checked in a moment, and a build remembers the problems of pupils whose
files are unchanged.
"""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from iup.checks import catalogue, ids
from iup.checks.case import CheckContext
from iup.policy.access import load_policy
from iup.problems import Problem, in_order
from iup.site.load import SiteReader, located
from iup.site.paths import owner

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date

    from iup.model.school import School
    from iup.policy.access import Policy
    from iup.problems import Finding
    from iup.site.lazy_records import LazyRecords
    from iup.system.git.trees import Tree

_CHUNK = 100
# Fewer than this are judged before a second process has started.
_WORTH_SHARING = 400


class Checker:
    """Checks the parts of one tree on one day. `mentions` says where some words are known to stand, by word."""

    def __init__(
        self,
        tree: Tree,
        day: date,
        only: Collection[str] = (),
        mentions: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self.tree = tree
        self.day = day
        self.mentions = dict(mentions)
        self._only = only

    @cached_property
    def reading(self) -> SiteReader:
        """The tree as it is read; each record is read when it is first asked for."""
        return SiteReader(self.tree, self._only)

    @cached_property
    def _policy(self) -> tuple[Policy | None, tuple[Finding, ...]]:
        return load_policy(self.tree)

    @cached_property
    def case(self) -> CheckContext | None:
        """What the checks are given; None where the files do not make a school."""
        school = self.reading.school
        if school is None:
            return None
        return CheckContext(
            school,
            self._policy[0],
            self.day,
            maybe_protected=partial(self._mentioning, self.reading.pupils, "skyddade_personuppgifter"),
            maybe_hidden=partial(self._mentioning, self.reading.registered, "skyddad_adress"),
            unread_forms=self.reading.unread_forms,
        )

    def _mentioning(self, records: LazyRecords[Any], word: str) -> tuple[str, ...]:
        """Return in which records a word can stand: known from the last build, or found by reading all of them."""
        if word not in self.mentions:
            self.mentions[word] = records.mentioning(word)
        return self.mentions[word]

    def pupil(self, name: str) -> tuple[Problem, ...]:
        """Return what is wrong with one pupil's files."""
        found = self.reading.of_pupil(name)
        if found and self.case:
            found = ids.with_ids(self.case, name, self.tree, found)
        return located(self.tree, found + (catalogue.of_pupil(self.case, name) if self.case else ()))

    def person(self, name: str) -> tuple[Problem, ...]:
        """Return what is wrong with one person's file."""
        found = self.reading.of_person(name)
        return located(self.tree, found + (catalogue.of_person(self.case, name) if self.case else ()))

    def names(self) -> tuple[Problem, ...]:
        """Return what is wrong with the set of files, whatever they contain."""
        return located(self.tree, self.reading.of_names())

    def rest(self) -> tuple[Problem, ...]:
        """Return what is wrong in everything that belongs to no single pupil or person."""
        found: tuple[Finding, ...] = self.reading.of_the_rest() + self._policy[1]
        return located(self.tree, found + (catalogue.of_the_rest(self.case) if self.case else ()))

    def everything(self, jobs: int) -> tuple[Problem, ...]:
        """Return every problem, in order."""
        pupils, people = self.reading.pupil_names, sorted(self.reading.people.names)
        # A copy of a process with several threads can wait for ever for a lock that another thread held.
        if jobs > 1 and len(pupils) > _WORTH_SHARING and threading.active_count() == 1:
            try:
                return in_order([*self.names(), *self._shared(pupils, people, jobs)])
            except BrokenProcessPool:  # a worker was killed, perhaps for its memory: one process needs less
                pass
        found = [problem for name in pupils for problem in self.pupil(name)]
        found += [problem for name in people for problem in self.person(name)]
        return in_order([*self.names(), *self.rest(), *found])

    def since(self, former: tuple[Problem, ...], changed: Collection[str]) -> tuple[Problem, ...]:
        """Return every problem, given those of the same files before the plans and goals of some pupils changed."""
        if not changed:
            return former
        kept = [p for p in former if (told := owner(p.location.path))[0] != "pupil" or told[1] not in changed]
        return in_order([*kept, *self.names(), *(problem for name in changed for problem in self.pupil(name))])

    def _shared(self, pupils: Sequence[str], people: Sequence[str], jobs: int) -> list[Problem]:
        """Check all but the names in several processes, which are copies of this one as it is now."""
        if self.case:
            _ = self.case.hidden_addresses  # worked out once, before there are copies
        parts: list[tuple[str, Sequence[str]]] = [("rest", ())]  # first, since it takes longest
        parts += [("pupil", names) for names in _chunks(pupils)] + [("person", names) for names in _chunks(people)]
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(jobs, context, initializer=_Copy.take, initargs=(self,)) as pool:
            return [problem for some in pool.map(_Copy.check, parts) for problem in some]

    def fetch(self, pupils: Collection[str]) -> None:
        """Read the files of some pupils together, for whoever asks for their records one by one."""
        for shelf in (self.reading.pupils, self.reading.plans, self.reading.goals):
            shelf.fetch(pupils)

    def forget(self) -> None:
        """Forget plans and goals, so that memory does not grow with the number of pupils."""
        self.reading.plans.forget()
        self.reading.goals.forget()


class _Copy:
    """What a worker process has: its own copy of the checker. It writes nothing, and ends before anything is made."""

    checker: Checker

    @classmethod
    def take(cls, checker: Checker) -> None:
        cls.checker = checker

    @classmethod
    def check(cls, part: tuple[str, Sequence[str]]) -> list[Problem]:
        kind, names = part
        if kind == "rest":
            return list(cls.checker.rest())
        ask: Callable[[str], tuple[Problem, ...]] = cls.checker.pupil if kind == "pupil" else cls.checker.person
        found = [problem for name in names for problem in ask(name)]
        cls.checker.forget()
        return found


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK))


def checked(tree: Tree, day: date, jobs: int = 1) -> tuple[School | None, tuple[Problem, ...]]:
    """Read a tree and return the school with every problem found, in order."""
    checker = Checker(tree, day)
    problems = checker.everything(jobs)
    return checker.reading.school, problems


def checked_paths(tree: Tree, day: date, paths: Collection[str]) -> tuple[Problem, ...]:
    """Return the problems of some files, checked together with the whole tree."""
    owners = {owner(path) for path in paths}
    only = () if ("", "") in owners else {name for _, name in owners}
    checker = Checker(tree, day, only)
    if only:
        checker.reading.fetch_schoolmates()
    found = [*checker.names()]
    for kind, name in sorted(owners):
        match kind:
            case "pupil":
                found += checker.pupil(name)
            case "person":
                found += checker.person(name)
            case _:
                found += checker.rest()
    return in_order([problem for problem in found if problem.location.path in paths])

"""The files of a push's commits as values: what differs between two commits, and a pupil's records at each.

In: a repository and its objects. Out: differences by path, and by place for a pupil. Each pair of commits is compared
once, and each version of a file is decoded once. What cannot be decoded counts as not there: the commit that brought it
is refused for that.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from iup.model.base import Record
from iup.model.plan import Entry, Goal, Goals, Plan
from iup.policy.changes import ChangeKind, Records, changes, content
from iup.policy.place_keys import COMMENT, COURSE, GoalKey, NewGoalKey
from iup.site import decode, strict_yaml
from iup.site.paths import goals_file, plan_file, routed
from iup.system.git import history

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from iup.policy.changes import Change
    from iup.system.git.history import Difference
    from iup.system.git.objects import Objects

RECORDS = frozenset({"plan", "goals"})
Place = tuple[str, str]
M = TypeVar("M", bound=Record)


class HistoryReader:
    """Reads what a push's commits hold, each thing once."""

    def __init__(self, directory: Path, objects: Objects) -> None:
        self._directory = directory
        self._objects = objects
        self.differences = cache(self._differences)
        self.changes = cache(self._changes)
        self.places = cache(self._places)
        self.records = cache(self._records)
        self.bases = cache(partial(history.merge_bases, directory))
        self._decoded = cache(self._decoded_file)
        self._blobs: dict[tuple[str, str], tuple[str | None, str | None]] = {}

    def _differences(self, old: str, new: str) -> Mapping[str, Difference]:
        """Return every path that differs between two commits."""
        return {one.path: one for one in history.differences(self._directory, old, new)}

    def files(self, old: str, new: str) -> Mapping[str, Difference]:
        """Return every path that differs between two commits and is no plan and no goals."""
        return {p: d for p, d in self.differences(old, new).items() if routed(p)[0] not in RECORDS}

    def read_ahead(self, commits: Iterable[str], pupils: Iterable[str]) -> None:
        """Find the files of some pupils in some commits, with one question for each commit."""
        asked = sorted(pupils)
        paths = [path for pupil in asked for path in (plan_file(pupil), goals_file(pupil))]
        for commit in commits:
            found = history.blobs(self._directory, commit, paths)
            for pupil in asked:
                self._blobs[commit, pupil] = found.get(plan_file(pupil)), found.get(goals_file(pupil))

    def _records(self, commit: str, pupil: str) -> Records:
        """Return what a commit says of a pupil."""
        if (commit, pupil) not in self._blobs:
            self.read_ahead([commit], [pupil])
        plan, goals = self._blobs[commit, pupil]
        return Records(
            pupil,
            self._decoded(Plan, plan, plan_file(pupil)) if plan else None,
            self._decoded(Goals, goals, goals_file(pupil)) if goals else None,
        )

    def _changes(self, old: str, new: str, pupil: str) -> tuple[Change, ...]:
        """Return every change of a pupil's plan and goals between two commits."""
        return changes(self.records(old, pupil), self.records(new, pupil))

    def _places(self, old: str, new: str, pupil: str) -> Mapping[Place, Change | None]:
        """Return every place of a pupil's plan and goals that differs between two commits; None goes with its plan.

        Each term's plan has places of its own, so that nothing in one term's is taken for the next's.
        """
        before, after = self.records(old, pupil), self.records(new, pupil)
        found: dict[Place, Change | None] = {}
        if before.plan and (after.plan is None or before.plan.term != after.plan.term):
            gone = changes(Records(pupil), Records(pupil, before.plan))
            found |= {name: None for change in gone if change.what is not ChangeKind.PLAN for name in places_of(change)}
        every = self.changes(old, new, pupil)
        added = {change.name for change in every if change.what is ChangeKind.GOAL and change.new is not None}
        for change in every:
            # What stands in a goal that is new comes with the goal.
            if change.what is ChangeKind.GOAL or not isinstance(change.within, Goal) or change.name not in added:
                found |= dict.fromkeys(places_of(change), change)
        return found

    def _decoded_file(self, model: type[M], oid: str, path: str) -> M | None:
        try:
            return decode.decode(model, strict_yaml.parse(self._objects.read(oid)), path)[0]
        except strict_yaml.StrictYamlError:
            return None


def places_of(change: Change) -> tuple[Place, ...]:
    """Return the names of the place that a change is in, which are the same from whichever version one looks.

    A goal or a comment that one version does not have is named by what it says, since its id is only a counter. Where
    another has taken over a field, it is the place of both. The steps of a goal are one place: they follow one another.
    """
    match change.what:
        case ChangeKind.GOAL:
            return ((str(NewGoalKey()), content(change.new or change.old)),)
        case ChangeKind.COMMENT if change.old is None or change.new is None:
            return ((str(GoalKey(change.name, COMMENT)), content(change.new or change.old)),)
        case ChangeKind.ENTRY:
            writers = {one.author for one in (change.old, change.new) if isinstance(one, Entry)}
            return tuple((f"{_term(change)}{change.name}", writer) for writer in sorted(writers))
        case ChangeKind.STEP | ChangeKind.COURSE:
            return ((str(GoalKey(change.name, COURSE)), ""),)
        case ChangeKind.PLAN:
            return ((change.key, ""),)
        case _:
            return ((f"{_term(change)}{change.key}", ""),)


def _term(change: Change) -> str:
    return f"{change.within.term} " if isinstance(change.within, Plan) else ""

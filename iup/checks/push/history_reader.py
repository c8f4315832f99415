"""The files of a push's commits as values: what differs between two commits, and a pupil's records at each.

In: a repository and its objects. Out: differences by path, and by place for a pupil. Each pair of commits is compared
once, and each version of a file is decoded once. What cannot be decoded counts as not there: the commit that brought it
is refused for that.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from iup.model.plan import Goals, Plan
from iup.policy.changes import Records, changes
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
Identity = tuple[str, str, str]


class HistoryReader:
    """Reads what a push's commits hold, each thing once."""

    def __init__(self, directory: Path, objects: Objects) -> None:
        self._directory = directory
        self._objects = objects
        self.differences = cache(self._differences)
        self.places = cache(self._places)
        self.records = cache(self._records)
        self._plan = cache(self._decoded_plan)
        self._goals = cache(self._decoded_goals)
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
            self._plan(plan, plan_file(pupil)) if plan else None,
            self._goals(goals, goals_file(pupil)) if goals else None,
        )

    def _places(self, old: str, new: str, pupil: str) -> Mapping[Identity, Change]:
        """Return every place of a pupil's plan and goals that differs between two commits."""
        before, after = self.records(old, pupil), self.records(new, pupil)
        return {change.identity: change for change in changes(before, after)}

    def _decoded_plan(self, oid: str, path: str) -> Plan | None:
        try:
            return decode.decode(Plan, strict_yaml.parse(self._objects.read(oid)), path)[0]
        except strict_yaml.StrictYamlError:
            return None

    def _decoded_goals(self, oid: str, path: str) -> Goals | None:
        try:
            return decode.decode(Goals, strict_yaml.parse(self._objects.read(oid)), path)[0]
        except strict_yaml.StrictYamlError:
            return None

"""What one commit changed, and whether whoever made it may change that.

In: the school and rules of before the push, a commit, who made it, and the paths it changed against each parent. Out:
located problems. A plain commit is compared with its parent. A merge is compared with both: what either side brought
was judged where it was written, so only what the merge itself alters, drops or decides is its maker's.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from iup.checks.push.rules import CARRIER, FOREIGN, MANY_PARENTS, REPLY_FORM
from iup.model.base import State
from iup.model.role import Role
from iup.policy.access import Action, Item, Kind, decide, load_policy
from iup.policy.change_rights import NO_RIGHT, ChangeContext, faults
from iup.policy.changes import Records, changes
from iup.policy.relations import OFFICE, standing, standing_at
from iup.problems import Severity
from iup.site.load import ACCESS, LAW, MUNICIPALITY, ODD_FILE, ROSTER, SITE, SUBJECTS, TWIN_FILE, load, located
from iup.site.paths import KEYS, PEOPLE, ROUTES, goals_file, plan_file, pupil_folder, pupil_of, routed
from iup.system.git import history, plumbing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from iup.model.school import School
    from iup.policy.access import Policy
    from iup.policy.changes import Change
    from iup.problems import Finding, Problem
    from iup.system.git.history import Commit, Difference
    from iup.system.git.objects import Objects
    from iup.system.git.trees import MemoryTree

_RECORDS = frozenset({"plan", "goals"})
_KINDS: tuple[tuple[Callable[[str], re.Match[str] | None], Kind], ...] = tuple(
    (re.compile(pattern).fullmatch, kind)
    for pattern, kind in (
        (ROUTES["pupil"], Kind.PUPIL_FILE),
        (ROUTES["unit"], Kind.SCHOOL_FILE),
        (rf"({PEOPLE}|{KEYS})/[^/]+|{re.escape(ROSTER)}", Kind.PERSON_FILE),
        (f"{re.escape(MUNICIPALITY)}|{re.escape(SITE)}", Kind.MUNICIPAL_FILE),
        (r"policies/forms/.+", Kind.FORM_FILE),
        (r"policies/.+", Kind.RULES_FILE),
        (r".*", Kind.OTHER_FILE),
    )
)
SHARED = (MUNICIPALITY, SUBJECTS, LAW)  # what no school can be read without
_REPLY = ("Svar-Id", "Svar-Avsändare", "Svar-Kanal", "Svar-Mottagare")


@dataclass(frozen=True)
class PushContext:
    """What a push is judged by: main's school and policy before it, its commit, and the day it is received."""

    school: School
    policy: Policy
    day: date
    tip: str


@dataclass(frozen=True)
class _State:
    """Some files of a commit, and what they say of each pupil."""

    tree: MemoryTree
    records: dict[str, Records]
    findings: tuple[Finding, ...]


class CommitInspector:
    """Judges the commits of one push."""

    def __init__(self, directory: Path, objects: Objects, ground: PushContext, fresh: frozenset[str]) -> None:
        self._directory = directory
        self._objects = objects
        self._ground = ground
        self._fresh = fresh
        self._former = ChangeContext(ground.school, ground.policy, ground.day)

    def problems(self, commit: Commit, who: str, differences: tuple[tuple[Difference, ...], ...]) -> Iterator[Problem]:
        """Yield everything that is wrong with a commit made by somebody."""
        paths = sorted({d.path for one in differences for d in one})
        state = self._state(commit.oid, paths)
        found = [*self._shape(commit, differences), *(f for f in state.findings if f.path in paths)]
        if not found:
            found = list(self._judged(commit, who, differences, state))
        yield from (p for p in located(state.tree, tuple(found)) if p.severity is Severity.FAULT)

    def _shape(self, commit: Commit, differences: tuple[tuple[Difference, ...], ...]) -> Iterator[Finding]:
        where = f"incheckning {commit.oid[:10]}"
        if not commit.parents:
            yield FOREIGN.at(where)
        elif len(commit.parents) > 2:  # noqa: PLR2004  a merge has two
            yield MANY_PARENTS.at(where)
        elif len(commit.parents) == 2 and not history.merge_base(self._directory, *commit.parents):  # noqa: PLR2004
            yield FOREIGN.at(where)
        for difference in differences[0] if differences else ():
            if difference.oddity:
                said = f"här ligger {difference.oddity}; bara vanliga filer får finnas i innehållet"
                yield ODD_FILE.at(difference.path, message=said)
        added = {difference.path for difference in differences[0] if difference.old is None} if differences else set()
        if added:
            paths = [entry.path for entry in plumbing.entries(self._directory, commit.oid, ())]
            yield from (TWIN_FILE.at(path) for path in twins(paths) if path in added)

    def _judged(
        self, commit: Commit, who: str, differences: tuple[tuple[Difference, ...], ...], state: _State
    ) -> Iterator[Finding]:
        paths = [d.path for one in differences for d in one]
        pupils = sorted({name for kind, name in map(routed, paths) if kind in _RECORDS})
        writer = who
        if any(name.startswith("Svar-") for name in commit.trailers):
            wrong = tuple(self._carried(commit, who, pupils))
            if wrong:
                yield from wrong
                return
            writer = commit.trailers["Svar-Avsändare"]
        if len(commit.parents) == 1:
            others = [d for d in differences[0] if routed(d.path)[0] not in _RECORDS]
            judged = self._plain(commit.parents[0], pupils, state)
            yield from self._untouched(commit.parents[0], pupils, state, writer)
        else:
            base = history.merge_base(self._directory, *commit.parents)
            others, judged = self._merged(commit, base, differences, pupils, state)
        for difference in others:
            yield from self._file(difference, writer)
        for change in judged:
            yield from faults(self._former, writer, change)

    def _carried(self, commit: Commit, who: str, pupils: list[str]) -> Iterator[Finding]:
        """Yield why a commit that says it brings a reply does not: forged lines, or a carrier without the right."""
        where = f"incheckning {commit.oid[:10]}"
        trailers = commit.trailers
        receiver = trailers.get("Svar-Mottagare", "")
        if receiver == OFFICE and Role.REGISTRAR in standing_at(self._ground.school, who, "", self._ground.day).roles:
            receiver = who  # the office's staff may receive in the office's name
        if any(not trailers.get(name) for name in _REPLY) or receiver != who or not pupils:
            yield REPLY_FORM.at(where)
        for pupil in pupils:
            standing_of = standing(self._ground.school, who, pupil, self._ground.day)
            decision = decide(self._ground.policy, Action.WRITE, Item(Kind.REPLY, pupil), standing_of)
            if not decision.allowed:
                yield CARRIER.at(where, message=f"{CARRIER.summary}: {decision.reason} ({decision.rule})")

    def _plain(self, parent: str, pupils: list[str], state: _State) -> list[Change]:
        before = self._records(parent, pupils)
        return [c for pupil in pupils for c in changes(before[pupil], _of(state, pupil))]

    def _untouched(self, parent: str, pupils: list[str], state: _State, who: str) -> Iterator[Finding]:
        """Yield files whose layout or comments alone were altered by somebody who may not even read the plan."""
        before = self._records(parent, pupils)
        for pupil in pupils:
            after = _of(state, pupil)
            if changes(before[pupil], after):
                continue
            item = Item(Kind.PLAN, pupil, state=after.plan.state if after.plan else State.SHARED)
            standing_of = standing(self._ground.school, who, pupil, self._ground.day)
            decision = decide(self._ground.policy, Action.READ, item, standing_of)
            if not decision.allowed:
                said = f"{NO_RIGHT.summary}: {decision.reason} ({decision.rule})"
                yield NO_RIGHT.at(plan_file(pupil), message=said)

    def _merged(
        self,
        commit: Commit,
        base: str,
        differences: tuple[tuple[Difference, ...], ...],
        pupils: list[str],
        state: _State,
    ) -> tuple[list[Difference], list[Change]]:
        """Return what the maker of a merge answers for: all that neither side alone had changed since they parted."""
        sides = [{d.path for d in history.differences(self._directory, base, side)} for side in commit.parents]
        mine = [{d.path: d for d in one} for one in differences]
        fresh = [parent in self._fresh for parent in commit.parents]
        others = [d for d in _answerable(mine, sides, fresh) if routed(d.path)[0] not in _RECORDS]
        before = self._records(base, pupils)
        parents = [self._records(parent, pupils) for parent in commit.parents]
        judged = []
        for pupil in pupils:
            after = _of(state, pupil)
            own = [{c.identity: c for c in changes(parent[pupil], after)} for parent in parents]
            since = [{c.identity for c in changes(before[pupil], parent[pupil])} for parent in parents]
            judged += _answerable(own, since, fresh)
        return others, judged

    def _file(self, difference: Difference, who: str) -> Iterator[Finding]:
        """Yield why somebody may not change a file that is no pupil's plan or goals."""
        school, day = self._ground.school, self._ground.day
        kind = next(kind for test, kind in _KINDS if test(difference.path))
        of, name = routed(difference.path)
        if of == "pupil" and name in school.pupils:
            standing_of = standing(school, who, name, day)
        else:
            standing_of = standing_at(school, who, name if of == "unit" else "", day)
        item = Item(kind, standing_of.pupil)
        action = Action.REMOVE if difference.new is None else Action.WRITE
        decision = decide(self._ground.policy, action, item, standing_of)
        if not decision.allowed:
            said = f"{NO_RIGHT.summary}: {decision.reason} ({decision.rule})"
            yield NO_RIGHT.at(difference.path, message=said)

    def _state(self, commit: str, paths: list[str]) -> _State:
        """Read the changed files of a commit, and all of each pupil whose files are among them."""
        pupils = sorted({pupil_of(path) for path in paths} - {""})
        known = [path for path in paths if path.startswith(("content/", "policies/"))]
        wanted = dict.fromkeys((*SHARED, *known, *map(pupil_folder, pupils)))
        tree = history.some_files(self._directory, commit, wanted, self._objects)
        school, findings = load(tree)
        _, more = load_policy(tree) if ACCESS in paths else (None, ())
        plans, goals = (school.plans, school.goals) if school is not None else ({}, {})
        found = {pupil: Records(pupil, plans.get(pupil), goals.get(pupil)) for pupil in pupils}
        return _State(tree, found, (*findings, *more))

    def _records(self, commit: str, pupils: list[str]) -> dict[str, Records]:
        """Return what a commit says of some pupils."""
        paths = [path for pupil in pupils for path in (plan_file(pupil), goals_file(pupil))]
        state = self._state(commit, paths) if paths else None
        return {pupil: _of(state, pupil) if state else Records(pupil) for pupil in pupils}


def twins(paths: Iterable[str]) -> set[str]:
    """Return the paths that are the same on a machine that ignores case or Unicode form."""
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(unicodedata.normalize("NFC", path).casefold(), []).append(path)
    return {path for same in found.values() if len(same) > 1 for path in same}


K = TypeVar("K")
V = TypeVar("V")


def _answerable(now: list[dict[K, V]], since: list[set[K]], fresh: list[bool]) -> list[V]:
    """Return what the maker of a merge answers for, among all its differences from either side.

    `now` is how the merge differs from each side, `since` the places each side had changed since they parted, `fresh`
    which sides are new in this push. What only the other side brought is not the merge's doing. Neither is a true
    conflict that was settled in favour of what had come in before.
    """
    found: dict[K, V] = {}
    for side, other in ((0, 1), (1, 0)):
        for key, value in now[side].items():
            taken = key not in now[other] and key in since[other]
            if not (taken and (key not in since[side] or (fresh[side] and not fresh[other]))):
                found[key] = value
    return list(found.values())


def _of(state: _State, pupil: str) -> Records:
    return state.records.get(pupil, Records(pupil))

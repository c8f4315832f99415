"""What one commit changed, and whether whoever made it may change that.

In: the school and rules of before the push, the push's commits in order, and who made each. Out: located problems. A
commit with one parent is compared with it, and each change is its maker's. A merge is compared with both: what it takes
from either side as the other side's commits had made it was judged there, and what it decides itself is its maker's
(`provenance`). Either way a plan counts as far as main has come with it (`finality`).
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from iup.checks.push import finality, office_files
from iup.checks.push.carried import CarriedCommits, CarriedVerdict, says_signed
from iup.checks.push.commit_files import read_files, shape_faults
from iup.checks.push.file_rights import FileRights
from iup.checks.push.history_reader import RECORDS, Place, places_of
from iup.checks.push.provenance import OLDER, Lines, MergeChoice, TakenOver
from iup.model.base import State
from iup.model.plan import Goal, Plan
from iup.policy.access import Action, Item, Kind, decide
from iup.policy.change_rights import BACKWARDS, ChangeContext, faults, may_change, no_right
from iup.policy.changes import Change, ChangeKind, Records, content
from iup.policy.relations import standing
from iup.problems import Severity
from iup.site.load import located
from iup.site.paths import OFFICE_FOLDER, goals_file, plan_file, routed
from iup.site.yaml_outline import comments
from iup.system.git import history

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from iup.checks.push.context import PushContext
    from iup.checks.push.history_reader import HistoryReader
    from iup.problems import Finding, Problem
    from iup.system.git.history import Commit, Difference
    from iup.system.git.objects import Objects


class _Single(NamedTuple):
    """A change as it was judged where it was made, and by whom."""

    writer: str
    change: Change


class CommitInspector:
    """Judges the commits of one push, which it must be given in order, parents first."""

    def __init__(
        self,
        directory: Path,
        objects: Objects,
        ground: PushContext,
        reader: HistoryReader,
        commits: Mapping[str, Commit],
        makers: Mapping[str, str | None],
    ) -> None:
        self._directory = directory
        self._objects = objects
        self._ground = ground
        self._reader = reader
        self._commits = commits
        self._makers = makers
        self.rights = FileRights(ground, objects)
        self._former = ChangeContext(ground.school, ground.policy, ground.day)
        self._files: Lines[str, Difference] = Lines(
            *(ground.tip, reader.files, lambda difference: difference.new, reader.bases)
        )
        self._plans: dict[str, Lines[Place, Change | None]] = {
            pupil: Lines(ground.tip, partial(_between, reader, pupil), _value, reader.bases)
            for pupil in sorted(_written(ground.tip, reader, commits.values()))
        }
        self._singles: dict[tuple[str, str], list[_Single]] = {}
        self._signed: set[str] = set()
        self._carried = CarriedCommits(
            *(directory, objects, ground.school, ground.policy, ground.day, ground.tip), records=reader.records
        )
        around = dict.fromkeys((ground.tip, *commits, *(p for c in commits.values() for p in c.parents[:2])))
        reader.read_ahead(around, self._plans)

    def problems(self, commit: Commit) -> tuple[Problem, ...]:
        """Return everything that is wrong with a commit, by whoever made it."""
        who = self._makers[commit.oid] or ""
        paths = sorted({path for parent in commit.parents[:2] for path in self._reader.differences(parent, commit.oid)})
        fresh = [path for path in paths if path in self._reader.differences(self._ground.tip, commit.oid)]
        tree, read = read_files(self._directory, commit.oid, fresh, self._objects)
        shape = [*shape_faults(self._directory, commit, self._reader), *read]
        judged = list(dict.fromkeys(self._judged(commit, who)))
        return tuple(p for p in located(tree, tuple(shape or judged)) if p.severity is Severity.FAULT)

    def _judged(self, commit: Commit, who: str) -> Iterator[Finding]:
        said = CarriedVerdict(who, ())
        if says_signed(commit):
            differences = self._reader.differences(commit.parents[0], commit.oid) if commit.parents else {}
            said = self._carried.judge(commit, who, tuple(differences.values()))
            self._signed.add(commit.oid)
        # Every line is followed, whatever is found: later commits rest on this one.
        found: list[Finding] = []
        if len(commit.parents) == 1:
            found = list(self._single(commit.oid, commit.parents[0], said.writer))
        elif len(commit.parents) == 2:  # noqa: PLR2004  others are refused for their shape
            found = list(self._merge(commit, (commit.parents[0], commit.parents[1]), who))
        yield from said.faults or (() if said.is_settled else found)
        paths = (path for parent in commit.parents[:2] for path in self._reader.differences(parent, commit.oid))
        if any(map(office_files.is_office_file, paths)):
            yield from self._office(commit.oid)

    def _office(self, commit: str) -> Iterator[Finding]:
        trees = (
            history.some_files(self._directory, oid, (OFFICE_FOLDER,), self._objects)
            for oid in (self._ground.tip, commit)
        )
        yield from office_files.office_faults(self._ground.school.municipality.name, *trees)

    # --- a commit with one parent

    def _single(self, commit: str, parent: str, writer: str) -> Iterator[Finding]:
        touched = {name for kind, name in map(routed, self._reader.differences(parent, commit)) if kind in RECORDS}
        self._files.single(commit, parent)
        for difference in self._reader.files(parent, commit).values():
            yield from self.rights.faults(difference, writer)
        for pupil, lines in self._plans.items():
            lines.single(commit, parent)
            found = self._reader.changes(parent, commit, pupil)
            self._singles[commit, pupil] = [_Single(writer, change) for change in found]
            for change in found:
                yield from faults(self._former, writer, change)
            if pupil in touched and not found:
                yield from self._untouched(commit, pupil, writer)

    def _untouched(self, commit: str, pupil: str, who: str) -> Iterator[Finding]:
        """Yield a file whose layout or comments alone were altered by somebody who may not even read the plan."""
        after = self._reader.records(commit, pupil)
        item = Item(Kind.PLAN, pupil, state=after.plan.state if after.plan else State.SHARED)
        decision = decide(
            self._ground.policy, Action.READ, item, standing(self._ground.school, who, pupil, self._ground.day)
        )
        if not decision.allowed:
            yield no_right(decision, plan_file(pupil))

    # --- a merge

    def _merge(self, commit: Commit, parents: tuple[str, str], who: str) -> Iterator[Finding]:
        droppable = partial(self._may_drop, who)
        _, decided = self._files.merge(commit.oid, parents, droppable)
        for one in decided:
            yield from self.rights.faults(one.value, who)
        both = frozenset.intersection(*(frozenset(self._reader.differences(p, commit.oid)) for p in parents))
        for pupil, lines in self._plans.items():
            merged = self._reader.records(commit.oid, pupil)
            taken, chosen = lines.merge(commit.oid, parents, droppable)
            for over in taken:
                yield from self._taken(parents[over.side], pupil, over)
            if any(finality.is_reopened(self._reader.records(p, pupil), merged) for p in parents):
                yield BACKWARDS.at(plan_file(pupil))
            yield from self._of_one_term(commit.oid, parents, pupil, who)
            for choice in chosen:
                yield from self._decided(commit.oid, parents, pupil, choice, who)
            own = [path for path in (plan_file(pupil), goals_file(pupil)) if path in both]
            if any(self._adds_comments(commit.oid, parents, path) for path in own):
                yield from self._untouched(commit.oid, pupil, who)

    def _of_one_term(self, commit: str, parents: tuple[str, str], pupil: str, who: str) -> Iterator[Finding]:
        """Judge as the maker's what a merge changes in the plan of a term that only one side has.

        The other side's plan took that one's place whole: nothing that is gone with it is gone where the term stays.
        """
        merged, sides = self._reader.records(commit, pupil).plan, [self._reader.records(p, pupil) for p in parents]
        of_it = [parent for parent, side in zip(parents, sides, strict=True) if _is_of_term(side, merged)]
        if len(of_it) == 1 and all(side.plan for side in sides):
            for change in self._reader.changes(of_it[0], commit, pupil):
                if isinstance(change.within, Plan):
                    yield from faults(self._former, who, finality.furthest(change, *sides))

    def _adds_comments(self, commit: str, parents: tuple[str, str], path: str) -> bool:
        """Say whether a merge has a comment in a file that neither side has."""
        sides = [self._reader.differences(parent, commit)[path] for parent in parents]
        new = sides[0].new
        there = [comments(self._objects.read(oid)) for side in sides if (oid := side.old)]
        return new is not None and bool(comments(self._objects.read(new)) - sum(there, Counter()))

    def _may_drop(self, who: str, lost: frozenset[str]) -> bool:
        """Say whether commits are somebody's own words, which they may leave out: never a reply that they carried."""
        return all(self._makers.get(oid) == who for oid in lost) and lost.isdisjoint(self._signed)

    def _taken(self, parent: str, pupil: str, over: TakenOver[Place, Change | None]) -> Iterator[Finding]:
        """Judge again what one side takes over from the other, in the plan as far as it had come here.

        Where this side made the plan final and main has not, nothing comes into it but what may in a final plan.
        """
        change = over.value
        if change is None:
            return
        here, main = self._reader.records(parent, pupil), self._reader.records(self._ground.tip, pupil)
        known = [single for oid in sorted(over.by) for single in self._of(oid, pupil, over.key, change)]
        for single in known:
            if finality.is_past(single.change, here):
                yield BACKWARDS.at(change.path, *change.keys)
            elif finality.furthest(single.change, here) is not single.change:
                yield from faults(self._former, single.writer, finality.furthest(single.change, here))
        if not known and finality.is_final(here, change) and not finality.is_final(main, change):
            final = finality.furthest(change, here)
            if not may_change(self._former, change.author, final).allowed:
                yield BACKWARDS.at(change.path, *change.keys)

    def _of(self, commit: str, pupil: str, place: Place, change: Change) -> list[_Single]:
        """Return what a commit did in a place; all that it did in the same file, where it has another name there."""
        singles = [one for one in self._singles.get((commit, pupil), ()) if one.change.path == change.path]
        return [one for one in singles if place in places_of(one.change)] or singles

    def _decided(
        self, commit: str, parents: tuple[str, str], pupil: str, choice: MergeChoice[Place, Change | None], who: str
    ) -> Iterator[Finding]:
        if choice.value is None:
            return
        known = [self._reader.records(parent, pupil) for parent in parents]
        every = [change for parent in parents for change in self._reader.changes(parent, commit, pupil)]
        inner = [change for change in every if choice.key in places_of(change)]
        added = {change.name for change in inner if change.what is ChangeKind.GOAL and change.new is not None}
        inner += [change for change in every if isinstance(change.within, Goal) and change.name in added]
        mixed = self._mixed_goals(commit, parents, pupil)
        for one in inner:
            self._singles.setdefault((commit, pupil), []).append(_Single(who, one))
            chosen = choice.chosen and one.name not in mixed
            yield from faults(self._former, who, finality.furthest(one, *known), chosen=chosen)

    def _mixed_goals(self, commit: str, parents: tuple[str, str], pupil: str) -> frozenset[str]:
        """Return the goals that a merge has as neither side has them, though one side has no such goal at all.

        A comment in one then stands on no side, though only one side has a place of that name to differ in.
        """
        sides = [[c for c in self._reader.changes(p, commit, pupil) if _is_in_goal(c)] for p in parents]
        added = {c.name for side in sides for c in side if c.what is ChangeKind.GOAL and c.new is not None}
        return frozenset(added.intersection(*({c.name for c in side} for side in sides)))

    # --- what lands

    def landing(self, new: str) -> Iterator[tuple[str, Finding]]:
        """Yield, by commit, what may not come into main as far as main has come with the plan.

        Only what really lands is judged so: a version of a plan that main has left may lie behind a merge that took
        main's, and has changed nothing.
        """
        for pupil in self._plans:
            main = self._reader.records(self._ground.tip, pupil)
            for place, change in self._reader.places(self._ground.tip, new, pupil).items():
                if change is None:
                    continue
                for oid in sorted(self._plans[pupil].origin(new, place).seen & self._commits.keys()):
                    for single in self._of(oid, pupil, place, change):
                        if finality.is_past(single.change, main):
                            yield oid, BACKWARDS.at(single.change.path, *single.change.keys)
                        elif (further := finality.furthest(single.change, main)) is not single.change:
                            yield from ((oid, fault) for fault in faults(self._former, single.writer, further))

    def writers(self, commit: str, path: str) -> frozenset[str]:
        """Return everybody who changed a file in the push on its way to a commit."""
        seen = self._files.origin(commit, path).seen & self._commits.keys()
        return frozenset(maker for oid in seen if (maker := self._makers[oid]) is not None)

    def is_grounded(self, commit: str) -> bool:
        """Say whether all of a commit that is judged is main's, or was made by a commit of the push.

        It always is, since the commit descends from main's. Asked all the same, so that nothing rests on one proof.
        """
        differing = self._reader.differences(self._ground.tip, commit)
        unread = {name for kind, name in map(routed, differing) if kind in RECORDS} - self._plans.keys()
        older = [self._files.origin(commit, path) for path in self._reader.files(self._ground.tip, commit)]
        older += [
            lines.origin(commit, key)
            for pupil, lines in self._plans.items()
            for key in self._reader.places(self._ground.tip, commit, pupil)
        ]
        return not unread and all(origin.current - {OLDER} for origin in older)


def _between(reader: HistoryReader, pupil: str, old: str, new: str) -> Mapping[Place, Change | None]:
    return reader.places(old, new, pupil)


def _is_of_term(side: Records, plan: Plan | None) -> bool:
    return side.plan is not None and plan is not None and side.plan.term == plan.term


def _is_in_goal(change: Change) -> bool:
    return change.what is ChangeKind.GOAL or isinstance(change.within, Goal)


def _value(change: Change | None) -> object:
    return change and content(change.new)


def _written(tip: str, reader: HistoryReader, commits: Iterable[Commit]) -> set[str]:
    """Return the pupils whose plan or goals a push's commits write, or whose files a merge does not simply take on.

    After a week away a teacher's merge brings hundreds of others' files as main has them: those are not read.
    """
    found: set[str] = set()
    for commit in commits:
        sides = [reader.differences(parent, commit.oid) for parent in commit.parents[:2]]
        for side, differences in enumerate(sides):
            for path in differences:
                kind, name = routed(path)
                if kind not in RECORDS or name in found:
                    continue
                merged = len(sides) == 2 and path not in sides[1 - side]  # noqa: PLR2004
                if not merged or path not in reader.differences(tip, commit.parents[side]):
                    found.add(name)
    return found

"""Commits that say they bring what the office has signed: replies from home, and corrections of final plans.

In: main before the push, a commit whose message has such lines (or any that look like them), who made it, and what it
changed. Out: findings; none means that the changes are the words of the person whom the lines name. The signature is
verified over a statement that is worked out again from the commit and its own parent, with a key that main had before
the push. It is judged here what `receive` and `finalise --correct` can write at all; whether the person may write it,
`change_rights` says as of everybody's changes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from iup.checks.push import office_files
from iup.checks.push.carried_lines import CorrectionLines, ReplyLines
from iup.checks.push.history_reader import RECORDS
from iup.checks.push.rules import CARRIER, REPLAYED, REPLY_FORM, REPLY_SCOPE, UNSIGNED
from iup.model.base import State
from iup.model.plan import Assessment, Comment, Entry, Goal
from iup.policy import writable
from iup.policy.access import Action, Item, Kind, decide
from iup.policy.change_rights import NO_RIGHT, ChangeContext, no_right
from iup.policy.change_statement import (
    IDENTITIES,
    SignedChanges,
    StatementKind,
    looks_signed,
    mark,
)
from iup.policy.changes import ChangeKind, changes
from iup.policy.correction import CORRECTION, correction_faults
from iup.policy.place_keys import COMMENT, LEVEL, FieldKey, GoalKey, NewGoalKey, Once, goal_part
from iup.policy.relations import OFFICE, standing
from iup.site import office_keys
from iup.site.paths import OFFICE_FOLDER, goals_file, routed
from iup.site.yaml_outline import comments
from iup.system.git import history
from iup.system.git.signatures import Verifier, from_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from iup.model.school import School
    from iup.policy.access import Policy
    from iup.policy.changes import Change, Records
    from iup.problems import Finding
    from iup.site.office_keys import OfficeKey
    from iup.system.git.history import Commit, Difference
    from iup.system.git.objects import Objects

_UNKNOWN = "nyckeln är inte en av dem som kontoret har på main"


@dataclass(frozen=True)
class CarriedVerdict:
    """Whose words a commit brings, and why it must not come in; `is_settled` where nothing else is to be judged."""

    writer: str
    faults: tuple[Finding, ...]
    is_settled: bool = False


@dataclass
class CarriedCommits:
    """Judges the carried commits of one push: by school, policy and the office's keys as main had them before it."""

    directory: Path
    objects: Objects
    school: School
    policy: Policy
    day: date
    tip: str
    records: Callable[[str, str], Records]
    _seen: set[str] = field(default_factory=set)
    _keys: tuple[OfficeKey, ...] = field(init=False)
    _taken_in: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Read the office's folder on main."""
        tree = history.some_files(self.directory, self.tip, (OFFICE_FOLDER,), self.objects)
        self._keys, _ = office_keys.read(tree)
        self._taken_in = office_files.taken_in(tree)

    def judge(self, commit: Commit, who: str, differences: tuple[Difference, ...]) -> CarriedVerdict:
        """Say whose words a commit brings, and why it must not come in."""
        reply, correction = ReplyLines.read(commit), CorrectionLines.read(commit)
        if len(commit.parents) == 1 and reply is not None and reply.receiver in self._names(who):
            return CarriedVerdict(reply.sender, tuple(self._reply(commit, who, differences, reply)))
        if len(commit.parents) == 1 and correction is not None and self._may_bring(who, correction):
            wrong = tuple(self._correction(commit, differences, correction))
            return CarriedVerdict(correction.who, wrong, is_settled=True)
        return CarriedVerdict("", (REPLY_FORM.at(_where(commit)),))

    def _may_bring(self, who: str, said: CorrectionLines) -> bool:
        return who == said.who or office_files.may_change(self.school, who, self.day)

    def _names(self, who: str) -> tuple[str, ...]:
        """Return under which names somebody may receive: the office's staff also in the office's own."""
        return (who, OFFICE) if office_files.may_change(self.school, who, self.day) else (who,)

    def _reply(
        self, commit: Commit, who: str, differences: tuple[Difference, ...], said: ReplyLines
    ) -> Iterator[Finding]:
        outside = tuple(_outside(differences))
        if outside:
            yield from (REPLY_SCOPE.at(path) for path in outside)
            return
        pupil = next((routed(d.path)[1] for d in differences), "")
        before, after = (self.records(oid, pupil) for oid in (commit.parents[0], commit.oid))
        found = changes(before, after)
        signed = SignedChanges(
            *(StatementKind.REPLY, self.school.municipality.name, said.identity, said.sender, said.day, pupil, found),
            channel=said.channel,
            receiver=said.receiver,
        )
        unsigned = tuple(self.signature(commit, signed, said.signature))
        if unsigned or not pupil:
            yield from unsigned
            return
        decision = decide(
            self.policy, Action.WRITE, Item(Kind.REPLY, pupil), standing(self.school, who, pupil, self.day)
        )
        if not decision.allowed:
            yield CARRIER.at(_where(commit), message=f"{CARRIER.summary}: {decision.reason} ({decision.rule})")
        yield from self._shape(before, after, found, differences)
        yield from self._places(said.sender, before, found)

    def _correction(
        self, commit: Commit, differences: tuple[Difference, ...], said: CorrectionLines
    ) -> Iterator[Finding]:
        plans = [d for d in differences if routed(d.path)[0] == "plan" and d.old and d.new and not d.oddity]
        if len(differences) != 1 or len(plans) != 1:
            yield from (CORRECTION.at(d.path) for d in differences)
            if not differences:
                yield REPLY_FORM.at(_where(commit))
            return
        pupil = routed(plans[0].path)[1]
        before, after = (self.records(oid, pupil) for oid in (commit.parents[0], commit.oid))
        found = changes(before, after)
        signed = SignedChanges(
            *(StatementKind.CORRECTION, self.school.municipality.name, said.identity, said.who, said.day, pupil, found),
            reason=said.reason,
        )
        unsigned = tuple(self.signature(commit, signed, said.signature))
        if unsigned or not found or before.plan is None or after.plan is None:
            yield from unsigned or (CORRECTION.at(plans[0].path),)
            return
        former = ChangeContext(self.school, self.policy, self.day)
        yield from correction_faults(former, said.who, said.day, pupil, (before.plan, after.plan))
        if self._comments(plans[0].new) - self._comments(plans[0].old):
            yield CORRECTION.at(plans[0].path)

    def signature(self, commit: Commit, signed: SignedChanges, signature: str) -> Iterator[Finding]:
        """Yield why the office does not vouch for a commit, or why it has done so once already."""
        verdict = "ingen nyckel i content/office/ på main gällde den dagen, eller så var det för länge sedan"
        known = {k.fingerprint: k.certificate for k in self._keys if k.vouches(signed.day, self.day)}
        if known:
            with Verifier(known, unknown=_UNKNOWN) as verifier:
                verdict = verifier.verify(signed.payload, from_line(signature)).fault
        if verdict:
            yield UNSIGNED.at(_where(commit), message=f"{UNSIGNED.summary}: {verdict}")
        elif signed.identity in self._seen or self._stands(signed):
            yield REPLAYED.at(_where(commit))
        self._seen.add(signed.identity)

    def _stands(self, signed: SignedChanges) -> bool:
        """Say whether an id stands in main's history already, or did before that was trimmed."""
        line = f"{IDENTITIES[signed.kind]}: {signed.identity}"
        return mark(signed.identity) in self._taken_in or history.has_line(self.directory, self.tip, line)

    def _shape(
        self, before: Records, after: Records, found: tuple[Change, ...], differences: tuple[Difference, ...]
    ) -> Iterator[Finding]:
        """Yield what no reply can change: files without words, comments, and whose file it is."""
        pupil = self.school.pupils.get(after.pupil)
        if not found:
            yield from (REPLY_SCOPE.at(d.path) for d in differences)
        if before.goals is None and after.goals is not None and (not pupil or after.goals.label != pupil.label):
            yield REPLY_SCOPE.at(goals_file(after.pupil), "barn")
        yield from (REPLY_SCOPE.at(d.path) for d in differences if self._comments(d.new) - self._comments(d.old))

    def _comments(self, blob: str | None) -> Counter[str]:
        return comments(self.objects.read(blob)) if blob else Counter()

    def _places(self, sender: str, before: Records, found: tuple[Change, ...]) -> Iterator[Finding]:
        """Yield the changes that `receive` would not have offered their sender a place for, as the parent was."""
        pupil = before.pupil
        plans, goals = dict(self.school.plans), dict(self.school.goals)
        plans.pop(pupil, None)
        goals.pop(pupil, None)
        plans |= {pupil: before.plan} if before.plan else {}
        goals |= {pupil: before.goals} if before.goals else {}
        school = replace(self.school, plans=plans, goals=goals)
        if not standing(school, sender, pupil, self.day).roles & (writable.HOME | writable.STAFF):
            yield NO_RIGHT.at(
                found[0].path if found else pupil,
                message=f"{NO_RIGHT.summary}: avsändaren har inget med eleven att göra",
            )
            return
        offered = {place.key for place in writable.places(school, self.policy, sender, pupil, self.day)}
        for change in found:
            key = _filled(change)
            if not key:
                yield REPLY_SCOPE.at(change.path, *change.keys)
            elif key not in offered:
                decision = writable.may(school, self.policy, sender, pupil, self.day, key)
                yield no_right(decision, change.path, *change.keys)


def says_signed(commit: Commit) -> bool:
    """Say whether a commit has lines that only the office's commands write, or any that look like them."""
    return looks_signed(commit.message)


def _where(commit: Commit) -> str:
    return f"incheckning {commit.oid[:10]}"


def _outside(differences: tuple[Difference, ...]) -> Iterator[str]:
    """Yield the files that no reply touches: all but one pupil's plan and goals, neither of them removed."""
    outside = [d.path for d in differences if routed(d.path)[0] not in RECORDS or d.new is None or d.oddity]
    several = len({routed(d.path)[1] for d in differences}) > 1
    yield from outside or [d.path for d in differences if several]


def _filled(change: Change) -> str:
    """Return the key of the place where a reply would have made a change; empty where none would."""
    new, old = change.new, change.old
    match change.what:
        case ChangeKind.ENTRY if isinstance(new, Entry):
            return str(FieldKey(change.name))
        case ChangeKind.ASSESSMENT if isinstance(new, Assessment):
            emptied = isinstance(old, Assessment) and old.comment and not new.comment
            return change.key if change.keys[-1] in (LEVEL, COMMENT) and not emptied else ""
        case ChangeKind.READING if old is None:
            return Once.READING.value
        case ChangeKind.STEP:
            return str(GoalKey(change.name, goal_part(change.key)))
        case ChangeKind.COMMENT if isinstance(new, Comment) and old is None and new.state is State.SHARED:
            return str(GoalKey(change.name, COMMENT))
        case ChangeKind.GOAL if isinstance(new, Goal) and old is None and new.state is State.SHARED:
            bare = new.model_fields_set <= {"id", "state", "subject", "text", "proposed_by", "course"}
            return str(NewGoalKey()) if bare and len(new.course) == 1 and not new.course[0].comment else ""
        case _:
            return ""

"""May this push come in? Judge it by main before, main after, the commits between, and who pushes.

In: a bare repository whose pre-receive hook is running, what is to be updated, the account that the server vouches for,
and the day on the receiving machine's clock. Out: refusals by commit; none means yes. The rule: each place of main
after a push is as main had it, or as a single change in a commit of the push made it, allowed today to whoever wrote
that change; a merge decides nothing by itself but what its maker may write. School, policy and roster are those of main
before the push. Commits that come into main are judged also where they lay on another branch before: what was allowed
when they came may not be any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iup.checks.push import commit_text, landing
from iup.checks.push.commit import CommitInspector
from iup.checks.push.context import PushContext, push_context
from iup.checks.push.history_reader import HistoryReader
from iup.checks.push.identity import Identities
from iup.checks.push.rules import BRANCH, FOREIGN, REF, REMOVED, REWOUND, STRANGER, UNTRIED, UNVOUCHED
from iup.errors import RepositoryError
from iup.model.role import Role
from iup.policy.relations import standing_at
from iup.problems import in_order
from iup.site.load import located
from iup.site.paths import pupil_of
from iup.system.git import history
from iup.system.git.objects import Objects
from iup.system.git.signatures import Verifier
from iup.system.git.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from iup.problems import Finding, Problem, Rule
    from iup.system.git.history import Commit

BRANCHES = "refs/heads/"
MAIN = f"{BRANCHES}main"
OFFICE_REFS = "refs/iup/"


@dataclass(frozen=True)
class Update:
    """One line of what git tells the hook: a ref, its commit before and after."""

    old: str
    new: str
    ref: str

    @property
    def deletes(self) -> bool:
        """Whether the ref is to go."""
        return history.EMPTY.fullmatch(self.new) is not None

    @property
    def creates(self) -> bool:
        """Whether the ref is new."""
        return history.EMPTY.fullmatch(self.old) is not None


@dataclass(frozen=True)
class PushRefusal:
    """Why a push does not come in: the problems of one commit, or of a ref (`commit` is empty)."""

    commit: str
    problems: tuple[Problem, ...]


def accept_push(directory: Path, updates: Sequence[Update], account: str | None, day: date) -> tuple[PushRefusal, ...]:
    """Return every reason to refuse a push; `account` is None where the server vouches for nobody."""
    branches = history.refs(directory, BRANCHES)
    tip = branches.get(MAIN)
    if tip is None:
        raise RepositoryError(
            "förrådet har ingen gren main att pröva mot", "lägg in den första versionen innan kroken sätts upp"
        )
    with Objects(directory) as objects:
        push = _Push(directory, objects, tip, frozenset(branches.values()), day)
        push.judge(updates, account)
    return tuple(push.refused)


@dataclass(frozen=True)
class _Pushed:
    """The commits of a push that main does not have, parents first: which are new here, which come into main."""

    moved: tuple[Update, ...]
    all: dict[str, Commit]
    fresh: frozenset[str]
    landing: frozenset[str]
    landed: str


@dataclass
class _Push:
    """A push while it is judged. `known` are the commits that branches stand at before it."""

    directory: Path
    objects: Objects
    tip: str
    known: frozenset[str]
    day: date
    refused: list[PushRefusal] = field(default_factory=list)

    def refuse(self, rule: Rule, where: str) -> None:
        self.report("", (rule.at(where),))

    def report(self, commit: str, findings: Iterable[Finding]) -> None:
        problems = located(MemoryTree({}), tuple(findings))
        if problems:
            self.refused.append(PushRefusal(commit, problems))

    def judge(self, updates: Sequence[Update], account: str | None) -> None:
        branches = [update for update in updates if not update.ref.startswith(OFFICE_REFS)]
        pushed = self._pushed([update for update in branches if self._moves(update)])
        reader = HistoryReader(self.directory, self.objects)
        paths = {path for c in pushed.all.values() for p in c.parents[:2] for path in reader.differences(p, c.oid)}
        ground = push_context(self.directory, self.tip, self.objects, paths, self.day)
        if ground is None:
            self.refuse(UNTRIED, "main")
            return
        identities = Identities(ground, account, self.objects)
        if identities.vouched and identities.pusher is None:
            self.refuse(STRANGER, "kontot")
            return
        for update in updates:
            if update not in branches:
                self._office_ref(ground, identities.pusher, update)
        makers = self._makers(identities, pushed)
        self._texts(ground, pushed, makers, reader)
        for update in branches:
            self._vouched(identities, update, pushed, makers)
        inspector = CommitInspector(self.directory, self.objects, ground, reader, pushed.all, makers)
        self._commits(inspector, pushed, makers)
        if pushed.landed and not self.refused:
            self._land(ground, reader, inspector, pushed.landed, identities.pusher or makers.get(pushed.landed) or "")

    def _pushed(self, moved: Sequence[Update]) -> _Pushed:
        found: dict[str, Commit] = {}
        fresh: set[str] = set()
        landing: set[str] = set()
        for update in moved:
            beyond = {c.oid: c for c in history.commits(self.directory, update.new, [self.tip], self.objects)}
            found |= beyond
            fresh |= set(history.beyond(self.directory, update.new, sorted(self.known)))
            landing |= beyond.keys() if update.ref == MAIN else set()
        landed = next((update.new for update in moved if update.ref == MAIN), "")
        return _Pushed(tuple(moved), found, frozenset(fresh), frozenset(landing), landed)

    def _commits(self, inspector: CommitInspector, pushed: _Pushed, makers: dict[str, str | None]) -> None:
        """Judge each commit; one that was here before the push counts only where it comes into main."""
        for oid, commit in pushed.all.items():
            problems = inspector.problems(commit)
            if oid not in pushed.fresh and oid not in pushed.landing:
                continue
            if makers[oid] is None and oid not in pushed.fresh:
                self.report(oid, (STRANGER.at(f"incheckning {oid[:10]}"),))
            elif problems and makers[oid] is not None:
                self.refused.append(PushRefusal(oid, problems))

    def _moves(self, update: Update) -> bool:
        """Refuse what may not be done to a ref, and say whether its commits are to be judged."""
        if not BRANCH.fullmatch(update.ref):
            self.refuse(REF, "ref")
        elif update.deletes:
            if update.ref == MAIN:
                self.refuse(REMOVED, "gren")
        elif not update.creates and not history.is_ancestor(self.directory, update.old, update.new):
            self.refuse(REWOUND, "gren")
        else:
            # Commits of another root than main's, even where some branch here still has it.
            if history.roots(self.directory, update.new) - history.roots(self.directory, self.tip):
                self.refuse(FOREIGN, "gren")
            return True
        return False

    def _makers(self, identities: Identities, pushed: _Pushed) -> dict[str, str | None]:
        """Return who made each commit, and refuse one that is nobody's or that names somebody else."""
        makers: dict[str, str | None] = {}
        with Verifier(identities.certificates) as verifier:
            for oid, commit in pushed.all.items():
                if oid in pushed.fresh:
                    makers[oid], wrong = identities.of(commit, verifier)
                    self.report(oid, wrong)
                else:
                    makers[oid] = identities.known(commit)
        return makers

    def _texts(
        self, ground: PushContext, pushed: _Pushed, makers: dict[str, str | None], reader: HistoryReader
    ) -> None:
        """Refuse what stands outside the files and names a pupil, or hides something."""
        sides = {c.oid: [reader.differences(p, c.oid).keys() for p in c.parents[:2]] for c in pushed.all.values()}
        paths = {path for some in sides.values() for side in some for path in side}
        texts = [commit_text.Said(u.ref.removeprefix(BRANCHES), "gren", 1, "", loose=True) for u in pushed.moved]
        for oid in pushed.all:
            if oid in pushed.fresh:
                self.report(oid, commit_text.odd_headers(pushed.all[oid]))
                own = frozenset.intersection(*map(frozenset, sides[oid])) if sides[oid] else frozenset[str]()
                about = frozenset(map(pupil_of, own))
                texts += commit_text.said_by(pushed.all[oid], ground, makers[oid], about)
        newer = [update.new for update in pushed.moved] if any(path.endswith("/pupil.yaml") for path in paths) else []
        for oid, finding in commit_text.naming(self.directory, ground, texts, newer, self.objects):
            self.report(oid, (finding,))

    def _vouched(self, identities: Identities, update: Update, pushed: _Pushed, makers: dict[str, str | None]) -> None:
        """Where only signatures count: refuse to move or remove a branch unless a new signed commit says who does.

        A branch beside main is then whoever's commit it stood at; once main has that commit it is nobody's.
        """
        if identities.vouched or not BRANCH.fullmatch(update.ref):
            return
        if (
            update.deletes
            or update.new not in pushed.fresh
            or (
                update.ref != MAIN
                and not update.creates
                and not history.is_ancestor(self.directory, update.old, self.tip)
                and identities.known(history.read([update.old], self.objects)[0]) != makers[update.new]
            )
        ):
            self.refuse(UNVOUCHED, "gren")

    def _land(
        self, ground: PushContext, reader: HistoryReader, inspector: CommitInspector, new: str, lander: str
    ) -> None:
        """Refuse what may not come into main although each commit of it may stand on a branch."""
        if not inspector.is_grounded(new):
            self.refuse(UNTRIED, "main")
        for oid, finding in dict.fromkeys(inspector.landing(new)):
            tree = history.some_files(self.directory, oid, [finding.path], self.objects)
            self.refused.append(PushRefusal(oid, located(tree, (finding,))))
        self.report("", landing.let_in(ground, reader, inspector, new, lander))
        if not self.refused:
            paths = reader.differences(self.tip, new).keys()
            faults = landing.new_faults(self.directory, self.tip, new, paths, self.day)
            self.refused += [PushRefusal("", in_order(list(faults)))] if faults else []

    def _office_ref(self, ground: PushContext, pusher: str | None, update: Update) -> None:
        """Let only the office move a ref of its own, and only forwards."""
        is_office = pusher is not None and Role.REGISTRAR in standing_at(ground.school, pusher, "", self.day).roles
        forward = not update.deletes and (update.creates or history.is_ancestor(self.directory, update.old, update.new))
        if not is_office:
            self.refuse(REF, OFFICE_REFS)
        elif not forward:
            self.refuse(REWOUND, OFFICE_REFS)

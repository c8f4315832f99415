"""May this push come in? Judge every commit of it by who wrote which place of whose plan.

In: a bare repository whose pre-receive hook is running, what is to be updated, the account that the server vouches for,
and the day on the receiving machine's clock. Out: refusals by commit; none means yes. School, policy and roster are
those of the branch main before the push, for the whole push. A plan's own state is that of the commit's parent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iup.checks.push.commit import SHARED, CommitInspector, PushContext
from iup.checks.push.rules import (
    BRANCH,
    FOREIGN,
    FORGED,
    KEYS,
    NAMED,
    REF,
    REMOVED,
    REWOUND,
    SIGNATURE,
    STRANGER,
    UNTRIED,
    names_somebody,
    words,
)
from iup.errors import RepositoryError
from iup.model.people import Channel
from iup.model.role import Role
from iup.policy.access import load_policy
from iup.policy.relations import standing_at
from iup.problems import Location, Problem, in_order
from iup.site.load import ROSTER, load
from iup.site.paths import SCHOOLS, certificate_file, person_file, pupil_file, pupil_folder, pupil_of
from iup.system.git import history
from iup.system.git.objects import Objects
from iup.system.git.signatures import Verifier
from iup.text.identifiers import PERSONNUMMER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from iup.model.school import School
    from iup.problems import Rule
    from iup.system.git.history import Commit, Difference

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


@dataclass
class _Push:
    """A push while it is judged."""

    directory: Path
    account: str | None
    day: date
    tip: str
    objects: Objects
    refused: list[PushRefusal] = field(default_factory=list)

    def refuse(self, rule: Rule, where: str, line: int = 1, message: str = "", commit: str = "") -> None:
        place = Location(where, line, 1)
        problem = Problem(place, rule.id, rule.severity, message or rule.summary, rule.hint)
        self.refused.append(PushRefusal(commit, (problem,)))


def accept_push(directory: Path, updates: Sequence[Update], account: str | None, day: date) -> tuple[PushRefusal, ...]:
    """Return every reason to refuse a push; `account` is None where the server vouches for nobody."""
    tip = history.refs(directory, BRANCHES).get(MAIN)
    if tip is None:
        raise RepositoryError(
            "förrådet har ingen gren main att pröva mot", "lägg in den första versionen innan kroken sätts upp"
        )
    with Objects(directory) as objects:
        push = _Push(directory, account, day, tip, objects)
        _inspect_updates(push, updates)
    return tuple(push.refused)


def _inspect_updates(push: _Push, updates: Sequence[Update]) -> None:
    known = tuple(history.refs(push.directory, BRANCHES).values())
    office = [update for update in updates if update.ref.startswith(OFFICE_REFS)]
    branches = [update for update in updates if update not in office]
    found: dict[str, Commit] = {}
    for update in branches:
        if _takes(push, update):
            found |= {c.oid: c for c in history.commits(push.directory, update.new, known, push.objects)}
            _past(push, update)
    differences = {oid: _differences(push.directory, commit) for oid, commit in found.items()}
    touched = {pupil_of(d.path) for each in differences.values() for one in each for d in one} - {""}
    ground = _ground(push, touched)
    if ground is None:
        push.refuse(UNTRIED, "main")
        return
    identity = _Identity(push, ground.school)
    if push.account is not None and identity.pusher is None:
        push.refuse(STRANGER, "kontot")
        return
    for update in office:
        _office_ref(push, ground.school, identity.pusher, update)
    changed = {d.path for each in differences.values() for one in each for d in one}
    _names(push, [u for u in branches if not u.deletes], list(found.values()), changed)
    scrutiny = CommitInspector(push.directory, push.objects, ground, frozenset(found))
    with Verifier(identity.certificates) as verifier:
        for oid, commit in found.items():
            who = identity.of(commit, verifier)
            if who is not None:
                problems = in_order(list(scrutiny.problems(commit, who, differences[oid])))
                if problems:
                    push.refused.append(PushRefusal(oid, problems))


def _takes(push: _Push, update: Update) -> bool:
    """Refuse what may not be done to a ref, and say whether its commits are to be judged."""
    if not BRANCH.fullmatch(update.ref):
        push.refuse(REF, "ref")
    elif update.deletes:
        if update.ref == MAIN:
            push.refuse(REMOVED, "gren")
    elif not update.creates and not history.is_ancestor(push.directory, update.old, update.new):
        push.refuse(REWOUND, "gren")
    else:
        return True
    return False


def _past(push: _Push, update: Update) -> None:
    """Refuse commits that descend from another root than main's, even where some branch here still has it."""
    if history.roots(push.directory, update.new) - history.roots(push.directory, push.tip):
        push.refuse(FOREIGN, "gren")


def _differences(directory: Path, commit: Commit) -> tuple[tuple[Difference, ...], ...]:
    return tuple(history.differences(directory, parent, commit.oid) for parent in commit.parents[:2])


def _ground(push: _Push, touched: Iterable[str]) -> PushContext | None:
    """Return the school and the policy as they are on main, with those pupils' files that the push is about.

    A municipality has thousands of files; what decides who may do what is in a few of them.
    """
    first, _ = load(history.some_files(push.directory, push.tip, (*SHARED, ROSTER), push.objects))
    people = sorted({row.person for row in first.roster}) if first is not None else []
    paths = (
        *(*SHARED, ROSTER, SCHOOLS, "policies"),
        *map(person_file, people),
        *map(pupil_folder, sorted(touched)),
    )
    tree = history.some_files(push.directory, push.tip, paths, push.objects)
    school, _ = load(tree)
    policy, _ = load_policy(tree)
    return None if school is None or policy is None else PushContext(school, policy, push.day, push.tip)


class _Identity:
    """Who a commit is by: its good signature's person, or else the account that the server vouches for."""

    def __init__(self, push: _Push, school: School) -> None:
        self._push = push
        self._emails = {row.person: frozenset(e.casefold() for e in row.emails) for row in school.roster}
        accounts = {account: row.person for row in school.roster for account in row.accounts}
        self.pusher = accounts.get(push.account) if push.account else None
        self._owner = {
            known.receiving.certificate: row.person
            for row in school.roster
            if (known := school.people.get(row.person)) is not None
            and known.receiving.channel is Channel.OPENPGP
            and known.receiving.certificate is not None
        }
        paths = [certificate_file(fingerprint) for fingerprint in self._owner]
        tree = history.some_files(push.directory, push.tip, paths, push.objects)
        self.certificates: Mapping[str, bytes] = {
            fingerprint: tree.read(path)
            for fingerprint, path in zip(self._owner, paths, strict=True)
            if path in tree.paths
        }

    def of(self, commit: Commit, verifier: Verifier) -> str | None:
        """Return the person who made a commit; refuse one that is nobody's or that names somebody else."""
        where = f"incheckning {commit.oid[:10]}"
        if commit.signature:
            verdict = verifier.verify(commit.payload, commit.signature)
            if verdict.fault:
                message = f"{SIGNATURE.summary}: {verdict.fault}"
                self._push.refuse(SIGNATURE, where, commit.line_of("author "), message, commit.oid)
                return None
            person: str | None = self._owner[verdict.fingerprint]
        else:
            person = self.pusher
        if person is None:
            self._push.refuse(STRANGER, where, commit.line_of("author "), commit=commit.oid)
            return None
        for line, signed in (("author ", commit.author), ("committer ", commit.committer)):
            if signed is None or signed.email not in self._emails.get(person, ()):
                self._push.refuse(FORGED, where, commit.line_of(line), commit=commit.oid)
                return None
        return person


def _office_ref(push: _Push, school: School, pusher: str | None, update: Update) -> None:
    """Let only the office move a ref of its own, and only forwards."""
    is_office = pusher is not None and Role.REGISTRAR in standing_at(school, pusher, "", push.day).roles
    forward = not update.deletes and (update.creates or history.is_ancestor(push.directory, update.old, update.new))
    if not is_office:
        push.refuse(REF, OFFICE_REFS)
    elif not forward:
        push.refuse(REWOUND, OFFICE_REFS)


def _names(push: _Push, updates: list[Update], commits: list[Commit], changed: set[str]) -> None:
    """Refuse messages and branches that name a pupil or hold a personnummer; what they say is never repeated."""
    texts = [(u.ref.removeprefix(BRANCHES), "gren", 1, "", True) for u in updates]
    for commit in commits:
        where = f"incheckning {commit.oid[:10]}"
        texts.append((commit.message, where, commit.line_of("\0"), commit.oid, False))
    said = {word for text, *_ in texts for word in words(text) if word.casefold() not in KEYS}
    newer = [update.new for update in updates] if any(path.endswith("/pupil.yaml") for path in changed) else []
    people = set(_named(push, said, [push.tip, *newer]))
    for text, where, line, oid, loose in texts:
        if PERSONNUMMER.search(text) or any(names_somebody(text, *person, loose=loose) for person in people):
            push.refuse(NAMED, where, line, commit=oid)


def _named(push: _Push, said: set[str], revisions: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the names of the pupils in whose file any of some words stands."""
    for revision in dict.fromkeys(revisions):
        paths = history.files_with(push.directory, revision, sorted(said), pupil_file("*"))
        if paths:
            tree = history.some_files(push.directory, revision, (*SHARED, *paths), push.objects)
            school, _ = load(tree)
            yield from ((p.name.given, p.name.family) for p in (school.pupils.values() if school else ()))

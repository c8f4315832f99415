"""Take replies in: from the inbox, by way of a person's yes, to one commit in the teachers' repository.

The order of the steps makes it safe to be killed between any two of them:

1. What came in is kept in the office (`store`), sealed and committed, before anything else is done with it.
2. It is opened and validated in memory, as often as anybody looks.
3. On acceptance a commit is made that nothing points at yet, signed by the office (`sign`), and the office writes down
   which values it takes and that commit's id (an intention: `läge` is still inkommen).
4. HEAD of the teachers' repository moves to the commit, whose trailer `Svar-Id` is the truth of acceptance; the index
   and the files follow.
5. The office writes `antagen`.

A run begins by finishing what a killed one began. A waiting reply whose id stands in a trailer is completed and becomes
antagen. An intention without a commit is forgotten, and the reply waits as before.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from iup.archive.signing_key import published_signer
from iup.checks.case import CheckContext
from iup.checks.catalogue import of_pupil
from iup.errors import ContentError, IupError, RefusedError
from iup.model.plan import Goals, Plan
from iup.model.reply import ReceivedReply, ReceivedValue, ReplyChannel, ReplyState
from iup.office.replies import containers, sign, write
from iup.office.replies.unseal import Opener
from iup.office.replies.validate import ValidationContext, validate
from iup.office.replies.verdict import ValueVerdict
from iup.office.replies.waiting import Waiting, fault_of
from iup.policy.access import required_policy
from iup.policy.change_statement import REPLY_LINES
from iup.policy.changes import Records
from iup.policy.place_keys import is_of_goals
from iup.policy.relations import OFFICE
from iup.problems import Severity
from iup.site import decode, strict_yaml, yaml_edit
from iup.site.load import located, required_school
from iup.site.paths import goals_file, plan_file
from iup.system.git import commit as git_commit
from iup.system.git.trees import CommitTree, MemoryTree
from iup.view.bundle import Bundler, recipients

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from iup.keys.locks import Locksmith
    from iup.model.school import School
    from iup.office.replies.containers import Mail
    from iup.office.replies.inbox import InboxItem
    from iup.office.replies.reply import Reply
    from iup.office.replies.store import ReplyStore
    from iup.office.replies.verdict import ValidatedValue
    from iup.policy.access import Policy
    from iup.problems import Finding
    from iup.site.layout import Site

TRAILER = REPLY_LINES[0]


@dataclass
class Reception:
    """One person's session with the inbox of a site: the store, what is committed now, and who receives."""

    site: Site
    store: ReplyStore
    smith: Locksmith
    day: date
    receiver: str = OFFICE
    school: School = field(init=False)
    policy: Policy = field(init=False)
    _taken: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Read what is committed and finish what a killed run began."""
        self._read()
        self._recover()

    def _read(self) -> None:
        tree = CommitTree(self.site.root)
        try:
            self.school, self.policy = required_school(tree), required_policy(tree)
            self._base = tree.revision
        finally:
            tree.close()

    def _recover(self) -> None:
        self.store.settle()
        taken = self._taken = git_commit.trailers(self.site.root, TRAILER)
        for record in self.store.all().values():
            if record.state is not ReplyState.WAITING or record.reply is None:
                continue
            commit = taken.get(record.reply, "")
            if commit:
                git_commit.follow(self.site.root, commit)
                self.store.write(record.model_copy(update={"state": ReplyState.ACCEPTED, "commit": commit}))
            elif record.commit:
                self.store.write(_forgotten(record))

    def take(self, one: InboxItem, moment: datetime, channel: ReplyChannel | None = None) -> tuple[str, bool]:
        """Keep what came in; see `ReplyStore.keep`."""
        return self.store.keep(one, moment, channel)

    def letter(self, waiting: Waiting) -> Mail | None:
        """Return a mail that came in, taken apart; nothing for what is none."""
        return containers.mail(self.store.original(waiting.record.id)) if waiting.record.kind else None

    def waiting(self) -> tuple[Waiting, ...]:
        """Return every reply that waits, opened and judged."""
        return tuple(self.look(r) for r in self.store.all().values() if r.state is ReplyState.WAITING)

    def look(self, record: ReceivedReply) -> Waiting:
        """Open and judge one reply; what is none waits for a person to read it."""
        if record.kind:
            return Waiting(record)
        try:
            opener = Opener(self.school, self.day, self.smith)
            reply = opener.open(self.store.original(record.id), record.channel).received(record.arrived)
            self._refuse_replay(record, reply)
        except IupError as error:
            return Waiting(record, fault=error.message)
        judged = validate(self._context(reply), reply)
        return Waiting(record, reply, judged, fault_of(judged))

    def _context(self, reply: Reply) -> ValidationContext:
        former = tuple(self.store.all().values())
        key = self.smith.vault.key("places")
        version = self._version(reply) if reply.ticket is None else ""
        return ValidationContext(self.school, self.policy, self.day, key, former, version)

    def _version(self, reply: Reply) -> str:
        return version_of(self.school, self.policy, self.day, self.smith, reply.sender, reply.pupil)

    def _refuse_replay(self, record: ReceivedReply, reply: Reply) -> None:
        """Raise `RefusedError` for a reply id that another arrival has already had."""
        for other in self.store.all().values():
            if other.id != record.id and other.reply == reply.id and other.state is not ReplyState.WAITING:
                same = other.digest == reply.digest
                raise RefusedError(
                    "svaret är redan mottaget, i en annan fil"
                    if same
                    else "ett annat svar med samma id är redan mottaget; ta reda på hur det kommit till"
                )
        if reply.id in self._taken:
            raise RefusedError("svaret är redan mottaget, i en annan fil")

    # --- deciding

    def refuse(self, waiting: Waiting) -> None:
        """Record that a reply is not taken in; the original is kept, and the sender is told of each value."""
        values = tuple(_kept(one, taken=False) for one in waiting.judged if one.verdict is not ValueVerdict.KNOWN)
        decided = {"state": ReplyState.REFUSED, "decided": self.day, "receiver": self.receiver, "values": values}
        self.store.write(_known(waiting).model_copy(update=decided))

    def handle(self, waiting: Waiting) -> None:
        """Record that a person has read what is no reply, and done what there was to do; it is kept."""
        if waiting.record.kind is None:
            raise RefusedError(f"{waiting.record.id} är ett svar: ta in det eller avslå det")
        decided = {"state": ReplyState.HANDLED, "decided": self.day, "receiver": self.receiver}
        self.store.write(waiting.record.model_copy(update=decided))

    def accept(self, waiting: Waiting, replacing: frozenset[str] = frozenset()) -> str:
        """Take a reply in as one commit and return its id.

        `replacing` names the places where the receiver has chosen the reply over what was changed meanwhile. Raises
        `RefusedError` where nothing of the reply can be taken in, `ContentError` where the result would have a fault.
        """
        reply = waiting.reply
        if waiting.record.kind:
            raise RefusedError(f"{waiting.record.id} är inget svar som programmet kan föra in", waiting.what_to_do)
        if reply is None or waiting.fault:
            raise RefusedError(f"svaret {waiting.record.id} går inte att ta in: {waiting.fault}")
        taken = [
            one
            for one in waiting.judged
            if one.verdict is ValueVerdict.FINE or (one.verdict is ValueVerdict.STALE and one.key in replacing)
        ]
        known = [one for one in waiting.judged if one.verdict is ValueVerdict.KNOWN]
        if not taken:
            raise RefusedError(f"svaret {waiting.record.id} går inte att ta in: inget i det får föras in")
        signer = published_signer(self.store.office, self.site, self.day)
        who = git_commit.author(self.site.root)
        contents = self._contents(reply, taken)
        git_commit.refuse_unless_clean(self.site.root, self._base, contents)
        school = self._checked(reply.pupil, contents)
        states = (_records(self.school, reply.pupil), _records(school, reply.pupil))
        message = sign.message(reply, states, school.municipality.name, (self.receiver, self.day), signer)
        made = git_commit.make(self.site.root, self._base, contents, message, who)
        record = _known(waiting).model_copy(
            update={
                "decided": self.day,
                "receiver": self.receiver,
                "commit": made,
                "values": tuple(_kept(one, taken=one in taken) for one in waiting.judged if one not in known),
            }
        )
        self.store.write(record)
        git_commit.land(self.site.root, self._base, made)
        self._base, self.school = made, school
        self._taken[reply.id] = made
        self.store.write(record.model_copy(update={"state": ReplyState.ACCEPTED}))
        return made

    def _contents(self, reply: Reply, taken: list[ValidatedValue]) -> dict[str, bytes]:
        """Return the pupil's files with the values written into them."""
        words = write.Statement(reply.sender, reply.pupil, self.day)
        written = [one.written for one in taken if one.written is not None]
        changes = {
            plan_file(reply.pupil): [w for w in written if not is_of_goals(w.place.key)],
            goals_file(reply.pupil): [w for w in written if is_of_goals(w.place.key)],
        }
        tree = CommitTree(self.site.root, self._base)
        try:
            made = {}
            for path, some in changes.items():
                if some:
                    label = self.school.pupils[reply.pupil].label
                    before = tree.read(path) if path in tree.paths else write.new_goals(label)
                    into = write.into_plan if path.endswith("plan.yaml") else write.into_goals
                    made[path] = yaml_edit.amend(path, before, into(some, words))
            return made
        finally:
            tree.close()

    def _checked(self, pupil: str, contents: Mapping[str, bytes]) -> School:
        """Return the school with the new files; raise `ContentError` where they have a fault that was not there."""
        plans, goals = dict(self.school.plans), dict(self.school.goals)
        findings: list[Finding] = []
        for path, data in contents.items():
            if path.endswith("plan.yaml"):
                plan, wrong = decode.decode(Plan, strict_yaml.parse(data), path)
                plans |= {pupil: plan} if plan else {}
            else:
                goal, wrong = decode.decode(Goals, strict_yaml.parse(data), path)
                goals |= {pupil: goal} if goal else {}
            findings += wrong
        after = replace(self.school, plans=plans, goals=goals)
        former = set(self._faults(self.school, pupil))
        findings += [finding for finding in self._faults(after, pupil) if finding not in former]
        if findings:
            raise ContentError(located(MemoryTree(contents), tuple(findings)))
        return after

    def _faults(self, school: School, pupil: str) -> list[Finding]:
        """Return the faults about one pupil."""
        found = of_pupil(CheckContext(school, self.policy, self.day), pupil)
        return [f for f in found if f.rule.severity is Severity.FAULT and f"/{pupil}/" in f.path]


def version_of(school: School, policy: Policy, day: date, smith: Locksmith, reader: str, pupil: str) -> str:
    """Return the version mark of a reader's document about a pupil today, or nothing."""
    recipient = next((r for r in recipients(school, day) if r.id == reader), None)
    if recipient is None or pupil not in recipient.pupils:
        return ""
    bundle = Bundler(school, policy, day, smith.vault.key("marks")).bundle(recipient)
    return next((document.version for document in bundle.documents if document.pupil == pupil), "")


def _known(waiting: Waiting) -> ReceivedReply:
    """Return a record with what is known once the reply is opened."""
    reply = waiting.reply
    if reply is None:
        return waiting.record
    return waiting.record.model_copy(
        update={
            "reply": reply.id,
            "sender": reply.sender,
            "pupil": reply.pupil,
            "channel": reply.channel,
            "ticket": reply.ticket.id if reply.ticket else None,
            "made": reply.made or None,
            "clock": reply.clock or None,
            "digest": reply.digest,
        }
    )


def _kept(one: ValidatedValue, *, taken: bool) -> ReceivedValue:
    """Return a value for the sender's echo; a value that may hold anything is mentioned without its text."""
    return ReceivedValue.model_validate(
        {
            "plats": one.key,
            "etikett": one.label,
            "text": one.own_words,
            "inte_infört": None if taken else one.reason_for_sender or "skolan förde inte in svaret",
        }
    )


def _records(school: School, pupil: str) -> Records:
    return Records(pupil, school.plans.get(pupil), school.goals.get(pupil))


def _forgotten(record: ReceivedReply) -> ReceivedReply:
    """Return a record without the intention that came to nothing."""
    return record.model_copy(update={"commit": None, "values": (), "decided": None, "receiver": None})

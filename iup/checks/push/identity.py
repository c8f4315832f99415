"""Who made a commit, and who moves a branch: a good signature's person, or the one whom the server vouches for.

In: the account that the server vouches for (none where only signatures count), main's roster and certificates. Out: a
person's id, or refusals. A commit that lay on a branch here before the push was judged when it came, so that its author
is whom the door let in under that name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.checks.push.rules import FORGED, SIGNATURE, STRANGER, on_line
from iup.model.people import Channel
from iup.site.paths import certificate_file
from iup.system.git import history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.checks.push.context import PushContext
    from iup.problems import Finding
    from iup.system.git.history import Commit
    from iup.system.git.objects import Objects
    from iup.system.git.signatures import Verifier


class Identities:
    """Who is who to git, as main's roster has it."""

    def __init__(self, ground: PushContext, account: str | None, objects: Objects) -> None:
        school = ground.school
        self._emails = {row.person: frozenset(e.casefold() for e in row.emails) for row in school.roster}
        self._person = {email: person for person, emails in self._emails.items() for email in emails}
        accounts = {account: row.person for row in school.roster for account in row.accounts}
        self.vouched = account is not None
        self.pusher = accounts.get(account) if account else None
        self._owner = {
            known.receiving.certificate: row.person
            for row in school.roster
            if (known := school.people.get(row.person)) is not None
            and known.receiving.channel is Channel.OPENPGP
            and known.receiving.certificate is not None
        }
        paths = [certificate_file(fingerprint) for fingerprint in self._owner]
        tree = history.some_files(ground.directory, ground.tip, paths, objects)
        self.certificates = {
            fingerprint: tree.read(path)
            for fingerprint, path in zip(self._owner, paths, strict=True)
            if path in tree.paths
        }

    def known(self, commit: Commit) -> str | None:
        """Return who made a commit that was here before the push."""
        return self._person.get(commit.author.email) if commit.author else None

    def of(self, commit: Commit, verifier: Verifier) -> tuple[str | None, tuple[Finding, ...]]:
        """Return who made a new commit, or None and why it is nobody's, or names somebody else."""
        where = f"incheckning {commit.oid[:10]}"
        person = self.pusher
        if commit.signature:
            verdict = verifier.verify(commit.payload, commit.signature)
            if verdict.fault:
                said = f"{SIGNATURE.summary}: {verdict.fault}"
                return None, (on_line(SIGNATURE, where, commit.line_of("author "), said),)
            person = self._owner[verdict.fingerprint]
        if person is None:
            return None, (on_line(STRANGER, where, commit.line_of("author ")),)
        forged = tuple(self._forged(commit, person))
        return (None, forged) if forged else (person, ())

    def _forged(self, commit: Commit, person: str) -> Iterator[Finding]:
        for line, signed in (("author ", commit.author), ("committer ", commit.committer)):
            if signed is None or signed.email not in self._emails.get(person, ()):
                yield on_line(FORGED, f"incheckning {commit.oid[:10]}", commit.line_of(line))
                return

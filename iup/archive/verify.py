"""Check the archive: does it match the ledger, is the ledger whole, and did the school hand out this very file?

In: an office's repository, or a file that somebody kept. Out: every fault found, by entry or pupil's id; or the entries
that list the file. gpg checks every signature against the key that the ledger had named by then, which may have expired
since. The last of those keys must be the school's own of today.

What a commit says of its own time proves nothing and is not used. A history from another school is the last parent of
the commit that took it in, and is checked with the keys in that commit's entry. A file is the school's when its content
is in the ledger; what the file says of itself proves nothing either. The same can be checked with git and gpg alone:
docs/sv/drift.md has the steps.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iup.archive import ledger
from iup.archive.ledger import KEY_FILE, Event
from iup.errors import RepositoryError
from iup.system.git import history, signed_commits
from iup.system.git.objects import Objects
from iup.system.git.signatures import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iup.archive.ledger import LedgerEntry
    from iup.system.git.history import Commit


@dataclass(frozen=True)
class Fault:
    """Something that is not as the ledger says: where (an entry's number or a pupil's id), and what."""

    where: str
    what: str


@dataclass(frozen=True)
class FileListing:
    """An entry that lists a file somebody kept."""

    number: int
    moment: str
    event: Event


@dataclass
class Proof:
    """Checks an office's ledger and archives; `faults` holds what was wrong."""

    root: Path
    progress: Callable[[int, int], None]
    faults: list[Fault] = field(default_factory=list)
    entries: int = 0
    commits: int = 0
    _state: dict[str, str] = field(default_factory=dict)
    _missing: dict[str, list[str]] = field(default_factory=dict)
    _key: str = ""

    @property
    def pupils(self) -> int:
        """How many pupils have an archive by the ledger."""
        return len(self._state)

    def run(self, signing_key: str) -> None:
        """Check everything; `signing_key` is the fingerprint of the school's key of today."""
        pages = list(ledger.entries(self.root))
        self.entries = len(pages)
        before: Commit | None = None
        with Objects(self.root) as objects:
            for number, (kept, entry) in enumerate(pages, 1):
                self._page(number, kept, before, entry, objects)
                before, self._key = kept, entry.key
                self.progress(number, len(pages))
        if not pages:
            self._fault("liggaren", "finns inte: inget är arkiverat ännu, eller så är den borttagen")
        elif self._key != signing_key:
            self._fault("liggaren", "den sista posten är inte underskriven med skolans nyckel av i dag")
        self._refs()

    def _fault(self, where: str, what: str) -> None:
        self.faults.append(Fault(where, what))

    def _page(self, number: int, kept: Commit, before: Commit | None, entry: LedgerEntry, objects: Objects) -> None:
        """Check one entry: its place in the chain, its signature, and each archive commit that it made."""
        where = f"post {number}"
        if entry.number != number or kept.parents != ((before.oid,) if before else ()):
            self._fault(where, "följer inte på posten före")
        key = self._key or entry.key
        if entry.key != key and entry.event is not Event.KEY:
            self._fault(where, "byter nyckel utan att säga det")
        try:
            public = objects.read(f"{(before or kept).oid}:{KEY_FILE}")
        except RepositoryError:
            self._fault(where, "saknar skolans öppna nyckel")
            return
        with Verifier({key: public}, expired=True) as verifier:
            self._signed(verifier, kept, where)
            there = signed_commits.exist(self.root, entry.heads.values())
            heads = history.read((oid for oid in entry.heads.values() if oid in there), objects)
            made = {head.oid: head for head in heads}
            for pupil, oid in entry.heads.items():
                foreign = entry.event is Event.IMPORTED
                self._head(pupil, made.get(oid), verifier, where, foreign=foreign)
                if foreign and oid in made:
                    self._received(pupil, made[oid], kept, where, objects)
                self._state[pupil] = oid
        for pupil in entry.removed:
            self._state.pop(pupil, None)
            self._missing.pop(pupil, None)

    def _signed(self, verifier: Verifier, kept: Commit, where: str) -> None:
        verdict = verifier.verify(kept.payload, kept.signature)
        if verdict.fault:
            self._fault(where, f"är inte underskriven av skolan: {verdict.fault}")

    def _head(self, pupil: str, head: Commit | None, verifier: Verifier, where: str, *, foreign: bool) -> None:
        if head is None:
            # A purge takes the pupil's commits and leaves the entries that named them; only what stands is judged.
            self._missing.setdefault(pupil, []).append(where)
            return
        self.commits += 1
        former = (self._state[pupil],) if pupil in self._state else ()
        parents = head.parents[:-1] if foreign else head.parents
        if parents != former or (foreign and not head.parents):
            self._fault(pupil, f"arkivets version i {where} följer inte på den före")
        self._signed(verifier, head, f"{pupil}, {where}")

    def _received(self, pupil: str, head: Commit, kept: Commit, where: str, objects: Objects) -> None:
        """Check what came from another school: every commit that it brought is signed by a key the entry has."""
        try:
            keys = ledger.senders(kept.oid, objects)
            brought = history.commits(self.root, head.parents[-1], head.parents[:-1], objects) if head.parents else ()
        except RepositoryError:
            self._fault(where, "saknar den avsändande skolans nyckel, eller det som kom från den")
            return
        with Verifier(keys, expired=True) as verifier:
            for commit in brought:
                self.commits += 1
                self._signed(verifier, commit, f"{pupil}, {where}")

    def _refs(self) -> None:
        """Compare where the refs stand with where the ledger says that they do."""
        standing = ledger.heads(self.root)
        for pupil in sorted(self._state.keys() | standing.keys()):
            if pupil not in standing:
                self._fault(pupil, "arkivet är borta, men liggaren har ingen gallring")
            elif pupil not in self._state:
                self._fault(pupil, "arkivet finns inte i liggaren")
            elif standing[pupil] != self._state[pupil]:
                self._fault(pupil, "arkivet står inte där liggaren säger")
        for pupil in sorted(self._missing.keys() & (self._state.keys() | standing.keys())):
            self._fault(pupil, f"en version av arkivet finns inte ({', '.join(self._missing[pupil])})")
        if not signed_commits.is_whole(self.root):
            self._fault("kontoret", "git saknar objekt eller har skadade; kör git fsck --full där")


def describe(root: Path, file: bytes) -> tuple[FileListing, ...]:
    """Return every entry that lists a file by its content."""
    digest = hashlib.sha256(file).hexdigest()
    return tuple(
        FileListing(entry.number, entry.moment, entry.event)
        for _, entry in ledger.entries(root)
        if digest in entry.files.values()
    )

"""The office's list of everything that was archived and handed over. Entries are added, never changed.

In: what happened, as ids and hashes only. Out: a chain of signed commits at `refs/iup/ledger`. Each has `entry.json`
and the public key that signs, and its parent is the entry before. An entry about a history that came from another
school has that school's keys too. An entry moves in one transaction with the refs of the pupils it lists, so neither
can exist without the other. `archive.verify` finds what was rewritten, left out or put in between. Names no pupil but
by opaque id, and holds no text, no file and no recipient.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from iup.errors import MissingError, RefusedError, RepositoryError
from iup.seal import openpgp
from iup.system import clock
from iup.system.git import history, signed_commits
from iup.system.git.objects import Objects
from iup.system.git.signed_commits import NOTHING, RefUpdate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from iup.keys.keyring import UnlockedOffice
    from iup.seal.openpgp import Signer
    from iup.system.git.history import Commit

REF = "refs/iup/ledger"
ARCHIVE = "refs/iup/archive/"
FILE = "entry.json"
KEY_FILE = "key.gpg"
SENDERS = "senders"
_VERSION = 1


class Event(StrEnum):
    """Why an entry was made."""

    DELIVERED = "utlämnad"
    SHARED = "delad"
    FINAL = "fastställd"
    CORRECTED = "rättad"
    REPLY = "svar"
    IMPORTED = "mottagen"
    PURGED = "gallrad"
    KEY = "ny nyckel"


@dataclass(frozen=True)
class LedgerEntry:
    """One entry. `heads`: pupil → new archive commit; `files`: sealed file → sha256; `key`: who signs from here on."""

    number: int
    event: Event
    moment: str
    key: str
    heads: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def heads(root: Path) -> dict[str, str]:
    """Return the newest archive commit of every pupil that has one."""
    return {ref.removeprefix(ARCHIVE): oid for ref, oid in history.refs(root, ARCHIVE).items()}


def entries(root: Path) -> Iterator[tuple[Commit, LedgerEntry]]:
    """Yield every entry of an office's ledger with its commit, oldest first; nothing is checked."""
    head = history.refs(root, REF).get(REF)
    if head is None:
        return
    with Objects(root) as objects:
        for kept in history.read(signed_commits.line(root, head), objects):
            yield kept, _entry(objects.read(f"{kept.oid}:{FILE}"))


def last(root: Path) -> LedgerEntry | None:
    """Return the newest entry, or None where there is no ledger."""
    head = history.refs(root, REF).get(REF)
    if head is None:
        return None
    with Objects(root) as objects:
        return _entry(objects.read(f"{head}:{FILE}"))


def senders(commit: str, objects: Objects) -> dict[str, bytes]:
    """Return, by fingerprint, the keys of the school that a history came from, read from its entry's commit."""
    tree = signed_commits.tree_entries(objects.read(f"{commit}:{SENDERS}", b"tree"))
    return {name.removesuffix(".gpg"): objects.read(oid) for name, oid in tree.items()}


def _entry(data: bytes) -> LedgerEntry:
    try:
        values = json.loads(data)
        if values.pop("version") != _VERSION:
            raise RepositoryError("liggaren är av en version som det här programmet inte känner")
        return LedgerEntry(**{**values, "event": Event(values["event"]), "removed": tuple(values["removed"])})
    except (KeyError, TypeError, ValueError):
        raise RepositoryError("en post i liggaren går inte att läsa") from None


def required_signer(office: UnlockedOffice) -> Signer:
    """Return the school's signer; without one nothing may be archived."""
    if office.signer is None:
        raise MissingError(
            "skolan har ingen signeringsnyckel, och utan den kan inget arkiveras",
            "skapa en med build.py keys new-signing",
        )
    return office.signer


@dataclass
class LedgerWriter:
    """The ledger opened for additions: gather archive commits, then `write` them with their entry.

    `sign` is the office's own key unless another is given (the demonstration's). Several entries may be gathered with
    `enter`, each at the time its caller gives, before `post` publishes all of them at once.
    """

    office: UnlockedOffice
    sign: Callable[[bytes], bytes] | None = None
    writer: signed_commits.CommitWriter = field(init=False)
    heads: dict[str, str] = field(init=False)
    key: str = field(init=False, default="")
    _last: str = field(init=False, default=NOTHING)
    _number: int = field(init=False, default=0)
    _known: set[str] = field(init=False, default_factory=set)
    _moves: dict[str, RefUpdate] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Read where the ledger and every pupil's archive stand."""
        self._signer = required_signer(self.office)
        moment = clock.now().astimezone(UTC).replace(microsecond=0)
        sign = self.sign or partial(openpgp.sign, signer=self._signer)
        self.writer = signed_commits.CommitWriter(self.office.root, sign, moment)
        self.heads = heads(self.office.root)
        for kept, entry in entries(self.office.root):
            self._last, self._number, self.key = kept.oid, entry.number, entry.key
            self._known |= {f"{name}/{digest}" for name, digest in entry.files.items()}
        if self.key and self._signer.fingerprint != self.key:
            raise RefusedError(
                "liggaren ska fortsätta med en annan signeringsnyckel än den i office.yaml",
                "är ett nyckelbyte avbrutet? gör klart det med build.py keys new-signing; annars: hämta tillbaka "
                "kontoret ur säkerhetskopian",
            )

    def lists(self, name: str, digest: str) -> bool:
        """Say whether some entry already lists this very file."""
        return f"{name}/{digest}" in self._known

    def renew(self, fingerprint: str, public: bytes) -> None:
        """Add an entry, signed by today's key, that says which key signs the entries after it."""
        self._enter(Event.KEY, {}, {}, (), (fingerprint, public))
        self.post()

    def write(
        self, event: Event, heads: Mapping[str, str], files: Mapping[str, str], removed: tuple[str, ...] = ()
    ) -> None:
        """Store what was gathered, add the entry, and move every ref it lists, all or nothing."""
        self.enter(event, heads, files, removed)
        self.post()

    def take_in(self, pupil: str, head: str, senders: Mapping[str, bytes]) -> None:
        """Add an entry about a history from another school, with the keys that signed it, and move the pupil's ref."""
        self._enter(Event.IMPORTED, {pupil: head}, {}, (), self._own, senders)
        self.post()

    @property
    def _own(self) -> tuple[str, bytes]:
        return self._signer.fingerprint, (self._signer.home / "pubring.gpg").read_bytes()

    def enter(
        self, event: Event, heads: Mapping[str, str], files: Mapping[str, str], removed: tuple[str, ...] = ()
    ) -> None:
        """Gather an entry; nothing is written before `post`."""
        self._enter(event, heads, files, removed, self._own)

    def post(self) -> None:
        """Store what was gathered, and move the ledger and every pupil's ref in one transaction."""
        self.writer.store()
        signed_commits.move(self.office.root, list(self._moves.values()))

    def _enter(
        self,
        event: Event,
        heads: Mapping[str, str],
        files: Mapping[str, str],
        removed: tuple[str, ...],
        key: tuple[str, bytes],
        senders: Mapping[str, bytes] | None = None,
    ) -> None:
        entry = LedgerEntry(
            number=self._number + 1,
            event=event,
            moment=self.writer.moment.isoformat(),
            key=key[0],
            heads=dict(sorted(heads.items())),
            removed=removed,
            files=dict(sorted(files.items())),
        )
        data = json.dumps({"version": _VERSION, **asdict(entry)}, ensure_ascii=False, indent=1) + "\n"
        beside = {f"{SENDERS}/{name}.gpg": public for name, public in (senders or {}).items()}
        tree = self.writer.tree({FILE: data.encode(), KEY_FILE: key[1], **beside})
        parents = () if self._last == NOTHING else (self._last,)
        made = self.writer.commit(tree, parents, f"liggare {entry.number}: {event}")
        self._goes(REF, self._last, made)
        for pupil, new in (*entry.heads.items(), *((pupil, NOTHING) for pupil in removed)):
            self._goes(f"{ARCHIVE}{pupil}", self.heads.get(pupil, NOTHING), new)
        self._last, self._number = made, entry.number

    def _goes(self, ref: str, old: str, new: str) -> None:
        """Note a ref's move: from where it stands, whatever entries have been gathered since."""
        first = self._moves.get(ref)
        self._moves[ref] = RefUpdate(ref, first.old if first else old, new)

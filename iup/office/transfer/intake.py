"""Take a pupil's history from another school's package into this office's archive.

In: a package, as a directory or as one file sealed to the office; and the pupil it is about here. Out: `Arrived`: what
the package is and who signed it, for a person to accept. On that yes, one signed commit is added to the pupil's
archive. Its tree has the terms of both, and its last parent is the history that came. An entry in the ledger keeps the
keys that the history was signed with.

What comes in is not trusted. It is read into a repository of its own (`quarantine`), and nothing of it is in the
office's repository before all of it is checked. The same history is taken in once.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from iup.archive import ledger, reader, term_folders
from iup.archive.ledger import Event
from iup.errors import RefusedError, UnusableKeyError, UsageError
from iup.office.transfer import bagit, quarantine
from iup.office.transfer.package import BUNDLE, KEYS
from iup.seal import certificate, openpgp
from iup.system import scratch as system_scratch
from iup.system.git import history, signed_commits
from iup.system.git.objects import Objects
from iup.system.git.signatures import Verifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iup.archive.ledger import LedgerWriter
    from iup.keys.keyring import UnlockedOffice

_FINGERPRINT = re.compile(r"[0-9A-F]{40}")
_MOST_KEYS = 20


@dataclass(frozen=True)
class Arrived:
    """A package that is whole: who signed it, whose it is, by name and by the sender's id, and what it brings."""

    signed_by: str
    pupil: str
    name: str
    terms: tuple[str, ...]
    head: str
    keys: Mapping[str, bytes] = field(repr=False)
    scratch: Path = field(repr=False)


def opened(path: Path, office: UnlockedOffice) -> dict[str, bytes]:
    """Return the files of a package: a directory, or a file that is sealed to the office's key."""
    if path.is_symlink() or not (path.is_dir() or path.is_file()):
        raise UsageError(
            f"det finns inget paket i {path}", "ange katalogen som har filen bagit.txt i sig, eller den låsta filen"
        )
    if path.is_dir():
        return bagit.read(path)
    if path.stat().st_size > bagit.MOST_BYTES:
        raise RefusedError("paketet är för stort")
    return bagit.unpacked(openpgp.unseal(path.read_bytes(), office.home, bagit.MOST_BYTES))


def arrive(found: Mapping[str, bytes], room: Path) -> Arrived:
    """Judge a package: the bag, its signature, the bundle, and every commit in it. `room` is an empty directory."""
    bagit.check(found)
    keys = _keys(found)
    with Verifier(keys, expired=True) as verifier:
        signed_by = verifier.verify(found[bagit.LIST], found[bagit.SIGNATURE]).fingerprint
        if not signed_by:
            raise RefusedError("paketet är inte underskrivet med en nyckel som det har med sig", "be om ett nytt")
        if f"{bagit.PAYLOAD}{BUNDLE}" not in found:
            raise RefusedError(
                "paketet har ingen underskriven historia, så det går inte att ta in",
                "läs det som det är; en elev med skyddade uppgifter lämnas alltid så",
            )
        scratch, head = quarantine.unbundled(found[f"{bagit.PAYLOAD}{BUNDLE}"], room)
        quarantine.inspect(scratch, head, verifier)
    pupil, name, terms = quarantine.whose(scratch, head)
    return Arrived(signed_by, pupil, name, terms, head, keys, scratch)


def _keys(found: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the public keys of a package by fingerprint; each file must be the one key that its name says."""
    start = f"{bagit.PAYLOAD}{KEYS}/"
    named = {
        path.removeprefix(start).removesuffix(".gpg"): data for path, data in found.items() if path.startswith(start)
    }
    home = Path(tempfile.mkdtemp(dir=system_scratch.place()))
    try:
        right = all(
            _FINGERPRINT.fullmatch(name) and certificate.is_only(data, name, home) for name, data in named.items()
        )
    except UnusableKeyError:
        right = False
    if not right or not 0 < len(named) <= _MOST_KEYS:
        raise RefusedError("paketets nycklar är inte vad de säger sig vara", "be om ett nytt")
    return named


def is_taken(book: LedgerWriter, arrived: Arrived, pupil: str) -> bool:
    """Say whether a pupil's archive has all of the history that came already."""
    own = book.heads.get(pupil)
    return own is not None and history.is_ancestor(book.office.root, arrived.head, own)


def take(book: LedgerWriter, arrived: Arrived, pupil: str) -> None:
    """Take a history in: its objects, then one commit with the terms of both, its entry and the ref at once."""
    root = book.office.root
    own = book.heads.get(pupil)
    signed_commits.take_over(arrived.scratch, root)
    with reader.ArchiveReader(root) as shelf:
        brought = _received(shelf, arrived.head)
        folders = shelf.folders(own) if own else {}
        # What an earlier package brought of the same history is brought again by this one.
        for former in _former(root, pupil):
            if history.is_ancestor(root, former, arrived.head):
                folders = {name: tree for name, tree in folders.items() if name not in _received(shelf, former)}
    standing = set(folders.values())  # a pupil who comes back brings our own terms too
    folders |= {name: tree for name, tree in brought.items() if tree not in standing}
    parents = (own, arrived.head) if own else (arrived.head,)
    made = book.writer.commit(
        book.writer.beside(folders), parents, f"arkiv: {Event.IMPORTED}\n\nHistoria: {arrived.head}"
    )
    book.take_in(pupil, made, arrived.keys)


def _received(shelf: reader.ArchiveReader, head: str) -> dict[str, str]:
    return {term_folders.received(name, tree): tree for name, tree in shelf.folders(head).items()}


def _former(root: Path, pupil: str) -> list[str]:
    """Return the newest commit of each history that was taken in for a pupil before."""
    made = [e.heads[pupil] for _, e in ledger.entries(root) if e.event is Event.IMPORTED and pupil in e.heads]
    there = signed_commits.exist(root, made)
    with Objects(root) as objects:
        return [commit.parents[-1] for commit in history.read((oid for oid in made if oid in there), objects)]

"""Every record that a site keeps, wherever it lies: in today's files, the history, the office, the archive.

In: a site and the words to look for. Out: the records whose bytes hold one of the words, those that lie under the
person's id, and all that the archive has under it. A record of the history may repeat one that stands elsewhere; the
caller removes duplicates. What lies sealed at the office (secrets, originals of replies, quotes of maskings) is not
opened here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from iup.archive import ledger
from iup.site.paths import ANSWERED, KEYHOME, SECRETS
from iup.system.git import plumbing
from iup.system.git.objects import Objects
from iup.system.git.trees import CONTENT, WorkTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from iup.site.layout import Site

_CLOSED = frozenset({".git", KEYHOME, SECRETS})
_READ = (".yaml", ".json")
_ELSEWHERE = "refs/iup/*"


class RecordStore(StrEnum):
    """Where a record lies."""

    CONTENT = "skolans filer"
    OFFICE = "kontoret"
    ARCHIVE = "arkivet"
    HISTORY = "skolans filer, tidigare versioner"
    OFFICE_HISTORY = "kontoret, tidigare versioner"
    RESULT = "det som har lämnats ut"


@dataclass(frozen=True)
class Held:
    """One record: its store, its path there, its bytes; `own`: it lies under the person's id."""

    store: RecordStore
    path: str
    data: bytes = field(repr=False)
    own: bool = False


@dataclass(frozen=True)
class NamedAs:
    """What to look for: the person's id, and what else they may be named by in a text of somebody else's.

    `folders` are the folders at the office that are all about the person and do not say so in each file.
    """

    person: str
    others: tuple[bytes, ...] = field(default=(), repr=False)
    folders: tuple[str, ...] = ()

    def own(self, path: str) -> bool:
        """Say whether a record lies under the person's id."""
        return path.startswith(self.folders) or bool(re.search(rf"(?:^|/){self.person}(?:/|\.yaml$)", path))

    def found(self, data: bytes) -> bool:
        """Say whether some of the words stand in a record."""
        return self.person.encode() in data or any(word in data for word in self.others)


def standing(site: Site, words: NamedAs) -> Iterator[Held]:
    """Yield the records about a person in the files as they stand, at the school and at the office."""
    office = site.required_office()
    folders = sorted(path.name for path in office.iterdir() if path.is_dir() and path.name not in _CLOSED)
    for store, tree in (
        (RecordStore.CONTENT, WorkTree(site.root, CONTENT)),
        (RecordStore.OFFICE, WorkTree(office, folders)),
    ):
        for path in tree.paths:
            if path.endswith(_READ):
                data = tree.read(path)
                if words.own(path) or words.found(data) or (path == ANSWERED and words.folders):
                    yield Held(store, path, data, words.own(path))


def former(site: Site, words: NamedAs) -> Iterator[Held]:
    """Yield the records about a person that either repository's history holds, on whatever branch, newest first."""
    roots = ((RecordStore.HISTORY, site.root), (RecordStore.OFFICE_HISTORY, site.required_office()))
    for store, root in roots:
        yield from _reachable(root, store, words, (f"--exclude={_ELSEWHERE}", "--all"))


def archived(office: Path, words: NamedAs) -> Iterator[Held]:
    """Yield a pupil's whole archive, newest first, and what other pupils' archives hold about the person."""
    seen: set[bytes] = set()
    if words.person in ledger.heads(office):
        for held in _reachable(office, RecordStore.ARCHIVE, words, (f"{ledger.ARCHIVE}{words.person}",), own=True):
            seen.add(held.data)
            yield held
    for held in _reachable(office, RecordStore.ARCHIVE, words, (f"--glob={ledger.ARCHIVE}*",)):
        if held.data not in seen:
            yield held


def _reachable(
    root: Path, store: RecordStore, words: NamedAs, revisions: Sequence[str], *, own: bool = False
) -> Iterator[Held]:
    """Yield the records that some commits lead to, each content once."""
    with Objects(root) as objects:
        records = {oid: path for oid, path in objects.reachable(*revisions).items() if path.endswith(_READ)}
        for path, data in zip(records.values(), objects.read_all(list(records)), strict=True):
            if own or words.own(path) or words.found(data):
                yield Held(store, path, data, own or words.own(path))


def commits(root: Path, emails: frozenset[str]) -> tuple[str, ...]:
    """Return the days of the commits that somebody with one of these addresses wrote or brought in, oldest first."""
    if not emails:
        return ()
    listed = plumbing.git(root, "log", "--format=%ae%x00%ce%x00%cs", f"--exclude={_ELSEWHERE}", "--all")
    rows = [line.split("\0") for line in listed.out.decode("utf-8", "replace").splitlines()]
    return tuple(sorted(day for author, carrier, day in rows if {author.casefold(), carrier.casefold()} & emails))


def handed(office: Path, stem: str) -> tuple[tuple[str, str, str], ...]:
    """Return what the ledger says was handed to a recipient: the moment, the file's name and its checksum."""
    return tuple(
        (entry.moment, name, digest)
        for _, entry in ledger.entries(office)
        for name, digest in entry.files.items()
        if name.startswith(stem)
    )


def entries(office: Path, pupil: str) -> tuple[tuple[str, str, str], ...]:
    """Return what the ledger says about a pupil: the moment, the event and the archive's commit."""
    return tuple(
        (entry.moment, entry.event.value, entry.heads.get(pupil, ""))
        for _, entry in ledger.entries(office)
        if pupil in entry.heads or pupil in entry.removed
    )

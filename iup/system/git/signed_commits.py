"""Signed commits in a repository that this program owns, and refs that move all at once or not at all.

In: files by path, the commit before, a message, and what signs for the school. Out: object ids; nothing can be seen
before `move`. git writes the objects, in one go, and moves the refs. Nothing is checked out, no hook runs, and no work
tree or index is touched. Knows neither pupils nor the ledger. The caller sees to it that messages hold ids and days
only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.errors import RepositoryError
from iup.system.git import new_objects, plumbing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from iup.system.git.new_objects import NewObject

NOTHING = "0" * 40
_ID_BYTES = 20
# So few objects are written one by one; more of them stay in a pack of their own.
_FEW = 200
# A ref must not reach the disk before what it points at. A git that is older than these settings passes over them.
_ON_DISK = ("-c", "core.fsync=committed", "-c", "core.fsyncMethod=batch")
_MOST_SECONDS = 3600.0  # a municipality's whole archive is some gigabytes


@dataclass(frozen=True)
class RefUpdate:
    """A ref that goes from one commit to another; `NOTHING` as `old` makes it, as `new` deletes it."""

    ref: str
    old: str
    new: str


class CommitWriter:
    """Gathers signed commits and writes their objects in one go.

    `sign` returns a detached, armoured signature; `moment` is when the commits are made, as they will say.
    """

    def __init__(self, directory: Path, sign: Callable[[bytes], bytes], moment: datetime) -> None:
        self._directory = directory
        self._sign = sign
        self.moment = moment
        self._objects: dict[str, NewObject] = {}

    def beside(self, folders: Mapping[str, str]) -> str:
        """Gather a tree of folders by the ids of their trees, kept ones and new ones, and return its id."""
        return self._take(new_objects.tree({}, folders))

    def tree(self, files: Mapping[str, bytes]) -> str:
        """Gather the objects of some files by path and return the id of their tree."""
        folders: dict[str, dict[str, bytes]] = {}
        here: dict[str, str] = {}
        for path, data in files.items():
            head, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(head, {})[rest] = data
            else:
                here[head] = self._take(new_objects.blob(data))
        return self._take(new_objects.tree(here, {name: self.tree(inside) for name, inside in folders.items()}))

    def commit(self, tree: str, parents: tuple[str, ...], message: str) -> str:
        """Gather a signed commit of a tree and return its id."""
        who = f"{plumbing.NAME} <{plumbing.EMAIL}> {int(self.moment.timestamp())} +0000"
        said = (tree, parents, who, f"{message}\n")
        signature = self._sign(new_objects.commit(*said).data).rstrip(b"\n")
        return self._take(new_objects.commit(*said, signature))

    def store(self) -> None:
        """Have git write what was gathered; until some ref points at it, it is as if it were not there."""
        if self._objects:
            _take_in(self._directory, new_objects.pack(self._objects.values()), loose=len(self._objects) <= _FEW)
        self._objects.clear()

    def _take(self, made: NewObject) -> str:
        oid = made.oid
        self._objects[oid] = made
        return oid


def _take_in(directory: Path, pack: bytes, *, loose: bool) -> None:
    """Add the objects of a pack to a repository, one by one or as they are; they reach the disk before this returns."""
    how = ("unpack-objects", "-q") if loose else ("index-pack", "--stdin")
    if plumbing.git(directory, *_ON_DISK, *how, feed=pack, timeout=_MOST_SECONDS).code:
        raise RepositoryError(
            f"git-objekten i {directory} går inte att skriva", "är disken full, eller katalogen skrivskyddad?"
        )


def move(directory: Path, moves: Sequence[RefUpdate]) -> None:
    """Move refs in one transaction; when one of them is not where it was thought to be, none moves."""
    lines = ["start", *(f"update {m.ref}\0{m.new}\0{m.old}" for m in moves), "prepare", "commit"]
    feed = "\0".join(lines) + "\0"
    if plumbing.git(directory, "update-ref", "-z", "--stdin", feed=feed.encode()).code:
        raise RepositoryError(
            f"refarna i {directory} gick inte att flytta; ingen av dem är ändrad",
            "en annan körning kan ha hunnit före: gör om kommandot",
        )


def take_over(source: Path, directory: Path) -> None:
    """Copy every object of another repository into this one; no ref points at them yet."""
    for pack in sorted((source / "objects" / "pack").glob("*.pack")):
        _take_in(directory, pack.read_bytes(), loose=False)


def line(directory: Path, oid: str) -> tuple[str, ...]:
    """Return the ids of a commit and all before it, the oldest first, along first parents."""
    listed = plumbing.git(directory, "rev-list", "--first-parent", "--reverse", oid)
    if listed.code:
        raise RepositoryError(f"git kan inte läsa historien i {directory}; kör git fsck")
    return tuple(listed.out.decode().split())


def is_whole(directory: Path) -> bool:
    """Say whether a repository has every object that its refs lead to, each with the content that its id says."""
    return plumbing.git(directory, "fsck", "--full", "--no-dangling", "--no-progress").code == 0


def exist(directory: Path, oids: Iterable[str]) -> frozenset[str]:
    """Return which of some objects a repository has."""
    feed = "\n".join(oids).encode()
    listed = plumbing.git(directory, "cat-file", "--batch-check=%(objectname)", feed=feed)
    return frozenset(row for row in listed.out.decode().splitlines() if not row.endswith(" missing"))


def tree_entries(raw: bytes) -> dict[str, str]:
    """Return the names and ids in a tree object."""
    return dict(_entries(raw))


def _entries(raw: bytes) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(raw):
        ends = raw.index(b"\0", at)
        _, _, name = raw[at:ends].partition(b" ")
        at = ends + 1 + _ID_BYTES
        yield name.decode(), raw[ends + 1 : at].hex()

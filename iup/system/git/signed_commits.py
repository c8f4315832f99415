"""Signed commits in a repository that this program owns, and refs that move all at once or not at all.

In: files by path, the commit before, a message, and what signs for the school. Out: object ids; nothing can be seen
before `move`. A library writes objects, and git moves refs. Nothing is checked out, no hook runs, and no work tree or
index is touched. Knows neither pupils nor the ledger. The caller sees to it that messages hold ids and days only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dulwich.object_store import DiskObjectStore
from dulwich.objects import Blob, ObjectID, ShaFile, Tree
from dulwich.objects import Commit as GitCommit

from iup.errors import RepositoryError
from iup.system.git import plumbing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

NOTHING = "0" * 40
_FILE, _FOLDER = 0o100644, 0o040000
_AUTHOR = f"{plumbing.NAME} <{plumbing.EMAIL}>".encode()
# So few objects are written one by one; more of them go into a pack of their own.
_FEW = 200


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
        self._objects: dict[bytes, ShaFile] = {}

    def beside(self, folders: Mapping[str, str]) -> str:
        """Gather a tree of folders by the ids of their trees, kept ones and new ones, and return its id."""
        tree = Tree()
        for name, oid in folders.items():
            tree.add(name.encode(), _FOLDER, ObjectID(oid.encode()))
        return self._take(tree).decode()

    def tree(self, files: Mapping[str, bytes]) -> str:
        """Gather the objects of some files by path and return the id of their tree."""
        folders: dict[str, dict[str, bytes]] = {}
        tree = Tree()
        for path, data in files.items():
            head, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(head, {})[rest] = data
            else:
                tree.add(head.encode(), _FILE, self._take(Blob.from_string(data)))
        for name, inside in folders.items():
            tree.add(name.encode(), _FOLDER, ObjectID(self.tree(inside).encode()))
        return self._take(tree).decode()

    def commit(self, tree: str, parents: tuple[str, ...], message: str) -> str:
        """Gather a signed commit of a tree and return its id."""
        made = GitCommit()
        made.tree = ObjectID(tree.encode())
        made.parents = [ObjectID(parent.encode()) for parent in parents]
        made.author = made.committer = _AUTHOR
        made.author_time = made.commit_time = int(self.moment.timestamp())
        made.author_timezone = made.commit_timezone = 0
        made.encoding = b"UTF-8"
        made.message = f"{message}\n".encode()
        made.gpgsig = self._sign(made.as_raw_string()).rstrip(b"\n")
        return self._take(made).decode()

    def store(self) -> None:
        """Write what was gathered; until some ref points at it, it is as if it were not there."""
        path = plumbing.common_directory(self._directory) / "objects"
        objects = [(made, None) for made in self._objects.values()]
        store = DiskObjectStore(path)
        try:
            if len(objects) > _FEW:
                store.add_objects(objects)
            else:
                for made, _ in objects:
                    store.add_object(made)
        except OSError as error:
            raise RepositoryError(f"git-objekten i {self._directory} går inte att skriva: {error.strerror}") from None
        finally:
            store.close()
        self._objects.clear()

    def _take(self, made: ShaFile) -> ObjectID:
        self._objects[made.id] = made
        return made.id


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
        if plumbing.git(directory, "index-pack", "--stdin", feed=pack.read_bytes()).code:
            raise RepositoryError(f"git-objekten i {directory} går inte att skriva", "är disken full?")


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
    tree = Tree()
    tree.set_raw_string(raw)
    return {entry.path.decode(): entry.sha.decode() for entry in tree.items()}

"""A readable set of files at one moment. `Tree.read` is the only way content is read.

`WorkTree` is the files as they stand, `CommitTree` the files of a commit, and `IndexTree` those staged for the next.
`JoinedTree` is several of them (the teachers' repository and the office's part). Paths are relative, with `/`, sorted.
What is not a plain file is never read: it stands in `oddities` with a Swedish word for what it is. Parses nothing.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from iup.errors import RepositoryError
from iup.system.git import index, plumbing
from iup.system.git.objects import Objects, blob_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

# All that a build may depend on; whatever else lies in the repository is not looked at.
CONTENT = ("content", "policies")


class Tree(Protocol):
    """A set of files at one moment."""

    @property
    def revision(self) -> str:
        """The commit's id, or an empty string for files as they stand."""

    @property
    def paths(self) -> tuple[str, ...]:
        """All plain files, sorted."""

    @property
    def oddities(self) -> Mapping[str, str]:
        """Paths that are not plain files, each with a Swedish word for what it is."""

    @property
    def oids(self) -> Mapping[str, str]:
        """The id that git gives each file's content; nothing where nobody has asked git."""

    def __contains__(self, path: object) -> bool:
        """Say whether there is a plain file of that path."""

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""

    def read_all(self, paths: Iterable[str]) -> Iterator[bytes]:
        """Yield the bytes of many files, in their order."""

    def holding(self, words: Sequence[bytes], paths: Iterable[str]) -> Collection[str]:
        """Return those of some files that have one of some words, of one line each, anywhere in their bytes."""


class OneByOne:
    """A tree whose files are read one by one, also where many are asked for."""

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        raise NotImplementedError

    def read_all(self, paths: Iterable[str]) -> Iterator[bytes]:
        """Yield the bytes of many files."""
        return map(self.read, paths)

    def holding(self, words: Sequence[bytes], paths: Iterable[str]) -> Collection[str]:
        """Return those of some files that have one of some words in them; raise `OSError` as reading does."""

        def has(data: bytes) -> bool:
            return any(word in data for word in words)

        return frozenset(path for path in paths if has(self.read(path)))


class WorkTree(OneByOne):
    """The files as they stand on disk below some folders of a directory; a file that is saved has a new stamp.

    What is `ignored` is not there.
    """

    revision = ""

    def __init__(self, root: Path, folders: Sequence[str] = CONTENT, ignored: Collection[str] = frozenset()) -> None:
        self._root = root
        self._ignored = ignored
        found: list[str] = []
        self.oids: dict[str, str] = {}
        self.oddities: dict[str, str] = {}
        self.stamps: dict[str, tuple[int, int, int]] = {}
        for folder in folders:
            if (root / folder).is_symlink():
                self.oddities[folder] = "en symbolisk länk"
            elif (root / folder).is_dir():
                self._walk(folder, found)
        self.paths = tuple(sorted(found))

    def _walk(self, folder: str, found: list[str]) -> None:
        with os.scandir(f"{self._root}/{folder}") as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    self._walk(path, found)
                    continue
                name = path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                if name in self._ignored:
                    continue
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    found.append(name)
                    self.stamps[name] = (status.st_mtime_ns, status.st_ctime_ns, status.st_size)
                else:
                    self.oddities[name] = "en symbolisk länk" if stat.S_ISLNK(status.st_mode) else "inte en vanlig fil"

    def __contains__(self, path: object) -> bool:
        """Say whether there is a plain file of that path."""
        return path in self.stamps

    def read(self, path: str) -> bytes:
        """Return a file's bytes as they stand now."""
        with open(f"{self._root}/{path}", "rb") as stream:  # noqa: PTH123  half the time of a Path, over 30,000 files
            return stream.read()


class _Stored:
    """Files whose bytes git has: paths with the ids of their contents, read from objects without a checkout."""

    def __init__(self, directory: Path, listed: Sequence[plumbing.TreeEntry], revision: str) -> None:
        self._directory = directory
        self.revision = revision
        self.oids = {entry.path: entry.oid for entry in listed if not entry.oddity}
        self.oddities = {entry.path: entry.oddity for entry in listed if entry.oddity}
        self.paths = tuple(self.oids)
        self._objects = Objects(directory)

    def __contains__(self, path: object) -> bool:
        """Say whether there is a plain file of that path."""
        return path in self.oids

    def read(self, path: str) -> bytes:
        """Return a file's bytes as git has them."""
        return self._objects.read(self.oids[path])

    def read_all(self, paths: Iterable[str]) -> Iterator[bytes]:
        """Yield the bytes of many files as git has them."""
        return self._objects.read_all([self.oids[path] for path in paths])

    def holding(self, words: Sequence[bytes], paths: Iterable[str]) -> Collection[str]:
        """Return those of some files that have one of some words in them: git looks, in a tenth of the time."""
        wanted = set(paths)
        return plumbing.holding(self._directory, words, self.revision, _pathspecs(wanted)) & wanted

    def close(self) -> None:
        """End the git process that reads."""
        self._objects.close()


class CommitTree(_Stored):
    """The files of a commit."""

    def __init__(self, directory: Path, revision: str = "HEAD", folders: Sequence[str] = CONTENT) -> None:
        commit = plumbing.resolve(directory, revision)
        super().__init__(directory, plumbing.entries(directory, commit, folders), commit)
        if not self.paths:
            raise RepositoryError(
                f"den incheckade versionen i {directory} har inget innehåll",
                f"checka in katalogerna {', '.join(folders)}: git add -A && git commit",
            )


class IndexTree(_Stored):
    """The files as they stand in git's index: what the next commit will hold."""

    def __init__(self, directory: Path, folders: Sequence[str] = CONTENT) -> None:
        super().__init__(directory, index.indexed(directory, folders), "")


class JoinedTree:
    """Several trees read as one; their paths must not meet."""

    def __init__(self, *trees: Tree) -> None:
        self._of: dict[str, Tree] = {}
        self.oids: dict[str, str] = {}
        self.oddities: dict[str, str] = {}
        for tree in trees:
            self._of |= dict.fromkeys(tree.paths, tree)
            self.oids |= tree.oids
            self.oddities |= tree.oddities
        self.revision = "+".join(tree.revision for tree in trees)
        self.paths = tuple(sorted(self._of))

    def __contains__(self, path: object) -> bool:
        """Say whether one of the trees has a plain file of that path."""
        return path in self._of

    def read(self, path: str) -> bytes:
        """Return a file's bytes from the tree that has it."""
        return self._of[path].read(path)

    def read_all(self, paths: Iterable[str]) -> Iterator[bytes]:
        """Yield the bytes of many files; those of one tree that stand together are read together."""
        for tree, together in groupby(paths, key=self._of.__getitem__):
            yield from tree.read_all(together)

    def holding(self, words: Sequence[bytes], paths: Iterable[str]) -> Collection[str]:
        """Return those of some files that have one of some words in them, as each tree finds them."""
        found = [tree.holding(words, tuple(own)) for tree, own in groupby(paths, key=self._of.__getitem__)]
        return frozenset().union(*found)


class MemoryTree(OneByOne):
    """Files given as they are: what tests and the hook's staged view are made of."""

    def __init__(self, files: Mapping[str, bytes], revision: str = "") -> None:
        self._files = dict(files)
        self.revision = revision
        self.paths = tuple(sorted(files))
        self.oids: dict[str, str] = {}
        self.oddities: dict[str, str] = {}

    def __contains__(self, path: object) -> bool:
        """Say whether there is a file of that path."""
        return path in self._files

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        return self._files[path]


def _pathspecs(paths: Collection[str]) -> frozenset[str]:
    """Return what tells git where to look: the folders, or beside many others' of that name, just such files."""
    parts = [(*path.rpartition("/")[0].rpartition("/"), path.rpartition("/")[2]) for path in paths]
    many = Counter(name for *_, name in parts)
    return frozenset(
        f":(glob){above}{slash}*/{name}" if many[name] > 1 else f":(literal){above}{slash}{folder}"
        for above, slash, folder, name in parts
    )


def uncommitted(directory: Path, committed: CommitTree) -> int:
    """Count files whose state on disk is not the committed one: changed, new or gone."""
    standing = WorkTree(directory, ignored=index.ignored(directory, CONTENT))
    seen = index.seen(directory, CONTENT)

    def same(path: str) -> bool:
        oid = committed.oids[path]
        known = seen.get(path)
        if known is not None and known[1] == standing.stamps[path]:
            return known[0] == oid
        return blob_id(standing.read(path), oid) == oid

    gone = len(set(committed.oids) - set(standing.paths))
    return gone + sum(path not in committed.oids or not same(path) for path in standing.paths)

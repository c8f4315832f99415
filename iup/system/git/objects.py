"""Objects of one repository, read through one long-lived `git cat-file` in each process that reads.

In: a repository and object ids, or what they are reached from. Out: their bytes, or ids and paths. Does not
know what the bytes mean.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from iup.errors import RepositoryError
from iup.system import programs
from iup.system.git import plumbing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import Self


# Ids asked for at once: so few that neither pipe fills up while the other side waits (64 kB, 41 or 65 bytes an id).
_AHEAD = 500


class Objects:
    """Reads objects of one repository through one long-lived `git cat-file` in each process that reads.

    Used as a context manager, or closed by whoever holds it.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._git: programs.RunningProgram | None = None
        self._owner = 0

    def __enter__(self) -> Self:
        """Return the reader; git is started by the first reading."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the git process."""
        self.close()

    def read(self, oid: str, kind: bytes = b"blob") -> bytes:
        """Return the bytes of a blob, or of another kind of object."""
        return next(self.read_all([oid], kind))

    def read_all(self, oids: Sequence[str], kind: bytes = b"blob") -> Iterator[bytes]:
        """Yield the bytes of many objects of a kind; asking ahead spares a wait for each."""
        talk = self._talk()
        for start in range(0, len(oids), _AHEAD):
            some = oids[start : start + _AHEAD]
            talk.send("".join(f"{oid}\n" for oid in some).encode())
            # All answers before the first is handed on: whoever gets it may ask for something else meanwhile.
            yield from [self._answer(talk, kind) for _ in some]

    def reachable(self, *revisions: str, below: Sequence[str] = ()) -> dict[str, str]:
        """Return every object that some commits lead to, the newest first, each with a path that it has.

        `revisions` are ids, refs or git's options that name them (`--all`). Commits and root trees have an empty path.
        With `below`, only what those paths lead to. Raises `RepositoryError`.
        """
        listed = plumbing.git(self._directory, "rev-list", "--objects", *revisions, "--", *below)
        if listed.code:
            raise RepositoryError(f"git kan inte läsa historien i {self._directory}; kör git fsck")
        # git ends a path at its first line break.
        lines = listed.out.decode("utf-8", "replace").split("\n")[:-1]
        return {oid: path for oid, _, path in (line.partition(" ") for line in lines)}

    def blobs(self, oids: Iterable[str]) -> tuple[str, ...]:
        """Return those of some objects that are blobs, in their order."""
        feed = "".join(f"{oid}\n" for oid in oids).encode()
        kinds = plumbing.git(self._directory, "cat-file", "--batch-check=%(objecttype) %(objectname)", feed=feed).out
        rows = (line.partition(" ") for line in kinds.decode().splitlines())
        return tuple(oid for kind, _, oid in rows if kind == "blob")

    def _answer(self, talk: programs.RunningProgram, kind: bytes) -> bytes:
        header = talk.line().split(b" ")
        if len(header) != 3 or header[1] != kind:  # noqa: PLR2004  "<oid> blob <size>"
            raise RepositoryError("git kan inte läsa en fil i den incheckade versionen; kör git fsck")
        return talk.read(int(header[2]))

    def _talk(self) -> programs.RunningProgram:
        if self._git is None or self._owner != os.getpid():  # a forked worker must not share its parent's pipes
            arguments = [*plumbing.options(self._directory), "cat-file", "--batch"]
            around = {**plumbing.ENVIRONMENT, **plumbing.quarantine(self._directory)}
            self._git = programs.RunningProgram("git", arguments, cwd=self._directory, env=around)
            self._owner = os.getpid()
        return self._git

    def close(self) -> None:
        """End the git process."""
        if self._git is not None:
            self._git.close()
            self._git = None


def blob_id(data: bytes, like: str) -> str:
    """Return the object id that git gives these bytes, by the same hash as `like`."""
    digest = hashlib.sha256() if len(like) == 64 else hashlib.sha1(usedforsecurity=False)  # noqa: PLR2004  hex of SHA-256
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest()

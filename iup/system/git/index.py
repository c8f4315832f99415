"""What git's index says: what the next commit will hold and change, and what git last saw on disk.

Reads the list that git prints, never a file of the work tree. Does not know what the files mean.
"""

from __future__ import annotations

import os
import re
from operator import itemgetter
from typing import TYPE_CHECKING

from iup.errors import RepositoryError
from iup.system.git import plumbing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_UNMERGED = "en fil vars versioner inte är sammanfogade"
_SECOND = 1_000_000_000
_SEEN = re.compile(
    rb"100(?:644|755) ([0-9a-f]+) 0\t([^\0]+)\0  ctime: (\d+):(\d+)\n  mtime: (\d+):(\d+)\n"
    rb"  dev: \d+\tino: \d+\n  uid: \d+\tgid: \d+\n  size: (\d+)\tflags: \w+\n"
)


def indexed(directory: Path, prefixes: Sequence[str]) -> tuple[plumbing.TreeEntry, ...]:
    """List the files that are staged below some folders of `directory`, sorted by path; unmerged ones several times."""
    listed = plumbing.git(directory, "ls-files", "-sz", "--", *prefixes)
    if listed.code:
        raise RepositoryError(
            f"{directory} är inte en git-katalog", "--staged kontrollerar det som git add har tagit med"
        )
    found = (
        plumbing.TreeEntry(path, oid, plumbing.oddity(mode) if stage == "0" else _UNMERGED)
        for mode, oid, stage, path in plumbing.records(listed.out)
    )
    return tuple(sorted(found, key=itemgetter(0)))


def staged(directory: Path, prefixes: Sequence[str]) -> tuple[str, ...]:
    """List the paths below some folders of `directory` that the next commit changes, new and removed ones too."""
    options = ("--cached", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "--relative", "-z")
    listed = plumbing.git(directory, "diff", *options, "--", *prefixes)
    if listed.code:
        raise RepositoryError("git kan inte säga vad som ska checkas in")
    return tuple(plumbing.path_of(name) for name in listed.out.split(b"\0")[:-1])


def ignored(directory: Path, prefixes: Sequence[str]) -> frozenset[str]:
    """Return the files below some folders that git leaves out, as .gitignore says.

    Only the repository whose top the directory is has a say: a site may be made inside another's ignored folder.
    """
    if not (directory / ".git").exists():
        return frozenset()
    listed = plumbing.git(directory, "ls-files", "-oiz", "--exclude-standard", "--", *prefixes)
    return frozenset() if listed.code else frozenset(map(plumbing.path_of, listed.out.split(b"\0")[:-1]))


def seen(directory: Path, prefixes: Sequence[str]) -> dict[str, tuple[str, tuple[int, int, int]]]:
    """Return what git's index says of the files it has last seen: the id, and the stamp of a file with that content.

    A stamp is (mtime in ns, ctime in ns, size). Left out are files that were written no earlier than the index: they
    may have been written again at the same moment. An index in another form than this git's says nothing.
    """
    index = plumbing.git(directory, "rev-parse", "--path-format=absolute", "--git-path", "index").out.rstrip(b"\n")
    listed = plumbing.git(directory, "ls-files", "-sz", "--debug", "--", *prefixes)
    try:
        written = os.stat(index).st_mtime_ns  # noqa: PTH116  a path in bytes, as git tells it
    except OSError:
        return {}
    found = {}
    for oid, name, ctime, ctime_ns, mtime, mtime_ns, size in _SEEN.findall(listed.out):
        stamp = (int(mtime) * _SECOND + int(mtime_ns), int(ctime) * _SECOND + int(ctime_ns), int(size))
        if stamp[0] < written:
            found[plumbing.path_of(name)] = oid.decode(), stamp
    return found

"""A site's files as they are saved, kept in memory. Only a file with a new stamp is read again.

In: a site's directory. Out: what stands there now, and a tree of those files whose bytes do not change afterwards.
Reads only: it writes and prints nothing, and needs no office and no keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.errors import ContentError
from iup.site.layout import Site, open_site, work_trees
from iup.system.git.trees import OneByOne

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from iup.problems import Problem
    from iup.system.git.trees import WorkTree

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class FileSnapshot:
    """What stood on disk at one moment: stamps, what is no plain file, and what is wrong with content/site.yaml."""

    trees: tuple[WorkTree, ...]
    stamps: Mapping[str, Stamp]
    oddities: Mapping[str, str]
    problems: tuple[Problem, ...]

    def same(self, other: FileSnapshot) -> bool:
        """Say whether nothing was saved between two looks."""
        mine = (self.stamps, self.oddities, self.problems)
        return mine == (other.stamps, other.oddities, other.problems)


class SnapshotTree(OneByOne):
    """A tree of the files that stood on disk at one moment; each is read once."""

    revision = ""

    def __init__(self, look: FileSnapshot, kept: dict[str, tuple[Stamp, bytes]]) -> None:
        self._of = {path: tree for tree in look.trees for path in tree.paths if path in look.stamps}
        self._stamps = look.stamps
        self._kept = kept
        self.paths = tuple(sorted(self._of))
        self.oids: dict[str, str] = {}
        self.oddities = look.oddities

    def __contains__(self, path: object) -> bool:
        """Say whether there is a plain file of that path."""
        return path in self._of

    def read(self, path: str) -> bytes:
        """Return a file's bytes, the same each time."""
        known = self._kept.get(path)
        if known is None or known[0] != self._stamps[path]:
            # Saved again since the look: what is read now is newer than its stamp, and the next look reads it again.
            known = self._kept[path] = (self._stamps[path], self._of[path].read(path))
        return known[1]


class Files:
    """A site's files, read again as they change."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._kept: dict[str, tuple[Stamp, bytes]] = {}

    def look(self) -> FileSnapshot:
        """Return what stands there now; raise `OSError` where a file went away meanwhile."""
        problems: tuple[Problem, ...] = ()
        try:
            site = open_site(self._root)
        except ContentError as error:  # a fault in content/site.yaml hides only the office
            site, problems = Site(self._root, None), error.problems
        trees = work_trees(site)
        return FileSnapshot(
            trees,
            {path: stamp for tree in trees for path, stamp in tree.stamps.items() if not _passing(path)},
            {path: kind for tree in trees for path, kind in tree.oddities.items() if not _passing(path)},
            problems,
        )

    def still(self, look: FileSnapshot) -> SnapshotTree:
        """Return the files of a look as a tree."""
        self._kept = {path: kept for path, kept in self._kept.items() if path in look.stamps}
        return SnapshotTree(look, self._kept)


def _passing(path: str) -> bool:
    """Say whether a file is what an editor leaves beside the one that is being written."""
    name = path.rpartition("/")[2]
    return name.startswith((".", "#")) or name.endswith(("~", ".swp", ".tmp"))

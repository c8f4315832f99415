"""The files of one commit whoever made it: what git can hold and a school cannot, and what cannot be read.

In: a repository and a commit of a push. Out: located findings. Links, submodules, twins on a machine that ignores case,
merges of several versions, and files that break the rules of form. Does not ask who may write what.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from iup.checks.push import office_files
from iup.checks.push.context import SHARED
from iup.checks.push.rules import FOREIGN, MANY_PARENTS
from iup.policy.access import load_policy
from iup.site.load import ACCESS, ODD_FILE, TWIN_FILE, load
from iup.site.paths import OFFICE_FOLDER, pupil_folder, pupil_of
from iup.system.git import history, plumbing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from iup.checks.push.history_reader import HistoryReader
    from iup.problems import Finding
    from iup.system.git.history import Commit
    from iup.system.git.objects import Objects
    from iup.system.git.trees import MemoryTree


def shape_faults(directory: Path, commit: Commit, reader: HistoryReader) -> Iterator[Finding]:
    """Yield what a commit may not be, and what may not lie in it."""
    where = f"incheckning {commit.oid[:10]}"
    if not commit.parents:
        yield FOREIGN.at(where)
        return
    if len(commit.parents) > 2:  # noqa: PLR2004  a merge has two
        yield MANY_PARENTS.at(where)
    elif len(commit.parents) == 2 and not reader.bases(*commit.parents):  # noqa: PLR2004
        yield FOREIGN.at(where)
    differences = reader.differences(commit.parents[0], commit.oid).values()
    for difference in differences:
        if difference.oddity:
            said = f"här ligger {difference.oddity}; bara vanliga filer får finnas i innehållet"
            yield ODD_FILE.at(difference.path, message=said)
    added = {difference.path for difference in differences if difference.old is None}
    if added:
        paths = [entry.path for entry in plumbing.entries(directory, commit.oid, ())]
        yield from (TWIN_FILE.at(path) for path in twins(paths) if path in added)


def read_files(
    directory: Path, commit: str, paths: list[str], objects: Objects
) -> tuple[MemoryTree, tuple[Finding, ...]]:
    """Read some files of a commit, with all of each pupil whose files are among them; return what is wrong in them."""
    pupils = sorted({pupil_of(path) for path in paths} - {""})
    known = [path for path in paths if path.startswith(("content/", "policies/"))]
    known += [OFFICE_FOLDER] if any(map(office_files.is_office_file, paths)) else []
    wanted = dict.fromkeys((*SHARED, *known, *map(pupil_folder, pupils)))
    tree = history.some_files(directory, commit, wanted, objects)
    _, findings = load(tree)
    _, more = load_policy(tree) if ACCESS in paths else (None, ())
    return tree, tuple(finding for finding in (*findings, *more) if finding.path in paths)


def twins(paths: Iterable[str]) -> set[str]:
    """Return the paths that are the same on a machine that ignores case or Unicode form."""
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(unicodedata.normalize("NFC", path).casefold(), []).append(path)
    return {path for same in found.values() if len(same) > 1 for path in same}

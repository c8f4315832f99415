"""Compare goals with an earlier commit, to find courses that were rewritten afterwards.

In: a site, a revision, and today's files with the day. Out: located problems. Reads only what decides about goals, and
only for pupils whose goals have changed since: a municipality has thousands of files, and few of them differ. New steps
are judged by the relations and rules of the earlier commit, so nobody gives themselves a right in the change that uses
it.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from iup.checks.goals import MOVER
from iup.policy.access import load_policy
from iup.policy.change_rights import REWRITTEN, ChangeContext, may_change
from iup.policy.changes import ChangeKind, Records, changes
from iup.site.load import MUNICIPALITY, load, located
from iup.site.paths import SCHOOLS
from iup.system.git import plumbing
from iup.system.git.objects import blob_id
from iup.system.git.trees import CONTENT, CommitTree, MemoryTree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from iup.problems import Finding, Problem
    from iup.site.layout import Site
    from iup.system.git.trees import Tree

_SHARED = (MUNICIPALITY, f"{SCHOOLS}/", "policies/")


def has_history(site: Site) -> bool:
    """Say whether anything is committed in the site's repository."""
    return plumbing.git(site.root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").code == 0


def check_since(
    site: Site, revision: str, tree: Tree, day: date, only: Collection[str] | None = None
) -> tuple[Problem, ...]:
    """Return what is wrong with how goals have changed since a revision; `only` narrows it to some files."""
    standing = [path for path in (tree.paths if only is None else sorted(only)) if path.endswith("/goals.yaml")]
    if not standing:
        plumbing.resolve(site.root, revision)  # a version that does not exist is reported all the same
        return ()
    looked_at = CONTENT if only is None else (*_SHARED, *map(_folder, standing))
    with closing(CommitTree(site.root, revision, looked_at)) as committed:
        folders = {
            _folder(path)
            for path in standing
            if path in tree and path in committed and _id(tree, path, committed.oids[path]) != committed.oids[path]
        }
        if not folders:
            return ()
        before = _about(committed, folders)
    return located(after := _about(tree, folders), tuple(_since(before, after, day)))


def _about(tree: Tree, folders: Collection[str]) -> MemoryTree:
    """Return all that decides about the goals in some pupils' folders."""
    paths = [path for path in tree.paths if path.startswith(_SHARED) or _folder(path) in folders]
    return MemoryTree(dict(zip(paths, tree.read_all(paths), strict=True)))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _id(tree: Tree, path: str, like: str) -> str:
    return tree.oids.get(path) or blob_id(tree.read(path), like)


def _since(before: Tree, after: Tree, day: date) -> Iterator[Finding]:
    school, _ = load(before)
    policy, _ = load_policy(before)
    standing, _ = load(after)
    if school is None or policy is None or standing is None:
        return
    former = ChangeContext(school, policy, day)
    for pupil in sorted(school.goals.keys() & standing.goals.keys()):
        then = Records(pupil, school.plans.get(pupil), school.goals[pupil])
        for change in changes(then, Records(pupil, standing.plans.get(pupil), standing.goals[pupil])):
            if change.what is ChangeKind.COURSE:
                yield REWRITTEN.at(change.path, *change.keys)
            elif change.what is ChangeKind.STEP and not may_change(former, change.author, change).allowed:
                yield MOVER.at(change.path, *change.keys, "av")

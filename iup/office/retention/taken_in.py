"""What was taken in once, remembered when the history that shows it goes.

In: the teachers' repository, before its history begins anew. Out: a commit with a mark of each reply and correction, so
that the hook still refuses what is sent again. A mark is a keyless hash of a random id, and tells nothing of anybody.
Can be done again after an interruption.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.policy.change_statement import IDENTITIES, mark
from iup.site.paths import TAKEN_IN
from iup.system.git import commit
from iup.system.git.trees import CommitTree

if TYPE_CHECKING:
    from pathlib import Path


def remember(root: Path) -> None:
    """Write the marks of all that a history has taken in beside those of before, where there are any new."""
    tree = CommitTree(root)
    try:
        base = tree.revision
        former = tree.read(TAKEN_IN).decode("ascii").split() if TAKEN_IN in tree else []
    finally:
        tree.close()
    new = {mark(identity) for name in IDENTITIES.values() for identity in commit.trailers(root, name)}
    if new <= set(former):
        return
    contents = {TAKEN_IN: "".join(f"{one}\n" for one in sorted({*former, *new})).encode()}
    commit.refuse_unless_clean(root, base, contents)
    commit.land(root, base, commit.make(root, base, contents, "märken för det som är infört\n", commit.author(root)))

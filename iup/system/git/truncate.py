"""Begin a repository's history again with today's files, and leave nothing of the old history in it.

In: a repository of a site. Out: refusals before anything is done (`refuse`); a new root commit (`begin`); and a store
without the old refs, reflogs, stash, notes, pseudo-refs and unreachable objects (`clean`). Each step can be done again
after an interruption. The caller names the refs that are to stay. Judges nothing about what the files hold.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.errors import LockedError, RefusedError, RepositoryError
from iup.system.git import commit, history, plumbing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from iup.system.git.commit import CommitAuthor

_LONG = 3600.0
_LEFT_BEHIND = (
    *("FETCH_HEAD", "ORIG_HEAD", "AUTO_MERGE", "COMMIT_EDITMSG", "MERGE_MSG", "SQUASH_MSG", "gitk.cache"),
    *("rr-cache", "lost-found", "logs", "objects/info/commit-graph", "objects/info/commit-graphs", "info/refs"),
)
_BRANCHES = "refs/heads/"


@dataclass(frozen=True)
class DeletedRefs:
    """What is deleted together with a repository's history, to be shown beforehand: the refs."""

    refs: tuple[str, ...]


def refuse(directory: Path, standing: tuple[str, ...]) -> DeletedRefs:
    """Refuse where a history cannot be begun again without losing somebody's work; return what would be deleted.

    `standing` are the beginnings of refs that are to stay beside the branch that HEAD is on.
    """
    common = plumbing.common_directory(directory)
    own = (directory / plumbing.git(directory, "rev-parse", "--git-dir").out.decode().strip()).resolve()
    if own != common or (common / "worktrees").is_dir():
        raise RefusedError(
            f"{directory} delar förråd med andra arbetskataloger (git worktree)",
            "ta bort dem först: git worktree list, git worktree remove, git worktree prune",
        )
    found = (path for path in common.rglob("*.lock") if not path.is_relative_to(common / "objects"))
    locks = [path for path in found if path.name != ".lock"]  # that of `files.workroom`, which stands
    if locks or (common / "gc.pid").exists():
        raise LockedError(f"git arbetar i {directory}", "vänta tills det är klart; har git dött: ta bort låsfilen")
    packs = common / "objects" / "pack"
    if any(packs.glob("*.keep")) or any(packs.glob("*.promisor")):
        raise RefusedError(
            f"{directory} har packfiler som git inte får städa (.keep eller .promisor)",
            f"ta bort {packs}/*.keep om ingen behöver dem; ett förråd med .promisor klonas om i sin helhet",
        )
    if any((common / "objects" / "info" / name).exists() for name in ("alternates", "http-alternates")):
        raise RefusedError(
            f"{directory} lånar objekt ur ett annat förråd (alternates)",
            "hämta in dem: git repack -a -d, och ta sedan bort objects/info/alternates",
        )
    if (common / "shallow").exists():
        raise RefusedError(f"{directory} är en klon utan hela historien", "git fetch --unshallow")
    if unfinished := plumbing.git(directory, "status", "--porcelain", "-z").out:
        # A decision that somebody is writing may quote what is secret: no advice may lead it into the history.
        deciding = "ett påbörjat beslut checkas inte in för hand: skriv under det (disclose sign) eller ta bort det"
        raise RefusedError(
            f"{directory} har ändringar eller filer som inte är incheckade",
            deciding if b"decision.yaml" in unfinished else "git status visar dem; checka in eller ta bort",
        )
    branch = _branch(directory)
    going = tuple(ref for ref in _refs(directory) if ref != branch and not ref.startswith(standing))
    loose = [
        ref.removeprefix(_BRANCHES)
        for ref in going
        if ref.startswith(_BRANCHES) and not history.is_ancestor(directory, ref, branch)
    ]
    if loose:
        raise RefusedError(
            f"grenar i {directory} har arbete som inte är inslaget: {', '.join(loose)}",
            "slå ihop dem med den gren du står på, eller ta bort dem, först",
        )
    return DeletedRefs(going)


def begin(
    directory: Path, base: str, contents: Mapping[str, bytes], removed: Iterable[str], message: str, who: CommitAuthor
) -> str:
    """Begin a history again with the files of its last commit, some changed and some gone; return the new root."""
    gone = list(removed)
    made = commit.make_root(directory, base, contents, gone, message, who)
    if plumbing.git(directory, "update-ref", "-m", "iup", "HEAD", made, base).code:
        raise RepositoryError(
            f"refarna i {directory} gick inte att flytta; ingen av dem är ändrad",
            "en annan körning kan ha hunnit före: gör om kommandot",
        )
    return made


def trim(directory: Path) -> None:
    """Begin a history again with the files of its last commit as they are."""
    head = plumbing.resolve(directory, "HEAD")
    if plumbing.git(directory, "rev-parse", "--verify", "--quiet", f"{head}^").code == 0:
        begin(directory, head, {}, (), "historien börjar om\n", commit.author(directory))
    clean(directory, ())


def clean(directory: Path, standing: tuple[str, ...]) -> None:
    """Delete every other ref, everything git remembers besides refs, and every object that no ref leads to."""
    common = plumbing.common_directory(directory)
    branch = _branch(directory)
    going = [ref for ref in _refs(directory) if ref != branch and not ref.startswith(standing)]
    feed = "".join(f"delete {ref}\0\0" for ref in going)
    steps: tuple[tuple[tuple[str, ...], str], ...] = (
        (("update-ref", "-z", "--no-deref", "--stdin"), feed),
        (("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all"), ""),
        (("pack-refs", "--all", "--prune"), ""),
    )
    for arguments, given in steps:
        _must(directory, *arguments, feed=given.encode())
    for name in _LEFT_BEHIND:
        path = common / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    _must(directory, "read-tree", "HEAD")  # an index without what it remembered of other trees
    plumbing.git(directory, "update-index", "-q", "--refresh")
    # What lies loose before git packs all that refs and the index lead to is in the pack or leads nowhere; `git prune`
    # would walk through every object once more to find that out. What somebody commits meanwhile is not among it.
    loose = [*common.glob("objects/[0-9a-f][0-9a-f]/*"), *common.glob("objects/pack/tmp_*")]
    _must(directory, "repack", "-a", "-d", "-q", "--no-write-bitmap-index")
    _must(directory, "prune-packed", "-q")
    for path in loose:
        path.unlink(missing_ok=True)


def is_clean(directory: Path) -> bool:
    """Say whether every object is in one pack that git has just made of what refs lead to."""
    counted = plumbing.git(directory, "count-objects", "-v").out.decode()
    found = dict(line.split(": ", 1) for line in counted.splitlines() if ": " in line)
    return found.get("count") == "0" and found.get("packs") in ("0", "1") and found.get("garbage") == "0"


def _branch(directory: Path) -> str:
    found = plumbing.git(directory, "symbolic-ref", "--quiet", "HEAD")
    if found.code:
        raise RefusedError(f"{directory} står inte på någon gren", "git switch main")
    return found.out.decode().strip()


def _refs(directory: Path) -> tuple[str, ...]:
    return tuple(history.refs(directory, "refs/"))


def _must(directory: Path, *arguments: str, feed: bytes = b"") -> None:
    if plumbing.git(directory, *arguments, feed=feed, timeout=_LONG).code:
        raise RepositoryError(
            f"git kan inte städa {directory} (steget {arguments[0]})", "kör git fsck där, och gör sedan om kommandot"
        )

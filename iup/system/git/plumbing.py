"""Run git with every hook, prompt and outside configuration off; and read the files of a commit.

Reads tree objects, never a checkout, so that a symbolic link, a filter or a hook in a hostile repository has nothing to
act on. Names of branches, authors and messages never carry a pupil's data. Does not know what the files mean.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from iup.errors import RepositoryError
from iup.system import programs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Nothing in the repository's own configuration, or the user's, may start a program or reach the network. After a commit
# git now and then tidies up: not behind our back, or what comes next finds a repository that git is working in.
_GUARD = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.allow=never", "core.quotePath=false"),
    "gc.autoDetach=false",
)
ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    # Over what the repository itself allows: an object that is not there must not be fetched by a program it names.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
}
# A search that nothing in a repository's configuration can turn.
_SEARCH = (
    *("-c", "grep.fullName=false", "-c", "submodule.recurse=false"),
    *("grep", "-lzFa", "--no-color", "--no-textconv", "-f", "-"),
)
# Who the program is in the repositories it owns; never a person's name.
NAME, EMAIL = "iup", "iup@localhost"
PLAIN_MODES = frozenset({"100644", "100755"})
# `ls-tree`: mode, type, id; `ls-files`: mode, id, stage. A path is whatever stands there, line ends too.
_RECORD = re.compile(r"([0-7]{6}) (?:[a-z]+ )?([0-9a-f]+)(?: ([0-3]))?\t([^\0]+)\0")
_KINDS = {"120000": "en symbolisk länk", "160000": "en undermodul"}


class TreeEntry(NamedTuple):
    """A path of a commit with the id of its content; `oddity` says in Swedish what it is when not a plain file."""

    path: str
    oid: str
    oddity: str = ""


def git(
    directory: Path,
    *arguments: str,
    feed: bytes = b"",
    env: dict[str, str] | None = None,
    timeout: float = programs.TIMEOUT,
) -> programs.Finished:
    """Run git in a directory with every hook, prompt and outside configuration off."""
    around = {**ENVIRONMENT, **quarantine(directory), **index(directory), **(env or {})}
    return programs.run("git", [*options(directory), *arguments], feed=feed, cwd=directory, env=around, timeout=timeout)


def quarantine(directory: Path) -> dict[str, str]:
    """Return the variables that let git see what is being pushed to this very repository, inside its hook only.

    Everything else that a caller says about git is dropped (`programs`). What is pushed lies in a directory below the
    repository's objects until the hook has said yes (git-receive-pack, "quarantine environment").
    """
    place = os.environ.get("GIT_QUARANTINE_PATH", "")
    if not place or not Path(place).resolve().is_relative_to((directory / "objects").resolve()):
        return {}
    return {
        "GIT_QUARANTINE_PATH": place,
        "GIT_OBJECT_DIRECTORY": place,
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str((directory / "objects").resolve()),
    }


def index(directory: Path) -> dict[str, str]:
    """Return the variable that names the index of the commit being made, inside that repository's own hook only.

    `git commit --all` and `git commit FILE` stage into an index of their own until the hook has said yes.
    """
    named = os.environ.get("GIT_INDEX_FILE", "")
    place = Path(named).resolve()
    here = directory.resolve()
    if not named or not any(place.is_relative_to(top / ".git") for top in (here, *here.parents)):
        return {}
    return {"GIT_INDEX_FILE": str(place)}


def common_directory(directory: Path) -> Path:
    """Return where a repository's objects and refs are; raise `RepositoryError` when there is none."""
    found = git(directory, "rev-parse", "--git-common-dir")
    if found.code:
        raise RepositoryError(f"{directory} är inte en git-katalog")
    return (directory / found.out.decode().strip()).resolve()


def options(directory: Path) -> list[str]:
    """Return git's arguments that turn off every hook and outside configuration."""
    return [part for setting in (*_GUARD, f"safe.directory={directory.resolve()}") for part in ("-c", setting)]


def resolve(directory: Path, revision: str) -> str:
    """Return the full id of a commit; raise `RepositoryError` when there is no repository or no such commit."""
    if revision.startswith("-"):
        raise RepositoryError("revisionen får inte börja med ett bindestreck")
    found = git(directory, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if found.code and git(directory, "rev-parse", "--git-dir").code:
        raise RepositoryError(
            f"{directory} är inte en git-katalog (har du packat upp en ZIP?)",
            "gör den till en med: git init && git add -A && git commit -m start, eller pröva arbetsfilerna med "
            "--worktree",
        )
    if found.code:
        raise RepositoryError(
            f"det finns ingen incheckad version att läsa i {directory}", "checka in filerna: git add -A && git commit"
        )
    return found.out.decode().strip()


def entries(directory: Path, commit: str, prefixes: Sequence[str]) -> tuple[TreeEntry, ...]:
    """List the files of a commit below some folders of `directory`, sorted by path."""
    listed = git(directory, "ls-tree", "-rz", commit, "--", *prefixes)
    if listed.code:
        raise RepositoryError("git kan inte lista den incheckade versionen")
    found = [TreeEntry(path, oid, oddity(mode)) for mode, oid, _, path in records(listed.out)]
    times = Counter(entry.path for entry in found)
    told = (e if times[e.path] == 1 else e._replace(oddity="flera filer med samma namn") for e in found)
    return tuple(sorted(told, key=itemgetter(0)))


def records(listed: bytes) -> list[tuple[str, str, str, str]]:
    """Return mode, id, stage (of an index alone) and path of each file in a list by `ls-tree -z` or `ls-files -sz`."""
    return _RECORD.findall(path_of(listed))


def holding(directory: Path, words: Iterable[bytes], commit: str, pathspecs: Iterable[str]) -> frozenset[str]:
    """Return the paths of a commit, or with no commit of the index, whose contents have one of some words in them.

    The words go by standard input, since they may be names. Bytes are compared with bytes, whatever the repository says
    of its files (`-a`: an attribute can call any of them binary) and of how git is to search.
    """
    which = (commit,) if commit else ("--cached",)
    feed = b"\n".join(words)
    found = git(directory, *_SEARCH, *which, "--", *pathspecs, feed=feed, env={"LC_ALL": "C"})
    # 1 is that it is nowhere; of an object that is not there git says no more than a line.
    if found.code > 1 or b"error:" in found.err:
        raise RepositoryError("git kan inte läsa en fil i den incheckade versionen; kör git fsck")
    skipped = len(commit) + 1 if commit else 0  # "<commit>:<path>"
    return frozenset(path_of(name[skipped:]) for name in found.out.split(b"\0")[:-1])


def oddity(mode: str) -> str:
    """Return a Swedish word for what is not a plain file, and nothing for what is."""
    return "" if mode in PLAIN_MODES else _KINDS.get(mode, "inte en vanlig fil")


def path_of(name: bytes) -> str:
    """Return a path as git tells it; what is not UTF-8 is written out."""
    return name.decode("utf-8", "backslashreplace")


def named(name: str, email: str) -> dict[str, str]:
    """Return the variables that say who writes and who commits."""
    said = (("NAME", name), ("EMAIL", email))
    return {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in said}


def merge_lines(ours: Path, base: Path, theirs: Path) -> tuple[bytes, bool]:
    """Return git's own merge of three files by lines, and whether nothing is left to settle."""
    labels = ("-L", "din version", "-L", "som det var", "-L", "den andra versionen")
    files = (ours.resolve(), base.resolve(), theirs.resolve())
    done = git(ours.resolve().parent, "merge-file", "-p", *labels, *map(str, files))
    if done.code < 0 or done.code > 127:  # noqa: PLR2004  up to 127 it counts conflicts
        raise RepositoryError("git kan inte slå ihop filerna")
    return done.out, done.code == 0

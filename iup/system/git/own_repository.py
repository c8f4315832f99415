"""Make commits in repositories that this program owns, such as the office's.

In: a directory, paths and a message without anybody's name or data. Out: a commit whose author is the program. For
teachers' repositories there is `commit`, which changes nothing that somebody is working on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.errors import RepositoryError
from iup.system.git.plumbing import EMAIL, NAME, git, named, resolve

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_PACKING = 3600.0  # seconds; a municipality's whole history, which a commit may be the one to lay together


def create(directory: Path, message: str) -> str:
    """Make a repository of a directory, commit all that is in it, and return the commit's id."""
    if git(directory, "init", "--quiet", "--initial-branch=main").code:
        raise RepositoryError(f"git kan inte göra en katalog av {directory}")
    return commit_all(directory, message)


def pack(directory: Path) -> None:
    """Pack the objects and refs of a repository that this program owns, as git does now and then."""
    # A wider search for what is alike takes half as long again and saves a twentieth of the room.
    for arguments in (("pack-refs", "--all"), ("repack", "-a", "-d", "--quiet", "--window=4")):
        if git(directory, *arguments, timeout=_PACKING).code:
            raise RepositoryError(f"git kan inte packa {directory}")


def commit_all(directory: Path, message: str) -> str:
    """Commit everything in a work tree that this program owns; the author is the program, never a person's name."""
    for arguments in (("add", "--all"), ("commit", "--quiet", "--allow-empty", "--no-gpg-sign", "-m", message)):
        if git(directory, *arguments, env=named(NAME, EMAIL), timeout=_PACKING).code:
            raise RepositoryError(f"git kan inte checka in i {directory}")
    return resolve(directory, "HEAD")


def differs(directory: Path, path: str) -> bool:
    """Say whether a file is not as the last commit has it."""
    return git(directory, "diff", "--quiet", "HEAD", "--", path).code != 0


def commit_only(directory: Path, path: str, message: str) -> None:
    """Commit one file of a repository that this program owns, and nothing else that lies there."""
    if not differs(directory, path):
        return
    only = ("commit", "--quiet", "--no-gpg-sign", "--only", "-m", message, "--", path)
    if git(directory, *only, env=named(NAME, EMAIL), timeout=_PACKING).code:
        raise RepositoryError(f"git kan inte checka in i {directory}")


def commit_folder(directory: Path, folder: str, message: str) -> None:
    """Commit all that lies in one folder of a repository that this program owns, and nothing else."""
    commit_paths(directory, (folder,), message)


def commit_paths(directory: Path, paths: Sequence[str], message: str) -> None:
    """Commit what lies at some paths of a repository that this program owns, and nothing else in it."""
    added = git(directory, "add", "--", *paths)
    if added.code == 0 and git(directory, "diff", "--cached", "--quiet", "--", *paths).code == 0:
        return
    only = ("commit", "--quiet", "--no-gpg-sign", "--only", "-m", message, "--", *paths)
    if added.code or git(directory, *only, env=named(NAME, EMAIL), timeout=_PACKING).code:
        raise RepositoryError("git kan inte checka in i kontorets katalog", "inget har tagits in; kör git status där")

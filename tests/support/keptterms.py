"""A pupil's archive made by hand: commits of folders of terms in a repository of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from iup.system.git.signed_commits import CommitWriter
from tests.support.repository import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def archive(root: Path, *versions: Mapping[str, Mapping[str, bytes]]) -> tuple[str, ...]:
    """Make a repository with a line of commits, each with some folders of files; return their ids."""
    git(root, "init", "--quiet")
    writer = CommitWriter(root, lambda _: b"-----BEGIN PGP SIGNATURE-----\n", datetime(2026, 11, 24, 12, tzinfo=UTC))
    made: list[str] = []
    for folders in versions:
        trees = {name: writer.tree(files) for name, files in folders.items()}
        made.append(writer.commit(writer.beside(trees), tuple(made[-1:]), "arkiv"))
    writer.store()
    return tuple(made)

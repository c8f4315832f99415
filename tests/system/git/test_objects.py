"""Objects of a repository: what is read, what some commits lead to, and that no process is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iup.errors import RepositoryError
from iup.system.git.objects import Objects, blob_id
from tests.support.repository import git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository with two versions of a file in a folder with a name of its own, and one beside it."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "config", "user.name", "x")
    git(tmp_path, "config", "user.email", "x@test.example")
    (tmp_path / "mål").mkdir()
    for text in ("ett\n", "två\n"):
        (tmp_path / "mål" / "a b.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "c.txt").write_text("c\n", encoding="utf-8")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "--quiet", "-m", text)
    return tmp_path


def of(repository: Path, name: str) -> str:
    return git(repository, "rev-parse", name).out.strip()


def test_what_commits_lead_to_has_its_path(repository: Path) -> None:
    with Objects(repository) as objects:
        found = objects.reachable("HEAD")

    assert len(found) == 2 + 2 + 2 + 3  # commits, root trees, folders, files
    assert {found[of(repository, f"{commit}:mål/a b.yaml")] for commit in ("HEAD", "HEAD~1")} == {"mål/a b.yaml"}
    assert found[of(repository, "HEAD:mål")] == "mål"
    assert found[of(repository, "HEAD")] == found[of(repository, "HEAD^{tree}")] == ""


def test_only_what_lies_below_is_listed_the_newest_first(repository: Path) -> None:
    with Objects(repository) as objects:
        found = objects.reachable("--all", below=("mål",))
        blobs = objects.blobs(found)

        assert [found[oid] for oid in blobs] == ["mål/a b.yaml"] * 2
        assert list(objects.read_all(blobs)) == ["två\n".encode(), b"ett\n"]


def test_what_cannot_be_followed_is_refused(repository: Path) -> None:
    with Objects(repository) as objects, pytest.raises(RepositoryError):
        objects.reachable("refs/heads/nowhere")


def test_a_commit_that_lacks_a_tree_is_refused(repository: Path) -> None:
    tree = of(repository, "HEAD~1:mål")
    (repository / ".git" / "objects" / tree[:2] / tree[2:]).unlink()

    with Objects(repository) as objects, pytest.raises(RepositoryError):
        objects.reachable("HEAD")


def test_reading_ends_with_the_block(repository: Path) -> None:
    with Objects(repository) as objects:
        assert objects.read("HEAD:c.txt") == b"c\n"
        talk = objects._git

    assert talk is not None
    assert objects._git is None
    assert talk._program.poll() is not None


def test_an_id_is_the_one_that_git_gives(repository: Path) -> None:
    oid = of(repository, "HEAD:c.txt")

    assert blob_id(b"c\n", oid) == oid

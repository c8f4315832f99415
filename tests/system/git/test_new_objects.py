"""New objects: git gives them the ids that we did, takes them in by either road, and has nothing to say of them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from iup.errors import RepositoryError
from iup.system.git import new_objects, signed_commits
from iup.system.git.objects import Objects, blob_id
from iup.system.git.signed_commits import NOTHING, CommitWriter, RefUpdate
from tests.support.repository import git

if TYPE_CHECKING:
    from pathlib import Path

SIGNATURE = b"-----BEGIN PGP SIGNATURE-----\n\niQ==\n=abcd\n-----END PGP SIGNATURE-----\n"
# The borders of the sizes in a pack: four bits, then seven more, then seven more again.
SIZES = [0, 1, 15, 16, 17, 2047, 2048, 2049, 262143, 262144, 3_000_000]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "--bare", "r")
    return tmp_path / "r"


def writer(repository: Path) -> CommitWriter:
    return CommitWriter(repository, lambda _: SIGNATURE, datetime(2026, 11, 24, 12, tzinfo=UTC))


@pytest.mark.parametrize("many", [0, 300], ids=["one by one", "as a pack"])
def test_git_finds_everything_as_it_was_given_and_no_fault(repository: Path, many: int) -> None:
    # git sorts a folder as if its name ended with a slash, so these three have an order of their own.
    files = {f"a/{size}": bytes(number % 251 for number in range(size)) for size in SIZES}
    files |= {"a.b": b"dot", "a-": b"dash", "a0": b"nought", "å/ö.txt": "ä\n".encode()}
    files |= {f"many/{number}": b"%d" % number for number in range(many)}
    made = writer(repository)
    tree = made.tree(files)
    first = made.commit(tree, (), "arkiv: å")
    beside = made.beside({"x": tree, "x-y": tree})
    second = made.commit(beside, (first,), "arkiv: ö")
    assert list(repository.glob("objects/*/*")) == [], "nothing is written before it is asked for"
    made.store()
    assert len(list(repository.glob("objects/pack/*.pack"))) == (1 if many else 0)
    signed_commits.move(repository, [RefUpdate("refs/heads/main", NOTHING, second)])
    assert git(repository, "fsck", "--full", "--strict", "--no-progress").out == ""
    assert git(repository, "rev-list", "main").out.split() == [second, first]
    with Objects(repository) as objects:
        for path, data in files.items():
            assert objects.read(f"{first}:{path}") == data
        assert signed_commits.tree_entries(objects.read(beside, b"tree")) == {"x": tree, "x-y": tree}
        assert signed_commits.tree_entries(objects.read(f"{first}^{{tree}}", b"tree")).keys() == {
            path.split("/")[0] for path in files
        }
        said = objects.read(second, b"commit").decode()
    assert said == (
        f"tree {beside}\nparent {first}\nauthor iup <iup@localhost> 1795521600 +0000\n"
        "committer iup <iup@localhost> 1795521600 +0000\nencoding UTF-8\n"
        f"gpgsig {SIGNATURE.decode().rstrip().replace(chr(10), chr(10) + ' ')}\n\narkiv: ö\n"
    )


def test_an_id_is_the_one_that_git_gives() -> None:
    for size in SIZES[:8]:
        assert new_objects.blob(b"x" * size).oid == blob_id(b"x" * size, NOTHING)


def test_a_writer_with_nothing_gathered_writes_nothing(repository: Path) -> None:
    writer(repository).store()
    assert [path for path in repository.glob("objects/*/*") if path.is_file()] == []


def test_objects_that_cannot_be_written_are_a_refusal_and_can_be_tried_again(repository: Path) -> None:
    made = writer(repository)
    oid = made.commit(made.tree({"a": b"x"}), (), "arkiv: delad")
    shutil.move(repository / "objects", repository / "away")
    with pytest.raises(RepositoryError, match="går inte att skriva"):
        made.store()
    shutil.move(repository / "away", repository / "objects")
    made.store()
    assert signed_commits.exist(repository, [oid]) == {oid}

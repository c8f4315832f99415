"""Loading a school that must be there: with one it is returned, without one all that was found is told."""

from __future__ import annotations

import pytest

from iup.errors import ContentError
from iup.site.load import LAW, MUNICIPALITY, SiteReader, load, located, required_school
from iup.system.git.trees import MemoryTree, WorkTree
from tests.conftest import ROOT

PERSON = "content/people/e5h7w.yaml"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    tree = WorkTree(ROOT)
    return {path: tree.read(path) for path in tree.paths}


def test_a_school_is_returned_though_a_file_has_faults(files: dict[str, bytes]) -> None:
    tree = MemoryTree({**files, PERSON: b"namn: [\n"})

    assert required_school(tree).municipality == SiteReader(tree).required_school().municipality
    assert load(tree)[1]


def test_without_a_school_all_that_was_found_is_told(files: dict[str, bytes]) -> None:
    tree = MemoryTree({path: data for path, data in files.items() if path != LAW} | {PERSON: b"namn: [\n"})

    with pytest.raises(ContentError) as refused:
        required_school(tree)

    assert refused.value.problems == located(tree, load(tree)[1])
    assert {problem.location.path for problem in refused.value.problems} == {LAW, PERSON}


def test_a_reading_without_a_school_tells_of_the_shared_files_alone(files: dict[str, bytes]) -> None:
    tree = MemoryTree({**files, MUNICIPALITY: b"namn: [\n", PERSON: b"namn: [\n"})

    with pytest.raises(ContentError) as refused:
        SiteReader(tree).required_school()

    assert {problem.location.path for problem in refused.value.problems} == {MUNICIPALITY}

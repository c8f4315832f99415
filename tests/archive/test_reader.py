"""A pupil's archive as it is read: its terms in time, their records, and every version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iup.archive.reader import ArchiveReader
from iup.errors import RepositoryError
from iup.model.plan import Goals
from iup.site import strict_yaml
from tests.support.keptterms import archive

if TYPE_CHECKING:
    from pathlib import Path

INDEX = strict_yaml.written({"version": "1", "elev": "a6n4x", "dokument": []})


def test_terms_are_in_their_order_in_time(tmp_path: Path) -> None:
    names = ["2025-HT", "2026-VT", "2026-HT", "2026-HT-goals", "2027-VT"]
    [head] = archive(tmp_path, {name: {"arkiv.yaml": INDEX, "x": name.encode()} for name in reversed(names)})

    with ArchiveReader(tmp_path) as shelf:
        assert list(shelf.folders(head)) == names
        assert [term.folder for term in shelf.terms("a6n4x", head)] == names


def test_every_version_is_told_the_oldest_first(tmp_path: Path) -> None:
    first, second = {"2026-VT": {"arkiv.yaml": INDEX}}, {"2026-HT": {"arkiv.yaml": INDEX, "x": b"x"}}
    made = archive(tmp_path, first, {**first, **second})

    with ArchiveReader(tmp_path) as shelf:
        versions = list(shelf.versions(made[-1]))
        folders = [shelf.folders(oid) for oid in made]

    assert [commit.oid for commit, _ in versions] == list(made)
    assert [terms for _, terms in versions] == folders
    assert [list(terms) for terms in folders] == [["2026-VT"], ["2026-VT", "2026-HT"]]


def test_a_record_is_read_where_there_is_one(tmp_path: Path) -> None:
    goals = strict_yaml.written({"barn": "Tilde", "mål": []})
    [head] = archive(tmp_path, {"2026-HT": {"arkiv.yaml": INDEX, "goals.yaml": goals, "style.css": b"x"}})

    with ArchiveReader(tmp_path) as shelf:
        files = shelf.files(shelf.folders(head)["2026-HT"])

        assert files.values("goals.yaml") == {"barn": "Tilde", "mål": []}
        assert files.record(Goals, "goals.yaml") is not None
        assert files.records() == {"arkiv.yaml": INDEX, "goals.yaml": goals}
        assert files.values("people.yaml") == {}
        assert files.record(Goals, "plan.yaml") is None


@pytest.mark.parametrize("data", [b"barn: [\n", b"barn: Tilde\ndet finns inte: ja\n"], ids=["no yaml", "no record"])
def test_a_record_with_faults_is_refused(tmp_path: Path, data: bytes) -> None:
    [head] = archive(tmp_path, {"2026-HT": {"goals.yaml": data}})

    with ArchiveReader(tmp_path) as shelf, pytest.raises(RepositoryError):
        shelf.files(shelf.folders(head)["2026-HT"]).record(Goals, "goals.yaml")


def test_reading_ends_with_the_block(tmp_path: Path) -> None:
    [head] = archive(tmp_path, {"2026-HT": {"arkiv.yaml": INDEX}})
    with ArchiveReader(tmp_path) as shelf:
        shelf.folders(head)
        talk = shelf._objects._git

    assert talk is not None
    assert talk._program.poll() is not None

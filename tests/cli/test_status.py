"""`status`: the numbers of the work tree through the real command, as JSON and as a table."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import DAY, ROOT, Done, iup

if TYPE_CHECKING:
    from pathlib import Path


def status(*arguments: str, site: Path = ROOT, day: str = DAY) -> Done:
    done = iup("status", "--site", site, "--as-of", day, *arguments)
    assert done.code == 0, done.err
    return done


def found(*arguments: str, site: Path = ROOT, day: str = DAY) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(status("--json", *arguments, site=site, day=day).out)
    return told


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a copy of the invented school's files, not even a repository."""
    for folder in ("content", "policies"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_the_numbers_of_every_class_as_json() -> None:
    told = found()
    classes = {own["id"]: own for school in told["schools"] for own in school["classes"]}

    assert (told["term"], told["talk_by"], told["plan_by"]) == ("HT 2026", "2026-12-21", "2027-06-15")
    talks = {name: (own["pupils"], own["held"], own["booked"], own["unbooked"]) for name, own in classes.items()}
    assert talks == {"kv2b": (4, 3, 1, 0), "kv5a": (4, 2, 2, 0), "lj5b": (4, 3, 1, 0), "lj8c": (4, 2, 2, 0)}
    plans = {name: (own["required"], own["shared"], own["final"], own["lacking"]) for name, own in classes.items()}
    assert plans == {"kv2b": (4, 2, 1, 1), "kv5a": (4, 2, 1, 1), "lj5b": (4, 2, 1, 1), "lj8c": (0, 0, 0, 0)}
    written = {name: (own["written"], own["asked"]) for name, own in classes.items()}
    assert written == {"kv2b": (24, 28), "kv5a": (28, 33), "lj5b": (27, 32), "lj8c": (0, 0)}
    assert (classes["lj8c"]["talk_required"], classes["lj8c"]["plan_required"]) == (True, False)
    assert (told["total"]["pupils"], told["total"]["held"], told["total"]["lacking"]) == (16, 10, 3)


def test_no_pupil_is_named_unless_a_class_is_asked_for() -> None:
    told = status("--json").out + status().out

    pupils = [path.name for path in (ROOT / "content" / "pupils").iterdir()]
    assert not [name for name in (*pupils, "Alva", "Elias", "Saga") if name in told]


def test_one_class_is_told_pupil_by_pupil() -> None:
    (school,) = found("--class", "kv2b")["schools"]
    (own,) = school["classes"]

    assert [(row["label"], row["talk"], row["plan"], row["missing"]) for row in own["members"]] == [
        ("Alva L, 2B", "hållet", "fastställd", []),
        ("Elias N, 2B", "bokat", "utkast", ["Bild", "Biologi", "Engelska", "Musik"]),
        ("Iris O, 2B", "hållet", "delad", []),
        ("Noel B, 2B", "hållet", "delad", []),
    ]
    assert own["members"][0]["goals"] == {"nytt": 0, "pågående": 1, "klart": 0, "uppfyllt": 1}


def test_the_table_is_plain_where_it_is_piped() -> None:
    lines = [line.split("  ") for line in status("--school", "ljusfallet").out.splitlines()]
    table = [[cell.strip() for cell in line if cell.strip()] for line in lines]

    assert table == [
        ["Ljusfallets skola, HT 2026"],
        ["klass", "elever", "samtal", "bokade", "utan tid", "planer", "fastställda", "omdömen"],
        ["5B", "4", "3 av 4", "1", "0", "3 av 4", "1", "27 av 32"],
        ["8C", "4", "2 av 4", "2", "0", "krävs inte", "–", "–"],
    ]


def test_what_is_not_committed_counts(site: Path) -> None:
    path = site / "content" / "pupils" / "r9e2h" / "plan.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("läge: utkast", "läge: delad", 1), encoding="utf-8")

    assert found(site=site)["total"]["lacking"] == 2


def test_faults_are_told_and_do_not_hinder(site: Path) -> None:
    path = site / "content" / "pupils" / "r9e2h" / "plan.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("mall: iup-1-3@1", "mall: iup-1-3@9", 1), encoding="utf-8")

    done = status(site=site)
    assert "2B" in done.out
    assert "build.py check" in done.err


def test_a_new_term_begins_with_no_samtal() -> None:
    before, after = found(day="2027-01-07")["total"], found(day="2027-01-08")["total"]

    assert (before["held"], after["held"], after["unbooked"]) == (10, 0, 16)
    assert before["lacking"] == after["lacking"] == 3


def test_an_unknown_class_is_wrong_usage() -> None:
    done = iup("status", "--site", ROOT, "--as-of", DAY, "--class", "kv9z")

    assert (done.code, done.out) == (2, "")
    assert "kv2b (2B, Kvarnrisets skola)" in done.err

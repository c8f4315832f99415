"""Ten thousand broken files: each a located problem, never an exception, a hang or a word of what stood in the file."""

from __future__ import annotations

import logging
import resource
import shutil
from datetime import date
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from iup.build.pipeline import checked
from iup.errors import ExitCode
from iup.problems import as_github, as_json, as_text
from iup.site.load import PUBLIC_DOCUMENTS
from iup.system.git.trees import MemoryTree
from tests.conftest import DAY, ROOT, iup
from tests.support import campaign
from tests.support.hostile_yaml import CANARY, SMALL, Breaker

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MOST_MEMORY = 300_000  # kB, as getrusage counts
# What the school lists (its subjects, the choices of a form) is named where one of them is meant: no pupil's word.
LISTS = "policies/"


@campaign.cases(quick=120, full=10_000)
def test_a_broken_file_is_a_located_problem(
    cases: int, files: dict[str, bytes], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    small = {path: data for path, data in files.items() if SMALL.fullmatch(path)}
    assert len(small) > 15
    at_first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest, with_problems = 0.0, 0
    for number in range(campaign.SEED, campaign.SEED + cases):
        path, data = Breaker(Random(number), small).broken()
        tree = MemoryTree({**small, path: data})
        (_, found), seconds = campaign.soon(partial(checked, tree, date.fromisoformat(DAY)))
        slowest = max(slowest, seconds)
        own = [problem for problem in found if problem.location.path == path]
        with_problems += bool(own)
        lines = data.count(b"\n") + data.count(b"\r") + 2
        assert all(1 <= p.location.line <= lines and p.location.column >= 1 for p in own), f"seed {number}"
        said = "".join([as_json(found), *map(as_text, found), *map(as_github, found)])
        assert CANARY not in said or path.startswith(LISTS), f"seed {number}"
    out, err = capfd.readouterr()
    assert CANARY not in out + err + caplog.text
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - at_first
    assert grown < MOST_MEMORY
    assert slowest < campaign.MOST_SECONDS
    assert with_problems > cases * 0.8
    with capfd.disabled():
        print(f"{cases} files: {with_problems} with problems, slowest {slowest:.2f} s, grown {grown // 1000} MB")  # noqa: T201  the campaign's figures


TALKATIVE = "import logging\nlogging.basicConfig(level=logging.DEBUG)\n"


@campaign.cases(quick=2, full=40)
def test_check_says_where_and_never_what(cases: int, files: dict[str, bytes], tmp_path: Path) -> None:
    small = {path: data for path, data in files.items() if SMALL.fullmatch(path)}
    (tmp_path / "py").mkdir()
    (tmp_path / "py" / "sitecustomize.py").write_text(TALKATIVE, encoding="utf-8")
    for number in range(campaign.SEED, campaign.SEED + cases):
        site = tmp_path / "site"
        shutil.rmtree(site, ignore_errors=True)
        path, data = Breaker(Random(number + 1_000_000), small).broken()
        for name, content in {**small, path: data}.items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_bytes(content)
        form = ("text", "json", "github")[number % 3]
        done = iup("check", "--site", site, "--as-of", DAY, "--format", form, env={"PYTHONPATH": str(tmp_path / "py")})
        assert done.code in {ExitCode.OK, ExitCode.CONTENT}, f"seed {number}: {done.err}"
        assert CANARY not in done.out + done.err or path.startswith(LISTS)
        assert "Traceback" not in done.err


def test_an_office_with_a_name_that_no_disk_takes_is_only_missing(tmp_path: Path) -> None:
    for name in ("content", "policies"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "round").symlink_to("round")
    for office in (f"{'å' * 99} {'å' * 90}", "round/office"):
        (tmp_path / "content" / "site.yaml").write_text(f"kontor: {office}\n", encoding="utf-8")
        assert iup("check", "--site", tmp_path, "--as-of", DAY).code == ExitCode.OK
        done = iup("build", "--site", tmp_path, "--as-of", DAY)
        assert done.code == ExitCode.MISSING, done.err


def test_a_text_of_the_schools_own_has_the_limits_of_every_text(files: dict[str, bytes]) -> None:
    for data, rule in (
        (b"Ord. " * 60_000, "yaml-storlek"),
        (b"Ord. " * 5_000, "för-lång-text"),
        (b"[" * 4_000, "för-lång-text"),
        (b"Om\x00\n", "yaml-tecken"),
        ("Om\u202evänt\n".encode(), "yaml-tecken"),
        (b"\xff\n", "yaml-teckenkod"),
        (b" \n", "tom-text"),
    ):
        _, found = checked(MemoryTree({**files, PUBLIC_DOCUMENTS: data}), date.fromisoformat(DAY))
        assert [p.rule for p in found if p.location.path == PUBLIC_DOCUMENTS] == [rule]


def test_a_subject_that_the_school_has_not_is_not_told(files: dict[str, bytes]) -> None:
    # The campaign found it: what stands in a teaching row may be anything, and a message named the subject.
    path = "content/schools/ljusfallet.yaml"
    hostile = files[path].replace("ämne: Svenska,".encode(), f"ämne: {CANARY},".encode())
    _, found = checked(MemoryTree({**files, path: hostile}), date.fromisoformat(DAY))
    assert {"omdöme-saknas", "omdöme-saknas-än"} & {p.rule for p in found}
    assert CANARY not in as_json(found)

"""Each mistake that people make by hand is told once: its cause, on its line, and never a word that somebody wrote.

The table of mistakes is `tests/support/mistakes.py`; each is made in several places of a real plan.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from iup.checks.runner import Checker
from iup.model.people import Pupil
from iup.model.plan import Goals, Plan
from iup.problems import Problem, as_github, as_json, as_text
from iup.site import yaml_diagnosis
from iup.site.load import located
from iup.system.git.trees import MemoryTree
from tests.conftest import DAY
from tests.support.mistakes import CANARY, MISTAKES, Mistake, made

if TYPE_CHECKING:
    from pydantic import BaseModel

PUPIL = "content/pupils/k7q2m"
MODELS: dict[str, tuple[type[BaseModel], dict[str, str]]] = {
    f"{PUPIL}/plan.yaml": (Plan, {}),
    f"{PUPIL}/goals.yaml": (Goals, {}),
    f"{PUPIL}/pupil.yaml": (Pupil, {"id": "k7q2m"}),
}
# Their rules are about a school, not about a file.
OF_A_SCHOOL = {"omdöme-nivå"}
FLAT = "barn: Alva L, 2B\nmål:\n- id: m1\n  läge: delad\n  mål: Läsa\n  föreslaget_av: t3m8k\n"
COURSE = "  förlopp:\n  - steg: nytt\n    datum: 2026-08-31\n    av: t3m8k\n"
COMMENT = "  kommentarer:\n  - id: c1\n    läge: delad\n    av: t3m8k\n    datum: 2026-08-31\n    text: Bra\n"


@pytest.fixture(scope="module")
def own(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files of the pupil in whose files the mistakes are made."""
    return {path: files[path] for path in MODELS}


@pytest.fixture(scope="module")
def small(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return a school with this one pupil: what points at the others is wrong before, too."""
    return {path: data for path, data in files.items() if not re.match(rf"content/pupils/(?!{PUPIL[-5:]}/)", path)}


@pytest.fixture(scope="module")
def before(small: dict[str, bytes]) -> frozenset[Problem]:
    return frozenset(whole(small))


def read(path: str, data: bytes) -> tuple[Problem, ...]:
    model, known = MODELS[path]
    found = yaml_diagnosis.read(path, data, model, **known)[1] or tuple(yaml_diagnosis.overlooked(path, data, model))
    return located(MemoryTree({path: data}), found)


def told(problems: tuple[Problem, ...]) -> str:
    return "\n".join([as_json(problems), *map(as_text, problems), *map(as_github, problems)])


def test_the_table_has_more_than_two_hundred_and_ten_mistakes(own: dict[str, bytes]) -> None:
    counts = [sum(1 for _ in made(mistake, own)) for mistake in MISTAKES]

    assert min(counts) > 0
    assert sum(counts) > 300


@pytest.mark.parametrize("mistake", [one for one in MISTAKES if one.rule not in OF_A_SCHOOL], ids=lambda one: one.name)
def test_a_mistake_is_told_once_as_its_cause_on_its_line(mistake: Mistake, own: dict[str, bytes]) -> None:
    for path, data, line in made(mistake, own):
        problems = read(path, data)

        assert [(p.rule, p.location.line) for p in problems] == [(mistake.rule, line)], path
        assert CANARY not in told(problems)
        assert problems[0].hint


@pytest.mark.parametrize("mistake", MISTAKES[::3], ids=lambda one: one.name)
def test_nothing_that_follows_from_a_mistake_is_told_beside_it(
    mistake: Mistake, small: dict[str, bytes], before: frozenset[Problem]
) -> None:
    own = {path: small[path] for path in MODELS}
    path, data, line = next(made(mistake, own))

    after = [one for one in whole({**small, path: data}) if one not in before]

    assert [(p.location.path, p.rule, p.location.line) for p in after] == [(path, mistake.rule, line)]


def whole(files: dict[str, bytes]) -> tuple[Problem, ...]:
    return Checker(MemoryTree(files), date.fromisoformat(DAY)).everything(1)


@pytest.mark.parametrize(
    "path",
    [
        f"{PUPIL}/pupil.yaml",
        "content/people/t3m8k.yaml",
        "content/people/v3n8d.yaml",
        "content/schools/ljusfallet.yaml",
        "policies/forms/iup-1-3.yaml",
    ],
)
def test_a_file_that_cannot_be_read_hides_what_would_follow_in_others(
    path: str, small: dict[str, bytes], before: frozenset[Problem]
) -> None:
    after = [one for one in whole({**small, path: small[path] + b"x: [\n"}) if one not in before]

    assert [(p.location.path, p.rule) for p in after] == [(path, "yaml-klammer")]


def test_a_goal_at_another_indent_than_its_neighbours_is_one_message() -> None:
    second = FLAT[FLAT.index("- id") :].replace("m1", "m2") + COURSE
    first = FLAT + COURSE + COMMENT
    deeper = "".join(f"  {line}\n" for line in second.splitlines())

    (in_comment,) = read(f"{PUPIL}/goals.yaml", (first + deeper).encode())

    assert not read(f"{PUPIL}/goals.yaml", (first + second).encode())
    assert in_comment.rule == "yaml-indrag"
    assert in_comment.location.line == len(first.splitlines()) + 1
    assert "räknas till ”kommentarer” på rad 11, men hör hemma i kolumn 1" in in_comment.message
    nested = "".join(f"  {line}\n" if number > 1 else f"{line}\n" for number, line in enumerate(first.splitlines()))
    (outside,) = read(f"{PUPIL}/goals.yaml", (nested + second).encode())
    assert (outside.rule, outside.location.line) == ("yaml-indrag", len(nested.splitlines()) + 1)
    assert "hör hemma i kolumn 3" in outside.message


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("läge:delad", "läge:…\n    ^"),
        ("\tläge: delad", "→…\n^"),
        ("läge\uff1a delad", "läge\uff1a…\n    ^"),
        (f"läge: {CANARY}: x", "läge: … :…\n        ^"),
        (f"{CANARY}: a: b", "…\n^"),
    ],
)
def test_the_line_is_shown_without_a_word_that_somebody_wrote(line: str, shown: str) -> None:
    data = f"barn: Alva L, 2B\n{line}\nmall: iup-1-3@1\n".encode()

    (problem, *_) = read(f"{PUPIL}/plan.yaml", data)

    assert problem.excerpt == shown or (CANARY in line and CANARY not in problem.excerpt)
    assert CANARY not in told((problem,))
    assert all(f"\n    {one}" in as_text(problem) for one in problem.excerpt.split("\n"))


@pytest.mark.parametrize(
    ("key", "typed", "hint"),
    [
        ("läge", "Delad", "skriv delad"),
        ("läge", "fastställt", "skriv fastställd"),
        ("termin", "ht-26", "skriv HT 2026"),
        ("läsår", "26/27", "skriv 2026/2027"),
        ("samtal", "\n  hållet: 5/11\n  bokat: 2026-11-12 15:30", "skriv 2026-11-05, om det är den dagen"),
    ],
)
def test_a_value_is_told_as_it_should_be_written(key: str, typed: str, hint: str, own: dict[str, bytes]) -> None:
    path = f"{PUPIL}/plan.yaml"
    text = re.sub(rf"(?m)^{key}:.*(\n .*)*", f"{key}: {typed}", own[path].decode(), count=1)

    assert [p.hint for p in read(path, text.encode())] == [hint]


def test_a_file_with_a_thousand_suspicions_is_judged_in_a_bounded_number_of_trials() -> None:
    text = "barn: x\n" + "".join(f"text:{number}\n" for number in range(4000))

    (problem,) = read(f"{PUPIL}/plan.yaml", text.encode())

    assert problem.rule == "yaml-kolon-mellanslag"

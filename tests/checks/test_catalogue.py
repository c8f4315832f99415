"""One faulty file for each rule, in `data/problems/`, and the exact places that must be pointed at.

A case says what is done to the invented school and what is then wrong, beyond what was wrong before:

    # why somebody would do this
    edit PATH [as ENCODING]     then lines to find and change: ` ` stays, `-` goes, `+` comes; `...` between places
    new PATH                    then the file's lines, each after a `+`
    remove PATH · link PATH     the file is gone · is a symbolic link
    expect                      then `path:line:column rule`, one a line

`{U+200B}` stands for that character and `{word *300}` for a text many times over. The word Skymningsloppa stands where
a pupil's text would: no message may repeat it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pytest

from iup.build.pipeline import checked
from iup.checks.catalogue import RULES
from iup.cli.explain import EVERY_RULE
from iup.problems import Problem, Severity, as_github, as_json, as_text
from iup.system.git.trees import MemoryTree
from tests.conftest import DAY, ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from iup.problems import Rule

CASES = sorted((ROOT / "tests" / "data" / "problems").glob("*.case"))
SECRET = "skymningsloppa"
_NAMED = re.compile(r"\{U\+([0-9A-F]{4})\}")
_TIMES = re.compile(r"\{([^{}]+)\*(\d+)\}")


@dataclass
class Case:
    """What a case file says."""

    steps: list[tuple[str, list[str]]] = field(default_factory=list)
    expected: set[str] = field(default_factory=set)

    @property
    def rules(self) -> set[str]:
        return {line.split()[1] for line in self.expected}


def read(path: Path) -> Case:
    case = Case()
    expecting = False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        if line == "expect":
            expecting = True
        elif expecting:
            case.expected.add(line)
        elif line[0] in " +-" or line == "...":
            case.steps[-1][1].append(line)
        else:
            case.steps.append((line, []))
    return case


def spelled(line: str) -> str:
    """Put characters and repetitions that a line only names in their place."""
    named = _NAMED.sub(lambda match: chr(int(match[1], 16)), line)
    return _TIMES.sub(lambda match: match[1] * int(match[2]), named)


def edited(text: str, lines: list[str]) -> str:
    """Change each place that the lines tell of; each must be found once, and only once."""
    for hunk in "\n".join(lines).split("\n...\n"):
        rows = hunk.splitlines()
        old = "".join(f"{row[1:]}\n" for row in rows if row[0] in " -")
        new = "".join(f"{spelled(row[1:])}\n" for row in rows if row[0] in " +")
        assert f"\n{text}".count(f"\n{old}") == 1, f"not to be found, or more than once:\n{old}"
        text = f"\n{text}".replace(f"\n{old}", f"\n{new}", 1)[1:]
    return text


def applied(case: Case, files: Mapping[str, bytes]) -> MemoryTree:
    """Return the invented school with the case's changes."""
    result = dict(files)
    links = {}
    for step, lines in case.steps:
        what, path, *rest = step.split()
        match what:
            case "edit":
                encoding = rest[1] if rest else "utf-8"
                result[path] = edited(result[path].decode(), lines).encode(encoding)
            case "new":
                result[path] = "".join(f"{spelled(line[1:])}\n" for line in lines).encode()
            case "remove":
                del result[path]
            case "link":
                links[path] = "en symbolisk länk"
            case _:
                raise AssertionError(step)
    tree = MemoryTree(result)
    tree.oddities = links
    return tree


def found(tree: MemoryTree) -> tuple[Problem, ...]:
    return checked(tree, date.fromisoformat(DAY))[1]


def placed(problem: Problem) -> str:
    place = problem.location
    return f"{place.path}:{place.line}:{place.column} {problem.rule}"


@pytest.fixture(scope="module")
def before(files: dict[str, bytes]) -> frozenset[str]:
    """Return what is wrong with the school as it is."""
    return frozenset(map(placed, found(MemoryTree(files))))


@pytest.fixture(scope="module")
def phrases(files: dict[str, bytes]) -> frozenset[str]:
    """Return each five words on end of the lines of text about pupils."""
    about = [content.decode() for path, content in files.items() if path.startswith(("content/pupils/", "register/"))]
    texts = [line.split() for text in about for line in text.splitlines() if ":" not in line]
    return frozenset(" ".join(words) for text in texts for words in zip(*(text[n:] for n in range(5)), strict=False))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_fault_is_found_at_its_place_and_told_without_what_was_written(
    path: Path, files: dict[str, bytes], before: frozenset[str], phrases: frozenset[str]
) -> None:
    case = read(path)
    problems = found(applied(case, files))
    assert {placed(problem) for problem in problems} - before == case.expected
    told = "\n".join([*map(as_text, problems), *map(as_github, problems), as_json(problems)])
    assert SECRET not in told.lower()
    # Nor what the pupils' files and the register hold anyway: no five words on end, and no number.
    assert not [phrase for phrase in phrases if phrase in told]
    assert not re.search(r"\d{6}-?\d{4}", told)


def test_every_rule_has_a_case_that_shows_it() -> None:
    shown = {rule for path in CASES for rule in read(path).rules}
    assert shown == {rule.id for rule in RULES}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_shows_the_rule_that_it_is_named_after(path: Path) -> None:
    assert path.stem.split("_")[0] in {ascii_name(rule) for rule in read(path).rules}


def ascii_name(rule: str) -> str:
    return unicodedata.normalize("NFKD", rule).encode("ascii", "ignore").decode()


def test_rule_ids_are_words_and_each_is_used_once() -> None:
    ids = [rule.id for rule in EVERY_RULE]
    assert len(set(ids)) == len(ids)
    assert not [name for name in ids if not re.fullmatch(r"[a-zåäö]+(-[a-zåäö]+)*", name)]


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: ascii_name(rule.id))
def test_a_rule_is_told_in_the_way_of_the_house(rule: Rule) -> None:
    for line in (rule.summary, rule.hint):
        assert line[0].islower() or line.startswith("”")
        assert line[-1] not in ".!?"
        assert "  " not in line
    assert rule.doc[0].isupper()
    assert rule.doc.endswith(".")
    sentences = re.findall(r"[.!?](?= [A-ZÅÄÖ]|$)", rule.doc)
    assert len(sentences) >= 2, "a rule's documentation says what, and why or what to do"
    assert rule.doc != rule.summary


def test_a_file_that_may_not_be_read_is_a_located_fault(files: dict[str, bytes]) -> None:
    class Locked(MemoryTree):
        def read(self, path: str) -> bytes:
            if path == "content/pupils/a6n4x/goals.yaml":
                raise PermissionError(path)
            return super().read(path)

    _, found = checked(Locked(files), date.fromisoformat(DAY))
    assert [(p.location.path, p.rule) for p in found if p.severity is Severity.FAULT] == [
        ("content/pupils/a6n4x/goals.yaml", "fil-slag")
    ]

"""Commands, options and rules that a document, a message or a comment names exist, and every command is told of.

A name is what stands between backticks. What belongs to others' programs stands in a list here.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from iup.cli.explain import EVERY_RULE
from iup.site import strict_yaml
from tests.conftest import ROOT
from tests.test_architecture import MODULES, _tree
from tests.test_documented import COMMANDS, ERRORS, PAGES, README, _calls, _commands, _refusals, _rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALL_PAGES = [*PAGES, *sorted((ROOT / "tests").rglob("*.md")), *sorted((ROOT / "templates").rglob("*.md"))]
OTHER_PROGRAMS = {"apt", "git", "gpg", "npm", "pip", "pytest", "repack", "sha256sum", "strace", "ulimit"}
OTHER_OPTIONS = {"--faked-system-time", "--force", "-k", "-m"}  # of gpg, git and pytest

_FENCE = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_OPTION = re.compile(r"--?[a-zA-Z][a-z-]*")
# In prose a command ends where a word of it is no command any more.
_TYPED = re.compile(r"build\.py((?: (?:[a-z][a-z-]*|--[a-z-]+))+)")
_SHOWN = re.compile(
    r"(fel|varning|upplysning): (.*) \[([^ \]]+)\]\n(?:remote:)? +tips: (.*); se build\.py explain (\S+)$",
    re.MULTILINE,
)
_ALLOWED = re.compile(r"(?:läsa|skriva|föreslå|ta bort): (?:ja|nej) \[([^ \]]+)\] (.*)$", re.MULTILINE)


def name_of(page: Path) -> str:
    """Return a page's path as tests tell it."""
    return page.relative_to(ROOT).as_posix()


@cache
def spans(page: Path) -> tuple[str, ...]:
    """Return what stands between backticks on a page, outside of shown examples."""
    return tuple(" ".join(span.split()) for span in _CODE.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))))


def _walk(words: list[str]) -> tuple[str, Any, list[str]]:
    """Return the command that some words begin with, as a text and as it is, and the words after it."""
    command, path, rest = COMMANDS, [], list(words)
    while hasattr(command, "commands") and rest and rest[0] in command.commands:
        path.append(rest.pop(0))
        command = command.commands[path[-1]]
    return " ".join(path), command, rest


def _options(command: Any) -> set[str]:  # noqa: ANN401  the library's own type is private
    """Return the options of a command; of a group, those of all its commands."""
    found = {"--help", *(name for option in command.params for name in option.opts)}
    return found.union(*(_options(below) for below in getattr(command, "commands", {}).values()))


def _typed(text: str) -> list[str]:
    return [name for word in text.split() if (name := word.strip("[](),;").partition("=")[0])]


def _wrong(words: list[str]) -> str:
    """Say what is wrong with a command as a document names it; it need not be whole."""
    path, command, rest = _walk(words)
    if not path and not words[0].startswith("-"):
        return f"no command {words[0]}"
    # What is no option stands for itself: an id, a file, a day.
    if hasattr(command, "commands") and rest and re.fullmatch(r"[a-z][a-z-]+", rest[0]):
        return f"no command {path} {rest[0]}"
    unknown = [word for word in rest if _OPTION.fullmatch(word) and word not in _options(command)]
    return f"{path} has no option {unknown[0]}" if unknown else ""


def _of_scripts() -> set[str]:
    """Return the options of the scripts that measure."""
    return set(re.findall(r'"(--[a-z-]+)"', "".join(p.read_text("utf-8") for p in (ROOT / "bench").glob("*.py"))))


def _faults(page: Path) -> Iterator[str]:
    """Yield what a page names between backticks that can be no command of ours and no option."""
    every = _options(COMMANDS) | OTHER_OPTIONS | _of_scripts()
    for span in spans(page):
        words = _typed(span)
        options = [word for word in words if _OPTION.fullmatch(word)]
        if words[:1] == ["python"] and words[1:2] == ["build.py"]:
            words = words[1:]
        if words[:1] == ["build.py"]:
            yield _wrong(words[1:] or ["build"])
        elif words and words[0] in COMMANDS.commands:
            yield _wrong(words)
        elif words and words[0] not in {*OTHER_PROGRAMS, "python"} and not words[0].startswith(("tests/", "'", '"')):
            named_first = options and not span.startswith("-")
            yield f"no command {words[0]}" if named_first else ", ".join(word for word in options if word not in every)


def _told_in(pages: list[Path]) -> set[str]:
    """Return the commands that some pages name, between backticks or in an example."""
    shown = {name_of(page) for page in pages}
    lines = [call for page, call in _calls() if page in shown] + [span for page in pages for span in spans(page)]
    return {_walk(_typed(line.removeprefix("python ").removeprefix("build.py ")))[0] for line in lines}


def _literals() -> set[str]:
    """Return every text in the program, with … for what is filled in."""
    found = set()
    for module in MODULES:
        for node in ast.walk(_tree(module)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.add("".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values))
    return found


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_commands_and_options_between_backticks_exist(page: Path) -> None:
    assert [fault for fault in _faults(page) if fault] == []


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_what_a_page_asks_make_for_is_in_the_makefile(page: Path) -> None:
    lines = [line.strip() for block in _FENCE.findall(page.read_text(encoding="utf-8")) for line in block.splitlines()]
    asked = [found[1] for line in (*lines, *spans(page)) if (found := re.match(r"make ([a-z]+)", line))]
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert set(asked) <= set(targets)


def test_every_command_is_told_of_in_swedish() -> None:
    assert _commands(COMMANDS) - _told_in([page for page in PAGES if page.parent.name == "sv"]) == set()


def test_the_table_of_commands_gives_each_its_own_options() -> None:
    for first, told in _rows(README, "Commands"):
        path, command, _ = _walk(_typed(first.strip("`")))
        for span in _CODE.findall(told):
            if span.startswith("-"):
                assert {word for word in _typed(span) if _OPTION.fullmatch(word)} <= _options(command), (path, span)


def _texts() -> Iterator[tuple[str, str]]:
    """Yield every text of the program that a user can meet, and every file of rules and form that they read."""
    for module in MODULES:
        for node in ast.walk(_tree(module)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield module, node.value
    for folder in ("policies", "content", "templates"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".yaml", ".md", ".j2", ".js"}:
                yield name_of(path), path.read_text(encoding="utf-8")


def test_the_program_s_own_texts_name_commands_that_exist() -> None:
    named = [(where, found.split()) for where, text in _texts() for found in _TYPED.findall(text)]
    prose = {"med", "och", "utan"}  # `build.py` alone, and then the sentence goes on

    assert [(where, fault) for where, words in named if words[0] not in prose and (fault := _wrong(words))] == []
    assert len(named) > 30


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_problem_that_a_page_shows_is_one_that_the_program_tells(page: Path) -> None:
    rules = {rule.id: rule for rule in EVERY_RULE}
    for severity, message, rule, hint, explained in _SHOWN.findall(page.read_text(encoding="utf-8")):
        assert (severity, rule) == (rules[explained].severity, explained)
        assert message.startswith(rules[rule].summary)
        assert hint == rules[rule].hint


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_rule_that_a_page_explains_is_one_of_the_rules(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = {rule for _, _, rule, _, _ in _SHOWN.findall(text)}
    explained = {rule.rstrip("`.,;") for rule in re.findall(r"explain ([a-zåäö][a-zåäö-]*)", text)}

    assert shown | explained <= {rule.id for rule in EVERY_RULE}


def test_the_pages_show_problems_and_reasons() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    rules = strict_yaml.parse((ROOT / "policies" / "access.yaml").read_bytes())["regler"]

    assert len(_SHOWN.findall(text)) >= 3
    assert _ALLOWED.findall(text)
    assert set(_ALLOWED.findall(text)) <= {(rule["id"], rule["skäl"]) for rule in rules}


def test_every_message_among_the_errors_is_one_that_the_program_has() -> None:
    refusals = _refusals()
    known = refusals | _literals()
    filled = {refusal[1:] for refusal in refusals if refusal.startswith("… ")}
    rows = [line.strip("| ").split(" | ")[0] for line in ERRORS.splitlines() if line.startswith("| ")]
    told = [message for row in rows for message in row.split(" · ") if row not in {"message", "---"}]

    assert [message for message in told if not _is_known(message, known, filled)] == []
    assert len(told) > 200


def _is_known(message: str, known: set[str], filled: set[str]) -> bool:
    """Say whether a message is one of those known: as it is, as one begins, or put together of two."""
    whole = {message, f"fel: {message}"} & known or any(text.startswith(f"{message}.") for text in known)
    return bool(whole) or any(message.endswith(end) and message.removesuffix(end) in known for end in filled)

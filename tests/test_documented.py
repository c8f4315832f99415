"""The documents hold what the program does: commands, exit codes, messages, modules, links and command lines."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from iup.cli import main as cli
from iup.cli.app import app
from iup.cli.explain import EVERY_RULE, _rule
from iup.errors import ExitCode, IupError
from iup.seal import certificate
from tests.conftest import ROOT, iup
from tests.test_architecture import DOORS, MODULES, PACKAGES, _tree, _unit

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text(encoding="utf-8")
ERRORS = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def _table() -> Any:  # noqa: ANN401  the library's own type is private
    """Return the commands as the program has them once it runs: each adds itself to the table."""
    with contextlib.redirect_stdout(io.StringIO()):
        cli._run(["--version"])
    return typer.main.get_command(app)


COMMANDS = _table()

_FENCE = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CALL = re.compile(r"^ *(?:\.venv/bin/)?python build\.py ?(.*?)(?:  +#.*)?$", re.MULTILINE)


def _rows(text: str, title: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without its head."""
    section = re.split(r"^#+ ", text.split(f"## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def _commands(group: Any, before: str = "") -> set[str]:  # noqa: ANN401  likewise
    found = set()
    for name, command in group.commands.items():
        found |= _commands(command, f"{before}{name} ") if hasattr(command, "commands") else {f"{before}{name}"}
    return found


def _parse(command: Any, words: list[str]) -> None:  # noqa: ANN401  likewise
    """Parse a command line without running it; a command or option that does not exist raises."""
    while hasattr(command, "commands"):
        word = words.pop(0) if words else ""
        assert word in command.commands, f"there is no command {word}"
        command = command.commands[word]
    command.make_context("build.py", list(words))


def _calls() -> list[tuple[str, str]]:
    return [
        (page.relative_to(ROOT).as_posix(), call)
        for page in PAGES
        for block in _FENCE.findall(page.read_text(encoding="utf-8"))
        for call in _CALL.findall(block)
    ]


def _anchor(heading: str) -> str:
    """Return what a link calls a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _names(refusal: type[IupError] = IupError) -> set[str]:
    return {refusal.__name__}.union(*(_names(below) for below in refusal.__subclasses__()))


def _refusals() -> set[str]:
    """Return every refusal the program can raise, with … for what is filled in."""
    found, names = set(certificate._WHY.values()), _names()
    for module in MODULES:
        for node in ast.walk(_tree(module)):
            if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name) and node.func.id in names:
                match node.args[0]:
                    case ast.Constant(value=str(text)):
                        found.add(text)
                    case ast.JoinedStr(values=parts):
                        found.add("".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in parts))
    return found


def test_the_table_of_commands_is_the_commands() -> None:
    told = {re.sub(r" (?:\[?[A-Z]+\]?)$", "", row[0].strip("`")) for row in _rows(README, "Commands")}

    assert told == _commands(COMMANDS)


def test_the_table_of_exit_codes_is_the_exit_codes() -> None:
    told = [(int(row[0]), row[1]) for row in _rows(README, "Exit codes")]

    assert told == [(code.value, code.name) for code in ExitCode]


def test_every_exit_code_has_its_section_among_the_errors() -> None:
    told = [int(number) for number in re.findall(r"^## (\d+): ", ERRORS, flags=re.MULTILINE)]

    assert told == [code.value for code in ExitCode]


@pytest.mark.parametrize("message", sorted(_refusals()))
def test_every_refusal_is_among_the_errors(message: str) -> None:
    assert message in " ".join(ERRORS.split())


def test_explain_lists_every_rule_and_explains_each() -> None:
    listed = iup("explain").out.splitlines()

    assert [line.split()[0] for line in listed] == [rule.id for rule in EVERY_RULE]
    assert all(rule.doc in _rule(rule.id) for rule in EVERY_RULE)
    assert "`build.py explain` lists the rules" in ERRORS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert anchor in map(_anchor, headings), link


def test_readme_leads_to_every_page_and_every_file_of_rules() -> None:
    kept = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "sv").glob("*.md"), *(ROOT / "policies").glob("*.yaml")]

    assert {path.relative_to(ROOT).as_posix() for path in kept} - set(_LINK.findall(README)) == set()


@pytest.mark.parametrize("call", sorted({call for _, call in _calls()}))
def test_a_command_line_in_a_document_can_be_typed(call: str) -> None:
    _parse(COMMANDS, shlex.split(call) or ["build"])


def test_the_command_lines_of_the_documents_are_found() -> None:
    pages = {page for page, _ in _calls()}

    assert {"README.md", "docs/sv/larare.md", "docs/sv/drift.md", "docs/sv/rektor.md"} <= pages


def _about(package: str) -> str:
    """Return what the architecture says of a package."""
    _, _, after = ARCHITECTURE.partition(f"\n### {package.removeprefix('iup.')}\n")
    return re.split(r"^#+ ", after, maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("package", sorted(PACKAGES - {"iup"}))
def test_the_architecture_says_what_a_package_is_and_names_modules_of_its_own(package: str) -> None:
    own = {module.removeprefix(f"{package}.") for module in MODULES if _unit(module) == package}
    named = set(re.findall(r"`(?:[\w.]+\.)?([a-z_]+)`", _about(package)))

    assert len(_about(package).split()) >= 10
    assert package not in DOORS or named & set(DOORS[package])
    assert set(re.findall(r"`([a-z_]+)`", _about(package))) <= own


def test_the_architecture_says_where_to_begin() -> None:
    rows = _rows(ARCHITECTURE, "Where to begin")

    assert len({row[0] for row in rows}) >= 20
    for change, files in rows:
        named = re.findall(r"`([^`]+)`", files)
        assert named, change
        assert [path for path in named if not (ROOT / path).exists()] == [], change

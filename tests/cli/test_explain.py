"""`explain` prints what stands with a rule; every help text is in Swedish."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from iup.cli.explain import EVERY_RULE
from iup.cli.main import COMMANDS, main
from iup.errors import ExitCode
from iup.site.decode import _SHAPES
from tests.conftest import FRESH, ROOT, iup

if TYPE_CHECKING:
    from collections.abc import Callable

# The library's own words, which `iup.cli.swedish` and each option's metavar put Swedish ones in place of.
THEIRS = re.compile(
    r"\b(Usage|Options?|Arguments|Commands?|COMMAND|OPTIONS|ARGS|Show|default|required|path|int|range)\b"
)


@pytest.mark.parametrize(
    ("rule", "name"),
    [("mål-steg", "mal-steg"), ("skyddad-kontakt", "skyddad-kontakt"), ("yaml-kommentar", "yaml-kommentar")],
)
def test_a_rule_is_explained_with_what_to_do(rule: str, name: str, golden: Callable[[str, str], None]) -> None:
    done = iup("explain", rule)
    assert done.code == ExitCode.OK
    golden(f"explain-{name}.txt", done.out)


def test_without_a_rule_all_are_listed(golden: Callable[[str, str], None]) -> None:
    done = iup("explain")
    assert [line.split()[0] for line in done.out.splitlines()] == [rule.id for rule in EVERY_RULE]
    golden("explain.txt", done.out)


def test_a_rule_that_is_not_there_is_a_mistake_of_use() -> None:
    done = iup("explain", "mål-stege")
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert done.err.startswith("fel: det finns ingen regel med det namnet\n")


def test_every_help_text_is_in_swedish(capsys: pytest.CaptureFixture[str]) -> None:
    def told(*command: str) -> str:
        assert main([*command, "--help"]) == ExitCode.OK
        text = capsys.readouterr().out
        assert "Visa den här hjälpen." in text
        assert not THEIRS.findall(text), command
        return text

    def commands(text: str) -> list[str]:
        return re.findall(r"^  ([a-z-]+) ", text.partition("\nKommandon:\n")[2], re.MULTILINE)

    outer = commands(told())
    assert {"build", "check", "explain", "keys"} <= set(outer)
    for command in outer:
        for inner in commands(told(command)):
            told(command, inner)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_begins_with_nothing_loaded_but_itself(command: str) -> None:
    """Other tests fork a process that has all of them loaded: what one forgot to import would be there."""
    done = iup(command, "--help", env=FRESH)
    assert done.code == ExitCode.OK, done.err
    assert done == iup(command, "--help")


def test_every_shape_that_a_value_must_have_is_told_in_words() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "iup" / "model").glob("*.py")]
    patterns = {pattern for source in sources for pattern in re.findall(r'pattern=r"([^"]+)"', source)}
    assert patterns == set(_SHAPES)

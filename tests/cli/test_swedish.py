"""The help of every command: in Swedish, whole sentences, and arguments as people write them."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

from iup.cli import main
from iup.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

THEIRS = re.compile(r"\.\.\.|\[\[|\{|<[\w\[\]]+>|\b(?:Usage|Options|Arguments|Commands|required|default|Show)\b")


def helps(command: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  the library's own type is private
    context = type(command).context_class(command, info_name=path)
    yield path, command.get_help(context)
    for name, inner in getattr(command, "commands", {}).items():
        yield from helps(inner, f"{path} {name}")


def test_no_help_is_cut_off_or_in_the_librarys_words() -> None:
    for module in {one for modules in main.COMMANDS.values() for one in modules}:
        import_module(f"iup.cli.{module}")  # where a command is registered
    found = dict(helps(typer.main.get_command(app), "build.py"))
    assert len(found) > 30
    assert {path: THEIRS.findall(text) for path, text in found.items() if THEIRS.search(text)} == {}
    assert "Så här: build.py share [VAL] [ELEV …]" in found["build.py share"]
    assert "inte är\n              incheckat\n" in found["build.py"] or "inte är incheckat\n" in found["build.py"]

"""The command `merge-plan`: git calls it when two people have edited the same pupil's file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iup.cli import output, swedish
from iup.cli.app import app
from iup.errors import ExitCode
from iup.model.people import Person
from iup.problems import Location, Problem, Severity, as_text
from iup.site import yaml_rules
from iup.site.decode import decode
from iup.site.load import SiteReader, located
from iup.site.merge import Conflict, UnlikeError, merge
from iup.site.paths import PUPILS, owner, person_file
from iup.site.strict_yaml import StrictYamlError, parse
from iup.system import files
from iup.system.git import plumbing
from iup.system.git.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Sequence

_BY_LINES = "filen slogs ihop rad för rad i stället för fält för fält"


@app.command("merge-plan", cls=swedish.Command, help="Slå ihop två ändringar av samma elevs fil. Git kör det här.")
def merge_plan(
    base: Annotated[Path, typer.Argument(metavar="FÖRE", help="Filen som den var.")],
    ours: Annotated[Path, typer.Argument(metavar="DIN", help="Filen som du har den; här skrivs resultatet.")],
    theirs: Annotated[Path, typer.Argument(metavar="DERAS", help="Filen som den andra har den.")],
    path: Annotated[str, typer.Argument(metavar="NAMN", help="Vad filen heter i förrådet.")] = "",
) -> int:
    """Write the merged file over ours; exit 1 when conflicts are left."""
    versions = [file.read_bytes() for file in (base, ours, theirs)]
    path = f"{PUPILS}/{name}" if (name := path.rpartition(f"{PUPILS}/")[2]) else str(ours)
    try:
        merged = merge(*versions)
    except UnlikeError:
        _explain(path, *versions)
        data, clean = plumbing.merge_lines(ours, base, theirs)
        files.write_whole(ours, data)
        told = ["raderna har ändrats på två sätt"] * len(_marks(data))
    else:
        files.write_whole(ours, merged.data)
        data, clean, told = merged.data, not merged.conflicts, [_told(conflict) for conflict in merged.conflicts]
    if clean:
        return ExitCode.OK
    for line, text in zip(_marks(data), told, strict=True):
        shown, tips = as_text(_left(path, line, text)).splitlines()
        output.line(shown)
    output.line(tips)  # the same for all of them
    output.line("Kör sedan git add och git commit.")
    return ExitCode.CONTENT


def _marks(data: bytes) -> list[int]:
    """Return on which lines of a merged file the places begin that are left to settle."""
    return [number for number, line in enumerate(data.splitlines(), 1) if line.startswith(b"<<<<<<< din version")]


def _left(path: str, line: int, text: str) -> Problem:
    """Return a place that is left to settle, as a problem of the file."""
    rule = yaml_rules.MARKERS
    return Problem(Location(path, line, 1), rule.id, rule.severity, f"{rule.summary}: {text}", rule.hint)


def _explain(path: str, *versions: bytes) -> None:
    """Say why a file is not merged by field: what is wrong with it, in whose version and on which line."""
    base, ours, theirs = (_faults(path, data) for data in versions)
    both = [fault for fault in ours if fault in theirs]
    told = [(f"i båda versionerna: {fault.message}", fault) for fault in both]
    told += [(f"i din version: {fault.message}", fault) for fault in ours if fault not in both]
    told += [(f"i den andra versionen: {fault.message}", fault) for fault in theirs if fault not in both]
    told = told or [(f"i versionen före er båda: {fault.message}", fault) for fault in base]
    for message, fault in told:
        output.line(as_text(replace(fault, message=message)))
    output.line(_BY_LINES if told else f"versionerna är upplagda på olika sätt, så {_BY_LINES}")


def _faults(path: str, data: bytes) -> Sequence[Problem]:
    """Return what is wrong inside one version of a pupil's file."""
    tree = MemoryTree({path: data})
    found = located(tree, SiteReader(tree).of_pupil(owner(path)[1]))
    return [problem for problem in found if problem.severity is Severity.FAULT]


def _told(conflict: Conflict) -> str:
    if conflict.ours and conflict.theirs and conflict.ours != conflict.theirs:
        by = f"av {_name(conflict.ours)} och av {_name(conflict.theirs)}"
    elif conflict.ours or conflict.theirs:
        by = f"i båda versionerna; där står {_name(conflict.ours or conflict.theirs)}"
    else:
        by = "i båda versionerna"
    return f"{_place(conflict.keys)} har ändrats på två sätt, {by}"


def _place(keys: tuple[str | int, ...]) -> str:
    match keys:
        case ("fält", name, *_):
            return f"fältet ”{name}”"
        case ("omdömen", subject, *_):
            return f"omdömet i {subject}"
        case ("mål", goal, "förlopp", *_):
            return f"förloppet för målet {goal}"
        case ("mål", goal, "kommentarer", *_):
            return f"en kommentar till målet {goal}"
        case ("mål", goal, *rest):
            return f"målet {goal}" + (f" ({rest[0]})" if rest else "")
        case _:
            return f"raden ”{'/'.join(str(key) for key in keys)}”"


def _name(person: str) -> str:
    """Return who an id is, read from the files around; a pupil or an unknown id stays an id."""
    try:
        values = parse(Path(person_file(person)).read_bytes())
    except (OSError, StrictYamlError):
        return person
    known, _ = decode(Person, {**values, "id": person}, "")
    return known.name.full if known else person

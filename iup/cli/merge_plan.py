"""The command `merge-plan`: git calls it when two people have edited the same pupil's file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from iup.cli import output, swedish
from iup.cli.app import app
from iup.errors import ExitCode
from iup.model.people import Person
from iup.site.decode import decode
from iup.site.merge import Conflict, UnlikeError, merge
from iup.site.paths import person_file
from iup.site.strict_yaml import StrictYamlError, parse
from iup.system import files
from iup.system.git import plumbing


@app.command("merge-plan", cls=swedish.Command, help="Slå ihop två ändringar av samma elevs fil. Git kör det här.")
def merge_plan(
    base: Annotated[Path, typer.Argument(metavar="FÖRE", help="Filen som den var.")],
    ours: Annotated[Path, typer.Argument(metavar="DIN", help="Filen som du har den; här skrivs resultatet.")],
    theirs: Annotated[Path, typer.Argument(metavar="DERAS", help="Filen som den andra har den.")],
) -> int:
    """Write the merged file over ours; exit 1 when conflicts are left."""
    try:
        merged = merge(base.read_bytes(), ours.read_bytes(), theirs.read_bytes())
    except UnlikeError:
        output.line("filerna går inte att slå ihop fält för fält; git slår ihop dem rad för rad")
        data, clean = plumbing.merge_lines(ours, base, theirs)
        files.write_whole(ours, data)
        return ExitCode.OK if clean else ExitCode.CONTENT
    files.write_whole(ours, merged.data)
    for conflict in merged.conflicts:
        output.line(_told(conflict))
    if merged.conflicts:
        output.line(
            "  tips: välj mellan raderna vid <<<<<<< och >>>>>>>, ta bort märkena, och kör sedan git add och git commit"
        )
        return ExitCode.CONTENT
    return ExitCode.OK


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

"""The command `check`: print every problem in the files as they stand."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from iup import problems
from iup.checks.goal_history import check_since, has_history
from iup.checks.runner import checked, checked_paths
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, SiteOption, app, day_of
from iup.errors import ExitCode
from iup.site import side_files
from iup.site.layout import open_site, staged_tree, work_tree
from iup.site.load import located


class Format(StrEnum):
    """How problems are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


@app.command(cls=swedish.Command, help="Kontrollera alla filer som de står nu, också det som inte är incheckat.")
def check(  # noqa: PLR0913  an option each
    site: SiteOption = HERE,
    as_of: DayOption = "",
    form: Annotated[Format, typer.Option("--format", metavar="FORM", help="text, json eller github.")] = Format.TEXT,
    against: Annotated[
        str, typer.Option("--against", metavar="VERSION", help="Pröva målens steg mot den versionen (annars HEAD).")
    ] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Räkna varningar som fel.")] = False,  # noqa: FBT002  an option
    staged: Annotated[  # noqa: FBT002  an option
        bool, typer.Option("--staged", help="Bara filerna som nästa incheckning ändrar, så som git add tog med dem.")
    ] = False,
    notes: Annotated[  # noqa: FBT002  an option
        bool, typer.Option("--notes", help="Visa också varje upplysning som inte kräver något, med fil och rad.")
    ] = False,
) -> int:
    """Print every problem; exit 1 when there are faults."""
    place, day = open_site(site), day_of(as_of)
    if staged:
        tree, paths = staged_tree(place)
        found = checked_paths(tree, day, paths) if paths else ()
    else:
        tree, paths = work_tree(place), frozenset()
        _, found = checked(tree, day, os.cpu_count() or 1)
    found = problems.in_order([*found, *located(tree, tuple(side_files.synced(place.root)))])
    if against or has_history(place):
        since = check_since(place, against or "HEAD", tree, day, paths if staged else None)
        found = problems.in_order([*found, *since])
    match form:
        case Format.JSON:
            output.result(problems.as_json(found))
        case Format.GITHUB:
            for problem in found:
                output.result(problems.as_github(problem))
        case Format.TEXT:
            shown, brief = (found, ()) if notes else problems.in_brief(found)
            for problem in shown:
                output.result(problems.as_text(problem))
            for text in brief:
                output.result(f"{text}; --notes visar var")
            output.line(_summary(found))
    return ExitCode.CONTENT if problems.has_faults(found, strict=strict) else ExitCode.OK


def _summary(found: tuple[problems.Problem, ...]) -> str:
    counts = {severity: sum(p.severity is severity for p in found) for severity in problems.Severity}
    parts = [
        f"{counts[problems.Severity.FAULT]} fel",
        output.count(counts[problems.Severity.WARNING], "varning", "varningar"),
        output.count(counts[problems.Severity.NOTE], "upplysning", "upplysningar"),
    ]
    return f"{', '.join(parts)}."

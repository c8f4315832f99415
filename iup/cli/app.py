"""The table of commands, and the options that several of them share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from iup import VERSION
from iup.cli import output, swedish
from iup.errors import ExitCode, UsageError
from iup.model.base import Day
from iup.system import clock

_DAY: TypeAdapter[date] = TypeAdapter(Day)

SiteOption = Annotated[Path, typer.Option("--site", metavar="KATALOG", help="Skolans katalog, den som har content/.")]
DayOption = Annotated[str, typer.Option("--as-of", metavar="ÅÅÅÅ-MM-DD", help="Gör som om det vore den dagen.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Skriv resultatet som JSON.")]
PortOption = Annotated[
    int,
    typer.Option(
        "--port",
        metavar="PORT",
        show_default=False,
        min=0,
        max=65535,
        help="Port på den här datorn. Annars en ledig.",
    ),
]
HERE = Path()

app = typer.Typer(
    cls=swedish.SwedishGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="Individuella utvecklingsplaner som filer: kontrollera, bygg och lås för var och en som får läsa.",
)


def day_of(typed: str) -> date:
    """Return the day a command is about: today unless another was given."""
    if not typed:
        return clock.today()
    try:
        return _DAY.validate_python(typed)
    except ValidationError:
        raise UsageError("dagen efter --as-of ska skrivas ÅÅÅÅ-MM-DD") from None


def _version(wanted: bool) -> None:  # noqa: FBT001  how the library calls back
    if wanted:
        output.result(VERSION)
        raise swedish.Exit(ExitCode.OK)


@app.callback()
def _root(
    version: Annotated[  # noqa: FBT002  an option
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Visa programmets version.")
    ] = False,
) -> None:
    del version

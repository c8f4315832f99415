"""The command `schema`: print the JSON Schema of a file that people fill in by hand, for their editor."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from iup.cli import output, swedish
from iup.cli.app import app
from iup.errors import ExitCode
from iup.office.disclosure.decision_file import schema as of_decision


class SchemaFile(StrEnum):
    """Which file."""

    DECISION = "decision"


@app.command(cls=swedish.Command, help="Skriv ut JSON-schemat för en fil, så att en textredigerare kan hjälpa till.")
def schema(
    kind: Annotated[SchemaFile, typer.Argument(metavar="FIL", help="decision: ett beslut om utlämnande.")],
) -> int:
    """Print a schema."""
    output.result({SchemaFile.DECISION: of_decision}[kind]().decode())
    return ExitCode.OK

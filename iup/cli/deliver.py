"""The command `deliver`: archive what is built, and lay it out to be sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from iup.build.deliver import hand_over
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, SiteOption, app, day_of
from iup.documents.assets import load_assets
from iup.errors import ExitCode
from iup.site.layout import open_site


@app.command(
    cls=swedish.Command,
    help="Arkivera det som är byggt och lägg det i en katalog att skicka från, en mapp för varje mottagare.",
)
def deliver(
    target: Annotated[Path, typer.Argument(metavar="KATALOG", help="Där mapparna läggs.")],
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Hand over the current result and tell what was done."""
    handed = hand_over(open_site(site), target, day_of(as_of), load_assets())
    for recipient, error in sorted(handed.failed.items()):
        output.line(f"fel: {recipient} får inget: {error.message}")
    output.line(
        f"{output.count(handed.recipients, 'mottagare', 'mottagare')} i {target}. "
        f"{output.count(handed.files, 'ny fil', 'nya filer')} i liggaren, "
        f"{output.count(handed.archived, 'elev', 'elever')} med nytt i arkivet, "
        f"{output.count(handed.removed, 'gammal mapp', 'gamla mappar')} borttagna."
    )
    return ExitCode.PARTIAL if handed.failed else ExitCode.OK

"""The command `hooks`: install the git hooks on a teacher's machine and on the server, and run the server's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from iup.checks.push.install import Vouching, install_door, install_site, vouched
from iup.checks.push.pre_receive import Update, accept_push
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, SiteOption, app, day_of
from iup.errors import ExitCode, UsageError
from iup.problems import as_text

hooks = typer.Typer(cls=swedish.SwedishGroup, help="Krokar i git: kontroll före incheckning, och prövning på servern.")
app.add_typer(hooks, name="hooks")


@hooks.command(cls=swedish.Command, help="Sätt upp krokarna: i lärarens katalog, eller på servern med --server.")
def install(
    site: SiteOption = HERE,
    server: Annotated[
        Path | None, typer.Option("--server", metavar="FÖRRÅD", help="Serverns förråd, ett utan arbetsfiler (bare).")
    ] = None,
    identity: Annotated[
        Vouching | None,
        typer.Option(
            "--identity",
            metavar="VEM",
            help="Vems ord om avsändaren som gäller: gitolite, forgejo, gitlab, keyfile, account eller signature.",
        ),
    ] = None,
) -> int:
    """Install and say what was put where."""
    if server is None:
        for path in install_site(site):
            output.result(str(path))
        output.line("Filerna kontrolleras före varje incheckning, och planer slås ihop fält för fält.")
    elif identity is None:
        raise UsageError(
            "säg vems ord om avsändaren som servern ska lita på",
            "lägg till --identity gitolite, forgejo, gitlab, keyfile, account eller signature",
        )
    else:
        output.result(str(install_door(server, identity)))
        output.line("Varje incheckning som skickas till grenarna prövas från och med nu.")
    return ExitCode.OK


@hooks.command("pre-receive", cls=swedish.Command, help="Pröva det som skickas till förrådet. Git kör det här.")
def pre_receive(
    identity: Annotated[Vouching, typer.Option("--identity", metavar="VEM", help="Vems ord om avsändaren gäller.")],
    as_of: DayOption = "",
) -> int:
    """Judge the push that git describes on stdin, to the repository in the current directory."""
    updates = []
    for line in sys.stdin:
        old, new, ref = line.rstrip("\n").split(" ", 2)
        updates.append(Update(old, new, ref))
    refusals = accept_push(Path.cwd(), updates, vouched(identity), day_of(as_of))
    several = len({refusal.commit for refusal in refusals}) > 1
    for refusal in refusals:
        if several and refusal.commit:
            output.line(f"i incheckningen {refusal.commit[:10]}:")
        for problem in refusal.problems:
            output.line(as_text(problem))
    if refusals:
        output.line("Inget av det du skickade togs emot. Det du har i din egen katalog står kvar.")
        return ExitCode.REFUSED
    return ExitCode.OK

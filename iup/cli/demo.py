"""The command `demo`: build the invented school, with one bundle of each kind to open; or make a municipality."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iup.archive import ledger
from iup.build.pipeline import BuildOptions, Built, checked
from iup.build.pipeline import build as run_build
from iup.cli import build, output, swedish
from iup.cli.app import app
from iup.demo.people import MOST_PUPILS
from iup.demo.site import Demo, Size, demonstration, generated
from iup.errors import ContentError, ExitCode, UsageError
from iup.keys import keyring
from iup.keys.vault import open_vault
from iup.model.people import Channel
from iup.site.layout import committed_tree, work_tree
from iup.system import clock
from iup.view.bundle import recipients

if TYPE_CHECKING:
    from iup.model.recipient import Recipient
    from iup.model.school import School

# The invented school's files tell of this day; a clock that stands before it would make them lie in the future.
_DAY = date(2026, 11, 24)
_TERMS, _MOST_TERMS = 6, 18


@app.command(
    cls=swedish.Command,
    help="Skapa och bygg en påhittad kommun i en ny katalog, och visa hur filerna öppnas. Med --pupils skapas en "
    "kommun av den storleken, utan att byggas; lösenfraserna tar mest tid, en minut eller två för tusen elever. Med "
    "--terms får den ett arkiv med tidigare terminer.",
)
def demo(
    directory: Annotated[Path, typer.Argument(metavar="KATALOG", help="Där demonstrationen läggs.")],
    pupils: Annotated[
        int | None,
        typer.Option("--pupils", metavar="ANTAL", min=1, max=MOST_PUPILS, help="Skapa en kommun med så många elever."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="FRÖ", help="Samma frö ger samma innehåll. Gäller med --pupils.")
    ] = None,
    terms: Annotated[
        int | None,
        typer.Option(
            "--terms",
            metavar="ANTAL",
            min=1,
            max=_MOST_TERMS,
            help=f"Så många terminer, med den som pågår; {_TERMS} om inget sägs, och en med --pupils.",
        ),
    ] = None,
) -> int:
    """Make the demonstration, build it and tell how to open it; or make a municipality of some size."""
    day = max(clock.today(), _DAY)
    if pupils is not None:
        return _municipality(directory, day, Size(terms or 1, 1 if seed is None else seed, pupils))
    if seed is not None:
        raise UsageError("--seed gäller bara tillsammans med --pupils")
    output.line("Skapar den påhittade skolan, dess nycklar och tidigare terminer …")
    with output.progress("Skolan") as progress:
        made = demonstration(directory, day, Size(terms or _TERMS), 1, progress)
    tree, _ = committed_tree(made.site)
    output.line("Sätter och låser allas filer; det tar en minut eller två …")
    with output.progress("Bygger") as progress:
        choice = BuildOptions(day=day, jobs=os.cpu_count() or 1, progress=progress)
        built = run_build(tree, made.site.required_office(), made.site.output, choice)
    build.tell(built, 0)
    school, _ = checked(tree, day)
    if school is not None:
        output.result(_guide(made, built, school, day))
    return ExitCode.PARTIAL if built.failed else ExitCode.OK


def _municipality(directory: Path, day: date, size: Size) -> int:
    """Make a municipality of a size and tell what it is."""
    output.line("Skapar den påhittade kommunen …")
    with output.progress("Kommunen") as progress:
        made = generated(directory, day, size, os.cpu_count() or 1, progress)
    school, problems = checked(work_tree(made.site), day)
    if school is None:
        raise ContentError(problems)
    everybody = Counter(recipient.receiving.channel for recipient in recipients(school, day))
    output.result(f"""
Klart. {school.municipality.name} är påhittad: {output.count(len(school.units), "skola", "skolor")}, \
{output.count(len(school.pupils), "elev", "elever")}, {output.count(len(school.plans), "plan", "planer")}. \
Samma antal och --seed {size.seed} ger samma innehåll igen.

  Lärarnas filer   {made.site.root}/content
  Kontoret         {_office(made)}
  Mottagare        {everybody.total()}: {everybody[Channel.PASSPHRASE]} med lösenfras, \
{everybody[Channel.OPENPGP]} med OpenPGP, {everybody[Channel.PAPER]} på papper
  Hemliga nycklar  {made.keyring}

Inget är byggt än. Så här bygger du (räkna med en minut för hundra elever, på två kärnor):
  .venv/bin/python build.py build --site {made.site.root} --as-of {day}

Alla personer är påhittade. Nycklarna går att räkna fram ur fröet och skyddar ingenting.
""")
    return ExitCode.OK


def _office(made: Demo) -> Path:
    """Return where the office is, told from the same place as every other path here."""
    return made.site.root.parent / made.site.required_office().name


def _guide(made: Demo, built: Built, school: School, day: date) -> str:
    """Tell what there is and how to open one bundle of each kind. Everybody here is invented."""
    everybody = [recipient for recipient in recipients(school, day) if recipient.id in built.files]
    home = next(r for r in everybody if r.receiving.channel is Channel.PASSPHRASE and len(r.pupils) > 1)
    staff = next(r for r in everybody if r.receiving.channel is Channel.OPENPGP and len(r.pupils) > 1)
    paper = next(r for r in everybody if r.receiving.channel is Channel.PAPER)
    with keyring.opened(made.site.required_office()) as own:
        secret = open_vault(own).secret(home.id)
    where = built.where / "current"
    unseal = "  .venv/bin/python build.py unseal"
    page, pdf = _page(built, home), _pdf(built, home)
    return f"""
Klart. {school.municipality.name} är påhittad: {len(school.units)} skolor, {len(school.pupils)} elever.

  Lärarnas filer   {made.site.root}/content   (börja med en elevs plan.yaml)
  Kontoret         {_office(made)}
  Låsta filer      {where}   ({output.count(len(built.files), "mottagare", "mottagare")})

Öppna en av varje slag:

1. Vårdnadshavaren {school.name_of(home.id)}, med lösenfras
   Öppna sidan i en webbläsare, eller PDF-filen i en PDF-läsare, och skriv orden:
     {where / page}
     {where / pdf}
     lösenfras: {secret.passphrase if secret else ""}

2. {school.name_of(staff.id)}, {_title(school, staff)}, med OpenPGP-nyckel
{unseal} {where / _page(built, staff)} --home {made.keyring} --to {made.site.root.parent / "larare.html"}

3. Hemmet på papper ({school.name_of(paper.id)}): kontoret öppnar, skriver ut och skickar
{unseal} {where / _pdf(built, paper)} --home {made.keyring} --to {made.site.root.parent / "papper.pdf"}
{_archive(made, home)}
Prova sedan: ändra i en plan, kör build.py check, checka in med git och kör build.py, allt i {made.site.root}
(README.md visar hur). Alla nycklar här är testnycklar och skyddar ingenting.
"""


def _archive(made: Demo, home: Recipient) -> str:
    """Tell of the earlier terms, by a pupil of the guardian's whose bundle is opened above."""
    heads = ledger.heads(made.site.required_office())
    shown = next((pupil for pupil in reversed(home.pupils) if pupil in heads), None)
    if shown is None:
        return ""
    return f"""
4. Tidigare terminer: de står sist i vårdnadshavarens fil, som Arkiv och Sedan sist. Kontoret listar dem så här
  .venv/bin/python build.py archive {shown} --site {made.site.root}
"""


def _title(school: School, recipient: Recipient) -> str:
    person = school.people.get(recipient.id)
    return (person.title if person else None) or "personal"


def _page(built: Built, recipient: Recipient) -> str:
    return next(name for name in built.files[recipient.id] if ".html" in name)


def _pdf(built: Built, recipient: Recipient) -> str:
    return next(name for name in built.files[recipient.id] if "-1.pdf" in name)

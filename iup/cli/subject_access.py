"""The commands `disclose extract`, `disclose record`, `disclose information`: tell people about their personal data."""

from __future__ import annotations

import json
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, SiteOption, day_of
from iup.cli.disclose import disclose
from iup.documents import pdf
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.errors import ExitCode, UsageError
from iup.keys import keyring
from iup.office.subject_access import notices
from iup.office.subject_access.extract import extract as gathered
from iup.seal import certificate, openpgp
from iup.site.layout import open_site, work_tree
from iup.site.load import required_school
from iup.system import files, scratch

if TYPE_CHECKING:
    from iup.model.school import School
    from iup.view.letter_types import NoticeView


@disclose.command(
    "extract",
    cls=swedish.Command,
    help="Registerutdrag: allt som finns om en person, utan andras uppgifter (artikel 15).",
)
def extract(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Personens id.")],
    to: Annotated[Path, typer.Option("--to", metavar="KATALOG", help="Där utdraget läggs.")],
    recipient: Annotated[
        Path | None,
        typer.Option("--recipient", metavar="FIL", help="Lås till den här OpenPGP-nyckeln (gpg --export)."),
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Lämna utdraget i klartext, för att skrivas ut.")] = False,  # noqa: FBT002
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Write the extract as a page, a PDF and JSON, sealed to a certificate, or in the clear where that is asked for."""
    if (recipient is None) is not plain:
        raise UsageError(
            "säg hur utdraget ska lämnas", "--recipient FIL låser det till en nyckel, --plain lämnar det öppet"
        )
    place, day, school = open_site(site), day_of(as_of), _school(site)
    notices.required_processing(school)
    found = gathered(place, person, day)
    view = notices.extract_view(school, found)
    values = json.dumps(notices.extract_values(school, found), ensure_ascii=False, indent=1) + "\n"
    made = {f"utdrag{ending}": make(view) for ending, make in _MAKERS.items()} | {"utdrag.json": values.encode()}
    if recipient is not None:
        made = _sealed(made, recipient, place.required_office())
    for name, data in made.items():
        files.write_whole(files.private_directory(to) / name, data)
    output.line(f"Utdraget ligger i {to}: {', '.join(made)}.")
    if plain:
        output.line("Det är inte låst. Skriv ut det eller lämna det, och ta sedan bort det.")
    output.line(
        "Läs igenom det innan det lämnas ut: smeknamn och namn som aldrig har funnits i registret känns inte igen."
    )
    for other in found.by_eye:
        output.line(f"leta själv efter namnet på {other}: det är ett enda, och tas bort bara intill klass eller id")
    for exemption in notices.required_processing(school).exemptions:
        output.line(f"pröva: {' '.join(exemption.text.split())} ({exemption.source})")
    for path in found.to_read:
        output.line(f"läs själv: {path}")
    return ExitCode.OK


@disclose.command("record", cls=swedish.Command, help="Registerförteckningen över personuppgifter (artikel 30).")
def record(
    to: Annotated[Path, typer.Option("--to", metavar="FIL", help="En fil som slutar på .html eller .pdf.")],
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Write the record of processing activities."""
    _write(notices.record_view(_school(site), day_of(as_of)), to)
    return ExitCode.OK


@disclose.command("information", cls=swedish.Command, help="Information om personuppgifter till hem eller personal.")
def information(
    to: Annotated[Path, typer.Option("--to", metavar="FIL", help="En fil som slutar på .html eller .pdf.")],
    audience: Annotated[
        Literal["hemmet", "personal"],
        typer.Option("--for", metavar="VEM", show_default=False, help="Vem den är till: hemmet eller personal."),
    ] = "hemmet",
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Write the information given to the people that the data are about."""
    category = "elever" if audience == "hemmet" else "personal"
    _write(notices.information_view(_school(site), day_of(as_of), category), to)
    return ExitCode.OK


def _school(root: Path) -> School:
    return required_school(work_tree(open_site(root)))


def _page(view: NoticeView) -> bytes:
    """Return a document as a page that opens by itself."""
    renderer = Renderer(load_assets())
    return renderer.page(view.title, renderer.fragment(view, "", "d0")).encode()


def _pdf(view: NoticeView) -> bytes:
    assets = load_assets()
    return pdf.setter(assets)(Renderer(assets).printed(view, "", view.title), secrets.token_bytes(16))


_MAKERS = {".html": _page, ".pdf": _pdf}


def _write(view: NoticeView, to: Path) -> None:
    make = _MAKERS.get(to.suffix)
    if make is None:
        raise UsageError("filen efter --to ska sluta på .html eller .pdf")
    files.write_whole(to, make(view))
    output.line(f"Skriven: {to}")


def _sealed(made: dict[str, bytes], recipient: Path, root: Path) -> dict[str, bytes]:
    """Return files sealed to a certificate, signed by the school where it has a key."""
    with keyring.opened(root) as own, tempfile.TemporaryDirectory(dir=scratch.place()) as home:
        to = certificate.handed_over(recipient, Path(home))
        sealed = {
            f"{name}.pgp": openpgp.seal(data, to.certificate, to.keyring, Path(home), own.signer)
            for name, data in made.items()
        }
    output.line(f"Låst till nyckeln {to.certificate.fingerprint}. Jämför fingeravtrycket med personens eget.")
    return sealed

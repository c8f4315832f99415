"""The command `archive`: show earlier terms, verify the archive, export a pupil's package and import one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iup.archive import ledger
from iup.archive import reader as shelves
from iup.archive import verify as archive_verify
from iup.archive.ledger import LedgerWriter
from iup.archive.show import ArchivedDocuments, today
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, SiteOption, app, day_of
from iup.cli.questions import agrees
from iup.errors import ExitCode, RefusedError, UsageError
from iup.keys import keyring
from iup.office.transfer import intake
from iup.office.transfer.export import export as write_package
from iup.site.layout import open_site
from iup.system import files

if TYPE_CHECKING:
    from iup.archive.reader import ArchivedTerm
    from iup.archive.term_folders import Copy

archive = typer.Typer(
    cls=swedish.GroupWithDefault,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Elevens arkiv: archive ELEV visar terminerna.",
)
app.add_typer(archive, name="archive")


@archive.command(
    "show", cls=swedish.Command, help="Visa vilka terminer som finns, eller öppna en så som den skickades."
)
def show(
    pupil: Annotated[str, typer.Argument(metavar="ELEV", help="Elevens id.")],
    term: Annotated[str, typer.Option("--term", metavar="TERMIN", help="Terminen, till exempel ”HT 2026”.")] = "",
    role: Annotated[
        str, typer.Option("--role", metavar="ROLL", help="För vem: eleven, vårdnadshavare, mentor, undervisar, rektor.")
    ] = "vårdnadshavare",
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FIL", help="Där HTML-filen läggs. Annars till stdout.")
    ] = None,
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """List a pupil's terms, or write one document as it was sent, without what today's protection hides."""
    place = open_site(site)
    root = place.required_office()
    head = ledger.heads(root).get(pupil)
    if head is None:
        raise UsageError("det finns inget arkiv för den eleven", "id:n är katalognamnen i content/pupils")
    with shelves.ArchiveReader(root) as shelf:
        terms = shelf.terms(pupil, head)
        if not term:
            for known in terms:
                output.result(_row(known))
            return ExitCode.OK
        now = today(place, pupil, day_of(as_of))
        html = _opened(ArchivedDocuments(shelf, now), terms, term, role)
    if now.is_protected:
        output.line(
            "Eleven har skyddade uppgifter, eller finns inte i skolans filer: skola, klass och titlar är borttagna."
        )
    if to is None:
        output.result(html.decode())
    else:
        files.write_whole(to, html)
        output.line(f"Öppnad: {to}. Ta bort filen när du har läst den; den är inte låst.")
    return ExitCode.OK


def _row(term: ArchivedTerm) -> str:
    state = f"fastställd {term.final}" if term.final else term.state or "bara mål"
    state += "".join(f", rättad {row}" for row in term.corrections)
    return f"{term.name}  {state}  {output.count(len({copy.mark for copy in term.copies}), 'dokument', 'dokument')}"


def _opened(lookback: ArchivedDocuments, terms: tuple[ArchivedTerm, ...], name: str, role: str) -> bytes:
    # The own one before one of the same term that came from another school, which is told apart by its whole name.
    own, received = ([t for t in terms if t.name == name], [t for t in terms if t.name.startswith(f"{name} ")])
    known = next(iter((*own, *received)), None)
    if known is None:
        raise UsageError("den terminen finns inte i elevens arkiv", "build.py archive ELEV visar dem som finns")
    found: list[Copy] = [copy for copy in known.copies if copy.role == role]
    if not found:
        raise UsageError("för den rollen finns inget dokument den terminen")
    # What was sent to a person comes before what was kept for the role.
    return lookback.html(known, max(found, key=lambda copy: bool(copy.recipients)))


@archive.command(
    "verify",
    cls=swedish.Command,
    help="Pröva hela arkivet mot liggaren; eller pröva om en fil som någon har sparat är skolans.",
)
def verify(
    kept: Annotated[
        list[Path] | None, typer.Argument(metavar="[FIL]…", help="En sparad PDF, sida eller ett kvitto.")
    ] = None,
    site: SiteOption = HERE,
) -> int:
    """Verify the archive, or say of each file whether and when it was handed over."""
    root = open_site(site).required_office()
    if kept:
        answers = [_about(root, path) for path in kept]
        return ExitCode.OK if all(answers) else ExitCode.REFUSED
    with keyring.opened(root) as own, output.progress("Prövar") as progress:
        judged = archive_verify.Proof(root, progress)
        judged.run(own.signer.fingerprint if own.signer else "")
    for fault in judged.faults:
        output.result(f"fel: {fault.where}: {fault.what}")
    output.line(
        f"{output.count(judged.entries, 'post', 'poster')} i liggaren, "
        f"{output.count(judged.pupils, 'elev', 'elever')}, "
        f"{output.count(judged.commits, 'version', 'versioner')} prövade, {len(judged.faults)} fel."
    )
    return ExitCode.REFUSED if judged.faults else ExitCode.OK


def _about(root: Path, path: Path) -> bool:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"filen {path} går inte att läsa: {error.strerror}") from None
    found = archive_verify.describe(root, data)
    for entry in found:
        output.result(f"{path}: skolans, {entry.event} {entry.moment[:10]} (post {entry.number} i liggaren)")
    if not found:
        output.result(f"{path}: ingen fil som skolan har lämnat ut är likadan")
    return bool(found)


@archive.command(
    "export",
    cls=swedish.Command,
    help="Lägg en elevs arkiv i ett paket som en annan skola eller ett e-arkiv läser utan det här programmet.",
)
def export(
    pupil: Annotated[str, typer.Argument(metavar="ELEV", help="Elevens id.")],
    to: Annotated[Path, typer.Option("--to", metavar="PLATS", help="Ny katalog; med --recipient en ny fil.")],
    recipient: Annotated[
        Path | None,
        typer.Option(
            "--recipient", metavar="CERTIFIKAT", help="Lås paketet till den som har certifikatet, som en fil."
        ),
    ] = None,
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Write a pupil's package, and say what it is and who can read it."""
    place = open_site(site)
    with files.locked(place.output), keyring.opened(place.required_office()) as own:
        made = write_package(place, own, pupil, day_of(as_of), to, recipient)
    package = made.package
    output.line(
        f"{output.count(package.terms, 'termin', 'terminer')}, {package.documents} PDF/A i {to}. "
        f"Underskrivet med skolans nyckel {made.signed_by}."
    )
    if not package.has_history:
        output.line("Eleven har skyddade uppgifter: skola, klass, titlar och den underskrivna historien är inte med.")
    if made.sealed_to:
        output.line(f"Låst till nyckeln {made.sealed_to}. Är det mottagarens? Fråga på annat sätt än certifikatet kom.")
    else:
        output.line("Paketet är klartext: den som har katalogen läser allt. Ta bort den när den är lämnad.")
    return ExitCode.OK


@archive.command("import", cls=swedish.Command, help="Ta in ett paket från en annan skola i en elevs arkiv.")
def import_(
    package: Annotated[Path, typer.Argument(metavar="PAKET", help="Katalogen, eller filen som är låst till kontoret.")],
    pupil: Annotated[
        str, typer.Option("--as", metavar="ELEV", help="Elevens id här. Annars det som paketet har.")
    ] = "",
    key: Annotated[
        str, typer.Option("--key", metavar="FINGERAVTRYCK", help="Den sändande skolans nyckel, som den själv har sagt.")
    ] = "",
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Check a package, ask whose key and which pupil it is, and take its history in."""
    place = open_site(site)
    with files.locked(place.output), keyring.opened(place.required_office()) as own:
        book = LedgerWriter(own)
        with files.workroom(own.workplace) as room:
            arrived = intake.arrive(intake.opened(package, own), room)
            here = pupil or arrived.pupil
            now = today(place, here, day_of(as_of))
            if not now.name:
                raise UsageError("det finns ingen elev med det id:t", "ange elevens id här med --as")
            if now.has_new_identity:
                raise RefusedError(
                    "eleven har fingerade uppgifter, och ett paket kan ha det förra namnet; inget är intaget",
                    "läs det som det är, och låt rektor pröva vad som får följa med",
                )
            if intake.is_taken(book, arrived, here):
                output.line("Redan mottaget; inget är nytt.")
                return ExitCode.OK
            if not (_is_senders(arrived.signed_by, key) and _is_the_pupil(arrived.name, now.name)):
                output.line("Inget är intaget.")
                return ExitCode.OK
            intake.take(book, arrived, here)
    terms = output.count(len(arrived.terms), "termin", "terminer")
    output.line(f"Mottaget för {here}: {terms}. De syns i paketen efter nästa bygge.")
    return ExitCode.OK


def _is_senders(fingerprint: str, expected: str) -> bool:
    """Ask whether a package was signed with the sending school's key; one that was typed answers."""
    output.line(f"Paketet är underskrivet med nyckeln {fingerprint}.")
    if expected:
        if expected.replace(" ", "").upper() != fingerprint:
            raise RefusedError(
                "paketet är underskrivet med en annan nyckel än den efter --key",
                "fråga den sändande skolan; inget är intaget",
            )
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            "svara ja i en terminal, eller ange --key", "fingeravtrycket ger den sändande skolan på annat sätt"
        )
    return agrees("Har den sändande skolan sagt, på annat sätt, att den nyckeln är deras?")


def _is_the_pupil(theirs: str, ours: str) -> bool:
    """Ask whether two names are one pupil's, where they differ; only a person who reads both can say."""
    if " ".join(theirs.split()).casefold() == " ".join(ours.split()).casefold():
        return True
    if not sys.stdin.isatty():
        raise RefusedError(
            "namnet i paketet är inte elevens här; inget är intaget",
            "är det rätt elev efter --as? Har eleven bytt namn: kör kommandot i en terminal och svara",
        )
    output.line(f"I paketet: {theirs}. Här: {ours}.")
    return agrees("Är det samma elev?")

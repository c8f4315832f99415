"""The command `retain purge`: show what a purge will delete; with `--execute`, delete and prove it. For the office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from iup.archive import ledger
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, SiteOption, day_of
from iup.cli.retain import facts, read_school, retain, show_past
from iup.errors import ExitCode, RefusedError, UsageError
from iup.keys import keyring
from iup.office.disclosure.decision_file import held_secrets
from iup.office.retention import inventory
from iup.office.retention.purge import STANDING, Purge, PurgeOrder
from iup.office.retention.schedule import PurgeTargets
from iup.office.retention.selection import select
from iup.site.layout import committed_tree, open_site
from iup.system import files
from iup.system.git import commit, truncate

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from iup.keys.keyring import UnlockedOffice
    from iup.office.retention.inventory import Traces
    from iup.office.retention.purge import Journal
    from iup.office.retention.selection import Selection
    from iup.office.retention.verify import Verification
    from iup.site.layout import Site
    from iup.system.git.truncate import DeletedRefs


@retain.command(
    "purge",
    cls=swedish.Command,
    help="Visa vad som skulle gallras, eller gallra det med --execute: elever med arkiv, filer, register, svar, "
    "lösenfraser och låsta filer, personals uppgifter, svar och begäranden, med all historik, och bevisa att inget är "
    "kvar. Går inte att ångra.",
)
def purge(  # noqa: PLR0913  options
    pupils: Annotated[list[str] | None, typer.Argument(metavar="[ELEV]…", help="Elevernas id.")] = None,
    requests: Annotated[
        list[int] | None,
        typer.Option("--request", metavar="NUMMER", help="En besvarad begäran om utlämnande. Kan anges flera gånger."),
    ] = None,
    staff: Annotated[
        list[str] | None,
        typer.Option("--staff", metavar="PERSON", help="En anställd som har slutat; namnet står kvar. Flera gånger."),
    ] = None,
    replies: Annotated[
        list[str] | None,
        typer.Option("--reply", metavar="SVAR", help="Ett svar hemifrån som är beslutat. Flera gånger."),
    ] = None,
    all_due: Annotated[bool, typer.Option("--due", help="Allt som är i tur och inte hindras.")] = False,  # noqa: FBT002  an option
    decision: Annotated[str, typer.Option("--decision", metavar="NUMMER", help="Beslutet om gallring.")] = "",
    execute: Annotated[bool, typer.Option("--execute", help="Gallra. Annars visas bara vad som skulle ske.")] = False,  # noqa: FBT002  an option
    unproved: Annotated[  # noqa: FBT002  an option
        bool, typer.Option("--unproved", help="Avsluta en gallring som inte går att bevisa; protokollet säger det.")
    ] = False,
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Show what would be deleted, or delete it and prove that it is gone."""
    place, day = open_site(site), day_of(as_of)
    named = PurgeTargets(tuple(pupils or ()), tuple(staff or ()), tuple(replies or ()), tuple(requests or ()))
    root = place.required_office()
    with files.locked(place.output), keyring.lock(root), keyring.opened(root) as own:
        work = Purge(place, own)
        journal = work.pending()
        if journal is None:
            if not named and not all_due:
                raise UsageError(
                    "säg vad som ska gallras",
                    "elevernas id:n, --request, --staff eller --reply, eller --due för allt som är i tur",
                )
            if not decision:
                raise UsageError("säg vilket beslut gallringen grundas på", "--decision NUMMER")
            meant, found = _found(place, own, named, day, all_due=all_due)
            if not meant.meant:
                output.line("Inget är i tur som inte hindras. Inget är ändrat.")
                return ExitCode.OK
            order = PurgeOrder(decision, commit.author(place.root).name, day.isoformat())
            _show(meant, found, _refused(place, root, found))
            if not execute:
                output.line("Inget är ändrat. Gallra med --execute; det går inte att ångra.")
                return ExitCode.OK
            journal = work.begin(found, order, meant.rules)
        elif not execute:
            raise RefusedError(
                f"en gallring är påbörjad och inte klar ({', '.join(journal.meant.descriptions)})",
                "gör klart den med retain purge --execute",
            )
        with output.progress("Prövar") as progress:
            result = work.carry_out(journal, progress, unproved=unproved)
    return _tell(journal, result, unproved=unproved)


def _found(
    place: Site, own: UnlockedOffice, named: PurgeTargets, day: date, *, all_due: bool
) -> tuple[Selection, Traces]:
    """Return what a purge will delete and where it is; refuse where something prevents it."""
    tree, content = committed_tree(place)
    try:
        asked = select(tree, facts(own.root), named, day, read_school(place) if all_due else None)
        if asked.meant.pupils:
            ledger.required_signer(own)
        quotes = [text for n in asked.meant.requests for text in held_secrets(own, n).quotes.values()]
        return asked, inventory.find(tree, asked.school, place.root, own.root, asked.meant, quotes)
    finally:
        content.close()


def _refused(place: Site, root: Path, found: Traces) -> dict[Path, DeletedRefs]:
    """Refuse where a history cannot be begun again; return what is deleted with each."""
    going = {root: truncate.refuse(root, STANDING)}
    return {**going, place.root: truncate.refuse(place.root, ())} if found.cuts_site else going


def _show(meant: Selection, found: Traces, going: dict[Path, DeletedRefs]) -> None:
    """Print everything that would be deleted, and why."""
    for row in meant.why:
        output.result(row)
    for path in found.removed:
        output.result(f"tas bort: {path}")
    for path in sorted(found.contents):
        output.result(f"ändras: {path}")
    for path in found.office:
        output.result(f"tas bort på kontoret: {path}")
    for path in found.office_changed:
        output.result(f"ändras på kontoret: {path}")
    for name in found.secrets:
        output.result(f"lösenfras tas bort: {name}")
    if meant.meant.pupils:
        output.result(f"arkiv tas bort: {found.archived}")
    show_past(going)
    for path in found.elsewhere:
        output.line(f"obs: en kontaktuppgift står också i {path}, och eftersöks inte")


def _tell(journal: Journal, result: Verification, *, unproved: bool) -> int:
    for finding in result.found:
        what = ", ".join(sorted(finding.kinds)) or "går inte att läsa"
        output.result(f"fel: {finding.where}: {what}")
    seen = (
        f"{output.count(result.objects, 'objekt', 'objekt')} och {output.count(result.files, 'fil', 'filer')} prövade"
    )
    if result.found:
        output.line(f"Gallringen är inte bevisad: {len(result.found)} träffar. {seen}.")
        if not unproved:
            output.line("  tips: rätta det och kör retain purge --execute igen, eller avsluta med --unproved")
        return ExitCode.REFUSED
    output.line(f"Gallrat och bevisat: {_counted(journal.meant)}, {seen}, 0 träffar.")
    if result.shown:
        said = output.count(result.shown, "ställe", "ställen")
        output.line(f"{said} har efternamnet eller det enda namnet, id:t, en kontaktuppgift eller en delad mening.")
    output.line(f"Protokoll {journal.number} ligger i kontorets protocols/. Kvar att göra:")
    for row in journal.left:
        output.line(f"- {row}")
    return ExitCode.OK


def _counted(meant: PurgeTargets) -> str:
    kinds = (
        (meant.pupils, "elev", "elever"),
        (meant.people, "person", "personer"),
        (meant.replies, "svar", "svar"),
        (meant.requests, "begäran", "begäranden"),
    )
    return ", ".join(output.count(len(those), one, many) for those, one, many in kinds if those)

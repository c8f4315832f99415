"""The command `retain`: what is kept how long, what may be deleted, and what must not. For the office."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iup.archive import ledger
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, JsonOption, SiteOption, app, day_of
from iup.errors import ExitCode, UsageError
from iup.keys import keyring
from iup.keys.vault import open_vault
from iup.model.retention import Reason
from iup.office.disclosure.register import Register, is_open
from iup.office.retention import protocol, taken_in
from iup.office.retention import verify as retention_verify
from iup.office.retention.holds import Holds
from iup.office.retention.schedule import OfficeRecords, RequestStatus, due, ownerless
from iup.site.layout import open_site, work_tree
from iup.site.load import required_school
from iup.system import files
from iup.system.git import truncate

if TYPE_CHECKING:
    from iup.model.school import School
    from iup.office.retention.schedule import Due
    from iup.site.layout import Site
    from iup.system.git.truncate import DeletedRefs

_HEADS = ("vad", "id", "räknat från", "får gallras", "regel", "beslut", "hindras av")

retain = typer.Typer(
    cls=swedish.SwedishGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Bevara och gallra: vad som är i tur och varför, och vad som inte får röras.",
)
hold = typer.Typer(
    cls=swedish.SwedishGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Spärrar: elever som inte får gallras nu.",
)
app.add_typer(retain, name="retain")
retain.add_typer(hold, name="hold")


def read_school(site: Site) -> School:
    """Return the school as the files stand; raise `ContentError` where there is none to read."""
    return required_school(work_tree(site))


def facts(root: Path) -> OfficeRecords:
    """Return what an office knows about whose records may go."""
    cases = tuple(
        RequestStatus(one.number, one.pupil or "", one.arrived.date(), is_open(one)) for one in Register(root).all()
    )
    return OfficeRecords(Holds(root).all(), cases, frozenset(ledger.heads(root)))


@retain.command(
    "report",
    cls=swedish.Command,
    help="Visa vad som får gallras i dag, med regeln och beslutet bakom, och vad som hindrar. Ändrar inget.",
)
def report(
    site: SiteOption = HERE,
    as_of: DayOption = "",
    as_json: JsonOption = False,  # noqa: FBT002  an option
) -> int:
    """Print everything whose time is up."""
    place, day = open_site(site), day_of(as_of)
    school, known = read_school(place), facts(place.required_office())
    rows, adrift = due(school, known, day), ownerless(school, known)
    if as_json:
        values = {"day": day.isoformat(), "due": [_plain(row) for row in rows], "archives_without_pupil": list(adrift)}
        output.result(json.dumps(values, ensure_ascii=False, indent=2))
        return ExitCode.OK
    output.table(f"Får gallras {day}", _HEADS, [_cells(row) for row in rows])
    if not school.retention:
        output.line("obs: policies/retention.yaml finns inte, så allt bevaras")
    for pupil in adrift:
        output.line(f"obs: {pupil} har ett arkiv men ingen fil i content/pupils, så ingen regel kan räkna tiden")
    held = sum(bool(row.held) for row in rows)
    output.line(f"{output.count(len(rows), 'sak', 'saker')} i tur, {held} av dem hindras. Inget är borttaget.")
    return ExitCode.OK


def _plain(row: Due) -> dict[str, Any]:
    return {
        "what": row.what.value,
        "id": row.id,
        "since": row.since.isoformat(),
        "due": row.due.isoformat(),
        "rule": row.rule,
        "decision": row.decision,
        "held": list(row.held),
    }


def _cells(row: Due) -> tuple[str, ...]:
    return row.what, row.id, str(row.since), str(row.due), row.rule, row.decision, "; ".join(row.held)


@retain.command(
    "verify",
    cls=swedish.Command,
    help="Pröva en klon, servern eller en säkerhetskopia: finns något kvar av dem som är gallrade?",
)
def verify(
    copy: Annotated[
        Path, typer.Option("--repo", metavar="KATALOG", help="Ett git-förråd, med eller utan arbetsfiler.")
    ],
    number: Annotated[
        int | None, typer.Option("--protocol", metavar="NUMMER", help="Bara det protokollet. Annars alla.")
    ] = None,
    site: SiteOption = HERE,
) -> int:
    """Look for what was purged in another repository."""
    root = open_site(site).required_office()
    if not copy.is_dir():
        raise UsageError(f"{copy} är inte ett git-förråd", "ange en katalog som git init eller git clone har gjort")
    with keyring.opened(root) as own, output.progress("Prövar") as progress:
        marks = protocol.read_marks(root, open_vault(own).key("purge marks"), number)
        result = retention_verify.prove_copy(copy, marks, progress)
    for finding in result.found:
        output.result(f"fel: {finding.where}: {', '.join(sorted(finding.kinds)) or 'går inte att läsa'}")
    seen = (
        f"{output.count(result.objects, 'objekt', 'objekt')} och {output.count(result.files, 'fil', 'filer')} prövade"
    )
    output.line(f"{seen}, {len(result.found)} träffar.")
    return ExitCode.REFUSED if result.found else ExitCode.OK


def show_past(going: dict[Path, DeletedRefs]) -> None:
    """Print what is deleted together with a history."""
    for root, past in going.items():
        for ref in past.refs:
            output.result(f"ref tas bort i {root}: {ref}")
        output.result(f"historien i {root} börjar om; allt äldre försvinner")


@retain.command(
    "trim",
    cls=swedish.Command,
    help="Låt historien i lärarnas katalog börja om med dagens filer: gamla utkast försvinner, arkivet rörs inte.",
)
def trim(
    execute: Annotated[bool, typer.Option("--execute", help="Gör det. Annars visas bara vad som skulle ske.")] = False,  # noqa: FBT002  an option
    site: SiteOption = HERE,
) -> int:
    """Begin the teachers' history again with today's files."""
    place = open_site(site)
    with files.locked(place.output):
        show_past({place.root: truncate.refuse(place.root, ())})
        if not execute:
            output.line("Inget är ändrat. Gör det med --execute; det går inte att ångra.")
            return ExitCode.OK
        taken_in.remember(place.root)
        truncate.trim(place.root)
    output.line("Historien börjar om. Byt ut servern och be alla klona på nytt: docs/sv/drift.md.")
    return ExitCode.OK


@hold.command("add", cls=swedish.Command, help="Sätt en spärr: inget om eleven får gallras förrän den är hävd.")
def add(
    pupil: Annotated[str, typer.Argument(metavar="ELEV", help="Elevens id.")],
    reason: Annotated[Reason, typer.Option("--reason", metavar="SKÄL", help=f"Ett av: {', '.join(Reason)}.")],
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Put a hold on a pupil."""
    place, day = open_site(site), day_of(as_of)
    root = place.required_office()
    with keyring.lock(root):
        if pupil not in read_school(place).pupils and pupil not in ledger.heads(root):
            raise UsageError("det finns ingen elev med det id:t", "elevernas id:n är katalognamnen i content/pupils")
        made = Holds(root).add(pupil, reason, day)
    output.line(f"Spärr {made.number} är satt. Häv den med retain hold release {made.number}.")
    return ExitCode.OK


@hold.command("list", cls=swedish.Command, help="Visa alla spärrar.")
def list_(site: SiteOption = HERE) -> int:
    """Print every hold."""
    rows = Holds(open_site(site).required_office()).all()
    cells = [(str(h.number), h.pupil, h.reason.value, str(h.begins), str(h.released or "")) for h in rows]
    output.table("Spärrar", ("nummer", "elev", "skäl", "från", "hävd"), cells)
    return ExitCode.OK


@hold.command("release", cls=swedish.Command, help="Häv en spärr.")
def release(
    number: Annotated[int, typer.Argument(metavar="NUMMER", help="Spärrens nummer, ur retain hold list.")],
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """End a hold."""
    root, day = open_site(site).required_office(), day_of(as_of)
    with keyring.lock(root):
        Holds(root).release(number, day)
    output.line(f"Spärr {number} är hävd.")
    return ExitCode.OK

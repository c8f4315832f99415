"""`retain`: what is kept how long, what may go, and what must not. For the office."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iup import commits, cut, files, ledger, office, protocol, proving, remains
from iup.cli import say, swedish
from iup.cli.app import HERE, DayOption, JsonOption, SiteOption, app, day_of
from iup.errors import ContentError, ExitCode, RefusedError, UsageError
from iup.holds import Holds
from iup.load import load, located
from iup.model.retention import Reason, What
from iup.purge import LEFT, STANDING, Order, Purge
from iup.requests import Register, is_open
from iup.schedule import Case, Facts, due, obstacles, ownerless
from iup.site import committed_tree, open_site, work_tree

if TYPE_CHECKING:
    from datetime import date

    from iup.cut import Past
    from iup.model.school import School
    from iup.proving import Proven
    from iup.purge import Journal
    from iup.remains import Traces
    from iup.schedule import Due
    from iup.site import Site

_HEADS = ("vad", "id", "räknat från", "får gallras", "regel", "beslut", "hindras av")

retain = typer.Typer(
    cls=swedish.Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Bevara och gallra: vad som är i tur och varför, och vad som inte får röras.",
)
hold = typer.Typer(
    cls=swedish.Group, no_args_is_help=True, rich_markup_mode=None, help="Spärrar: elever som inte får gallras nu."
)
app.add_typer(retain, name="retain")
retain.add_typer(hold, name="hold")


def read_school(site: Site) -> School:
    """Return the school as the files stand; raise `ContentError` where there is none to read."""
    tree = work_tree(site)
    school, findings = load(tree)
    if school is None:
        raise ContentError(located(tree, findings))
    return school


def facts(root: Path) -> Facts:
    """Return what an office knows about whose records may go."""
    cases = tuple(Case(one.number, one.pupil or "", one.arrived.date(), is_open(one)) for one in Register(root).all())
    return Facts(Holds(root).all(), cases, frozenset(ledger.heads(root)))


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
        say.result(json.dumps(values, ensure_ascii=False, indent=2))
        return ExitCode.OK
    say.table(f"Får gallras {day}", _HEADS, [_cells(row) for row in rows])
    if not school.retention:
        say.line("obs: policies/retention.yaml finns inte, så allt bevaras")
    for pupil in adrift:
        say.line(f"obs: {pupil} har ett arkiv men ingen fil i content/pupils, så ingen regel kan räkna tiden")
    held = sum(bool(row.held) for row in rows)
    say.line(f"{say.count(len(rows), 'sak', 'saker')} i tur, {held} av dem hindras. Inget är borttaget.")
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
    "purge",
    cls=swedish.Command,
    help="Visa vad som skulle gallras, eller gallra det med --execute: arkiv, filer, register, svar, lösenfraser, "
    "låsta filer och all historik, och bevisa att inget är kvar. Går inte att ångra.",
)
def purge(  # noqa: PLR0913  options
    pupils: Annotated[list[str] | None, typer.Argument(metavar="[ELEV]…", help="Elevernas id.")] = None,
    all_due: Annotated[bool, typer.Option("--due", help="Alla elever som är i tur och inte hindras.")] = False,  # noqa: FBT002  an option
    decision: Annotated[str, typer.Option("--decision", metavar="NUMMER", help="Beslutet om gallring.")] = "",
    execute: Annotated[bool, typer.Option("--execute", help="Gallra. Annars visas bara vad som skulle ske.")] = False,  # noqa: FBT002  an option
    unproved: Annotated[  # noqa: FBT002  an option
        bool, typer.Option("--unproved", help="Avsluta en gallring som inte går att bevisa; protokollet säger det.")
    ] = False,
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Show what would be destroyed, or destroy it and prove that it is gone."""
    place, day = open_site(site), day_of(as_of)
    root = place.required_office()
    with files.locked(place.output), files.locked(root / "secrets"), office.opened(root) as own:
        work = Purge(place, own)
        journal = work.pending()
        if journal is None and not pupils and not all_due:
            raise UsageError("säg vilka elever som ska gallras", "elevernas id:n, eller --due för alla som är i tur")
        if journal is None:
            if not decision:
                raise UsageError("säg vilket beslut gallringen grundas på", "--decision NUMMER")
            ledger.required_signer(own)
            meant, found = _meant(place, root, pupils or [], day, all_due=all_due)
            if not meant:
                say.line("Ingen elev är i tur som inte hindras. Inget är ändrat.")
                return ExitCode.OK
            order = Order(decision, commits.author(place.root).name, day.isoformat())
            _show(found, {root: cut.refuse(root, STANDING), place.root: cut.refuse(place.root, ())})
            if not execute:
                say.line("Inget är ändrat. Gallra med --execute; det går inte att ångra.")
                return ExitCode.OK
            journal = work.begin(found, order)
        elif not execute:
            raise RefusedError(
                f"en gallring är påbörjad och inte klar ({', '.join(journal.pupils)})",
                "gör klart den med retain purge --execute",
            )
        with say.progress("Prövar") as progress:
            result = work.carry_out(journal, progress, unproved=unproved)
    return _tell(journal, result, unproved=unproved)


def _meant(place: Site, root: Path, named: list[str], day: date, *, all_due: bool) -> tuple[tuple[str, ...], Traces]:
    """Return the pupils that are meant and what there is of them; refuse where something stands in the way."""
    tree, content = committed_tree(place)
    try:
        known = facts(root)
        school = read_school(place) if all_due else remains.near(tree, named)
        in_turn = {row.id: row for row in due(school, known, day) if row.what is What.PUPIL}
        meant = tuple(sorted({*named, *(name for name, row in in_turn.items() if all_due and not row.held)}))
        school = remains.near(tree, meant)
        held = [f"{pupil} ({reason})" for pupil in meant for reason in obstacles(school, known, pupil)]
        if held:
            raise RefusedError(f"hindras: {', '.join(held)}", "build.py retain report visar vad som hindrar")
        for pupil in meant:
            row = in_turn.get(pupil)
            why = f"i tur sedan {row.due} enligt {row.rule}, {row.decision}" if row else "inte i tur enligt någon regel"
            say.result(f"{pupil}: {why}")
        return meant, remains.find(tree, school, place.root, root, meant)
    finally:
        content.close()


def _show(found: Traces, going: dict[Path, Past]) -> None:
    """Print everything that would go."""
    for path in found.removed:
        say.result(f"tas bort: {path}")
    for path in sorted(found.contents):
        say.result(f"ändras: {path}")
    for path in found.office:
        say.result(f"tas bort på kontoret: {path}")
    for name in found.secrets:
        say.result(f"lösenfras tas bort: {name}")
    say.result(f"arkiv tas bort: {found.archived}")
    _show_past(going)


def _show_past(going: dict[Path, Past]) -> None:
    for root, past in going.items():
        for ref in past.refs:
            say.result(f"ref tas bort i {root}: {ref}")
        say.result(f"historien i {root} börjar om; allt äldre försvinner")


def _tell(journal: Journal, result: Proven, *, unproved: bool) -> int:
    for finding in result.found:
        what = ", ".join(sorted(finding.kinds)) or "går inte att läsa"
        say.result(f"fel: {finding.where}: {what}")
    seen = f"{say.count(result.objects, 'objekt', 'objekt')} och {say.count(result.files, 'fil', 'filer')} prövade"
    if result.found:
        say.line(f"Gallringen är inte bevisad: {len(result.found)} träffar. {seen}.")
        if not unproved:
            say.line("  tips: rätta det och kör retain purge --execute igen, eller avsluta med --unproved")
        return ExitCode.REFUSED
    say.line(f"Gallrat och bevisat: {say.count(len(journal.pupils), 'elev', 'elever')}, {seen}, 0 träffar.")
    if result.shown:
        say.line(f"{say.count(result.shown, 'ställe', 'ställen')} har efternamnet, id:t eller en delad mening.")
    say.line(f"Protokoll {journal.number} ligger i kontorets protocols/. Kvar att göra:")
    for row in LEFT:
        say.line(f"- {row}")
    return ExitCode.OK


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
    with office.opened(root) as own, say.progress("Prövar") as progress:
        marks = protocol.read_marks(root, office.open_vault(own).key("purge marks"), number)
        result = proving.prove_copy(copy, marks, progress)
    for finding in result.found:
        say.result(f"fel: {finding.where}: {', '.join(sorted(finding.kinds)) or 'går inte att läsa'}")
    seen = f"{say.count(result.objects, 'objekt', 'objekt')} och {say.count(result.files, 'fil', 'filer')} prövade"
    say.line(f"{seen}, {len(result.found)} träffar.")
    return ExitCode.REFUSED if result.found else ExitCode.OK


@retain.command(
    "trim",
    cls=swedish.Command,
    help="Låt historien i lärarnas katalog börja om med dagens filer: gamla utkast försvinner, arkivet rörs inte.",
)
def trim(
    execute: Annotated[bool, typer.Option("--execute", help="Gör det. Annars visas bara vad som skulle ske.")] = False,  # noqa: FBT002  an option
    site: SiteOption = HERE,
) -> int:
    """Make the teachers' history begin anew."""
    place = open_site(site)
    with files.locked(place.output):
        _show_past({place.root: cut.refuse(place.root, ())})
        if not execute:
            say.line("Inget är ändrat. Gör det med --execute; det går inte att ångra.")
            return ExitCode.OK
        cut.trim(place.root)
    say.line("Historien börjar om. Byt ut servern och be alla klona på nytt: docs/sv/drift.md.")
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
    with files.locked(root / "secrets"):
        if pupil not in read_school(place).pupils and pupil not in ledger.heads(root):
            raise UsageError("det finns ingen elev med det id:t", "elevernas id:n är katalognamnen i content/pupils")
        made = Holds(root).add(pupil, reason, day)
    say.line(f"Spärr {made.number} är satt. Häv den med retain hold release {made.number}.")
    return ExitCode.OK


@hold.command("list", cls=swedish.Command, help="Visa alla spärrar.")
def list_(site: SiteOption = HERE) -> int:
    """Print every hold."""
    rows = Holds(open_site(site).required_office()).all()
    cells = [(str(h.number), h.pupil, h.reason.value, str(h.begins), str(h.released or "")) for h in rows]
    say.table("Spärrar", ("nummer", "elev", "skäl", "från", "hävd"), cells)
    return ExitCode.OK


@hold.command("release", cls=swedish.Command, help="Häv en spärr.")
def release(
    number: Annotated[int, typer.Argument(metavar="NUMMER", help="Spärrens nummer, ur retain hold list.")],
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """End a hold."""
    root, day = open_site(site).required_office(), day_of(as_of)
    with files.locked(root / "secrets"):
        Holds(root).release(number, day)
    say.line(f"Spärr {number} är hävd.")
    return ExitCode.OK

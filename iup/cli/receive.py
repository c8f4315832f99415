"""The command `receive`: a person of the office takes in replies from home, one by one.

What is in a reply is shown on stdout and nowhere else. stderr names ids and reasons only.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iup.archive.keep import keep_now
from iup.archive.ledger import Event
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, JsonOption, SiteOption, app, day_of
from iup.cli.questions import answer
from iup.cli.type_in import type_in
from iup.errors import ContentError, ExitCode, IupError, UsageError
from iup.keys import keyring
from iup.keys.locks import Locksmith
from iup.keys.vault import open_vault
from iup.model.reply import ReplyChannel, ReplyState
from iup.office.replies.inbox import SkippedInput, pieces
from iup.office.replies.receive import Reception
from iup.office.replies.store import ReplyStore
from iup.office.replies.verdict import ValueVerdict
from iup.policy.relations import OFFICE
from iup.site.layout import committed_tree, open_site
from iup.system import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from iup.office.replies.reply import Value
    from iup.office.replies.waiting import Waiting

_ALL = "alla"
_QUESTION = {True: "ersätt det som står med svarets text", False: "för in svaret bredvid det som står"}


@app.command(
    cls=swedish.Command, help="Ta in svar hemifrån: öppna, pröva mot reglerna, visa, och checka in på ditt ja."
)
def receive(  # noqa: PLR0913  each argument is an option of the command
    inbox: Annotated[
        list[Path] | None, typer.Argument(metavar="INKORG", help="Filer, kataloger eller Maildir med det som kommit.")
    ] = None,
    site: SiteOption = HERE,
    as_of: DayOption = "",
    listing: Annotated[bool, typer.Option("--list", help="Visa bara vilka svar som väntar.")] = False,  # noqa: FBT002
    accept: Annotated[
        list[str] | None, typer.Option("--accept", metavar="SVAR", help="Ta in det svaret, eller alla som är klara.")
    ] = None,
    refuse: Annotated[
        list[str] | None, typer.Option("--refuse", metavar="SVAR", help="Avslå det svaret; originalet finns kvar.")
    ] = None,
    replacing: Annotated[
        list[str] | None,
        typer.Option("--replace", metavar="PLATS", help="Låt svaret ersätta det som ändrats där. Med ett --accept."),
    ] = None,
    handled: Annotated[
        list[str] | None,
        typer.Option("--handled", metavar="SVAR", help="Ett brev eller en bild som är läst och skött; det finns kvar."),
    ] = None,
    show: Annotated[
        str, typer.Option("--show", metavar="SVAR", help="Visa det svaret eller brevet, med sin text.")
    ] = "",
    on_paper: Annotated[bool, typer.Option("--type-in", help="Skriv in ett svar som kommit på papper.")] = False,  # noqa: FBT002
    receiver: Annotated[str, typer.Option("--as", metavar="ID", help="Ditt eget id i content/people.")] = OFFICE,
    as_json: JsonOption = False,  # noqa: FBT002  an option
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ta inte in något, visa bara.")] = False,  # noqa: FBT002
) -> int:
    """Take in what came; then decide the replies that are named, or ask about each on a terminal."""
    if replacing and len(accept or ()) != 1:
        raise UsageError("--replace hör till precis ett --accept")
    with _sitting(site, day_of(as_of), receiver) as sitting:
        troubled = _take_in(sitting, inbox or [], dry_run=dry_run)
        if on_paper:
            name = type_in(sitting)
            output.line(f"Svaret är sparat på kontoret: {name}")
            _ask(sitting, sitting.look(sitting.store.one(name)))
            return ExitCode.OK
        if dry_run or listing or as_json:
            return _listed(sitting, as_json=as_json) or troubled
        if show:
            _show(sitting, sitting.look(sitting.store.one(show)))
            return troubled
        failed = _decided(sitting, accept or [], refuse or [], frozenset(replacing or []))
        _handled(sitting, handled or [])
        decided = accept or refuse or handled
        if not decided and sys.stdin.isatty() and sys.stdout.isatty():
            for waiting in sitting.waiting():
                _ask(sitting, waiting)
        elif not decided:
            _listed(sitting, as_json=False)
        return failed or troubled


@contextmanager
def _sitting(root: Path, day: date, receiver: str) -> Iterator[Reception]:
    place = open_site(root)
    tree, _ = committed_tree(place)
    own_root = place.required_office()
    with (
        keyring.lock(own_root),
        keyring.opened(own_root) as own,
        Locksmith(tree, own, open_vault(own)) as smith,
    ):
        sitting = Reception(place, ReplyStore(own, smith.vault, smith.home), smith, day, receiver)
        if receiver != OFFICE and receiver not in sitting.school.people:
            raise UsageError("ingen i content/people har det id:t", "skriv ditt eget id efter --as")
        yield sitting


def _take_in(sitting: Reception, paths: list[Path], *, dry_run: bool) -> ExitCode:
    """Keep everything that came in before any of it is opened."""
    new = known = aside = 0
    for piece in pieces(paths):
        if isinstance(piece, SkippedInput):
            aside += 1
            output.line(f"obs: {piece.where} {piece.why} och lämnas orört")
        elif not dry_run:
            name, fresh = sitting.take(piece, clock.now())
            new += fresh
            known += not fresh
            kind = f", {piece.kind}" if piece.kind else ""
            output.line(f"{name}: {'intaget' if fresh else 'fanns redan'} ({piece.where}{kind})")
    if paths and not dry_run:
        output.line(
            f"{new} nya, {known} fanns redan, {aside} lämnades. Det som är intaget ligger kvar i inkorgen också."
        )
    return ExitCode.PARTIAL if aside else ExitCode.OK


def _decided(sitting: Reception, accepting: list[str], refusing: list[str], replacing: frozenset[str]) -> ExitCode:
    """Accept and refuse what is named; one that cannot be taken in stops none of the others."""
    code = ExitCode.OK
    chosen = [w for name in accepting if name == _ALL for w in sitting.waiting() if w.is_plain]
    named = [sitting.look(sitting.store.one(name)) for name in accepting if name != _ALL]
    for waiting in (*chosen, *named):
        code = _accept(sitting, waiting.record.id, replacing) or code
    for name in refusing:
        waiting = sitting.look(sitting.store.one(name))
        if waiting.record.state is not ReplyState.WAITING:
            output.line(f"{waiting.record.id}: redan {waiting.record.state}")
            continue
        sitting.refuse(waiting)
        output.line(f"{waiting.record.id}: avslaget; originalet finns kvar på kontoret")
    return code


def _handled(sitting: Reception, names: list[str]) -> None:
    for name in names:
        waiting = sitting.look(sitting.store.one(name))
        sitting.handle(waiting)
        output.line(f"{waiting.record.id}: skött; det finns kvar på kontoret")


def _accept(sitting: Reception, name: str, replacing: frozenset[str]) -> ExitCode:
    waiting = sitting.look(sitting.store.one(name))  # again: what was taken before it may have changed the same place
    if waiting.record.state is not ReplyState.WAITING:
        output.line(f"{name}: redan {waiting.record.state}")
        return ExitCode.OK
    try:
        commit = sitting.accept(waiting, replacing)
    except IupError as error:
        if isinstance(error, ContentError):
            output.problems(error.problems)
        output.refusal(error)
        return error.exit_code
    left = [one for one in waiting.judged if one.verdict is not ValueVerdict.FINE and one.key not in replacing]
    taken = f"{name}: antaget, incheckat som {commit[:12]}"
    output.line("\n  obs: ".join([taken, *waiting.faults]))
    _archive(sitting, waiting)
    for one in left:
        output.line(f"  {one.key}: fördes inte in: {one.reason}")
    return ExitCode.OK


def _archive(sitting: Reception, waiting: Waiting) -> None:
    """Archive what an accepted reply changed; a failure here never undoes the reply, and `deliver` makes up for it."""
    own = sitting.store.office
    if waiting.reply is None or own.signer is None:
        return
    try:
        keep_now(sitting.site, own, {waiting.reply.pupil}, Event.REPLY, sitting.day)
    except IupError as error:
        output.line(f"varning: svaret är antaget men inte arkiverat ({error.message}); deliver arkiverar det")


def _listed(sitting: Reception, *, as_json: bool) -> ExitCode:
    """Say what waits: whose, how it came and what becomes of each value, never what it says."""
    waiting = sitting.waiting()
    if as_json:
        output.result(json.dumps([_as_dict(one) for one in waiting], ensure_ascii=False, indent=2))
        output.notes(f"{one.record.id}: {fault}" for one in waiting for fault in one.faults)
    else:
        rows = [
            [
                one.record.id,
                f"{one.record.arrived:%Y-%m-%d %H:%M}",
                one.reply.sender if one.reply else _claimed(one),
                one.reply.pupil if one.reply else "",
                one.reply.channel.value if one.reply else one.record.kind or "",
                _what(one),
            ]
            for one in waiting
        ]
        if rows:
            output.table("Svar som väntar", ("svar", "inkom", "från", "elev", "kanal", "vad"), rows)
    letters = sum(one.record.kind is not None for one in waiting)
    more = f" och {letters} annat som någon behöver läsa" if letters else ""
    output.line(f"{output.count(len(waiting) - letters, 'svar', 'svar')}{more} väntar.")
    return ExitCode.PARTIAL if any(one.fault for one in waiting) else ExitCode.OK


def _what(waiting: Waiting) -> str:
    """Say why a reply cannot be taken in, or what becomes of how many values."""
    counted = [(verdict, sum(one.verdict is verdict for one in waiting.judged)) for verdict in ValueVerdict]
    told = [f"{output.count(number, 'fält', 'fält')} {verdict}" for verdict, number in counted if number]
    named = f"{waiting.record.file}: " if waiting.record.kind and waiting.record.file else ""
    return waiting.fault or named + (waiting.what_to_do or ", ".join([*told, *waiting.faults]))


def _claimed(waiting: Waiting) -> str:
    """Return whom a mail says it is from, which nothing proves."""
    return f"obekräftat: {waiting.record.claimed}" if waiting.record.claimed else "okänd"


def _as_dict(waiting: Waiting) -> dict[str, object]:
    return {
        "id": waiting.record.id,
        "arrived": f"{waiting.record.arrived:%Y-%m-%d %H:%M}",
        "sender": waiting.reply.sender if waiting.reply else None,
        "pupil": waiting.reply.pupil if waiting.reply else None,
        "channel": waiting.reply.channel.value if waiting.reply else None,
        "reply": waiting.reply.id if waiting.reply else None,
        "fault": waiting.fault or None,
        "values": [one.told for one in waiting.judged],
        **_about(waiting),
    }


def _about(waiting: Waiting) -> dict[str, str]:
    """Return how something came, as far as that is known, and what to do with what is no reply."""
    record = waiting.record
    told = {"kind": record.kind, "claimed": record.claimed, "sent": record.sent, "file": record.file}
    return {name: str(text) for name, text in {**told, "todo": waiting.what_to_do}.items() if text}


# --- asking a person


def _ask(sitting: Reception, waiting: Waiting) -> None:
    """Show one reply and do what the person says."""
    _show(sitting, waiting)
    if waiting.record.kind:
        if answer("Är det läst och skött? ja eller senare", ("ja", "senare")) == "ja":
            _handled(sitting, [waiting.record.id])
        return
    said = answer("Ta in svaret? ja, nej (avslå) eller senare", ("ja", "nej", "senare"))
    if said == "nej":
        sitting.refuse(waiting)
        output.line(f"{waiting.record.id}: avslaget; originalet finns kvar på kontoret")
    elif said == "ja":
        stale = [one for one in waiting.judged if one.verdict is ValueVerdict.STALE]
        chosen = [
            one.key
            for one in stale
            if answer(f"{one.label}: {_QUESTION[one.replaces]}? ja eller nej", ("ja", "nej")) == "ja"
        ]
        _accept(sitting, waiting.record.id, frozenset(chosen))


def _show(sitting: Reception, waiting: Waiting) -> None:
    reply_ = waiting.reply
    if waiting.record.kind:
        _show_letter(sitting, waiting)
        return
    output.result(f"\nSvar {waiting.record.id}, kom {waiting.record.arrived:%Y-%m-%d %H:%M}")
    if reply_ is None:
        output.result(f"  går inte att öppna: {waiting.fault}")
        return
    name = sitting.school.name_of
    output.result(f"  från {name(reply_.sender)}, om {name(reply_.pupil)}, kanal: {reply_.channel.value}")
    if reply_.channel is ReplyChannel.PDF:
        output.result(
            "  En PDF kan ändras på vägen utan att det märks. Läs texten: stämmer den med vad avsändaren menar?"
        )
    for told in filter(None, (*waiting.faults, waiting.fault)):
        output.result(f"  {told}")
    for one in waiting.judged:
        output.difference(f"{one.label} ({one.as_text})", one.now, _said(one.value))
        if one.shown:
            output.result(f"  sidan visar: {_said(one.shown)}")


def _show_letter(sitting: Reception, waiting: Waiting) -> None:
    record = waiting.record
    output.result(f"\n{str(record.kind).capitalize()} {record.id}, inlagt {record.arrived:%Y-%m-%d %H:%M}")
    told = (("uppger sig vara", record.claimed), ("skickat", record.sent), ("fil", record.file))
    for name, text in told:
        if text:
            output.result(f"  {name}: {text}")
    output.result(f"  {waiting.what_to_do}")
    letter = sitting.letter(waiting)
    for line in letter.text.splitlines() if letter else ():
        output.result(f"  | {_said(line)}")


def _said(value: Value) -> str:
    """Return a value as it may be shown on a terminal: a control character could rewrite what stands there."""
    if value is True:
        return "ja"
    return "".join(c if c.isprintable() or c in "\n\u00ad\u200c\u200d" else "�" for c in str(value))

"""The command `disclose`: register, refer, review and check a request to see a pupil's plans."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from iup.cli import output, review_page, swedish
from iup.cli.app import HERE, DayOption, JsonOption, PortOption, SiteOption, app, day_of
from iup.cli.spelling import term_of
from iup.documents import wording
from iup.errors import ExitCode, UsageError
from iup.keys import keyring
from iup.model.base import Moment
from iup.model.disclosure import RequestChannel
from iup.office.disclosure import public_copy, referral, review
from iup.office.disclosure.decision_check import SOURCE
from iup.office.disclosure.decision_file import DecisionStore, path_of
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.register import Arrival, Register, is_open
from iup.site.layout import committed_tree, open_site, work_tree
from iup.site.load import SiteReader
from iup.system import clock, scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.model.disclosure import Request
    from iup.model.school import School
    from iup.office.disclosure.public_copy import PublicTerm
    from iup.office.disclosure.review import Review
    from iup.site.layout import Site
    from iup.system.git.trees import Tree

_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)

disclose = typer.Typer(
    cls=swedish.SwedishGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Någon begär att få se en elevs planer: registrera, hänvisa till rektorn, granska och besluta.",
)
app.add_typer(disclose, name="disclose")

NumberArgument = Annotated[int, typer.Argument(metavar="N", help="Begärans nummer.")]
ArrivedOption = Annotated[
    str, typer.Option("--arrived", metavar="TID", help="När den kom: ”ÅÅÅÅ-MM-DD TT:MM”. Annars nu.")
]
ChannelOption = Annotated[
    RequestChannel, typer.Option("--channel", metavar="SÄTT", help="brev, e-post, telefon, besök eller annat.")
]
TermsOption = Annotated[
    list[str] | None, typer.Option("--term", metavar="TERMIN", help="Till exempel ”HT 2026”. Annars allt som finns.")
]
_NEVER_ASK = (
    "Fråga aldrig vem den som begär är eller vad handlingen ska användas till (tryckfrihetsförordningen 2 kap. 18 §); "
    "den får vara anonym. Här finns ingen plats för det."
)


@contextmanager
def at_desk(site: Site) -> Iterator[DecisionStore]:
    """Hold the office's lock and keys while a request is worked on."""
    root = site.required_office()
    with keyring.lock(root), keyring.opened(root) as own:
        yield DecisionStore(own, scratch.place())


@contextmanager
def committed(site: Site) -> Iterator[tuple[School, Tree]]:
    """Return the school and the files as they are committed, because only what is committed says who may decide."""
    tree, content = committed_tree(site)
    try:
        yield SiteReader(tree).required_school(), tree
    finally:
        content.close()


def school_of(site: Site) -> School:
    """Return the school as its files stand, without what has faults.

    What is left out is reported, since names in it are not looked for. The pupils' plans are not read: what is handed
    out is what the archive holds.
    """
    reading = SiteReader(work_tree(site))
    school = reading.required_school()
    for shelf in (reading.pupils, reading.people, reading.registered):
        for name in shelf.names:
            shelf.get(name)
    if reading.found:
        output.line(
            f"varning: {output.count(len(reading.found), 'fil', 'filer')} i innehållet har fel; "
            "namn som står i dem söks inte. Kör build.py check."
        )
    return school


@disclose.command(
    cls=swedish.Command, help="Registrera en begäran: när den kom, hur, och vems planer den gäller. Aldrig från vem."
)
def new(
    pupils: Annotated[
        list[str] | None, typer.Argument(metavar="[ELEV]…", help="Elevens id. Utelämnas tills det är klarlagt.")
    ] = None,
    arrived: ArrivedOption = "",
    channel: ChannelOption = RequestChannel.OTHER,
    term: TermsOption = None,
    referred: Annotated[
        Path | None, typer.Option("--referral", metavar="FIL", help="Det som disclose refer skrev.")
    ] = None,
    site: SiteOption = HERE,
) -> int:
    """Register a request, one for each pupil; nothing that must be taken in by law is refused."""
    place = open_site(site)
    root = place.required_office()
    came = Arrival(_moment(arrived), channel, terms=tuple(map(term_of, term or ())))
    arrivals = referral.read(referred) if referred else [replace(came, pupil=pupil) for pupil in pupils or [""]]
    with keyring.lock(root):
        made = [Register(root).new(arrival) for arrival in arrivals]
    for request in made:
        output.result(f"begäran {request.number}")
    school = SiteReader(work_tree(place)).school  # a fault in the content is no reason not to take a request in
    for request in made:
        _tell(school, root, request)
    output.line(_NEVER_ASK)
    output.line("Rektorn prövar skyndsamt. Granska med build.py disclose review N.")
    return ExitCode.OK


@disclose.command(
    cls=swedish.Command,
    help="För den som inte är rektor: lämna en begäran vidare till rektorn, med tiden då den kom till dig.",
)
def refer(
    pupils: Annotated[list[str] | None, typer.Argument(metavar="[ELEV]…", help="Elevens id, om det är klart.")] = None,
    arrived: ArrivedOption = "",
    channel: ChannelOption = RequestChannel.OTHER,
    term: TermsOption = None,
    by: Annotated[str, typer.Option("--by", metavar="ID", help="Ditt id, om git inte vet vem du är.")] = "",
    site: SiteOption = HERE,
) -> int:
    """Pass a request on: register it where the office is at hand, else write a file to send there."""
    place = open_site(site)
    came = Arrival(
        _moment(arrived),
        channel,
        terms=tuple(map(term_of, term or ())),
        referred_by=by or referral.sender(place),
        referred=clock.local(),
    )
    arrivals = [replace(came, pupil=pupil) for pupil in pupils or [""]]
    if referral.reaches(place):
        root = place.required_office()
        with keyring.lock(root):
            made = [Register(root).new(arrival) for arrival in arrivals]
        for request in made:
            output.result(f"begäran {request.number}")
        output.line("Begäran är registrerad hos rektorn med tiden då den kom till dig.")
    else:
        output.result(referral.written(arrivals).decode())
        output.line(
            "Skicka texten ovan till expeditionen eller rektorn nu; de registrerar den med disclose new --referral."
        )
    for pupil in pupils or ():
        output.line(referral.principal(place, pupil, clock.today()))
    output.line("Lämna inte ut något själv, och säg inte nej: det gör bara rektorn. " + _NEVER_ASK)
    return ExitCode.OK


@disclose.command("list", cls=swedish.Command, help="Visa alla begäranden och hur länge de har väntat.")
def show(site: SiteOption = HERE, as_json: JsonOption = False) -> int:  # noqa: FBT002  an option
    """Print every request with how long it has waited."""
    requests = Register(open_site(site).required_office()).all()
    if as_json:
        output.result(
            json.dumps([r.model_dump(mode="json", by_alias=True) for r in requests], ensure_ascii=False, indent=2)
        )
        return ExitCode.OK
    rows = [
        (
            str(request.number),
            f"{request.arrived:%Y-%m-%d %H:%M}",
            request.channel.value,
            request.pupil or "oklart",
            ", ".join(request.terms) or "hela",
            request.state.value,
            wording.waited(request.arrived, clock.local()) if is_open(request) else "",
        )
        for request in requests
    ]
    output.table("Begäranden", ("nr", "inkom", "sätt", "elev", "terminer", "läge", "har väntat"), rows)
    return ExitCode.OK


@disclose.command("review", cls=swedish.Command, help="Granska: visa handlingen, förslagen och vad som är beslutat.")
def review_(  # noqa: PLR0913  each argument is an option of the command
    number: NumberArgument,
    pupil: Annotated[str, typer.Option("--pupil", metavar="ELEV", help="Vems planer, när det är klarlagt.")] = "",
    page: Annotated[  # noqa: FBT002  an option
        bool, typer.Option("--page", help="Granska på en sida i webbläsaren på den här datorn.")
    ] = False,
    port: PortOption = 0,
    version: Annotated[
        str, typer.Option("--version", metavar="ID", help="En tidigare version av arkivet, om det är den som begärs.")
    ] = "",
    again: Annotated[  # noqa: FBT002  an option
        bool, typer.Option("--again", help="Börja om för det som har arkiverats sedan dess; annat står kvar.")
    ] = False,
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Print the copy with its proposals and choices, and write a decision to fill in where there is none."""
    place = open_site(site)
    school = school_of(place)
    with at_desk(place) as desk:
        if pupil:
            desk.requests.clarify(number, pupil)
        if version:
            desk.requests.clarify(number, commit=review.version(desk, desk.requests.one(number), version))
        review.begin(desk, school, number, again=again or bool(version))
        opened = review.opened(desk, school, number, day_of(as_of))
        versions = public_copy.revisions(desk.office.root, opened.request.pupil or "")
    _tell(school, place.required_office(), opened.request)
    if page:
        review_page.serve(place, lambda: committed(place), number, lambda: day_of(as_of), port)
        return ExitCode.OK
    for person in opened.by_eye:
        output.result(
            f"Leta själv efter {person}, som har ett enda namn: det föreslås bara intill klass, id eller personnummer."
        )
    for source in opened.sources:
        _print(source, opened)
        kept = [one for one in versions if source.folder in one.folders]
        for one in kept if len(kept) > 1 else ():
            output.line(f"{source.name} arkiverades {one.day}, version {one.commit[:10]}")
    output.problems(tuple(p for p in opened.problems if opened.unread or p.rule == SOURCE.id))
    output.line(
        f"Besluten skrivs i {place.required_office() / path_of(number)}; pröva med build.py disclose check {number}."
    )
    return ExitCode.CONTENT if opened.unread else ExitCode.OK


@disclose.command("check", cls=swedish.Command, help="Pröva beslutet: är allt avgjort, och stämmer det med handlingen?")
def check(number: NumberArgument, site: SiteOption = HERE, as_of: DayOption = "") -> int:
    """Print what keeps the decision from being signed, and seal what it quotes; exit 1 where something does."""
    place = open_site(site)
    school = school_of(place)
    with at_desk(place) as desk:
        desk.requests.one(number)
        opened = review.opened(desk, school, number, day_of(as_of))
        if opened.decision is not None:
            desk.keep(opened.decision)
    output.problems(opened.problems)
    if opened.decision is None and not opened.problems:
        raise UsageError("begäran är inte granskad än", f"börja med build.py disclose review {number}")
    if opened.problems:
        output.line(f"{output.count(len(opened.problems), 'sak', 'saker')} är kvar innan beslutet kan skrivas under.")
        return ExitCode.CONTENT
    output.line("Allt är avgjort. Rektorn kan skriva under beslutet.")
    return ExitCode.OK


def _tell(school: School | None, root: Path, request: Request) -> None:
    """Say what the office should know of a request that has been taken in."""
    if request.pupil is None:
        output.line(
            f"begäran {request.number}: vilken elev det gäller är inte klarlagt; hjälp till att ta reda på det."
        )
        return
    for note in () if school is None else referral.notes(school, root, request, clock.today()):
        output.line(f"begäran {request.number}: {note}")


def _print(source: PublicTerm, opened: Review) -> None:
    shared = "delad, aldrig fastställd" if source.view.state else "bara mål"
    state = f"fastställd {source.final}" if source.final else shared
    output.result(f"{source.name}: {source.view.title}, {state}, version {source.commit[:10]}")
    chosen = next(
        (t.places for t in (opened.decision.terms if opened.decision else ()) if t.folder == source.folder), {}
    )
    for place in places(source.view):
        choice = chosen[place.key].choice.value if place.key in chosen else "obeslutad"
        output.result(f"\n{place.key} · {place.label} [{choice}]")
        output.result("".join(f"    {line}\n" for line in place.text.splitlines()))
        for found in opened.proposals.get(source.folder, ()):
            if found.place == place.key:
                output.result(f"    ? {found.id}: ”{place.text[found.start : found.end]}” {found.reason}")


def _moment(typed: str) -> datetime:
    """Return when a request came; now unless another time was given. The future is a slip of the pen."""
    if not typed:
        return clock.local()
    try:
        moment = _MOMENT.validate_python(typed)
    except ValidationError:
        raise UsageError("tiden efter --arrived ska skrivas ”ÅÅÅÅ-MM-DD TT:MM”") from None
    if moment > clock.local():
        raise UsageError("begäran kan inte ha kommit i framtiden", "kontrollera tiden efter --arrived")
    return moment

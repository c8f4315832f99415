"""The command `keys`: passphrases, certificates, the signing key, and a new office."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from iup.archive import signing_key
from iup.archive.ledger import required_signer
from iup.build.key_status import WARN_DAYS, KeyState, examine
from iup.build.pipeline import checked
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, JsonOption, SiteOption, app, day_of
from iup.errors import ContentError, ExitCode, UsageError
from iup.keys import keyring
from iup.keys.new_office import create
from iup.keys.vault import open_vault
from iup.model.people import Channel
from iup.site.layout import open_site, work_tree
from iup.system import clock, files
from iup.view.bundle import recipients

keys = typer.Typer(
    cls=swedish.SwedishGroup, no_args_is_help=True, rich_markup_mode=None, help="Lösenfraser, certifikat och kontor."
)
app.add_typer(keys, name="keys")

_PUSH = "Nyckeln står i content/office/ och är incheckad. Skicka den till servern med git push, från kontorets konto."


@keys.command("new-passphrase", cls=swedish.Command, help="Skapa en ny lösenfras åt en mottagare och skriv ut brevet.")
def new_passphrase(
    recipient: Annotated[str, typer.Argument(metavar="MOTTAGARE", help="Mottagarens id.")],
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Print the letter that carries the new passphrase; the next build seals to it."""
    place = open_site(site)
    day = day_of(as_of)
    school, problems = checked(work_tree(place), day)
    if school is None:
        raise ContentError(problems)
    known = next((r for r in recipients(school, day) if r.id == recipient), None)
    if known is None:
        raise UsageError("ingen mottagare i dag har det id:t", "id:n står i content/people och content/pupils")
    if known.receiving.channel is not Channel.PASSPHRASE:
        raise UsageError("mottagaren tar inte emot med lösenfras (mottagning i personens fil)")
    with keyring.opened(place.required_office()) as own:
        secret = open_vault(own).renew(recipient)
    output.result(_letter(school.name_of(recipient), secret.passphrase))
    output.line(
        "Skriv ut brevet och lämna det direkt i handen. Nästa bygge låser med de nya orden; de gamla gäller för äldre "
        "filer."
    )
    return ExitCode.OK


def _letter(name: str, passphrase: str) -> str:
    return (
        f"Till {name}\n\n"
        "Här är sju ord som öppnar filerna från skolan:\n\n"
        f"    {passphrase}\n\n"
        "PDF-filen: skriv orden precis så, med små bokstäver och bindestreck.\n"
        "Webbsidan: mellanslag eller bindestreck, stora eller små bokstäver går lika bra.\n\n"
        "Orden är bara dina. Skolan frågar aldrig efter dem, varken i telefon eller i ett meddelande.\n"
        "Har du tappat brevet? Säg till på expeditionen, så får du nya ord.\n"
    )


@keys.command("check", cls=swedish.Command, help="Visa vilka nycklar som saknas, är oanvändbara eller snart går ut.")
def check(site: SiteOption = HERE, as_of: DayOption = "", as_json: JsonOption = False) -> int:  # noqa: FBT002  an option
    """Print every key that needs somebody's attention; exit 5 when somebody cannot be sealed to."""
    place = open_site(site)
    tree = work_tree(place)
    school, problems = checked(tree, day_of(as_of))
    if school is None:
        raise ContentError(problems)
    with keyring.opened(place.required_office()) as own:
        states = examine(school, tree, own, open_vault(own), day_of(as_of))
    today = clock.today()  # gpg knows no other day
    if as_json:
        output.result(json.dumps([_as_dict(state) for state in states], ensure_ascii=False, indent=2))
    faults = [state for state in states if state.fault]
    for state in faults:
        output.line(f"fel: {state.recipient} ({state.channel}): {state.fault}")
    for state in states:
        if not state.fault and state.ends_soon(today):
            output.line(f"varning: {state.recipient}: nyckeln går ut {state.expires} (inom {WARN_DAYS} dagar)")
    if own.signer is None:
        output.line("varning: skolan har ingen signeringsnyckel")
    output.line(f"{output.count(len(states), 'nyckel', 'nycklar')} granskade, {len(faults)} med fel.")
    return ExitCode.PARTIAL if faults else ExitCode.OK


def _as_dict(state: KeyState) -> dict[str, str | None]:
    return {
        "recipient": state.recipient,
        "channel": state.channel,
        "fault": state.fault,
        "expires": state.expires.isoformat() if state.expires else None,
    }


@keys.command(
    "new-signing",
    cls=swedish.Command,
    help="Skapa skolans signeringsnyckel, eller byt den; liggaren och lärarnas förråd får veta det.",
)
def new_signing(site: SiteOption = HERE, as_of: DayOption = "") -> int:
    """Make or renew the school's signing key."""
    place, day = open_site(site), day_of(as_of)
    root = place.required_office()
    with files.locked(place.output), keyring.lock(root):
        with keyring.opened(root) as own:
            signing_key.change(place, own, day)
        with keyring.opened(root) as own:
            signing_key.publish(place, own, day)
            output.line(f"Skolans signeringsnyckel är {required_signer(own).fingerprint}.")
    output.line("Ta säkerhetskopia av keyhome/ och ge fingeravtrycket till dem som kontrollerar underskrifter.")
    output.line(_PUSH)
    return ExitCode.OK


@keys.command(
    "publish-signing",
    cls=swedish.Command,
    help="Lägg den signeringsnyckel som finns i lärarnas förråd, så att det som kontoret har skrivit under tas emot.",
)
def publish_signing(site: SiteOption = HERE, as_of: DayOption = "") -> int:
    """Tell of the signing key that there is in the teachers' repository."""
    place, day = open_site(site), day_of(as_of)
    root = place.required_office()
    with files.locked(place.output), keyring.lock(root), keyring.opened(root) as own:
        new = signing_key.publish(place, own, day)
    output.line(_PUSH if new else "Nyckeln stod redan i content/office/; inget är ändrat.")
    return ExitCode.OK


@keys.command(
    "new-office", cls=swedish.Command, help="Skapa ett nytt kontor: en egen git-katalog med nycklar och valv."
)
def new_office(
    directory: Annotated[Path, typer.Argument(metavar="KATALOG", help="Där kontoret ska ligga; inte hos lärarna.")],
) -> int:
    """Make an office with new keys."""
    create(directory)
    output.line(f"Kontoret finns i {directory}. Skriv sökvägen under kontor i content/site.yaml.")
    output.line("Ta säkerhetskopia av keyhome/ och secrets/ nu: utan dem kan ingen öppna eller bygga något.")
    return ExitCode.OK

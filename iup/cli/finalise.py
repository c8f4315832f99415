"""The commands `share` and `finalise`: show a draft to the home, make a term's plan final, or correct one that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from iup.archive import correct as corrections
from iup.archive import finalise as steps
from iup.archive.ledger import required_signer
from iup.archive.signing_key import published_signer
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, SiteOption, app, day_of
from iup.cli.questions import agreed
from iup.cli.spelling import class_of, term_of
from iup.errors import ExitCode, UsageError
from iup.keys import keyring
from iup.policy.access import required_policy
from iup.policy.correction import CorrectionReason
from iup.site.layout import committed_tree, open_site
from iup.site.load import required_school
from iup.system import files

if TYPE_CHECKING:
    from iup.archive.finalise import StateChange

PupilsArgument = Annotated[list[str] | None, typer.Argument(metavar="[ELEV]…", help="Elevernas id.")]
ClassOption = Annotated[
    str, typer.Option("--class", metavar="ID", help="Alla i en klass: dess id, eller namnet som ”2 B”.")
]


@app.command(cls=swedish.Command, help="Dela utkast med hemmet: planens läge blir delad, och arkivet får den.")
def share(
    pupils: PupilsArgument = None, group: ClassOption = "", site: SiteOption = HERE, as_of: DayOption = ""
) -> int:
    """Share the drafts of some pupils."""
    return _run(pupils or [], group, site, as_of, term="", sure=True)


@app.command(
    cls=swedish.Command,
    help="Fastställ planer: kontrollera det lagen kräver, ta bort arbetsmaterial, och arkivera terminen.",
)
def finalise(  # noqa: PLR0913  each argument is an option of the command
    pupils: PupilsArgument = None,
    term: Annotated[str, typer.Option("--term", metavar="TERMIN", help="Terminen, till exempel ”HT 2026”.")] = "",
    group: ClassOption = "",
    yes: Annotated[bool, typer.Option("--yes", help="Fråga inte.")] = False,  # noqa: FBT002  an option
    correct: Annotated[  # noqa: FBT002  an option
        bool, typer.Option("--correct", help="Rätta en fastställd plan så som den nu står i plan.yaml, inte incheckad.")
    ] = False,
    reason: Annotated[
        CorrectionReason | None,
        typer.Option("--reason", metavar="SKÄL", help=f"Med --correct, ett av: {', '.join(CorrectionReason)}."),
    ] = None,
    person: Annotated[str, typer.Option("--as", metavar="ID", help="Vem som rättar; annars den som git säger.")] = "",
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Make the shared plans of some pupils final, or correct one that is."""
    if not term:
        raise UsageError("säg vilken termin som fastställs", "till exempel --term ”HT 2026”")
    term = term_of(term)
    if correct != (reason is not None) or (person and not correct):
        raise UsageError("--correct och --reason hör ihop", f"skälen är {', '.join(CorrectionReason)}")
    if reason is not None:
        if len(pupils or []) != 1 or group:
            raise UsageError("en plan i taget rättas", "ange precis en elev efter --correct")
        return _correct((pupils or [])[0], term, reason, person, site, as_of, sure=yes)
    return _run(pupils or [], group, site, as_of, term=term, sure=yes)


def _run(pupils: list[str], group: str, root: SiteOption, as_of: str, *, term: str, sure: bool) -> int:
    site, day = open_site(root), day_of(as_of)
    with files.locked(site.output), keyring.opened(site.required_office()) as own:
        required_signer(own)
        tree, content = committed_tree(site)
        try:
            school = required_school(tree)
            meant = steps.chosen(school, day, pupils, class_of(school, day, group) if group else "")
            made = steps.finalise(tree, school, meant, term, day) if term else steps.share(tree, school, meant, day)
        finally:
            content.close()
        _show(made)
        if not sure and not agreed("Fastställa?"):
            output.line("Inget är ändrat.")
            return ExitCode.OK
        kept = steps.carry_out(site, own, made, day)
    output.line(
        f"Nu {made.state}: {output.count(len(made.pupils), 'plan', 'planer')}; "
        f"{len(made.standing)} var redan så långt. "
        f"{output.count(kept, 'arkiv', 'arkiv')} fick något nytt."
    )
    return ExitCode.OK


def _correct(  # noqa: PLR0913  what the command was told
    pupil: str, term: str, reason: CorrectionReason, person: str, root: SiteOption, as_of: str, *, sure: bool
) -> int:
    site, day = open_site(root), day_of(as_of)
    with files.locked(site.output), keyring.opened(site.required_office()) as own:
        published_signer(own, site, day)
        tree, content = committed_tree(site)
        try:
            school = required_school(tree)
            who = corrections.corrector(site, school, person)
            rules = (school, required_policy(tree), day)
            made = corrections.correct(site, tree, rules, pupil, term, (who, reason))
        finally:
            content.close()
        for change in made.changes:
            output.result(f"{pupil}: {change.key} rättas ({reason.value})")
        if made.changes and not sure and not agreed("Rätta?"):
            output.line("Inget är ändrat.")
            return ExitCode.OK
        kept = corrections.carry_out(site, own, made, day)
    output.line(
        f"Rättat: {output.count(len(made.changes), 'plats', 'platser')}. "
        f"{output.count(kept, 'arkiv', 'arkiv')} fick något nytt."
    )
    return ExitCode.OK


def _show(made: StateChange) -> None:
    for pupil in made.pupils:
        output.result(f"{pupil}: plan.yaml blir {made.state}")
        for name in made.left_out.get(pupil, ()):
            output.result(f"  arbetsmaterial som tas bort ur planen och inte arkiveras: {name}")

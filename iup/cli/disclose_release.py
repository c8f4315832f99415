"""The commands `disclose sign` and `disclose release`: sign the decision, and write what is handed out."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, SiteOption, day_of
from iup.cli.disclose import NumberArgument, at_desk, committed, disclose
from iup.cli.questions import agreed
from iup.documents.assets import load_assets
from iup.errors import ExitCode, UsageError
from iup.office.disclosure import release as disclosure_release
from iup.office.disclosure import review
from iup.office.disclosure.masked_pdf import CopyRenderer
from iup.office.disclosure.release import DisclosureCase
from iup.site.layout import open_site

if TYPE_CHECKING:
    from collections.abc import Iterator


@disclose.command(
    cls=swedish.Command,
    help="Skriv under beslutet: bara rektorn på elevens skola, eller en namngiven delegat, kan det.",
)
def sign(
    number: NumberArgument,
    key: Annotated[str, typer.Option("--key", metavar="NYCKEL", help="Din nyckels fingeravtryck, 40 tecken.")],
    home: Annotated[
        Path | None,
        typer.Option("--home", metavar="KATALOG", help="GnuPG-katalog med den hemliga nyckeln. Annars din egen."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Fråga inte.")] = False,  # noqa: FBT002  an option
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Show where masked texts also stand unmasked, and sign the decision."""
    if home is not None and not home.is_dir():
        raise UsageError("katalogen efter --home finns inte")
    with _case(site, number, as_of) as case:
        made = case.decision
        decider = case.decider(key)
        for row in case.answer(made, decider).left:
            output.result(f"{row.term}, {row.label} ({row.key}): här står något kvar som maskeras på ett annat ställe")
        output.line(f"{decider.name}, {decider.title}, beslutar på nämndens vägnar enligt {decider.delegation}.")
        if not yes and not agreed("Skriva under?"):
            output.line("Inget är underskrivet.")
            return ExitCode.OK
        disclosure_release.sign(case, key, home)
    output.line(f"Beslutet är underskrivet. Lämna ut med build.py disclose release {number}.")
    return ExitCode.OK


@disclose.command(cls=swedish.Command, help="Lämna ut det som det underskrivna beslutet ger: kopian, och beslutet.")
def release(number: NumberArgument, site: SiteOption = HERE, as_of: DayOption = "") -> int:
    """Render, search and write the copy and the decision."""
    with _case(site, number, as_of) as case:
        for path in disclosure_release.release(case, CopyRenderer(load_assets())):
            output.result(str(path))
    output.line(
        "Filerna är genomsökta: inget av det som maskeras finns i dem. Skriv ut dem, eller skicka dem som de är."
    )
    return ExitCode.OK


@contextmanager
def _case(root: Path, number: int, as_of: str) -> Iterator[DisclosureCase]:
    """Open a request with the school, its people and their certificates as they are committed."""
    site, day = open_site(root), day_of(as_of)
    with committed(site) as (school, tree), at_desk(site) as desk:
        yield DisclosureCase(desk, review.opened(desk, school, number, day), school, tree, day)

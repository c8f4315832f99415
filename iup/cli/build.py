"""The command `build`: make sealed files in output/ from what is committed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from iup.build.pipeline import BuildOptions, Built
from iup.build.pipeline import build as run_build
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, JsonOption, SiteOption, app, day_of
from iup.errors import ExitCode
from iup.problems import Severity
from iup.site.layout import Site, committed_tree, open_site, work_tree
from iup.system.git import trees

if TYPE_CHECKING:
    from iup.system.git.trees import Tree


@app.command(
    cls=swedish.Command, help="Bygg allas låsta filer av det som är incheckat (build.py utan kommando gör detta)."
)
def build(  # noqa: PLR0913  each argument is an option of the command
    site: SiteOption = HERE,
    as_of: DayOption = "",
    recipient: Annotated[str, typer.Option("--recipient", metavar="ID", help="Bara den mottagaren.")] = "",
    pupil: Annotated[str, typer.Option("--pupil", metavar="ID", help="Bara de mottagare som får läsa om eleven.")] = "",
    jobs: Annotated[
        int | None, typer.Option("-j", metavar="ANTAL", min=1, max=64, help="Så många arbetsprocesser.")
    ] = None,
    worktree: Annotated[  # noqa: FBT002  an option
        bool, typer.Option("--worktree", help="Ta filerna som de står, även det som inte är incheckat. Bara på prov.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Säg vad som skulle göras, men gör ingenting.")] = False,  # noqa: FBT002
    strict: Annotated[bool, typer.Option("--strict", help="Räkna varningar som fel.")] = False,  # noqa: FBT002  an option
    as_json: JsonOption = False,  # noqa: FBT002  an option
) -> int:
    """Build and tell what was done; exit 5 when some recipient could not be sealed."""
    place = open_site(site)
    office = place.required_office()
    source, left_out = _source(place, worktree=worktree)
    with output.progress("Bygger") as progress:
        choice = BuildOptions(
            day=day_of(as_of),
            jobs=jobs or os.cpu_count() or 1,
            strict=strict,
            dry_run=dry_run,
            recipient=recipient,
            pupil=pupil,
            progress=progress,
        )
        built = run_build(source, office, place.output, choice)
    output.problems(tuple(p for p in built.problems if p.severity is Severity.WARNING))
    if as_json:
        output.result(_json(built, left_out))
    tell(built, left_out, dry_run=dry_run)
    return ExitCode.PARTIAL if built.failed else ExitCode.OK


def _source(site: Site, *, worktree: bool) -> tuple[Tree, int]:
    """Return the tree to build from and how many uncommitted changes it leaves out."""
    if worktree:
        return work_tree(site), 0
    joined, content = committed_tree(site)
    return joined, trees.uncommitted(site.root, content)


def tell(built: Built, left_out: int, *, dry_run: bool = False) -> None:
    """Say in a few lines what a build did."""
    verb = "skulle skapas" if dry_run else "skapades"
    output.line(
        f"{output.count(built.made, 'fil', 'filer')} {verb}, {built.kept} är oförändrade, {built.removed} tas bort. "
        f"{output.count(len(built.files), 'mottagare', 'mottagare')}. Resultatet: {built.where / 'current'}"
    )
    if left_out:
        output.line(
            f"obs: {output.count(left_out, 'fil är ändrad', 'filer är ändrade')} men inte incheckad"
            f"{'' if left_out == 1 else 'e'} och kom inte med (git add -A && git commit)"
        )
    if not built.signed:
        output.line("varning: skolan har ingen signeringsnyckel; mottagarna kan inte se att filerna kommer från skolan")
    for recipient, error in sorted(built.failed.items()):
        output.line(f"fel: {recipient} fick inget: {error.message}")
        if error.hint:
            output.line(f"  tips: {error.hint}")


def _json(built: Built, left_out: int) -> str:
    return json.dumps(
        {
            "made": built.made,
            "kept": built.kept,
            "removed": built.removed,
            "uncommitted": left_out,
            "signed": built.signed,
            "failed": {recipient: error.message for recipient, error in sorted(built.failed.items())},
            "files": {recipient: list(names) for recipient, names in built.files.items()},
        },
        ensure_ascii=False,
        indent=2,
    )

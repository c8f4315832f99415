"""The command `explain`: what a rule means, and who may read or write what, with the rule that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from iup.build.pipeline import checked
from iup.checks import catalogue
from iup.checks.push import rules
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, SiteOption, app, day_of
from iup.errors import ContentError, ExitCode, UsageError
from iup.model.role import Role
from iup.office.disclosure import decision_check
from iup.policy import access, change_rights, correction
from iup.policy.access import Action, decide
from iup.policy.items import items
from iup.policy.matrix import matrix as matrix_of
from iup.policy.relations import standing
from iup.site import side_files
from iup.site.layout import open_site, work_tree

if TYPE_CHECKING:
    from datetime import date

    from iup.model.school import School
    from iup.policy.access import Item, Policy

# Every rule of the program, in the order in which a file meets them.
EVERY_RULE = (
    *catalogue.RULES,
    *side_files.CLONE_RULES,
    *change_rights.RULES,
    *correction.RULES,
    *rules.RULES,
    *decision_check.RULES,
)
_ASKED = (Action.READ, Action.WRITE, Action.PROPOSE, Action.REMOVE)


@app.command(
    cls=swedish.Command,
    help="Förklara en regel; eller vem som får läsa och skriva vad om en elev, och vilken regel som säger det.",
)
def explain(  # noqa: PLR0913  each argument is an option of the command
    rule: Annotated[
        str, typer.Argument(metavar="REGEL", help="En regels namn, som det står sist i ett meddelande.")
    ] = "",
    pupil: Annotated[str, typer.Option("--pupil", metavar="ID", help="Eleven det gäller.")] = "",
    reader: Annotated[
        str, typer.Option("--reader", metavar="ID", help="Läsaren. Annars alla som har en relation.")
    ] = "",
    field: Annotated[str, typer.Option("--field", metavar="FÄLT", help="Bara det fältet, ämnet eller målet.")] = "",
    matrix: Annotated[bool, typer.Option("--matrix", help="Visa vad varje roll får göra.")] = False,  # noqa: FBT002
    site: SiteOption = HERE,
    as_of: DayOption = "",
) -> int:
    """Print an explanation."""
    day = day_of(as_of)
    if matrix:
        output.result(as_matrix(access.required_policy(work_tree(open_site(site))), day))
    elif pupil:
        tree = work_tree(open_site(site))
        school, problems = checked(tree, day)
        if school is None:
            raise ContentError(problems)
        output.result(_about(school, access.required_policy(tree), pupil, reader, field, day))
    elif rule:
        output.result(_rule(rule))
    else:
        output.result("\n".join(f"{known.id:24} {known.severity:11} {known.summary}" for known in EVERY_RULE))
    return ExitCode.OK


def _rule(name: str) -> str:
    found = next((known for known in EVERY_RULE if known.id == name), None)
    if found is None:
        raise UsageError("det finns ingen regel med det namnet", "build.py explain visar alla")
    hint = f"\n\nGör så här: {found.hint}." if found.hint else ""
    return f"{found.id} ({found.severity})\n{found.summary}\n\n{found.doc}{hint}"


def _about(school: School, rules: Policy, pupil: str, reader: str, field: str, day: date) -> str:
    if pupil not in school.pupils:
        raise UsageError("det finns ingen elev med det id:t", "elevernas id:n är katalognamnen i content/pupils")
    people = [reader] if reader else _related(school, pupil, day)
    asked = [(name, item) for name, item in items(school, pupil, day) if not field or field in name.split("/")]
    if not asked:
        raise UsageError("eleven har inget fält, ämne eller mål med det namnet")
    lines = []
    for person in people:
        roles = ", ".join(sorted(standing(school, person, pupil, day).roles)) or "ingen relation i dag"
        lines.append(f"{person}: {roles}")
        lines += [_row(school, rules, name, item, person, day) for name, item in asked]
    return "\n".join(lines)


def _related(school: School, pupil: str, day: date) -> list[str]:
    everybody = [*school.people, *school.pupils]
    return sorted(person for person in everybody if standing(school, person, pupil, day).roles)


def _row(school: School, rules: Policy, name: str, item: Item, person: str, day: date) -> str:
    who = standing(school, person, item.pupil, day)
    answers = []
    for action in _ASKED:
        decision = decide(rules, action, item, who)
        if action is Action.READ or decision.allowed:
            answers.append(f"{action}: {'ja' if decision.allowed else 'nej'} [{decision.rule}] {decision.reason}")
    return f"  {name:34} " + f"\n  {'':34} ".join(answers)


def as_matrix(rules: Policy, day: date) -> str:
    """Return role by kind as a table: L läsa, S skriva, F föreslå, T ta bort. The forms can only narrow it."""
    rows = [(f"{item.kind}", f"{item.handling}", f"{item.state}", cells) for item, cells in matrix_of(rules, day)]
    roles = [role for role in Role if any(role in cells for *_, cells in rows)]
    head = f"{'vad':21} {'handling':15} {'läge':11} " + " ".join(f"{role:>{max(len(role), 3)}}" for role in roles)
    body = [
        f"{kind:21} {handling:15} {state:11} "
        + " ".join(f"{cells.get(role, '') or '·':>{max(len(role), 3)}}" for role in roles)
        for kind, handling, state, cells in rows
    ]
    return "\n".join([head, *body, "", "L läsa  S skriva  F föreslå  T ta bort  · inget"])

"""The command `status`: count what is done and what is missing this term, in the files as they stand."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iup.build.pipeline import checked
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, JsonOption, SiteOption, app, day_of
from iup.cli.spelling import class_of
from iup.errors import ContentError, ExitCode, UsageError
from iup.model import law
from iup.model.coverage import Coverage, facts, members, tally
from iup.model.plan import Step
from iup.problems import has_faults
from iup.site.layout import open_site, work_tree

if TYPE_CHECKING:
    from datetime import date

    from iup.model.school import School

_HEADS = ("klass", "elever", "samtal", "bokade", "utan tid", "planer", "fastställda", "omdömen")
_OF_PUPILS = ("elev", "samtal", "dag", "plan", "omdömen saknas")


@app.command(
    cls=swedish.Command, help="Visa hur långt varje klass har kommit: samtal, planer och omdömen, mot vad lagen kräver."
)
def status(
    site: SiteOption = HERE,
    as_of: DayOption = "",
    as_json: JsonOption = False,  # noqa: FBT002  an option
    group: Annotated[str, typer.Option("--class", metavar="ID", help="Bara den klassen, elev för elev.")] = "",
    unit: Annotated[str, typer.Option("--school", metavar="ID", help="Bara den skolan.")] = "",
) -> int:
    """Print the numbers; faults in the files are reported but do not stop it."""
    day = day_of(as_of)
    school, problems = checked(work_tree(open_site(site)), day)
    if school is None:
        raise ContentError(problems)
    found = _status(school, day, group, unit)
    if as_json:
        output.result(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _tell(found)
    if has_faults(problems):
        output.line("obs: filerna har fel, så siffrorna kan ändras; build.py check visar dem")
    return ExitCode.OK


def _status(school: School, day: date, group: str, unit: str) -> dict[str, Any]:
    """Return the numbers, by school and class; with one class asked for, its pupils too."""
    group = class_of(school, day, group) if group else ""
    term = law.term_on(school, day)
    schools: dict[str, dict[str, Any]] = {}
    everybody: list[Coverage] = []
    for known, own, pupils in members(school, day):
        if unit not in ("", known.id) or group not in ("", own.id):
            continue
        rows = [row for pupil in pupils if (row := facts(school, pupil, day, school.plans.get(pupil)))]
        everybody += rows
        found = {
            "id": own.id,
            "name": own.name,
            "grade": own.grade,
            "talk_required": law.talk_duty_in(school, known, own, day).required,
            "plan_required": law.plan_duty_in(school, known, own, day).required,
            **asdict(tally(rows)),
        }
        if group:
            found["members"] = [_pupil(school, row) for row in rows]
        schools.setdefault(known.id, {"id": known.id, "name": known.name, "classes": []})["classes"].append(found)
    if not schools and (group or unit):
        raise UsageError("ingen klass med elever i dag passar in", "id:n för skolor och klasser står i content/schools")
    return {
        "day": day.isoformat(),
        "term": term.name if term else "",
        "year": term.year if term else "",
        "talk_by": term.ends.isoformat() if term else "",
        "plan_by": term.year_ends.isoformat() if term else "",
        "schools": list(schools.values()),
        "total": asdict(tally(everybody)),
    }


def _pupil(school: School, row: Coverage) -> dict[str, Any]:
    goals = school.goals.get(row.pupil)
    steps = [goal.step for goal in (goals.goals if goals else ())]
    return {
        "id": row.pupil,
        "label": school.pupils[row.pupil].label,
        "talk": row.talk.value,
        "talk_day": row.talk_day.isoformat() if row.talk_day else "",
        "plan": row.state.value if row.state else "",
        "plan_required": row.plan_required,
        "missing": list(row.missing),
        "goals": {step.value: steps.count(step) for step in Step},
    }


def _tell(found: dict[str, Any]) -> None:
    if not found["term"]:
        output.line("obs: dagen hör inte till någon termin i content/municipality.yaml, så inget kan räknas som gjort")
    for school in found["schools"]:
        rows = [(own["name"], *_cells(own)) for own in school["classes"]]
        output.table(f"{school['name']}, {found['term'] or found['day']}", _HEADS, rows)
        for own in school["classes"]:
            if "members" in own:
                output.table(own["name"], _OF_PUPILS, map(_member, own["members"]))
    if len(found["schools"]) > 1:
        output.table("Tillsammans", _HEADS, [("", *_cells(found["total"]))])
    if found["term"]:
        output.line(f"Samtal krävs senast {found['talk_by']}; planer, där lagen kräver en, senast {found['plan_by']}.")


def _cells(numbers: dict[str, Any]) -> tuple[str, ...]:
    """Return a row: samtal held, plans that the home has and omdömen written, each of how many."""
    pupils, required = numbers["pupils"], numbers["required"]
    talk = (str(pupils), f"{numbers['held']} av {pupils}", str(numbers["booked"]), str(numbers["unbooked"]))
    if not required:
        return (*talk, "krävs inte", "–", "–")
    planned = numbers["shared"] + numbers["final"]
    written = f"{numbers['written']} av {numbers['asked']}"
    return (*talk, f"{planned} av {required}", str(numbers["final"]), written)


def _member(row: dict[str, Any]) -> tuple[str, ...]:
    plan = row["plan"] or ("ingen" if row["plan_required"] else "")
    if not row["plan_required"]:
        plan = f"krävs inte{f' ({plan})' if plan else ''}"
    return row["label"], row["talk"], row["talk_day"], plan, ", ".join(row["missing"])

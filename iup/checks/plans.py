"""Does a plan follow its form and the law?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.checks.case import has_file
from iup.model.base import State
from iup.model.form import FieldType, PartKind, Required
from iup.model.law import plan_duty
from iup.problems import NOTHING_TO_DO, Rule, Severity
from iup.site import value_hints
from iup.site.paths import plan_file, pupil_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iup.checks.case import CheckContext
    from iup.model.form import Form, FormField
    from iup.model.plan import Entry, Plan
    from iup.problems import Finding

RULES = (
    OUTSIDE := Rule(
        "fält-utanför-mallen",
        Severity.FAULT,
        "fältet finns inte i planens mall; texten skulle inte komma med någonstans",
        "Planens fält är de som står i mallen (policies/forms/). En text i ett annat fält skulle tyst försvinna, och "
        "därför är det ett fel.",
        "flytta texten till rätt fält, eller rätta fältets namn",
    ),
    NOT_SEVERAL := Rule(
        "fält-flera",
        Severity.FAULT,
        "fältet tar bara en text, men här står flera",
        "Bara fält med flera: ja i mallen har en text för var och en som skriver. Alla andra fält har en enda text.",
        "slå ihop texterna till en",
    ),
    NOT_A_CHOICE := Rule(
        "fält-val",
        Severity.FAULT,
        "svaret är inte ett av mallens alternativ",
        "Ett fält av typen val har de svar som mallen räknar upp. De skrivs med precis den stavningen.",
        "välj ett av alternativen i mallen",
    ),
    NOT_A_LINE := Rule(
        "fält-rad",
        Severity.FAULT,
        "svaret ska vara en enda rad på högst 200 tecken",
        "Ett fält av typen rad har plats för en enda kort rad. Längre texter hör hemma i ett fält av typen text.",
        "korta texten, eller skriv den i ett annat fält",
    ),
    ON_BEHALF := Rule(
        "åt-eleven",
        Severity.FAULT,
        "texten är skriven åt eleven av någon som inte får göra det",
        "En vårdnadshavare får skriva elevens ord bara medan eleven inte kan skriva själv (skrivkunnig_från i "
        "pupil.yaml). Efter åt står då elevens id.",
        "ta bort åt, eller rätta skrivkunnig_från",
    ),
    ALWAYS := Rule(
        "krävs-alltid",
        Severity.FAULT,
        "ett fält som alltid ska vara ifyllt saknas",
        "Skollagen 10 kap. 13 §: planen ska sammanfatta de insatser som eleven behöver. Skolans insatser får aldrig "
        "vara tomma i en plan som är delad eller fastställd. Vilka fält det gäller står i mallen (krävs: alltid).",
        "fyll i fältet, eller sätt planen till utkast medan den skrivs",
    ),
    AFTER_CONVERSATION := Rule(
        "krävs-efter-samtal",
        Severity.FAULT,
        "samtalet är hållet, men det ni kom överens om saknas",
        "Skollagen 10 kap. 13 §: det som avtalats vid utvecklingssamtalet ska alltid stå i planen. Vilka fält det "
        "gäller står i mallen (krävs: efter samtal).",
        "skriv vad ni kom överens om",
    ),
    NO_CONVERSATION := Rule(
        "fastställd-utan-samtal",
        Severity.FAULT,
        "planen är fastställd, men inget samtal är hållet",
        "Skollagen 10 kap. 12–13 §§: planen skrivs vid ett av utvecklingssamtalen. Den fastställs när samtalet är "
        "hållet och det ni kom överens om står i den.",
        "skriv dagen efter samtal: hållet, eller låt planen vara delad",
    ),
    NO_ASSESSMENT := Rule(
        "omdöme-saknas",
        Severity.FAULT,
        "planen är fastställd, men ett ämne som eleven undervisas i saknar omdöme",
        "Skollagen 10 kap. 13 §: planen ska ge omdömen i varje ämne som eleven får undervisning i. I en plan som är "
        "fastställd får inget av dem saknas.",
        "be läraren i ämnet skriva omdömet",
    ),
    NO_ASSESSMENT_YET := Rule(
        "omdöme-saknas-än",
        Severity.WARNING,
        "planen är delad, men ett ämne som eleven undervisas i saknar omdöme",
        "Planen får delas innan alla omdömen är skrivna. När den fastställs ska det finnas ett omdöme i varje ämne som "
        "eleven får undervisning i.",
        "be läraren i ämnet skriva omdömet",
    ),
    NOT_TAUGHT := Rule(
        "omdöme-annat-ämne",
        Severity.WARNING,
        "eleven får ingen undervisning i ämnet enligt klassens undervisningsrader",
        "Ett omdöme i ett ämne som eleven inte läser är oftast skrivet i fel barns fil. Är det rätt barn behöver "
        "klassens undervisningsrader i content/schools/ ses över.",
        "kontrollera att det är rätt barn och att undervisningsraderna stämmer",
    ),
    NOT_A_LEVEL := Rule(
        "omdöme-nivå",
        Severity.FAULT,
        "nivån finns inte på mallens skala",
        "Skalan står i mallen, till exempel otillräckliga, godtagbara och mer_än_godtagbara. Nivån skrivs precis som "
        "där.",
        "välj en av nivåerna i mallen",
    ),
    NO_PLACE := Rule(
        "omdöme-utan-plats",
        Severity.FAULT,
        "planens mall har ingen plats för omdömen; de skulle inte komma med någonstans",
        "Mallen för utvecklingssamtal i årskurser med betyg har inga omdömen. Där ges informationen muntligt, på "
        "samtalet.",
        "ta bort omdömena, eller byt mall",
    ),
    WRONG_GRADE := Rule(
        "mall-årskurs",
        Severity.FAULT,
        "mallen är inte gjord för elevens årskurs",
        "Varje mall säger vilken skolform och vilka årskurser den gäller för. Planens mall ska passa den klass som "
        "eleven går i nu.",
        "byt mall; de finns i policies/forms/",
    ),
    NOT_A_READER := Rule(
        "läst-vem",
        Severity.FAULT,
        "läst står för någon som inte är eleven eller en vårdnadshavare, eller två gånger för samma person",
        "Under läst står vilka i hemmet som har sagt att de har läst planen: eleven och vårdnadshavarna, en gång var "
        "och termin. Det är relationen den dagen som räknas.",
        "ta bort raden, eller rätta av",
    ),
    NOT_REQUIRED := Rule(
        "plan-krävs-inte",
        Severity.NOTE,
        "lagen kräver ingen skriftlig plan här: i årskurser med betyg räcker samtalet",
        "Skollagen 10 kap. 12–13 §§: en skriftlig individuell utvecklingsplan upprättas i årskurser där betyg inte "
        "sätts. Utvecklingssamtal hålls varje termin i alla årskurser. Ingen behöver skriva mer än så.",
        NOTHING_TO_DO,
    ),
    NO_PLAN := Rule(
        "plan-saknas",
        Severity.NOTE,
        "eleven har ännu ingen plan, och lagen kräver en det här läsåret",
        "Skollagen 10 kap. 13 §: i årskurser där betyg inte sätts skrivs en individuell utvecklingsplan en gång per "
        "läsår, vid ett av samtalen. En plan som inte går att läsa räknas som en plan: "
        "då står bara det som är fel i den.",
        "skapa plan.yaml i elevens katalog inför samtalet",
    ),
)


def pupil(case: CheckContext, name: str) -> Iterator[Finding]:
    """Check a pupil's plan against its form, and what there is of plans against the law."""
    school = case.school
    if name not in school.pupils:
        return
    duty = plan_duty(school, name, case.day)
    plan = school.plans.get(name)
    form = school.forms.get(plan.form) if plan else None
    if plan is None and has_file(school.plans, name):
        return  # what is wrong in the plan is told; what would follow from it is not
    if duty is not None and not duty.required:
        yield NOT_REQUIRED.at(*((plan_file(name), "mall") if plan else (pupil_file(name), "barn")))
    elif duty is not None and plan is None:
        yield NO_PLAN.at(pupil_file(name), "barn")
    if plan is not None and form is not None:
        yield from _fits(case, name, form)
        yield from _fields(case, name, plan, form)
        yield from _required(plan_file(name), plan, form)
        yield from _readings(case, name, plan)
        yield from _assessments(case, name, plan, form)


def _fits(case: CheckContext, pupil: str, form: Form) -> Iterator[Finding]:
    place = case.school.place(pupil, case.day)
    if place and (place[0].form != form.applies.school_form or place[1].grade not in form.applies.grades):
        yield WRONG_GRADE.at(plan_file(pupil), "mall")


def _fields(case: CheckContext, pupil: str, plan: Plan, form: Form) -> Iterator[Finding]:
    path = plan_file(pupil)
    for name, entries in plan.fields.items():
        known = form.fields.get(name)
        if known is None:
            yield OUTSIDE.at(path, "fält", name)
            continue
        if len(entries) > 1 and not known.several:
            yield NOT_SEVERAL.at(path, "fält", name)
        for number, entry in enumerate(entries):
            keys = ("fält", name, number)
            yield from _answer(path, keys, known, entry)
            if entry.on_behalf is not None and not _may_write_for(case, pupil, entry):
                yield ON_BEHALF.at(path, *keys, "åt")


def _answer(path: str, keys: tuple[str | int, ...], known: FormField, entry: Entry) -> Iterator[Finding]:
    if known.type is FieldType.CHOICE and entry.text not in known.choices:
        said = _listed("svaret är inte ett av mallens alternativ", known.choices, entry.text)
        yield NOT_A_CHOICE.at(path, *keys, "text", **said)
    if known.type is FieldType.LINE and ("\n" in entry.text or len(entry.text) > 200):  # noqa: PLR2004  as the rule says
        yield NOT_A_LINE.at(path, *keys, "text")


def _listed(said: str, known: Sequence[str], typed: str) -> dict[str, str]:
    """Return a message that lists what may stand in a place, and which of it was probably meant."""
    near = value_hints.choice(typed, known)
    last = f" eller {known[-1]}" if len(known) > 1 else "".join(known)
    return {"message": f"{said}; här ska stå {', '.join(known[:-1])}{last}", "hint": f"skriv {near}" if near else ""}


def _may_write_for(case: CheckContext, pupil: str, entry: Entry) -> bool:
    record = case.school.pupils[pupil]
    guardian = entry.author in record.guardians_on(entry.day)
    return entry.on_behalf == pupil and guardian and not record.is_literate(entry.day)


def _readings(case: CheckContext, pupil: str, plan: Plan) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, reading in enumerate(plan.readings):
        home = (pupil, *case.school.pupils[pupil].guardians_on(reading.day))
        if reading.reader not in home or reading.reader in seen:
            yield NOT_A_READER.at(plan_file(pupil), "läst", number, "av")
        seen.add(reading.reader)


def _required(path: str, plan: Plan, form: Form) -> Iterator[Finding]:
    if plan.state is State.DRAFT:
        return
    if plan.state is State.FINAL and plan.conversation.held is None:
        yield NO_CONVERSATION.at(path, "samtal")
    for known in form.fields.values():
        if plan.fields.get(known.id):
            continue
        if known.required is Required.ALWAYS:
            yield ALWAYS.at(path, "fält", message=f"fältet ”{known.id}” ska alltid vara ifyllt men saknas")
        if known.required is Required.AFTER_CONVERSATION and plan.conversation.held is not None:
            yield AFTER_CONVERSATION.at(path, "fält", message=f"samtalet är hållet, men fältet ”{known.id}” saknas")


def _assessments(case: CheckContext, pupil: str, plan: Plan, form: Form) -> Iterator[Finding]:
    path = plan_file(pupil)
    if not any(part.kind is PartKind.ASSESSMENTS for part in form.parts):
        if plan.assessments:
            yield NO_PLACE.at(path, "omdömen")
        return
    levels = {level.id for level in form.scale}
    placed = case.school.place(pupil, case.day) is not None
    taught = {row.subject for row in case.school.taught(pupil, case.day)}
    for subject, assessment in plan.assessments.items():
        if assessment.level not in levels:
            known = [level.id for level in form.scale]
            keys = ("omdömen", subject, "nivå")
            yield NOT_A_LEVEL.at(path, *keys, **_listed("nivån finns inte på mallens skala", known, assessment.level))
        if placed and subject not in taught:
            yield NOT_TAUGHT.at(path, "omdömen", subject)
    missing = sorted(taught - plan.assessments.keys())
    if missing and plan.state is not State.DRAFT:
        rule = NO_ASSESSMENT if plan.state is State.FINAL else NO_ASSESSMENT_YET
        for subject in missing:
            # Only the school's own words are repeated: what stands in a teaching row may be anything.
            named = f": {subject}" if any(known.name == subject for known in case.school.subjects) else ""
            yield rule.at(path, "omdömen", message=f"{rule.summary}{named}")

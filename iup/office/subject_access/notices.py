"""What people are told about their personal data, as documents: extract, record of processing, information.

In: a school with its `policies/processing.yaml` and `policies/retention.yaml`, and for the extract what was found of a
person. Out: `NoticeView`s and, for the extract, values for a machine. The policies say which purposes, grounds,
recipients and periods there are; this module only lays them out (GDPR art. 13–15 and 30).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from iup.errors import MissingError
from iup.office.subject_access.stores import RecordStore
from iup.view.letter_types import NoticeBlock, NoticeRow, NoticeSection, NoticeView

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from iup.model.processing import Activity, LegalBasis, Processing, Reach
    from iup.model.school import Office, School
    from iup.office.subject_access.extract import Extract
    from iup.office.subject_access.person_rows import Row

_STORES = {
    RecordStore.CONTENT: "I skolans filer",
    RecordStore.OFFICE: "På kontoret",
    RecordStore.ARCHIVE: "I arkivet",
    RecordStore.HISTORY: "I tidigare versioner av skolans filer",
    RecordStore.OFFICE_HISTORY: "I tidigare versioner av kontorets filer",
    RecordStore.RESULT: "Det som är gjort för dig och har lämnats ut till dig",
}
_SHORT = 80
_PROSE = frozenset({"text", "kommentar", "mål", "skolan", "eleven", "hemmet", "så gick det"})
_HOME = ("elever", "vårdnadshavare")


def required_processing(school: School) -> Processing:
    """Return how the school processes personal data, or raise `MissingError`."""
    if school.processing is None:
        raise MissingError(
            "policies/processing.yaml saknas, och där står varför och hur personuppgifterna behandlas",
            "utgå från den som följer med programmet, och låt dataskyddsombudet läsa den",
        )
    return school.processing


def extract_view(school: School, found: Extract) -> NoticeView:
    """Return the extract as a document."""
    processing = required_processing(school)
    mine = [activity for activity in processing.activities if found.category in activity.subjects]
    lead = (
        f"Det här är de personuppgifter om dig som {school.municipality.board} har i skolans utvecklingsplaner, på "
        "kontoret och i arkivet. Du har rätt till det enligt artikel 15 i dataskyddsförordningen.\n\n"
        "Namn på och uppgifter om andra människor är borttagna. Där står [annan person]. Det som andra har skrivit om "
        "dig är dina uppgifter och står kvar. Det som personal har skrivit om elever är elevernas uppgifter: där står "
        "bara att, var och när du skrev."
    )
    stores = [
        NoticeSection(
            _STORES.get(store, store),
            "",
            tuple(NoticeBlock(trace.kind, trace.note, rows=tuple(map(_row, trace.rows))) for trace in some),
        )
        for store, traces in groupby(_in_order(found), key=lambda trace: trace.store)
        for some in (list(traces),)
    ]
    return NoticeView(
        school.municipality.name,
        school.municipality.board,
        "Registerutdrag",
        found.name,
        found.day.isoformat(),
        lead,
        (*stores, *_why(school, mine), _rights(processing), *_turn_to(school, processing)),
    )


def _in_order(found: Extract) -> list[Any]:
    first = {trace.store: number for number, trace in reversed(list(enumerate(found.traces)))}
    return sorted(found.traces, key=lambda trace: first[trace.store])


def _row(row: Row) -> NoticeRow:
    last = row.where.rpartition(" › ")[2]
    long = tuple(("" if what in ("text", last) else what, text) for what, text in row.values if _is_long(what, text))
    short = tuple((what, ", ".join(text.split("\n"))) for what, text in row.values if not _is_long(what, text))
    return NoticeRow(row.where[:1].upper() + row.where[1:], long, short)


def _is_long(what: str, text: str) -> bool:
    return len(text) > _SHORT or what in _PROSE


def extract_values(school: School, found: Extract) -> dict[str, Any]:
    """Return the extract as values for a machine, with the same words as the document."""
    processing = required_processing(school)
    return {
        "registerutdrag": {"för": found.name, "datum": found.day.isoformat(), "artikel": "15"},
        "personuppgiftsansvarig": school.municipality.board,
        "uppgifter": [
            {
                "var": trace.store,
                "vad": trace.kind,
                **({"avser": trace.note} if trace.note else {}),
                "innehåll": [
                    {
                        **({"i": row.where} if row.where else {}),
                        "uppgifter": [{"uppgift": w, "värde": t} for w, t in row.values],
                    }
                    for row in trace.rows
                ],
            }
            for trace in _in_order(found)
        ],
        "behandlingar": [
            {
                "namn": activity.name,
                "ändamål": list(activity.purposes),
                "rättslig grund": [_basis(basis) for basis in activity.basis],
                "källor": list(activity.sources),
                "mottagare": list(activity.recipients),
                "tredje land": activity.third_countries,
                "lagring": list(_kept(school, activity)),
            }
            for activity in processing.activities
            if found.category in activity.subjects
        ],
        "rättigheter": [{"namn": r.name, "text": _line(r.text), "källa": r.source} for r in processing.rights],
    }


def record_view(school: School, day: date) -> NoticeView:
    """Return the record of processing activities (art. 30)."""
    processing = required_processing(school)
    lead = (
        "Förteckning över behandlingar av personuppgifter enligt artikel 30.1 i dataskyddsförordningen, för skolornas "
        "individuella utvecklingsplaner. Den är gjord av det som står i policies/processing.yaml och "
        "policies/retention.yaml."
    )
    activities = tuple(
        NoticeSection(
            activity.name,
            "",
            (
                NoticeBlock("Ändamål", points=activity.purposes),
                NoticeBlock("Rättslig grund", points=tuple(_basis(basis) for basis in activity.basis)),
                NoticeBlock("Kategorier av registrerade", points=activity.subjects),
                NoticeBlock("Kategorier av personuppgifter", text=activity.sensitive or "", points=activity.kinds),
                NoticeBlock("Varifrån uppgifterna kommer", points=activity.sources),
                NoticeBlock("Kategorier av mottagare", points=activity.recipients),
                NoticeBlock("Överföring till tredje land", text=activity.third_countries),
                NoticeBlock("Tidsfrister för radering", points=_kept(school, activity)),
                NoticeBlock("Tekniska och organisatoriska skyddsåtgärder", text=activity.safeguards),
            ),
        )
        for activity in processing.activities
    )
    schools = NoticeBlock("Skolor", points=tuple(sorted(unit.name for unit in school.units.values())))
    head = NoticeSection("Ansvarig", "", (*_contacts(school, processing), schools))
    return NoticeView(
        school.municipality.name,
        school.municipality.board,
        "Registerförteckning",
        "",
        day.isoformat(),
        lead,
        (head, *activities),
    )


def information_view(school: School, day: date, category: str) -> NoticeView:
    """Return the information to pupils and guardians, or to staff (art. 13 and 14)."""
    processing = required_processing(school)
    home = category in _HOME
    mine = [a for a in processing.activities if set(a.subjects) & (set(_HOME) if home else {category})]
    lead = (
        "Här står vilka uppgifter skolan har om dig och ditt barn i de individuella utvecklingsplanerna, varför, hur "
        "länge, och vad du kan begära. Du behöver inte samtycka till något: skolan är skyldig att hålla samtalen och "
        "skriva planerna."
        if home
        else "Här står vilka uppgifter skolan har om dig som arbetar med de individuella utvecklingsplanerna, varför, "
        "hur länge, och vad du kan begära."
    )
    return NoticeView(
        school.municipality.name,
        school.municipality.board,
        "Så behandlar skolan dina personuppgifter",
        "",
        day.isoformat(),
        lead,
        (*_why(school, mine, kinds=True), _rights(processing), *_turn_to(school, processing)),
    )


def _why(school: School, activities: list[Activity], *, kinds: bool = False) -> Iterator[NoticeSection]:
    for activity in activities:
        yield NoticeSection(
            activity.name,
            "",
            (
                *((NoticeBlock("Uppgifterna", points=activity.kinds),) if kinds else ()),
                NoticeBlock("Varför", points=activity.purposes),
                NoticeBlock("Med vilken rätt", points=tuple(_basis(basis) for basis in activity.basis)),
                NoticeBlock("Varifrån uppgifterna kommer", points=activity.sources),
                NoticeBlock("Vilka som får dem", text=activity.third_countries, points=activity.recipients),
                NoticeBlock("Hur länge de sparas", points=_kept(school, activity)),
            ),
        )


def _kept(school: School, activity: Activity) -> tuple[str, ...]:
    """Return how long what an activity is about is kept, by which decision."""
    known = {rule.id: rule for rule in school.retention}
    if not known.keys() >= set(activity.retention):
        raise MissingError(
            "policies/retention.yaml saknar en regel som policies/processing.yaml nämner", "kör build.py check"
        )
    rules = (known[name] for name in activity.retention)
    found = tuple(f"{_line(rule.text)} (beslut {rule.decision}; {rule.source})" for rule in rules)
    return found or ("Ingen regel säger att uppgifterna ska tas bort; de bevaras.",)


def _rights(processing: Processing) -> NoticeSection:
    blocks = tuple(NoticeBlock(right.name, right.source, right.text) for right in processing.rights)
    return NoticeSection("Dina rättigheter", "Rättigheterna står i dataskyddsförordningen, (EU) 2016/679.", blocks)


def _turn_to(school: School, processing: Processing) -> Iterator[NoticeSection]:
    yield NoticeSection("Vart du vänder dig", "", _contacts(school, processing))
    text = "Tycker du att skolan behandlar uppgifter fel kan du klaga hos tillsynsmyndigheten."
    yield NoticeSection("Klaga", text, (NoticeBlock(processing.authority.name, rows=_reach(processing.authority)),))


def _contacts(school: School, processing: Processing) -> tuple[NoticeBlock, ...]:
    registrar = school.municipality.registrar
    rows = (NoticeRow(registrar.name), *_reach(registrar))
    return (
        NoticeBlock(f"Personuppgiftsansvarig: {school.municipality.board}", school.municipality.name, rows=rows),
        NoticeBlock(f"Dataskyddsombud: {processing.officer.name}", rows=_reach(processing.officer)),
    )


def _reach(place: Reach | Office) -> tuple[NoticeRow, ...]:
    pairs = (("Adress", place.address), ("Telefon", place.phone), ("E-post", place.email))
    return (NoticeRow("", short=tuple((term, value) for term, value in pairs if value)),)


def _basis(basis: LegalBasis) -> str:
    doubt = "" if basis.verified else " Bedömningen är inte prövad av dataskyddsombudet."
    return f"{_line(basis.text)} (artikel {basis.article}; {basis.source}){doubt}"


def _line(text: str) -> str:
    return " ".join(text.split())

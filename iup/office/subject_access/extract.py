"""Everything the school keeps about one person (GDPR art. 15), with other people's data removed.

In: a site, a person's id, a day. Out: an `Extract`. It has what was found, by store, and the places that a person of
the office must read before it is handed out: texts about somebody else that name the person, and records that cannot be
read. What was written about a pupil is the pupil's, whoever wrote it. Staff are told that they wrote about pupils, and
when, but not what. The school's forms and rules are not repeated, nor are finished documents, which hold what the
records hold. Writes nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iup.archive import term_folders
from iup.errors import ContentError, UsageError
from iup.office.disclosure.register import Register
from iup.office.subject_access import stores
from iup.office.subject_access.correspondence import correspondence
from iup.office.subject_access.person_rows import Row, RowFilter, Trace, leaves
from iup.office.subject_access.redact_others import MARK, OtherPeople
from iup.office.subject_access.stores import Held, NamedAs, RecordStore
from iup.policy.relations import PersonKind, children_ever, children_on, kind_of
from iup.problems import has_faults
from iup.site import load, strict_yaml
from iup.site.layout import work_tree
from iup.site.load import MUNICIPALITY, ROSTER
from iup.site.paths import (
    ANSWERED,
    HOLDS,
    PEOPLE,
    PROTOCOLS,
    PUPILS,
    REGISTER,
    REPLIES,
    REQUESTS,
    SCHOOLS,
    owner,
    request_folder,
    routed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from iup.model.school import School
    from iup.office.subject_access.person_rows import Leaf
    from iup.site.layout import Site

_KINDS = (
    (re.compile(rf"{PUPILS}/[^/]+/pupil\.yaml"), "Elevens uppgifter"),
    (re.compile(rf"{PUPILS}/[^/]+/plan\.yaml"), "Planen"),
    (re.compile(rf"{PUPILS}/[^/]+/goals\.yaml"), "Målen"),
    (re.compile(rf"{PEOPLE}/.*"), "Personens uppgifter"),
    (re.compile(rf"{SCHOOLS}/.*"), "Skola, klass och undervisning"),
    (re.compile(re.escape(MUNICIPALITY)), "Uppdrag i kommunen"),
    (re.compile(re.escape(ROSTER)), "Konton"),
    (re.compile(r"policies/.*"), "Skolans regler"),
    (re.compile(rf"{REGISTER}/.*"), "Personnummer och adress"),
    (re.compile(rf"{REPLIES}/.*"), "Svar hemifrån"),
    (re.compile(rf"{REQUESTS}/.*"), "Begäran om att få se planen"),
    (re.compile(rf"{HOLDS}/.*"), "Spärr mot gallring"),
    (re.compile(rf"{PROTOCOLS}/.*"), "Protokoll över gallring"),
    (re.compile(r".*/people\.yaml"), "Vem som har skrivit"),
    (re.compile(r".*/plan\.yaml"), "Planen"),
    (re.compile(r".*/goals\.yaml"), "Målen"),
    (re.compile(r".*/arkiv\.yaml"), "Vad som finns arkiverat"),
    (re.compile(r".*/documents/.*"), "Dokument som det skickades"),
    (re.compile(rf".*/{term_folders.FOR_ROLES}"), "Dokument för den som får en roll senare"),
)
# Of a kept document, what its records do not hold: the rest is shown with them.
_HEAD = (
    "pupil",
    "group",
    "school",
    "municipality",
    "board",
    "title",
    "year",
    "term",
    "note",
    "kept_term",
    "made_final",
)
_SHEETS = frozenset({"form.yaml", term_folders.FORM_TEXTS})


@dataclass(frozen=True)
class Extract:
    """What is kept of one person. `to_read`: paths that a person must read before this is handed out.

    `by_eye`: who has one name only, which is not taken out everywhere (`OtherPeople.by_eye`).
    """

    person: str
    name: str
    category: str
    day: date
    traces: tuple[Trace, ...] = field(repr=False)
    to_read: tuple[str, ...] = ()
    by_eye: tuple[str, ...] = ()


def extract(site: Site, person: str, day: date) -> Extract:
    """Gather everything about a person; refuse while some file cannot be read, since something would be missed."""
    tree = work_tree(site)
    school, findings = load.load(tree)
    problems = load.located(tree, findings)
    if school is None or has_faults(problems):
        raise ContentError(problems)
    if person not in school.pupils and person not in school.people:
        raise UsageError("ingen i content/ har det id:t", "id:n är namnen i content/people och content/pupils")
    asked = (request.number for request in Register(site.required_office()).all() if request.pupil == person)
    words = NamedAs(person, _names(school, person), tuple(f"{request_folder(number)}/" for number in asked))
    held = [*stores.standing(site, words), *stores.archived(site.required_office(), words), *stores.former(site, words)]
    others = OtherPeople(school, person, _former_names(held, school), _own_children(school, person, day))
    gathering = _Gathering(RowFilter(school, others, _labels(school)), words.folders)
    gathering.take(held)
    traces = (*gathering.traces(), *correspondence(site, school, others, day, gathering.to_read))
    known = school.pupils.get(person) or school.people[person]
    to_read = tuple(dict.fromkeys(gathering.to_read))
    return Extract(person, known.name.full, category(school, person), day, traces, to_read, others.by_eye)


def category(school: School, person: str) -> str:
    """Return what kind of person somebody is, in the words of `policies/processing.yaml`."""
    match kind_of(school, person):
        case PersonKind.PUPIL:
            return "elever"
        case PersonKind.GUARDIAN:
            return "vårdnadshavare"
        case _:
            return "personal"


def _own_children(school: School, person: str, day: date) -> frozenset[str]:
    """Return the pupils whom a guardian may be told of by name: in their custody that day, and not protected."""
    return frozenset(name for name in children_on(school, person, day) if not school.pupils[name].is_protected(day))


def _names(school: School, person: str) -> tuple[bytes, ...]:
    """Return the words by which a record could name the person: parts that a strict search looks at afterwards."""
    known = school.pupils.get(person) or school.people[person]
    contact = school.people[person].contact if person in school.people else None
    reach = (contact.phone, contact.email) if contact else ()
    marked = school.registered.get(person)
    numbers = (marked.personnummer[-9:],) if marked and marked.personnummer else ()
    return tuple(word.encode() for word in (known.name.given, *reach, *numbers) if word)


def _labels(school: School) -> dict[str, str]:
    return {name: known.label for form in school.forms.values() for name, known in form.fields.items()}


def _former_names(held: Iterable[Held], school: School) -> tuple[str, ...]:
    """Return the names, in the archive and the history, of people who are not here by that name now."""
    found = set()
    for one in held:
        if one.path.endswith("/people.yaml"):
            known = _parsed(one)
            if isinstance(known, dict):
                found |= {str(row.get("namn")) for row in known.values() if isinstance(row, dict) and row.get("namn")}
    return tuple(sorted(found - {school.name_of(name) for name in (*school.pupils, *school.people)}))


def _parsed(held: Held) -> Any:  # noqa: ANN401  YAML and JSON are any shape
    try:
        if held.path.endswith(".json"):
            values = json.loads(held.data)
            return values.get("head", values)  # what the copies for all roles say
        return strict_yaml.parse(held.data)
    except (strict_yaml.StrictYamlError, AttributeError, ValueError):
        return None


class _Gathering:
    """Takes records in and keeps what is new in each, by store and kind."""

    def __init__(self, sieve: RowFilter, folders: tuple[str, ...]) -> None:
        self._sieve = sieve
        self._folders = folders
        self._school = sieve.school
        self._children = children_ever(sieve.school, sieve.person)
        known = sieve.school.people.get(sieve.person)
        self._at_home = known is None or (bool(self._children) and known.title is None)
        self._seen: set[tuple[str, tuple[str, ...], str]] = set()
        self._found: dict[tuple[RecordStore, str, str], list[Row]] = {}
        self._mentions: set[str] = set()
        self._number = 0
        self.to_read: list[str] = []

    def take(self, held: Iterable[Held]) -> None:
        """Add records, the newest first."""
        for one in held:
            if one.path.rpartition("/")[2] in _SHEETS or routed(one.path)[0] == "form":
                continue
            values = _parsed(one)
            if values is None:
                self.to_read.append(f"{one.path} ({one.store}): går inte att läsa")
                continue
            self._take(one, values)

    def traces(self) -> Iterator[Trace]:
        """Yield what was found, in the order it was added."""
        for (store, kind, note), rows in self._found.items():
            yield Trace(store.value, kind, tuple(rows), note)
        if self._mentions:
            told = "prövas av en människa innan något ur dem lämnas ut, eftersom de handlar om andra"
            what = Row("", (("antal handlingar", str(len(self._mentions))), ("utlämnande", told)))
            yield Trace(RecordStore.CONTENT.value, "Texter om andra som nämner personen", (what,))

    def _take(self, held: Held, values: Any) -> None:  # noqa: ANN401  likewise
        kind = next((kind for pattern, kind in _KINDS if pattern.fullmatch(held.path)), "Övrigt")
        own = held.own or self._is_own(held, values)
        if held.path == ANSWERED and (rows := self._answers(values)):
            values, own = {"poster": rows}, True
        if "/documents/" in held.path or held.path.endswith(term_folders.FOR_ROLES):
            values = {key: values.get(key) for key in _HEAD}
        told = self._own(held, values) if own else tuple(self._sieve.rows(values, wrote=self._wrote(held.path)))
        # In other people's archives much may be the same, and each of them is shown.
        self._number += 1
        place = held.path if own or held.store is not RecordStore.ARCHIVE else f"{held.path}/{self._number}"
        marks = [(place, tuple(key for key in keys if isinstance(key, str)), text) for keys, text in told]
        new = [leaf for leaf, mark in zip(told, marks, strict=True) if mark not in self._seen]
        self._seen.update(marks)
        if new:
            note = _term(held) if own else self._whose(held)
            self._found.setdefault((held.store, kind, note), []).extend(self._sieve.together(new))
        if not own and held.path not in self._mentions and self._names_the_person(held, values):
            self._mentions.add(held.path)
            self.to_read.append(f"{held.path} ({held.store}): en text som handlar om någon annan nämner personen")

    def _own(self, held: Held, values: Any) -> tuple[Leaf, ...]:  # noqa: ANN401  likewise
        if held.path.endswith("/people.yaml"):
            return tuple(self._sieve.rows(values, wrote=False))
        return tuple(self._sieve.own(values))

    def _is_own(self, held: Held, values: Any) -> bool:  # noqa: ANN401  likewise
        """Say whether a record of the office's is all about the person: it names them as its pupil or its sender."""
        if held.store not in (RecordStore.OFFICE, RecordStore.OFFICE_HISTORY) or not isinstance(values, dict):
            return False
        return self._sieve.person in (values.get("avsändare"), values.get("elev"))

    def _answers(self, values: Any) -> list[Any]:  # noqa: ANN401  likewise
        """Return the lines of the register that are about requests for the person's plans."""
        rows = values.get("poster", [])
        return [row for row in rows if f"{REQUESTS}/{row.get('begäran')}/" in self._folders]

    def _wrote(self, path: str) -> bool:
        """Say whether what the person wrote there was written at home."""
        kind, pupil = owner(path)
        return pupil in self._children if kind == "pupil" else self._at_home

    def _whose(self, held: Held) -> str:
        kind, name = owner(held.path)
        if kind == "pupil":
            return f"hos {self._sieve.named(name)}"
        return f"hos {MARK}" if kind or held.store is RecordStore.ARCHIVE else ""

    def _names_the_person(self, held: Held, values: Any) -> bool:  # noqa: ANN401  likewise
        if owner(held.path)[0] != "pupil" and not held.path.endswith(("/plan.yaml", "/goals.yaml")):
            return False
        return any(self._sieve.others.named_in(text) for keys, text in leaves(values) if "barn" not in keys)


def _term(held: Held) -> str:
    """Return the term of a record in the archive."""
    year, _, season = held.path.partition("/")[0].removesuffix("-goals").partition("-")
    return f"{season} {year}" if held.store is RecordStore.ARCHIVE else ""

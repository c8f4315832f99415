"""Load a tree of files as a `School`, with findings about what cannot be read.

Each file is read strictly, and decoded into its record when the record is first asked for, so that a run that is about
few files reads few. `load` reads all. A file that has faults is left out and reported, and the rest is still loaded, so
that one run shows everything. Does not judge whether the records agree with one another: that is for `checks`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, Field

from iup.errors import ContentError
from iup.model.base import Record, Text
from iup.model.disclosure import DisclosureRules, HealthWords
from iup.model.form import Form
from iup.model.people import Account, Person, Pupil, Registered
from iup.model.plan import Goals, Plan
from iup.model.processing import Processing
from iup.model.reply import ReceivedReply
from iup.model.retention import RetentionRule
from iup.model.school import LawRule, Municipality, School, SchoolUnit, Subject
from iup.problems import Finding, Location, Problem, Rule, Severity, in_order
from iup.site import decode, office_keys, side_files, strict_yaml, yaml_diagnosis, yaml_text
from iup.site.lazy_records import LazyRecords
from iup.site.paths import ELSEWHERE, KINDS, routed

if TYPE_CHECKING:
    from collections.abc import Collection

    from iup.system.git.trees import Tree

RULES = (
    ODD_FILE := Rule(
        "fil-slag",
        Severity.FAULT,
        "bara vanliga filer får finnas i innehållet",
        "Symboliska länkar och undermoduler kan peka ut ur skolans katalog och läses därför aldrig. I innehållet "
        "ligger bara vanliga filer och kataloger.",
        "ersätt den med en vanlig fil, eller ta bort den",
    ),
    UNKNOWN_FILE := Rule(
        "fil-okänd",
        Severity.FAULT,
        "programmet vet inte vad det här är för en fil",
        "En fil med fel namn eller på fel plats skulle annars tyst bli utan verkan. Namnen står i "
        "docs/files.md; README.md får finnas var som helst.",
        "rätta filens namn eller plats, eller ta bort den",
    ),
    TWIN_FILE := Rule(
        "fil-tvilling",
        Severity.FAULT,
        "en annan fil har samma namn så när som på stora och små bokstäver eller teckenkodning",
        "På en Mac eller en Windowsdator blir två sådana filer en och samma. Den ena försvinner då utan att någon "
        "märker det.",
        "ta bort den ena, eller ge den ett annat namn",
    ),
    FILE_MISSING := Rule(
        "fil-saknas",
        Severity.FAULT,
        "en fil som måste finnas saknas",
        "Några filer måste finnas på varje skola, annars går det inte att veta vad som gäller. Meddelandet pekar ut "
        "den som saknas.",
        "hämta tillbaka filen med git",
    ),
)

MUNICIPALITY = "content/municipality.yaml"
SUBJECTS = "policies/subjects.yaml"
LAW = "policies/law.yaml"
ROSTER = "content/roster.yaml"
ACCESS = "policies/access.yaml"
SITE = "content/site.yaml"
DISCLOSURE = "policies/disclosure.yaml"
HEALTH_WORDS = "policies/health-words.yaml"
RETENTION = "policies/retention.yaml"
PROCESSING = "policies/processing.yaml"
PUBLIC_DOCUMENTS = "policies/texts/public-documents.md"
_MUST = (MUNICIPALITY, SUBJECTS, LAW, ACCESS, PUBLIC_DOCUMENTS)
_MAY = (ROSTER, DISCLOSURE, HEALTH_WORDS, RETENTION, PROCESSING)


class _Subjects(Record):
    subjects: tuple[Subject, ...] = Field(alias="ämnen")


class _Roster(Record):
    accounts: tuple[Account, ...] = Field(alias="personer")


class _Law(Record):
    rules: tuple[LawRule, ...] = Field(alias="regler")


class _HealthWords(Record):
    groups: tuple[HealthWords, ...] = Field(alias="grupper")


class _Retention(Record):
    rules: tuple[RetentionRule, ...] = Field(alias="regler")


class _OwnText(Record):
    text: Text


M = TypeVar("M", bound=BaseModel)


class SiteReader:
    """A tree as it is read: the `School` whose records are decoded on demand, and what was found wrong in each file."""

    def __init__(self, tree: Tree, only: Collection[str] = ()) -> None:
        """Prepare a tree for reading; with `only`, schools whose files mention none of these pupils are left aside."""
        self.tree = tree
        self.found: dict[str, tuple[Finding, ...]] = {}
        self._strays: list[str] = []
        self._routed: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
        for path in tree.paths:
            kind, name = routed(path)
            if kind:
                self._routed[kind][name] = path
            elif path not in (*_MUST, *_MAY) and not ELSEWHERE.fullmatch(path):
                self._strays.append(path)
        units = self._shelf(SchoolUnit, "unit")
        self.units = units.narrowed(units.mentioning(*only)) if only else units
        self.people = self._shelf(Person, "person")
        self.pupils = self._shelf(Pupil, "pupil")
        self.plans = self._shelf(Plan, "plan", named=False)
        self.goals = self._shelf(Goals, "goals", named=False)
        self.registered = self._shelf(Registered, "registered")
        self.replies = self._shelf(ReceivedReply, "reply")
        self.school = self._school()

    def _shelf(self, model: type[M], kind: str, *, named: bool = True) -> LazyRecords[M]:
        def decoded(path: str, name: str, data: bytes | None) -> M | None:
            return self.record(model, path, data, **({"id": name} if named else {}))

        return LazyRecords(self.tree, self._routed[kind], decoded)

    def _school(self) -> School | None:
        municipality = self.record(Municipality, MUNICIPALITY) if MUNICIPALITY in self.tree else None
        subjects = self.record(_Subjects, SUBJECTS) if SUBJECTS in self.tree else None
        law = self.record(_Law, LAW) if LAW in self.tree else None
        roster = self.record(_Roster, ROSTER) if ROSTER in self.tree else None
        disclosure = self.record(DisclosureRules, DISCLOSURE) if DISCLOSURE in self.tree else None
        words = self.record(_HealthWords, HEALTH_WORDS) if HEALTH_WORDS in self.tree else None
        retention = self.record(_Retention, RETENTION) if RETENTION in self.tree else None
        processing = self.record(Processing, PROCESSING) if PROCESSING in self.tree else None
        forms = [form for path in self._routed["form"].values() if (form := self.record(Form, path))]
        text = self._text(PUBLIC_DOCUMENTS) if PUBLIC_DOCUMENTS in self.tree else ""
        if municipality is None or subjects is None or law is None:
            return None
        return School(
            municipality=municipality,
            units=self.units,
            people=self.people,
            pupils=self.pupils,
            plans=self.plans,
            goals=self.goals,
            forms={form.ref: form for form in forms},
            subjects=subjects.subjects,
            law=law.rules,
            registered=self.registered,
            certificates=frozenset(self._routed["key"]),
            public_documents=text,
            roster=roster.accounts if roster else (),
            replies=self.replies,
            disclosure=disclosure,
            health_words=words.groups if words else (),
            retention=retention.rules if retention else (),
            processing=processing,
        )

    def record(self, model: type[M], path: str, data: bytes | None = None, **known: str) -> M | None:
        """Read one file into a record; `data` is what stands in it, if that is known, `known` what its path tells."""
        try:
            data = self.tree.read(path) if data is None else data
        except OSError:
            self._note(path, ODD_FILE.at(path, message="filen går inte att läsa; saknas rättigheten?"))
            return None
        record, findings = yaml_diagnosis.read(path, data, model, **known)
        if not findings and path.startswith("content/"):  # what came in from outside, nobody here can mend
            findings = tuple(yaml_diagnosis.overlooked(path, data, model))
        self._note(path, *findings)
        return record

    def _text(self, path: str) -> str:
        """Read a text of the school's own; it has the limits of every text."""
        try:
            data = self.tree.read(path)
            text = yaml_text.line_ends(strict_yaml.decoded(data))
        except strict_yaml.StrictYamlError as error:
            self._note(path, yaml_diagnosis.finding(path, data, error))
            return ""
        except OSError:
            self._note(path, ODD_FILE.at(path, message="filen går inte att läsa; saknas rättigheten?"))
            return ""
        found, findings = decode.decode(_OwnText, {"text": text}, path)
        # The file has no keys to point at.
        self._note(path, *yaml_text.notes(path, data), *(replace(finding, keys=()) for finding in findings))
        return found.text if found else ""

    def _note(self, path: str, *findings: Finding) -> None:
        if findings:
            self.found[path] = findings

    def fetch_schoolmates(self) -> None:
        """Read the files of all pupils in the schools that are read, all at once: checks ask for their names."""
        groups = (group for unit in self.units.values() for group in unit.classes)
        self.pupils.fetch(place.pupil for group in groups for place in group.pupils)

    @property
    def unread_forms(self) -> bool:
        """Whether the file of a form has faults."""
        return self.school is not None and len(self.school.forms) < len(self._routed["form"])

    @property
    def pupil_names(self) -> list[str]:
        """Every name that a directory in content/pupils/ with a file of a known kind has."""
        return sorted({*self.pupils.names, *self.plans.names, *self.goals.names})

    def required_school(self) -> School:
        """Return the school; raise `ContentError` with what is wrong in the shared files where there is none."""
        if self.school is None:
            raise ContentError(located(self.tree, self.of_the_rest()))
        return self.school

    def of_pupil(self, pupil: str) -> tuple[Finding, ...]:
        """Read a pupil's own files and return what is wrong inside each of them."""
        shelves: tuple[LazyRecords[Any], ...] = (self.pupils, self.plans, self.goals)
        return self._of(pupil, shelves)

    def of_person(self, person: str) -> tuple[Finding, ...]:
        """Read a person's file and return what is wrong inside it."""
        return self._of(person, (self.people,))

    def of_names(self) -> tuple[Finding, ...]:
        """Return what is wrong with the set of files, whatever they contain."""
        missing = [FILE_MISSING.at(path) for path in _MUST if path not in self.tree]
        return (*_odd_files(self.tree), *missing, *side_files.strays(self._strays, UNKNOWN_FILE))

    def of_the_rest(self) -> tuple[Finding, ...]:
        """Read all files that belong to no single pupil or person, and return what is wrong inside each of them."""
        found: list[Finding] = []
        for shelf in (self.units, self.registered, self.replies):
            for name in shelf.names:
                found += self._of(name, (shelf,))
        for path in (*self._routed["form"].values(), *_MUST, *_MAY):
            found += self.found.get(path, ())
        return (*found, *office_keys.read(self.tree)[1], *side_files.secrets(self.tree, self._strays))

    def _of(self, name: str, shelves: tuple[LazyRecords[Any], ...]) -> tuple[Finding, ...]:
        found: list[Finding] = []
        for shelf in shelves:
            shelf.get(name)
            found += self.found.get(shelf.path(name), ())
        return tuple(found)


def roster_of(data: bytes) -> tuple[Account, ...]:
    """Return the rows of a roster from the bytes of its file; none where it cannot be read."""
    try:
        roster, _ = decode.decode(_Roster, strict_yaml.parse(data), ROSTER)
    except strict_yaml.StrictYamlError:
        return ()
    return roster.accounts if roster else ()


def load(tree: Tree) -> tuple[School | None, tuple[Finding, ...]]:
    """Read everything a tree holds. The school is None only when what every school needs is missing or unreadable."""
    reading = SiteReader(tree)
    found = [*reading.of_names(), *reading.of_the_rest()]
    for pupil in reading.pupil_names:
        found += reading.of_pupil(pupil)
    for person in reading.people.names:
        found += reading.of_person(person)
    return reading.school, tuple(found)


def required_school(tree: Tree) -> School:
    """Load the school that a tree holds; raise `ContentError` with all that was found wrong where there is none."""
    school, findings = load(tree)
    if school is None:
        raise ContentError(located(tree, findings))
    return school


def _odd_files(tree: Tree) -> list[Finding]:
    found = [
        ODD_FILE.at(path, message=f"här ligger {kind}; bara vanliga filer får finnas i innehållet")
        for path, kind in tree.oddities.items()
    ]
    seen: set[str] = set()
    for path in tree.paths:
        folded = path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()
        if folded in seen:
            found.append(TWIN_FILE.at(path))
        seen.add(folded)
    return found


def located(tree: Tree, findings: tuple[Finding, ...]) -> tuple[Problem, ...]:
    """Give findings their line and column; only files that have a finding are read again."""
    problems = []
    for finding in findings:
        if finding.place is not None:
            line, column = finding.place
        elif finding.keys and finding.path in tree:
            line, column = strict_yaml.position(tree.read(finding.path), finding.keys)
        else:
            line, column = 1, 1
        message = finding.message
        if finding.mark:
            line, column = yaml_text.first(tree.read(finding.path), finding.mark, line, column)
            message = message.replace("{rad}", str(line))
        place = Location(finding.path, line, column)
        rule = finding.rule
        problems.append(Problem(place, rule.id, rule.severity, message, finding.hint, finding.excerpt))
    return in_order(problems)

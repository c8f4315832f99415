"""The municipality, its schools and classes, and every relation between people, as values with dates.

`School` is the checked whole that later stages read instead of files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from iup.model.base import Id, Line, Period, Record, SchoolYear, Text, YesNo
from iup.model.disclosure import DisclosureRules, HealthWords
from iup.model.form import Form
from iup.model.people import Account, Person, Pupil, Registered
from iup.model.plan import Goals, Plan
from iup.model.processing import Processing
from iup.model.reply import ReceivedReply
from iup.model.retention import RetentionRule

SchoolForm = Literal["grundskola", "anpassad grundskola"]
ClassId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{2,8}$")]


class Office(Record):
    """Where to turn: a school's expedition or the nämnd's registrar."""

    name: Line = Field(alias="namn")
    address: Line | None = Field(default=None, alias="adress")
    phone: Line | None = Field(default=None, alias="telefon")
    email: Line | None = Field(default=None, alias="e-post")
    hours: Line | None = Field(default=None, alias="tider")


class Terms(Record):
    """A school year's two terms."""

    name: SchoolYear = Field(alias="namn")
    autumn: Period = Field(alias="höst")
    spring: Period = Field(alias="vår")


class MunicipalDecision(Record):
    """A decision of the nämnd that this work rests on (FAQ: Finns det ett kommunalt beslut?)."""

    number: Line = Field(alias="nummer")
    day: Line = Field(alias="datum")
    about: Text = Field(alias="gäller")


class Post(Period):
    """A person's period as principal, mentor, reader for the nämnd or member of the office."""

    person: Id


class Municipality(Record):
    """`municipality.yaml`."""

    name: Line = Field(alias="kommun")
    authority: Literal["kommunal", "enskild"] = Field(alias="huvudman")
    board: Line = Field(alias="nämnd")
    registrar: Office = Field(alias="registrator")
    years: tuple[Terms, ...] = Field(alias="läsår", min_length=1)
    decisions: tuple[MunicipalDecision, ...] = Field(default=(), alias="beslut")
    readers: tuple[Post, ...] = Field(default=(), alias="nämndens_läsare")
    office: tuple[Post, ...] = Field(default=(), alias="kontorets_personal")


class Place(Period):
    """A pupil's time in a class."""

    pupil: Id = Field(alias="elev")


class Teaching(Period):
    """A teacher teaches a subject to a class, or to some of its pupils."""

    subject: Line = Field(alias="ämne")
    teacher: Id = Field(alias="lärare")
    only: tuple[Id, ...] = Field(default=(), alias="endast")
    but: tuple[Id, ...] = Field(default=(), alias="utom")

    def includes(self, pupil: str) -> bool:
        """Say whether the row is about this pupil of the class."""
        return pupil not in self.but and (not self.only or pupil in self.only)


class SchoolClass(Record):
    """A class during one school year."""

    id: ClassId
    name: Line = Field(alias="namn")
    grade: int = Field(alias="årskurs", ge=0, le=10)
    year: SchoolYear = Field(alias="läsår")
    mentors: tuple[Post, ...] = Field(alias="mentor")
    pupils: tuple[Place, ...] = Field(alias="elever")
    teaching: tuple[Teaching, ...] = Field(alias="undervisning")


class SchoolUnit(Record):
    """One school: `schools/<id>.yaml`."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    name: Line = Field(alias="namn")
    form: SchoolForm = Field(alias="skolform")
    grades_from: int = Field(alias="betyg_från_årskurs", ge=4, le=10)
    office: Office = Field(alias="expedition")
    principals: tuple[Post, ...] = Field(alias="rektor")
    classes: tuple[SchoolClass, ...] = Field(alias="klasser")


class Subject(Record):
    """A school subject; one marked as telling can itself reveal origin or disability (DOMAIN 2.2)."""

    name: Line = Field(alias="namn")
    telling: YesNo = Field(default=False, alias="talande")


class LawRule(Record):
    """A rule of law with the time it holds and its source, as `policies/law.yaml` has it."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-zåäö0-9-]{3,60}$")]
    about: Literal["samtal", "plan", "ingen plan"] | None = Field(default=None, alias="avser")
    period: Period = Field(alias="gäller")
    school_form: SchoolForm | None = Field(default=None, alias="skolform")
    grades: tuple[int, ...] = Field(default=(), alias="årskurser")
    text: Text
    source: Line = Field(alias="källa")
    verified: YesNo = Field(default=True, alias="verifierad")


@dataclass(frozen=True)
class School:
    """Everything one site holds, checked; what later stages read instead of files."""

    municipality: Municipality
    units: Mapping[str, SchoolUnit]
    people: Mapping[str, Person]
    pupils: Mapping[str, Pupil]
    plans: Mapping[str, Plan]
    goals: Mapping[str, Goals]
    forms: Mapping[str, Form]
    subjects: tuple[Subject, ...]
    law: tuple[LawRule, ...]
    registered: Mapping[str, Registered]
    certificates: frozenset[str]
    roster: tuple[Account, ...]
    public_documents: str
    replies: Mapping[str, ReceivedReply] = field(default_factory=dict)
    disclosure: DisclosureRules | None = None
    health_words: tuple[HealthWords, ...] = ()
    retention: tuple[RetentionRule, ...] = ()
    processing: Processing | None = None

    @cached_property
    def _subjects(self) -> Mapping[str, int]:
        return {subject.name: number for number, subject in enumerate(self.subjects)}

    def subject_order(self, name: str) -> tuple[int, str]:
        """Return a sort key that has subjects as `policies/subjects.yaml` has them, and any other after them."""
        return self._subjects.get(name, len(self._subjects)), name

    @cached_property
    def _replies(self) -> Mapping[str, tuple[ReceivedReply, ...]]:
        found: dict[str, list[ReceivedReply]] = {}
        for reply in self.replies.values():
            if reply.pupil:
                found.setdefault(reply.pupil, []).append(reply)
        return {pupil: tuple(replies) for pupil, replies in found.items()}

    def replies_about(self, pupil: str) -> tuple[ReceivedReply, ...]:
        """Return every reply about a pupil that has come in."""
        return self._replies.get(pupil, ())

    @cached_property
    def _taught(self) -> dict[tuple[str, date], tuple[Teaching, ...]]:
        return {}

    @cached_property
    def _places(self) -> Mapping[str, tuple[tuple[SchoolUnit, SchoolClass, Place], ...]]:
        found: dict[str, list[tuple[SchoolUnit, SchoolClass, Place]]] = {}
        for unit in self.units.values():
            for group in unit.classes:
                for place in group.pupils:
                    found.setdefault(place.pupil, []).append((unit, group, place))
        return {pupil: tuple(places) for pupil, places in found.items()}

    def places(self, pupil: str) -> tuple[tuple[SchoolUnit, SchoolClass, Place], ...]:
        """Return every time in a class that the schools have for a pupil."""
        return self._places.get(pupil, ())

    def place(self, pupil: str, day: date) -> tuple[SchoolUnit, SchoolClass] | None:
        """Return the school and class a pupil is in on a day."""
        return next(((unit, group) for unit, group, place in self.places(pupil) if place.covers(day)), None)

    def taught(self, pupil: str, day: date) -> tuple[Teaching, ...]:
        """Return the teaching rows that are about a pupil on a day."""
        asked = pupil, day
        if asked not in self._taught:
            found = self.place(pupil, day)
            rows = found[1].teaching if found else ()
            self._taught[asked] = tuple(row for row in rows if row.covers(day) and row.includes(pupil))
        return self._taught[asked]

    def name_of(self, person: str) -> str:
        """Return the full name of a pupil or another person."""
        known = self.pupils.get(person) or self.people.get(person)
        return known.name.full if known else ""

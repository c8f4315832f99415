"""The plan (IUP or samtal form) and the goals of one pupil."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from iup.model.base import Day, FieldId, Id, Line, Moment, Record, SchoolYear, ShortId, State, Term, Text


class Conversation(Record):
    """The samtal: when it is booked, when it was held and with whom."""

    booked: Moment | None = Field(default=None, alias="bokat")
    held: Day | None = Field(default=None, alias="hållet")
    present: tuple[Id, ...] = Field(default=(), alias="deltagare")


class Entry(Record):
    """A text somebody wrote in a field; `on_behalf` when a guardian wrote the words of a child who cannot write."""

    text: Text
    author: Id = Field(alias="av")
    on_behalf: Id | None = Field(default=None, alias="åt")
    day: Day = Field(alias="datum")


class Assessment(Record):
    """An omdöme: a level on the form's scale in one subject, with a comment."""

    level: Line = Field(alias="nivå")
    comment: Text | None = Field(default=None, alias="kommentar")
    author: Id = Field(alias="av")
    day: Day = Field(alias="datum")


class Reading(Record):
    """A note from the home that somebody has read the plan of this term."""

    reader: Id = Field(alias="av")
    day: Day = Field(alias="datum")


def _entries(value: object) -> object:
    return value if isinstance(value, list) else [value]


FormRef = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}@[1-9][0-9]{0,3}$")]
Entries = Annotated[tuple[Entry, ...], BeforeValidator(_entries)]


class Plan(Record):
    """The living plan of one pupil for one term."""

    label: Line = Field(alias="barn")
    form: FormRef = Field(alias="mall")
    year: SchoolYear = Field(alias="läsår")
    term: Term = Field(alias="termin")
    state: State = Field(alias="läge")
    conversation: Conversation = Field(default=Conversation(), alias="samtal")
    fields: dict[FieldId, Entries] = Field(default={}, alias="fält")
    assessments: dict[Line, Assessment] = Field(default={}, alias="omdömen")
    readings: tuple[Reading, ...] = Field(default=(), alias="läst")


class Step(StrEnum):
    """The four states of a goal, in their order (FAQ: Vad betyder de olika nivåerna i målsystemet?)."""

    NEW = "nytt"
    ONGOING = "pågående"
    DONE = "klart"
    MET = "uppfyllt"


class Move(Record):
    """A goal came to a state on a day, on somebody's word."""

    step: Step = Field(alias="steg")
    day: Day = Field(alias="datum")
    author: Id = Field(alias="av")
    on_behalf: Id | None = Field(default=None, alias="åt")
    comment: Text | None = Field(default=None, alias="kommentar")


class Actions(Record):
    """Who does what to reach a goal."""

    school: Text | None = Field(default=None, alias="skolan")
    pupil: Text | None = Field(default=None, alias="eleven")
    home: Text | None = Field(default=None, alias="hemmet")


class Comment(Record):
    """A comment on a goal."""

    id: ShortId
    state: State = Field(alias="läge")
    author: Id = Field(alias="av")
    day: Day = Field(alias="datum")
    text: Text


class Goal(Record):
    """A goal; its course alone decides its state."""

    id: ShortId
    state: State = Field(alias="läge")
    subject: Line | None = Field(default=None, alias="ämne")
    text: Text = Field(alias="mål")
    actions: Actions = Field(default=Actions(), alias="så_gör_vi")
    outcome: Text | None = Field(default=None, alias="så_gick_det")
    proposed_by: Id = Field(alias="föreslaget_av")
    course: tuple[Move, ...] = Field(alias="förlopp", min_length=1)
    comments: tuple[Comment, ...] = Field(default=(), alias="kommentarer")

    @property
    def step(self) -> Step:
        """The state the goal is in now."""
        return self.course[-1].step


class Goals(Record):
    """The goals of one pupil."""

    label: Line = Field(alias="barn")
    goals: tuple[Goal, ...] = Field(alias="mål")

"""The school's IUP template as data: parts, fields, who reads, who writes (DOMAIN I1, I2, S15).

A form may only narrow what `policies/access.yaml` allows; `policy.access` enforces that.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from iup.model.base import Day, FieldId, FormId, Handling, Line, Record, Text, YesNo
from iup.model.role import Condition, Role


class FieldType(StrEnum):
    """What kind of answer a field takes."""

    TEXT = "text"
    LINE = "rad"
    CHOICE = "val"


class Required(StrEnum):
    """When a field must be filled in."""

    NO = "nej"
    ALWAYS = "alltid"
    AFTER_CONVERSATION = "efter samtal"


class Level(Record):
    """A step of the scale for omdömen; the label is the school's words."""

    id: Line = Field(alias="nivå")
    label: Line = Field(alias="etikett")


class Grant(Record):
    """A role that a form lets read or write, perhaps under a condition."""

    role: Role = Field(alias="vem")
    when: Condition | None = Field(default=None, alias="om")


def _grant(value: object) -> object:
    return {"vem": value} if isinstance(value, str) else value


Grants = tuple[Annotated[Grant, BeforeValidator(_grant)], ...]


class FormField(Record):
    """One field of a form."""

    id: FieldId
    label: Line = Field(alias="etikett")
    help: Text | None = Field(default=None, alias="hjälp")
    type: FieldType = Field(default=FieldType.TEXT, alias="typ")
    choices: tuple[Line, ...] = Field(default=(), alias="alternativ")
    handling: Handling
    readers: Grants | None = Field(default=None, alias="läses_av")
    writers: Grants | None = Field(default=None, alias="skrivs_av")
    several: YesNo = Field(default=False, alias="flera")
    required: Required = Field(default=Required.NO, alias="krävs")


class PartKind(StrEnum):
    """What a part of the form holds."""

    FIELDS = "fält"
    ASSESSMENTS = "omdömen"
    GOALS = "mål"


class Part(Record):
    """A part of a form: fields, or the omdömen, or the goals."""

    id: FieldId
    title: Line = Field(alias="rubrik")
    intro: Text | None = Field(default=None, alias="inledning")
    kind: PartKind = Field(default=PartKind.FIELDS, alias="typ")
    readers: Grants | None = Field(default=None, alias="läses_av")
    writers: Grants | None = Field(default=None, alias="skrivs_av")
    fields: tuple[FormField, ...] = Field(default=(), alias="fält")


class AppliesTo(Record):
    """Which pupils a form is for."""

    school_form: Literal["grundskola", "anpassad grundskola"] = Field(alias="skolform")
    grades: tuple[int, ...] = Field(alias="årskurser", min_length=1)


class Decided(Record):
    """Who decided the form, and when (skollagen 10 kap. 13 §: the principal decides its design)."""

    by: Line = Field(alias="av")
    day: Day = Field(alias="datum")


class Form(Record):
    """A form, versioned; a plan names it as `id@version`."""

    id: FormId
    version: int = Field(ge=1)
    name: Line = Field(alias="namn")
    kind: Literal["iup", "samtal"] = Field(alias="slag")
    applies: AppliesTo = Field(alias="gäller")
    decided: Decided = Field(alias="beslut")
    scale: tuple[Level, ...] = Field(default=(), alias="skala")
    parts: tuple[Part, ...] = Field(alias="delar", min_length=1)

    @property
    def ref(self) -> str:
        """The name a plan uses."""
        return f"{self.id}@{self.version}"

    @cached_property
    def fields(self) -> dict[str, FormField]:
        """All fields of all parts by their id."""
        return {field.id: field for part in self.parts for field in part.fields}

    def label(self, level: str) -> str:
        """Return the school's words for a level of the scale, or the level itself."""
        return next((step.label for step in self.scale if step.id == level), level)

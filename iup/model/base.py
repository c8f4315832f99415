"""What every record of the model is made of: days, texts, ids, and the frozen base class.

Knows neither YAML, git nor policy. The limits on texts are those that the renderer was measured to bear
(a field of 100 kB without a space takes it over a minute).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

MAX_TEXT = 4000
MAX_LINE = 200
MAX_WORD = 500
# What a line cannot be broken in; Chinese, Japanese, Thai, Lao, Khmer and Myanmar have no blanks between words.
_WORD = re.compile(
    "[^\\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003ffff]"
    f"{{{MAX_WORD + 1},}}"
)
# A combining mark on a combining mark on a combining mark is no word in any language of a school.
_STACKED_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # `\d` is any script's digit
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}")


class Record(BaseModel):
    """A frozen record; the aliases of its fields are the Swedish keys that people type."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


def _day(value: Any) -> date:  # noqa: ANN401  whatever YAML held
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("day", "not a day")


def _moment(value: Any) -> datetime:  # noqa: ANN401  whatever YAML held
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("moment", "not a day and time")


def _yes_no(value: Any) -> bool:  # noqa: ANN401  whatever YAML held
    if value in ("ja", "nej") or isinstance(value, bool):
        return value in ("ja", True)
    raise PydanticCustomError("yes_no", "neither ja nor nej")


def _readable(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "blank")
    if len(text) > MAX_TEXT:
        raise PydanticCustomError("text_long", "too long", {"found": len(text), "most": MAX_TEXT})
    if _STACKED_MARKS.search(text):
        raise PydanticCustomError("marks", "marks on marks")
    if len(text) > MAX_WORD and (word := _WORD.search(text)):
        raise PydanticCustomError("word_long", "word too long", {"found": len(word[0]), "most": MAX_WORD})
    return text.rstrip("\n")


def _one_line(text: str) -> str:
    if "\n" in text:
        raise PydanticCustomError("lines", "not one line")
    if len(text) > MAX_LINE:
        raise PydanticCustomError("line_long", "too long", {"found": len(text), "most": MAX_LINE})
    return _readable(text)


Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    PlainSerializer(lambda moment: moment.strftime("%Y-%m-%d %H:%M"), return_type=str, when_used="json"),
]
YesNo = Annotated[bool, BeforeValidator(_yes_no), WithJsonSchema({"enum": ["ja", "nej"]})]
Text = Annotated[str, AfterValidator(_readable)]
Line = Annotated[str, AfterValidator(_one_line)]
# Opaque on purpose: a name, a class or a personnummer in a path would leak through logs and change over time.
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{4}$")]
ShortId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,8}$")]
FormId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
FieldId = Annotated[str, StringConstraints(pattern=r"^[a-zåäö][a-zåäö0-9_]{0,39}$")]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9A-F]{40}$")]
SchoolYear = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}/[0-9]{4}$")]
Term = Annotated[str, StringConstraints(pattern=r"^(HT|VT) [0-9]{4}$")]


class State(StrEnum):
    """How far a record has come (`läge`): the home sees nothing of a draft."""

    DRAFT = "utkast"
    SHARED = "delad"
    FINAL = "fastställd"


class Handling(StrEnum):
    """What a record is in the law's eyes (tryckfrihetsförordningen 2 kap.)."""

    FINAL = "fastställd"
    RECEIVED = "inkommen"
    WORKING = "arbetsmaterial"
    PRIVATE = "privat"


class Period(Record):
    """From a first to a last day, both included; without a last day it goes on."""

    begins: Day = Field(alias="från")
    ends: Day | None = Field(default=None, alias="till")

    def covers(self, day: date) -> bool:
        """Say whether the period holds on a day."""
        return self.begins <= day and (self.ends is None or day <= self.ends)

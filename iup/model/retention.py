"""How long each kind of record is kept, by which decision, and what stops a purge meanwhile.

`policies/retention.yaml` holds the rules; what no rule destroys is preserved. `OFFICE/holds/<number>.yaml` is a `Hold`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from iup.model.base import Day, Id, Line, Record, Text, YesNo


class What(StrEnum):
    """What a rule is about."""

    PUPIL = "elev"
    GUARDIAN = "vårdnadshavare"
    STAFF = "personal"
    REPLY = "svar"
    LEDGER = "liggare"
    REQUEST = "begäran"


class Fate(StrEnum):
    """What happens to the records when the time is up."""

    PURGED = "gallras"
    PRESERVED = "bevaras"


class Since(StrEnum):
    """What the years are counted from."""

    SCHOOLING = "skolgångens slut"
    LAST_PUPIL = "sista elevens gallring"
    DUTIES = "uppdragets slut"
    DECISION = "svarets beslut"
    ARRIVAL = "ärendets ankomst"


class RetentionRule(Record):
    """One rule of the schedule."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-zåäö0-9-]{3,60}$")]
    what: What = Field(alias="vad")
    fate: Fate = Field(alias="görs")
    years: int | None = Field(default=None, alias="år", ge=0, le=100)
    since: Since | None = Field(default=None, alias="från")
    decision: Line = Field(alias="beslut")
    text: Text
    source: Line = Field(alias="källa")
    verified: YesNo = Field(default=True, alias="verifierad")


class Reason(StrEnum):
    """Why nothing of a pupil may be destroyed for now. Chosen from these, because a free text could reveal too much."""

    REQUEST = "begäran om utlämnande"
    APPEAL = "överklagande"
    SUPERVISION = "tillsyn"
    COURT = "rättsprocess"
    RESEARCH = "forskning"
    ARCHIVE = "arkivmyndigheten"


class Hold(Record):
    """A pupil whose records may not be purged; `released` is the day it ended."""

    number: int
    pupil: Id = Field(alias="elev")
    reason: Reason = Field(alias="skäl")
    begins: Day = Field(alias="från")
    released: Day | None = Field(default=None, alias="hävd")

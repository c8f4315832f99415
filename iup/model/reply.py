"""A reply that came to the office: who sent it about whom, by which channel, and what became of it.

What `OFFICE/replies/<id>/reply.yaml` holds. `<id>` names what came in before anybody could open it; `reply` is the id
that the sender's document gave it, known once it is opened. The sealed original lies beside the file. `made` is when
it was written; `clock` is there only where the sender's device had a wrong clock, and `made` is then the arrival.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from iup.model.base import Day, Id, Line, Moment, Record, Text

ArrivalId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{20}$")]
ReplyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
CommitId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]


class ReplyState(StrEnum):
    """What has become of a reply. Until somebody decides it waits."""

    WAITING = "inkommen"
    ACCEPTED = "antagen"
    REFUSED = "avslagen"
    HANDLED = "skött"


class ArrivalKind(StrEnum):
    """What came in and is no reply that the program can open: a person reads it, and it is kept all the same."""

    LETTER = "brev"
    PICTURE = "bild"
    DOCUMENT = "dokument"
    OUTLOOK = "outlookfil"
    TNEF = "winmail.dat"
    ARCHIVE = "packad fil"
    OTHER = "annan fil"


class ReplyChannel(StrEnum):
    """How a reply came."""

    PDF = "pdf"
    PAGE = "sida"
    OPENPGP_PAGE = "openpgp-sida"
    OPENPGP_PDF = "openpgp-pdf"
    PAPER = "papper"


class ReceivedValue(Record):
    """What was written in one place; `refused` says why it was not taken in, where it was not."""

    key: Line = Field(alias="plats")
    label: Line = Field(alias="etikett")
    text: Text | None = None
    refused: Line | None = Field(default=None, alias="inte_infört")


class ReceivedReply(Record):
    """One reply in the office's store. Values stand here from the moment they are decided, for the sender's echo.

    `kind` is there for what is no reply. `claimed`, `sent` and `file` are what a mail says of itself: no proof.
    """

    id: ArrivalId
    kind: ArrivalKind | None = Field(default=None, alias="slag")
    claimed: Line | None = Field(default=None, alias="uppger_sig_vara")
    sent: Line | None = Field(default=None, alias="skickat")
    file: Line | None = Field(default=None, alias="fil")
    arrived: Moment = Field(alias="inkom")
    state: ReplyState = Field(alias="läge")
    reply: ReplyId | None = Field(default=None, alias="svar")
    sender: Id | None = Field(default=None, alias="avsändare")
    pupil: Id | None = Field(default=None, alias="elev")
    channel: ReplyChannel | None = Field(default=None, alias="kanal")
    ticket: ReplyId | None = Field(default=None, alias="blankett")
    made: Line | None = Field(default=None, alias="gjort")
    clock: Line | None = Field(default=None, alias="klocka")
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(default=None, alias="innehåll")
    decided: Day | None = Field(default=None, alias="beslut")
    receiver: Line | None = Field(default=None, alias="mottagare")
    commit: CommitId | None = None
    values: tuple[ReceivedValue, ...] = Field(default=(), alias="värden")

"""A reply once it is opened: who wrote what about whom; and the strict reading of its JSON.

In: the plain bytes of a reply file, or what was typed in from paper. Out: values in their places, not yet judged.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NoReturn

from iup.errors import BrokenSealError
from iup.office.replies import reply_time
from iup.text.encodings import nfc

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from iup.build.reply_ticket import Ticket
    from iup.model.reply import ReplyChannel

VERSION = 1
MAX_BYTES = 1_000_000
MAX_VALUES = 500
MAX_KEY = 300
_ID = re.compile(r"[0-9a-f]{32}")
_KEYS = {"v", "id", "ticket", "made", "values"}
_PAPER_KEYS = {"v", "id", "sender", "pupil", "version", "values"}
Value = str | bool  # True for a tick; False does not occur


@dataclass(frozen=True)
class Reply:
    """What somebody has written; `version` is the printed version of a paper, which carries no ticket.

    `clock` is what a device with a wrong clock said; `made` is then when the reply came. `shown` are texts that a PDF
    shows in some places; `values` has the same text there unless the field itself holds another. `missing` is how many
    of the document's fields the file has lost.
    """

    id: str
    sender: str
    pupil: str
    channel: ReplyChannel
    ticket: Ticket | None
    made: str
    values: tuple[tuple[str, Value], ...]
    version: str = ""
    clock: str = ""
    shown: tuple[tuple[str, Value], ...] = ()
    missing: int = 0

    def received(self, arrived: datetime) -> Reply:
        """Return the reply with the moment that counts once it is known when it came (UTC, to the minute)."""
        if self.ticket is None:
            return self
        made, clock = reply_time.counted(self.made, self.ticket.issued, arrived)
        return replace(self, made=made, clock=clock)

    @property
    def clock_fault(self) -> str:
        """What there is to say of the clock of the sender's device; nothing where it is right."""
        return reply_time.fault(self.clock)

    @property
    def file_fault(self) -> str:
        """What there is to say of a file that has lost some of its fields."""
        return f"{self.missing} fält saknas i filen: se efter om det står något där på sidan" if self.missing else ""

    @property
    def digest(self) -> str:
        """Return a digest that tells two replies of one id apart."""
        ticket = self.ticket.id if self.ticket else ""
        said = [self.sender, self.pupil, ticket, self.clock or self.made, self.version, *self.values]
        return sha256(json.dumps(said).encode()).hexdigest()


def normalised(text: str) -> str:
    """Return a text as it is kept: LF, NFC, no blanks at the end of a line or around the whole."""
    plain = nfc(text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(line.rstrip() for line in plain.split("\n")).strip()


def id_of(ticket: str, values: Iterable[tuple[str, Value]]) -> str:
    """Return an id for a reply without one: the same fields filled in the same way are the same reply."""
    said = json.dumps([ticket, *sorted(map(list, values))])
    return sha256(said.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Body:
    """The plain text of a reply file."""

    id: str
    ticket: str
    made: str
    values: tuple[tuple[str, Value], ...]


def body(data: bytes) -> Body:
    """Read the plain text of a reply file; raise `BrokenSealError` for anything that our pages do not write."""
    read = _strict(data, _KEYS)
    if not isinstance(read["ticket"], str) or not isinstance(read["made"], str) or not reply_time.moment(read["made"]):
        _broken()
    return Body(_id(read["id"]), read["ticket"], read["made"], _values(read["values"]))


def paper(data: bytes, channel: ReplyChannel) -> Reply:
    """Read what the office typed in from paper, as `typed` wrote it."""
    read = _strict(data, _PAPER_KEYS)
    texts = [read["sender"], read["pupil"], read["version"]]
    if not all(isinstance(text, str) for text in texts):
        _broken()
    return Reply(_id(read["id"]), texts[0], texts[1], channel, None, "", _values(read["values"]), version=texts[2])


def typed(reply_id: str, sender: str, pupil: str, version: str, values: Iterable[tuple[str, Value]]) -> bytes:
    """Return what was typed in from paper, for the office to keep."""
    said = {"v": VERSION, "id": reply_id, "sender": sender, "pupil": pupil, "version": version, "values": dict(values)}
    return json.dumps(said, ensure_ascii=False).encode()


def _broken() -> NoReturn:
    raise BrokenSealError("svarets innehåll är inte som våra sidor skriver det")


def _strict(data: bytes, keys: set[str]) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        _broken()
    try:
        read = json.loads(
            data.decode("utf-8").rstrip(" \n"),
            object_pairs_hook=_pairs,
            parse_constant=lambda _: _broken(),
            parse_float=lambda _: _broken(),
        )
    except (ValueError, RecursionError):
        _broken()
    if not isinstance(read, dict) or "v" not in read:
        _broken()
    if read["v"] is True or read["v"] != VERSION:
        raise BrokenSealError("svaret är av en version som det här programmet inte känner")
    if read.keys() != keys:
        _broken()
    return read


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _broken()
    return found


def _id(value: object) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else _broken()


def _values(values: object) -> tuple[tuple[str, Value], ...]:
    if not isinstance(values, dict) or len(values) > MAX_VALUES:
        _broken()
    for key, value in values.items():
        if len(key) > MAX_KEY or not (isinstance(value, str) or value is True):
            _broken()
    return tuple(sorted(values.items()))

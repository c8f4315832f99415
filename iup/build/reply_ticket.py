"""The ticket in a document that can be answered: it tells the office what the sender of a reply saw.

A ticket says for whom, about whom and when a document was made. For each place in the document it has a keyed hash of
what stood there. It is sealed to the office, so whoever holds the document can neither read nor make one. It is added
when a copy is sealed, with an id of its own each time, and is never part of a view. Knows neither policy nor content.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from iup.errors import BrokenSealError
from iup.seal import symmetric
from iup.view.types import PlanView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from iup.view.bundle import Document

VERSION = 1
MAX_CHARACTERS = 60_000
_ADDITIONAL = b"iup ticket 1"
_BLOCK_BYTES = 16
_ID = re.compile(rb"[a-z][a-z0-9]{4}")
_ID_BYTES = 5


@dataclass(frozen=True)
class Issuer:
    """Issues tickets and marks for the copies that are sealed on a day."""

    day: date
    places: bytes = field(repr=False)
    tickets: bytes = field(repr=False)
    files: bytes = field(repr=False)

    def ticket(self, recipient: str, document: Document) -> str:
        """Return a sealed ticket for one copy of a document; nothing for a copy without a place to write in."""
        view = document.view
        if not isinstance(view, PlanView) or not view.places:
            return ""
        made = Ticket(
            id=secrets.token_hex(16),
            recipient=recipient,
            pupil=document.pupil,
            form=view.form,
            term=view.term,
            issued=self.day,
            fields=states(self.places, document.pupil, view.places),
        )
        return seal(self.tickets, made)

    def mark(self, recipient: str, document: Document) -> bytes:
        """Return the mark of one copy; nothing for a copy without a place to write in."""
        return mark(self.files, recipient) if document.places else b""


class ShownPlace(Protocol):
    """A place in a document: its key, and what its reader sees there."""

    @property
    def key(self) -> str:
        """The name of the place."""

    @property
    def now(self) -> str:
        """What stands there, or nothing."""


@dataclass(frozen=True)
class Ticket:
    """What a reply is about; `fields` has a keyed hash of what stood in each place."""

    id: str
    recipient: str
    pupil: str
    form: str
    term: str
    issued: date
    fields: Mapping[str, str]


def state(key: bytes, pupil: str, place: ShownPlace) -> str:
    """Return a keyed hash of what stands in a place, so that a reply tells whether it has changed since."""
    said = f"{pupil}\0{place.key}\0{place.now}"
    return hmac.digest(key, said.encode(), sha256).hex()[:16]


def states(key: bytes, pupil: str, places: Iterable[ShownPlace]) -> dict[str, str]:
    """Return the state of each place by its key."""
    return {place.key: state(key, pupil, place) for place in places}


def seal(key: bytes, ticket: Ticket) -> str:
    """Return a ticket as text that only the office can read or make (AES-256-GCM, base64url)."""
    values = {"v": VERSION, **asdict(ticket), "issued": ticket.issued.isoformat()}
    plain = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(symmetric.seal(key, plain, _ADDITIONAL)).decode()


def open(key: bytes, text: str) -> Ticket:  # noqa: A001  seal and open, as of any sealed thing
    """Return what a ticket says; raise `BrokenSealError` for one that this office did not make."""
    broken = BrokenSealError("svarets biljett är inte gjord av det här kontoret, eller så är den ändrad")
    if len(text) > MAX_CHARACTERS:
        raise broken
    try:
        data = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        plain = symmetric.unseal(key, data, _ADDITIONAL)
    except (BrokenSealError, ValueError):
        raise broken from None
    values = json.loads(plain)
    if values.pop("v") != VERSION:
        raise BrokenSealError("svarets biljett är av en version som det här programmet inte känner")
    return Ticket(**{**values, "issued": date.fromisoformat(values["issued"])})


def mark(key: bytes, recipient: str) -> bytes:
    """Return 16 bytes for a file's `/ID[0]`, in the clear also in a sealed PDF: whose the file is, to the office alone.

    One AES block of the recipient's id and random bytes: no two files of a recipient look alike to anybody else.
    """
    plain = recipient.encode("ascii")
    return _block(key).encryptor().update(plain + secrets.token_bytes(_BLOCK_BYTES - len(plain)))


def recipient_of(key: bytes, marked: bytes) -> str:
    """Return whose a file says it is, or nothing. A guess in 20,000 hits an id, so only the passphrase is proof."""
    if len(marked) != _BLOCK_BYTES:
        return ""
    plain = _block(key).decryptor().update(marked)[:_ID_BYTES]
    return plain.decode("ascii") if _ID.fullmatch(plain) else ""


def _block(key: bytes) -> Cipher[ECB]:
    return Cipher(AES(key), ECB())  # noqa: S305  a single block with 11 random bytes in it; nothing repeats

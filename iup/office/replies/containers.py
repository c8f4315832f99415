"""Take apart what holds several things: a mailbox file, a mail, a ZIP; and say what a thing is that is no reply.

In: bytes. Out: the mails, parts or members in them, a mail's text and what its head says, and an `ArrivalKind`. What
nobody has written (an empty part, a signature of the transport) is left out. Nothing is opened that programs could be
hidden in: of those only the kind is told. All of it is what somebody says of themselves, and proves nothing.
"""

from __future__ import annotations

import base64
import binascii
import email.policy
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from io import BytesIO
from typing import TYPE_CHECKING, cast

from iup.model.reply import ArrivalKind
from iup.text.encodings import nfc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import MIMEPart

MAX_BYTES = 40_000_000
_MOST_MEMBERS, _DEEPEST, _HEAD, _LONGEST_NAME = 100, 30, 4000, 1000
_HEADERS = (b"content-type:", b"received:", b"mime-version:", b"return-path:", b"message-id:")
# A mailbox file begins each mail so (RFC 4155): a sentence that begins with "From" has no year at the end of the line.
_FROM_LINE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]*\d{4}\r?\n(?=[!-9;-~]+:)")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_TRANSPORT = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
_BEGINNINGS = (
    (rb"\xff\xd8\xff|\x89PNG|GIF8|II\*\0|MM\0\*|RIFF....WEBP|....ftyp(?:hei|mif|avif)", ArrivalKind.PICTURE),
    (rb"\x78\x9f\x3e\x22", ArrivalKind.TNEF),
    (rb"\xd0\xcf\x11\xe0", ArrivalKind.OUTLOOK),
    # A document of Word, Excel or LibreOffice is a ZIP whose first member is one of these.
    (rb"PK\x03\x04.{26,60}?(?:\[Content_Types\]|mimetypeapplication/vnd\.oasis|word/|_rels/)", ArrivalKind.DOCUMENT),
    (rb"PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b", ArrivalKind.ARCHIVE),
    (rb"\{\\rtf", ArrivalKind.DOCUMENT),
)
_SIGNS = tuple((re.compile(sign, re.DOTALL), kind) for sign, kind in _BEGINNINGS)


@dataclass(frozen=True)
class ContainedFile:
    """Something inside something: its name, as the sender has it, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Mail:
    """A mail taken apart: whom it says it is from and when it was sent, its text, and its other parts."""

    claimed: str
    sent: str
    text: str
    parts: tuple[ContainedFile, ...]


def kind_of(data: bytes) -> ArrivalKind:
    """Name bytes that are no reply for what they are, by how they begin."""
    found = next((kind for sign, kind in _SIGNS if sign.match(data)), None)
    return found or (ArrivalKind.LETTER if is_mail(data) else ArrivalKind.OTHER)


def mails_in(data: bytes) -> tuple[bytes, ...]:
    """Return the mails of a mailbox file, or of one that Apple Mail keeps (`.emlx`); nothing for anything else."""
    begun = [match.span() for match in _FROM_LINE.finditer(data)]
    if begun and begun[0][0] == 0:
        ends = [start for start, _ in begun[1:]] + [len(data)]
        return tuple(_QUOTED.sub(rb"\1", data[after:end]) for (_, after), end in zip(begun, ends, strict=True))
    first, _, rest = data.partition(b"\n")
    if first.strip().isdigit() and len(first) < _HEAD and is_mail(rest):
        return (rest[: int(first)],)
    return ()


def is_mail(data: bytes) -> bool:
    """Say whether bytes begin with the head of a mail."""
    head = data[:_HEAD].split(b"\n\n", 1)[0].split(b"\r\n\r\n", 1)[0].lower()
    return any(line.startswith(_HEADERS) for line in head.splitlines())


def mail(data: bytes) -> Mail | None:
    """Take a mail apart, and the mails inside it; nothing where it cannot be."""
    try:
        message = BytesParser(policy=email.policy.default).parsebytes(data)
        texts: list[str] = []
        parts = tuple(_parts(message, texts, 0))
        return Mail(label(str(message.get("from", "")), 200), _sent(message), "\n\n".join(texts), parts)
    except (ValueError, LookupError, RecursionError, TypeError, AttributeError, AssertionError):
        return None


def label(name: str, most: int = 120) -> str:
    """Return a name that somebody else gave as it may be told and kept: one line of what is seen, cut off."""
    told = (c for c in nfc(name[:_LONGEST_NAME]) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isprintable() else " " for c in told).split())[:most]


def _sent(message: MIMEPart) -> str:
    try:
        return f"{parsedate_to_datetime(str(message['date'])):%Y-%m-%d %H:%M}"
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _parts(message: MIMEPart, texts: list[str], depth: int) -> Iterator[ContainedFile]:
    if message.is_multipart() and depth < _DEEPEST:
        kind = message.get_content_subtype()
        inner = list(message.iter_parts()) if message.get_content_maintype() == "multipart" else _inside(message)
        if kind == "alternative":  # the same text in several ways
            plain = [one for one in inner if one.get_content_type() == "text/plain"]
            others = [one for one in inner if one.get_content_maintype() != "text"]
            inner = [*(plain or [one for one in inner if one.get_content_maintype() == "text"][:1]), *others]
        for one in inner:
            yield from _parts(one, texts, depth + 1)
        return
    if message.get_content_type() in _TRANSPORT:
        return
    payload = message.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else message.as_bytes()
    named = label((message.get_filename() or "").replace("/", " ").replace("\\", " "))
    if message.get_content_maintype() == "text" and not named:
        text = data.decode(message.get_content_charset() or "utf-8", "replace")
        told = _plain(text) if message.get_content_subtype() == "html" else text
        if told.strip():
            texts.append(told.strip())
    elif data.strip():
        yield ContainedFile(named or message.get_content_type(), data)


def _inside(message: MIMEPart) -> list[MIMEPart]:
    """Return the mail inside a mail; some programs write it in base64, which no part of that kind may be (RFC 2046)."""
    found = list(cast("list[MIMEPart]", message.get_payload()))
    coded = [re.sub(rb"\s", b"", one.as_bytes()) for one in found if not one.keys()]
    for number, data in enumerate(coded):
        try:
            found[number] = BytesParser(policy=email.policy.default).parsebytes(base64.b64decode(data, validate=True))
        except (binascii.Error, ValueError):
            continue
    return found


def members(data: bytes) -> tuple[ContainedFile, ...] | None:
    """Return the files in a ZIP; nothing for one that is locked, damaged, too large or too full."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            listed = [one for one in packed.infolist() if not one.is_dir()]
            if len(listed) > _MOST_MEMBERS or sum(one.file_size for one in listed) > MAX_BYTES:
                return None
            return tuple(ContainedFile(label(one.filename.rpartition("/")[2]), _member(packed, one)) for one in listed)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, OSError, EOFError):
        return None


def _member(packed: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    with packed.open(one) as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > one.file_size:
        raise ValueError("more than it says")
    return data


class _Text(HTMLParser):
    """Gathers what a page shows, with a line end where a block begins."""

    _BLOCKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote"})
    _UNSEEN = frozenset({"style", "script", "head", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._unseen += tag in self._UNSEEN
        if tag in self._BLOCKS:
            self.told.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in self._UNSEEN and self._unseen > 0

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.told.append(data)


def _plain(page: str) -> str:
    reader = _Text()
    reader.feed(page)
    reader.close()
    return "\n".join(" ".join(line.split()) for line in "".join(reader.told).splitlines())

"""Find what could be a reply in files, folders and Maildirs, and say what is skipped and why.

In: paths. Out: the pieces that could be replies, and a line for each piece that is skipped. The standard library takes
mail messages apart, and their attachments are looked at one by one. Nothing is opened, moved or removed here. No
symbolic link is followed, and nothing larger than a reply can be is read.
"""

from __future__ import annotations

import email.policy
from dataclasses import dataclass
from email.parser import BytesParser
from typing import TYPE_CHECKING

from iup.errors import UsageError
from iup.office.replies import pdf_form
from iup.seal import reply as reply_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_BYTES = 10_000_000
MAX_PIECES = 2000
_ARMOUR = b"-----BEGIN PGP "
_NOT_A_REPLY = "ser inte ut som ett svar"


@dataclass(frozen=True)
class Piece:
    """Something that could be a reply: where it lay and its bytes."""

    where: str
    data: bytes


@dataclass(frozen=True)
class SkippedInput:
    """Input that was skipped, and why, in Swedish."""

    where: str
    why: str


def pieces(paths: Sequence[Path]) -> Iterator[Piece | SkippedInput]:
    """Yield what lies in files, folders and Maildirs, in order of name; raise `UsageError` for a path that is not."""
    found = 0
    for path in paths:
        if not path.exists() or path.is_symlink():
            raise UsageError(f"inkorgen {path} finns inte, eller är en symbolisk länk")
        for file in _files(path):
            for one in _pieces(file):
                found += 1
                if found > MAX_PIECES:
                    raise UsageError(f"inkorgen har fler än {MAX_PIECES} delar", "dela upp den på flera körningar")
                yield one


def _files(path: Path) -> Iterator[Path]:
    """Yield the files of a folder and those below; of a Maildir only its messages."""
    if not path.is_dir():
        yield path
        return
    maildir = (path / "cur").is_dir() and (path / "new").is_dir()
    for inner in sorted(path.iterdir()):
        if maildir and inner.name not in ("cur", "new"):
            continue
        if inner.is_symlink() or not inner.name.startswith("."):
            yield from _files(inner) if inner.is_dir() and not inner.is_symlink() else (inner,)


def _pieces(file: Path) -> Iterator[Piece | SkippedInput]:
    where = file.name
    if file.is_symlink() or not file.is_file():
        yield SkippedInput(where, "är inte en vanlig fil")
        return
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError:
        yield SkippedInput(where, "går inte att läsa")
        return
    if len(data) > MAX_BYTES:
        yield SkippedInput(where, f"är större än {MAX_BYTES // 1_000_000} MB")
    elif is_reply(data):
        yield Piece(where, data)
    elif _is_mail(data):
        yield from _attachments(where, data)
    else:
        yield SkippedInput(where, _NOT_A_REPLY)


def is_reply(data: bytes) -> bool:
    """Say whether bytes begin like a reply of any kind; `unseal` finds out whether they are one."""
    first = data[:1]
    return (
        data.startswith(_ARMOUR)
        or pdf_form.start(data) >= 0
        or reply_file.is_reply(data)
        or data.lstrip()[:8].startswith(b'{"v":')
        or (bool(first) and first[0] in _PGP_TAGS)
    )


# The first byte of an OpenPGP message: a session key for a certificate or a password, signed, compressed or marker data
# (RFC 9580 4.2), in the old format and the new.
_PGP_TAGS = frozenset(
    [0x80 | tag << 2 | length for tag in (1, 3, 4, 8, 9, 10) for length in range(4)]
    + [0xC0 | tag for tag in (1, 3, 4, 8, 9, 10, 18, 20)]
)


def _is_mail(data: bytes) -> bool:
    head = data[:4000].split(b"\n\n", 1)[0].split(b"\r\n\r\n", 1)[0].lower()
    return any(line.startswith((b"content-type:", b"received:", b"mime-version:")) for line in head.splitlines())


def _attachments(where: str, data: bytes) -> Iterator[Piece | SkippedInput]:
    """Yield the parts of a mail message. Its texts are nobody's reply: what is in them is neither sealed nor signed."""
    try:
        message = BytesParser(policy=email.policy.default).parsebytes(data)
        parts = [part for part in message.walk() if not part.is_multipart()]
    except (ValueError, LookupError, RecursionError, TypeError, AttributeError):
        yield SkippedInput(where, "är ett brev som inte går att ta isär")
        return
    for number, part in enumerate(parts, 1):
        try:
            payload = part.get_payload(decode=True)
        except (ValueError, LookupError, TypeError, AssertionError):
            payload = None
        name = f"{where}, del {number}"
        if not isinstance(payload, bytes):
            yield SkippedInput(name, "går inte att läsa")
        elif len(payload) > MAX_BYTES:
            yield SkippedInput(name, f"är större än {MAX_BYTES // 1_000_000} MB")
        elif is_reply(payload):
            yield Piece(name, payload)
        elif payload.strip():
            yield SkippedInput(name, _NOT_A_REPLY)

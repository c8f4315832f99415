"""Find what came in, in files, folders, mailboxes and Maildirs: what could be replies, and all else that somebody sent.

In: paths. Out: an `InboxItem` for each piece, and a line for each that is left where it is, with why. A mail gives
the replies in it, and what else it has (its text, pictures) is one letter, kept whole. As many pieces as lie there are
told. Nothing is opened, moved or removed here. No symbolic link is followed, and nothing larger than a mail can be
is read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iup.errors import UsageError
from iup.model.reply import ArrivalKind
from iup.office.replies import containers, pdf_form
from iup.seal import reply as reply_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from iup.office.replies.containers import Mail

MAX_BYTES = 10_000_000
MAX_PIECES = 2000
_DEEPEST = 5
_ARMOUR = b"-----BEGIN PGP "
# What systems and mail programs lay in folders; nobody has sent it.
_NOBODYS = frozenset({"thumbs.db", "desktop.ini", "dovecot-uidlist", "maildirsize", "courierimapuiddb"})


@dataclass(frozen=True)
class InboxItem:
    """Something that came in. `where` is told, `file` is its own name, `claimed` and `sent` what a mail says of itself.

    `kind` is there for what cannot be a reply.
    """

    where: str
    data: bytes
    kind: ArrivalKind | None = None
    file: str = ""
    claimed: str = ""
    sent: str = ""


@dataclass(frozen=True)
class SkippedInput:
    """Input that was skipped, and why, in Swedish."""

    where: str
    why: str


def pieces(paths: Sequence[Path]) -> Iterator[InboxItem | SkippedInput]:
    """Yield what lies in files, folders and Maildirs, in order of name; raise `UsageError` for a path that is not."""
    found = 0
    for path in paths:
        if not path.exists() or path.is_symlink():
            raise UsageError(f"inkorgen {path} finns inte, eller är en symbolisk länk")
        for file in _files(path):
            for one in _in_file(file):
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
        if inner.is_symlink() or not (inner.name.startswith(".") or inner.name.casefold() in _NOBODYS):
            yield from _files(inner) if inner.is_dir() and not inner.is_symlink() else (inner,)


def _in_file(file: Path) -> Iterator[InboxItem | SkippedInput]:
    where = containers.label(file.name)
    if file.is_symlink() or not file.is_file():
        yield SkippedInput(where, "är inte en vanlig fil")
        return
    try:
        with file.open("rb") as stream:
            data = stream.read(containers.MAX_BYTES + 1)
    except OSError:
        yield SkippedInput(where, "går inte att läsa")
        return
    mails = containers.mails_in(data) if len(data) <= containers.MAX_BYTES else ()
    for number, one in enumerate(mails, 1):
        yield from _in_bytes(InboxItem(f"{where}, brev {number}", one, file=where), 0)
    if not mails:
        yield from _in_bytes(InboxItem(where, data, file=where), 0)


def _in_bytes(one: InboxItem, depth: int) -> Iterator[InboxItem | SkippedInput]:
    """Yield a piece, or what is inside it; it is kept whole where it cannot be taken apart."""
    data = one.data
    if not data.strip():
        yield SkippedInput(one.where, "är tom")
    elif len(data) > containers.MAX_BYTES:
        yield SkippedInput(one.where, f"är större än {containers.MAX_BYTES // 1_000_000} MB")
    elif is_reply(data) and len(data) <= MAX_BYTES:
        yield one
    elif containers.is_mail(data) and (mail := containers.mail(data)) is not None:
        yield from _in_mail(one, mail, depth)
    elif (kind := containers.kind_of(data)) is ArrivalKind.ARCHIVE and depth < _DEEPEST:
        yield from _in_archive(one, depth)
    else:
        yield replace(one, kind=kind)


def _in_mail(one: InboxItem, mail: Mail, depth: int) -> Iterator[InboxItem | SkippedInput]:
    """Yield the replies of a mail, and the mail itself where there is anything else in it for a person to read."""
    rest: list[str] = []
    found = 0
    for part in mail.parts:
        inner = InboxItem(f"{one.where}, {part.name}", part.data, None, part.name, mail.claimed, mail.sent)
        if depth < _DEEPEST and (is_reply(part.data) or _holds_more(part.data)):
            found += 1
            yield from _in_bytes(inner, depth + 1)
        else:
            rest.append(part.name)
    if mail.text or rest or not found:
        told = ", ".join(rest)[:200] or one.file
        yield InboxItem(one.where, one.data, ArrivalKind.LETTER, told, mail.claimed or one.claimed, mail.sent)


def _holds_more(data: bytes) -> bool:
    return containers.is_mail(data) or containers.kind_of(data) is ArrivalKind.ARCHIVE


def _in_archive(one: InboxItem, depth: int) -> Iterator[InboxItem | SkippedInput]:
    members = containers.members(one.data)
    if not members:
        yield replace(one, kind=ArrivalKind.ARCHIVE)
        return
    for member in members:
        inner = InboxItem(f"{one.where}, {member.name}", member.data, None, member.name, one.claimed, one.sent)
        yield from _in_bytes(inner, depth + 1)


def is_reply(data: bytes) -> bool:
    """Say whether bytes begin like a reply of any kind; `unseal` finds out whether they are one."""
    first = data[:1]
    return (
        data.lstrip().startswith(_ARMOUR)
        or reply_file.is_reply(data)
        or data.lstrip()[:8].startswith(b'{"v":')
        or (bool(first) and first[0] in _PGP_TAGS and not _is_known(data))
        or (pdf_form.start(data) >= 0 and not containers.is_mail(data))
    )


def _is_known(data: bytes) -> bool:
    """Say whether bytes that could begin an OpenPGP message begin as something else does: a picture, for example."""
    return containers.kind_of(data) is not ArrivalKind.OTHER


# The first byte of an OpenPGP message: a session key for a certificate or a password, signed, compressed or marker data
# (RFC 9580 4.2), in the old format and the new.
_PGP_TAGS = frozenset(
    [0x80 | tag << 2 | length for tag in (1, 3, 4, 8, 9, 10) for length in range(4)]
    + [0xC0 | tag for tag in (1, 3, 4, 8, 9, 10, 18, 20)]
)

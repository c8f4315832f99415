"""The PDF seal: AES-256 (R6, ISO 32000-2 7.6) under a passphrase, by pikepdf.

Its limits are told to users (docs/threat-model.md). There is no integrity, so a person must look at whatever comes back
in such a file. The structure stays visible: how many objects there are, and how long each stream is. Padding hides the
size of the whole only.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from io import BytesIO

import pikepdf

from iup.errors import BrokenSealError, LeakError, WrongKeyError
from iup.seal.padding import padme

TICKET = "/IupSvar"


@dataclass(frozen=True)
class Personal:
    """What only one recipient's copy carries: the ticket of what they saw, and the mark of whose file it is."""

    ticket: str = ""
    mark: bytes = b""


NOBODYS = Personal()
# Form filling must be allowed, or a guardian could not answer in the file; screen readers always.
_PERMISSIONS = pikepdf.Permissions(
    accessibility=True,
    extract=False,
    modify_annotation=False,
    modify_assembly=False,
    modify_form=True,
    modify_other=False,
    print_lowres=True,
    print_highres=True,
)
# What encryption adds beside the padding object: the Encrypt dictionary and 16-31 bytes a stream. Measured on plans
# of 1-6 pages at 900-1,700 bytes; what is left over is filled before `startxref`, where a comment moves no offset.
_OVERHEAD = 2048
_END = b"startxref"


def seal(plain: bytes, passphrase: str, personal: Personal = NOBODYS) -> bytes:
    """Return the PDF encrypted under a passphrase, padded, and checked to open with that passphrase only."""
    target = padme(len(plain) + len(personal.ticket) + 2 * _OVERHEAD)
    out = BytesIO()
    with pikepdf.open(BytesIO(plain)) as pdf:
        filler = pikepdf.Stream(pdf, secrets.token_bytes(target - len(plain) - len(personal.ticket) - _OVERHEAD))
        pdf.Root.PieceInfo = pikepdf.Dictionary(
            iup=pikepdf.Dictionary(LastModified="D:20000101000000Z", Private=pdf.make_indirect(filler))
        )
        # In the clear also in an encrypted file: the same value in two files would tell that they hold the same
        # document.
        mark = personal.mark or secrets.token_bytes(16)
        pdf.trailer.ID = pikepdf.Array([pikepdf.String(mark), pikepdf.String(secrets.token_bytes(16))])
        _carry(pdf, personal.ticket)
        pdf.save(
            out,
            encryption=pikepdf.Encryption(
                user=passphrase,
                owner=secrets.token_hex(32),  # thrown away; an empty owner password opens the file for everybody
                R=6,
                aes=True,
                metadata=True,
                allow=_PERMISSIONS,
            ),
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
        )
    sealed = _filled(out.getvalue(), target)
    _check(sealed, passphrase)
    return sealed


def _carry(pdf: pikepdf.Pdf, ticket: str) -> None:
    """Put a ticket where it survives that a viewer saves the file, and where it is encrypted with the rest."""
    if ticket:
        pdf.docinfo[TICKET] = ticket


def personal_pdf(plain: bytes, personal: Personal) -> bytes:
    """Return a PDF with what only one recipient's copy carries, unsealed: for a seal that takes any bytes."""
    if personal == NOBODYS:
        return plain
    out = BytesIO()
    with pikepdf.open(BytesIO(plain)) as pdf:
        pdf.trailer.ID = pikepdf.Array([pikepdf.String(personal.mark), pikepdf.String(secrets.token_bytes(16))])
        _carry(pdf, personal.ticket)
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _filled(sealed: bytes, target: int) -> bytes:
    missing = target - len(sealed)
    if missing < 0:
        target = padme(len(sealed) + 2)
        missing = target - len(sealed)
    at = sealed.rindex(_END)
    filling = b"%" + b" " * (missing - 2) + b"\n" if missing > 1 else b"\n" * missing
    return sealed[:at] + filling + sealed[at:]


def _check(sealed: bytes, passphrase: str) -> None:
    for wrong in ("", f"{passphrase}x"):
        try:
            with pikepdf.open(BytesIO(sealed), password=wrong):
                raise LeakError("en krypterad PDF öppnades med fel lösenfras; inget skickas")
        except pikepdf.PasswordError:
            continue
    with pikepdf.open(BytesIO(sealed), password=passphrase) as pdf:
        if pdf.encryption.R != 6 or pdf.encryption.stream_method.name != "aesv3":  # noqa: PLR2004
            raise LeakError("en PDF är inte krypterad med AES-256; inget skickas")


def unseal(sealed: bytes, passphrase: str) -> bytes:
    """Return the PDF without its encryption and padding."""
    if b"/Encrypt" not in sealed:
        raise BrokenSealError("PDF-filen är inte låst, eller så är den avkortad")
    try:
        with pikepdf.open(BytesIO(sealed), password=passphrase) as pdf:
            if "/PieceInfo" in pdf.Root:
                del pdf.Root.PieceInfo
            out = BytesIO()
            pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
            return out.getvalue()
    except pikepdf.PasswordError:
        raise WrongKeyError("lösenfrasen är inte den som filen låstes med") from None
    except pikepdf.PdfError:
        raise BrokenSealError("PDF-filen är skadad eller avkortad") from None

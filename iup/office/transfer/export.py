"""Write a pupil's package where the user says, whole or not at all; plain, or sealed to one certificate.

In: a site, a pupil, a day, a place, and perhaps a certificate file. Out: a directory that is a bag, or one OpenPGP file
that holds it. It is made in a directory beside the place, and gets its name last, in one step. What a killed run left
there is removed when the same package is made again. The ledger lists it before it has its name. A sealed one is made
in the office's own directory, so that its plain text lies nowhere else.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from iup.archive import ledger
from iup.archive.ledger import Event, LedgerWriter, required_signer
from iup.archive.show import today
from iup.errors import RefusedError, UsageError
from iup.office.transfer import bagit
from iup.office.transfer.package import gather
from iup.seal import certificate, openpgp
from iup.system import files, scratch

if TYPE_CHECKING:
    from datetime import date

    from iup.archive.show import Today
    from iup.keys.keyring import UnlockedOffice
    from iup.office.transfer.package import Package
    from iup.site.layout import Site


@dataclass(frozen=True)
class Exported:
    """What was written: the package, who signed it, and the one key that opens it (empty: it is plain text)."""

    package: Package
    signed_by: str
    sealed_to: str


def export(site: Site, office: UnlockedOffice, pupil: str, day: date, target: Path, to: Path | None) -> Exported:
    """Write the package of a pupil; `to` is the certificate file of whoever it is sealed to."""
    signer = required_signer(office)
    head = ledger.heads(office.root).get(pupil)
    if head is None:
        raise UsageError("det finns inget arkiv för den eleven", "id:n är katalognamnen i content/pupils")
    now = today(site, pupil, day)
    _may_leave(now, sealed=to is not None)
    _may_lie(site, office, target, sealed=to is not None)
    home = Path(tempfile.mkdtemp(dir=scratch.place()))
    recipient = certificate.handed_over(to, home) if to else None
    with files.workroom(office.workplace) as room:
        package = gather(office.root, pupil, head, now, signer, files.private_directory(room / "historik"))
        bagged = files.private_directory(room / "paket") if recipient else _beside(target)
        try:
            said = {**package.said, "Bagging-Date": day.isoformat()}
            bagit.write(bagged, package.payload, package.beside, said, lambda data: openpgp.sign(data, signer))
            if recipient:
                sealed = openpgp.seal(bagit.packed(bagged), recipient.certificate, recipient.keyring, home, signer)
                _tell(office, pupil, sealed)
                files.write_whole(target, sealed)
            else:
                _tell(office, pupil, (bagged / bagit.LIST).read_bytes())
                files.publish_directory(bagged, target)
        finally:
            shutil.rmtree(bagged, ignore_errors=True)
    return Exported(package, signer.fingerprint, recipient.certificate.fingerprint if recipient else "")


def _may_leave(now: Today, *, sealed: bool) -> None:
    """Refuse what protection does not let out."""
    if not now.name:
        raise UsageError("det finns ingen elev med det id:t", "id:n är katalognamnen i content/pupils")
    if now.has_new_identity:
        raise RefusedError(
            "eleven har fingerade uppgifter, och arkivet kan ha det förra namnet; inget paket görs",
            "det som ska lämnas prövas och tas fram för hand",
        )
    if now.is_protected and not sealed:
        raise RefusedError(
            "eleven har skyddade uppgifter, och paketet görs bara låst till den som ska ha det",
            "ange mottagarens certifikat med --recipient",
        )


def _may_lie(site: Site, office: UnlockedOffice, target: Path, *, sealed: bool) -> None:
    """Refuse to write over anything, and plain text among files that are committed."""
    if os.path.lexists(target) and (sealed or target.is_symlink() or not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} finns redan", "ange en ny plats efter --to; inget skrivs över")
    if not sealed and any(target.resolve().is_relative_to(own.resolve()) for own in (site.root, office.root)):
        raise RefusedError(
            "paketet är klartext och läggs inte bland skolans eller kontorets filer",
            "ange en plats utanför dem efter --to, eller lås det med --recipient",
        )


def _beside(target: Path) -> Path:
    """Return a new directory beside the target, to be renamed; what killed runs left for the same target goes."""
    stem = f".{target.name}.iup-"
    parent = files.private_directory(target.parent) if not target.parent.is_dir() else target.parent
    for left in parent.iterdir():
        if left.name.startswith(stem) and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
    return files.private_directory(parent / f"{stem}{secrets.token_hex(4)}")


def _tell(office: UnlockedOffice, pupil: str, data: bytes) -> None:
    """Add the package to the ledger; `archive verify` of the sealed file, or of the signed list, finds it."""
    LedgerWriter(office).write(Event.DELIVERED, {}, {f"paket/{pupil}": sha256(data).hexdigest()})

"""Lay a built result out in a folder to send from, once it is archived. What is sent is committed and archived.

In: a site, its current result and a target folder. Out: a folder for each recipient, under their opaque name, with
their sealed files; a receipt that `sha256sum --check` reads; the school's signature on the receipt; and the school's
key. A folder without a receipt is not finished.

The archive and the ledger are written before the first file is laid out. If a run is killed in between, the ledger
lists files that the next run lays out. The ledger lists the receipts too. A receipt has no date in it; its signature
has. Lays out ciphertext only, and never touches a folder that was not made here.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from iup.archive import keep
from iup.archive.earlier_terms import past
from iup.archive.ledger import Event, LedgerWriter, required_signer
from iup.archive.projection import Projector
from iup.build import publish
from iup.build.cache import BuildCache
from iup.build.worklist import order
from iup.checks.runner import Checker
from iup.documents.html import Renderer
from iup.errors import OutputError, RefusedError
from iup.keys.keyring import opened
from iup.keys.locks import Locksmith
from iup.keys.vault import open_vault
from iup.policy.access import required_policy
from iup.seal import openpgp
from iup.site.layout import committed_tree
from iup.system import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from iup.build.publish import Receipt
    from iup.build.worklist import Worklist
    from iup.documents.assets import Assets
    from iup.errors import SealError
    from iup.keys.keyring import UnlockedOffice
    from iup.seal.openpgp import Signer
    from iup.site.layout import Site
    from iup.view.bundle import Bundle

RECEIPT = "kvitto.txt"
SIGNATURE = "kvitto.txt.asc"
SCHOOL_KEY = "skolans-nyckel.asc"
_OURS = re.compile(r"[0-9a-f]{20}")
_AGAIN = "bygg igen med build.py och lämna sedan ut"


@dataclass(frozen=True)
class Handed:
    """What a handover did: recipients, files new to the ledger, pupils with something new, folders removed.

    `failed`: recipients that cannot be sealed to, with the reason; nothing is handed to them.
    """

    recipients: int
    files: int
    archived: int
    removed: int
    failed: Mapping[str, SealError]


def hand_over(site: Site, target: Path, day: date, assets: Assets) -> Handed:
    """Archive the current result and lay it out in `target`; refuse a result that is not of this day and commit."""
    with files.locked(site.output), opened(site.required_office()) as office:
        required_signer(office)
        manifest = publish.manifest(site.output)
        if manifest.commit != _committed(site) or manifest.as_of != day.isoformat():
            raise RefusedError("resultatet är inte byggt av incheckade filer i dag, och lämnas inte ut", _AGAIN)
        standing = publish.former(site.output, ("", {})).receipts
        asked, bundles, projector = _same(site, office, manifest.commit, standing, day, assets)
        book = LedgerWriter(office)
        pupils = sorted({document.pupil for bundle in bundles.values() for document in bundle.documents} - {""})
        projections = [made for pupil in pupils if (made := projector.project(pupil)) is not None]
        heads = keep.keep(book, projections, Event.DELIVERED, manifest.commit.split("+")[0])
        parcels = _parcels(standing, bundles, {**book.heads, **heads})
        new = {r.name: r.sha256 for r in standing.values() if not book.lists(r.name, r.sha256)}
        receipts = {f"{p.stem}/{RECEIPT}": sha256(p.receipt).hexdigest() for p in parcels}
        unheard = {name: digest for name, digest in receipts.items() if not book.lists(name, digest)}
        if heads or new or unheard:
            book.write(Event.DELIVERED, heads, {**new, **unheard})
        _lay_out(site.output / files.CURRENT, target, parcels, required_signer(office))
        removed = _clear(target, {parcel.stem for parcel in parcels})
    return Handed(len(parcels), len(new), len(heads), removed, asked.failed)


def _committed(site: Site) -> str:
    """Return the commits that a build would be made from now."""
    tree, content = committed_tree(site)
    content.close()
    return tree.revision


def _same(
    site: Site, office: UnlockedOffice, commit: str, standing: Mapping[str, Receipt], day: date, assets: Assets
) -> tuple[Worklist, Mapping[str, Bundle], Projector]:
    """Work out the result again from its commit, and refuse when it differs from the one on disk."""
    tree, content = committed_tree(site, commit)
    try:
        checker = Checker(tree, day)
        school, policy = checker.reading.school, required_policy(tree)
        if school is None:
            raise RefusedError("resultatets incheckade version går inte att läsa", _AGAIN)
        with Locksmith(tree, office, open_vault(office)) as locksmith, past(office.root) as earlier:
            bundles: dict[str, Bundle] = {}
            asked = order(
                checker, locksmith, assets.fingerprint, BuildCache(), standing, past=earlier, seen=bundles.__setitem__
            )
        made = Projector(school, policy, day, bundles.values(), Renderer(assets), assets)
    finally:
        content.close()
    if asked.making or {name for names in asked.files.values() for name in names} != standing.keys():
        raise RefusedError("resultatet är inte helt, eller inte det som den incheckade versionen ger", _AGAIN)
    return asked, bundles, made


@dataclass(frozen=True)
class _Parcel:
    """What one recipient is handed: a folder's name, the sealed files, and the receipt that lists them."""

    stem: str
    files: tuple[Receipt, ...]
    receipt: bytes = field(repr=False)


def _parcels(
    standing: Mapping[str, Receipt], bundles: Mapping[str, Bundle], heads: Mapping[str, str]
) -> tuple[_Parcel, ...]:
    """Return each recipient's files and receipt."""
    of: dict[str, list[Receipt]] = {}
    for receipt in standing.values():
        of.setdefault(receipt.owner, []).append(receipt)
    found = []
    for stem, receipts in sorted(of.items()):
        own = sorted({document.pupil for document in bundles[stem].documents} & heads.keys())
        listed = tuple(sorted(receipts, key=lambda r: r.name))
        found.append(_Parcel(stem, listed, _receipt(listed, [heads[pupil] for pupil in own])))
    return tuple(found)


def _receipt(receipts: tuple[Receipt, ...], heads: list[str]) -> bytes:
    """Say which files are handed over, in the form of `sha256sum`, and where their pupils' archives stand."""
    rows = [*(f"# Arkivets läge {head}" for head in heads), *(f"{r.sha256}  {r.name}" for r in receipts)]
    return ("\n".join(rows) + "\n").encode()


def _lay_out(current: Path, target: Path, parcels: tuple[_Parcel, ...], signer: Signer) -> None:
    """Write each recipient's folder, its receipt last; one that is whole already is left as it is."""
    public = openpgp.armoured(signer)
    for parcel in parcels:
        folder = files.private_directory(target / parcel.stem)
        beside = {RECEIPT, SIGNATURE, SCHOOL_KEY}
        if _is_whole(folder, parcel, public):
            continue
        (folder / RECEIPT).unlink(missing_ok=True)
        for receipt in parcel.files:
            files.write_whole(folder / receipt.name, (current / receipt.name).read_bytes())
        files.write_whole(folder / SCHOOL_KEY, public)
        files.write_whole(folder / SIGNATURE, openpgp.sign(parcel.receipt, signer))
        for path in folder.iterdir():
            if path.name not in beside | {receipt.name for receipt in parcel.files}:
                path.unlink()
        files.write_whole(folder / RECEIPT, parcel.receipt)


def _is_whole(folder: Path, parcel: _Parcel, public: bytes) -> bool:
    """Say whether a folder holds exactly what is handed over now."""
    try:
        if (folder / RECEIPT).read_bytes() != parcel.receipt or (folder / SCHOOL_KEY).read_bytes() != public:
            return False
        same = all(sha256((folder / r.name).read_bytes()).hexdigest() == r.sha256 for r in parcel.files)
    except OSError:
        return False
    return same and (folder / SIGNATURE).is_file()


def _clear(target: Path, stems: set[str]) -> int:
    """Remove the folders of those who are no longer recipients, so that nobody sends them by mistake."""
    gone = [path for path in target.iterdir() if _OURS.fullmatch(path.name) and path.name not in stems]
    gone = [path for path in gone if (path / RECEIPT).is_file() and not path.is_symlink()]
    for path in gone:
        try:
            shutil.rmtree(path)
        except OSError as error:
            raise OutputError(f"katalogen {path} går inte att ta bort: {error.strerror}") from None
    return len(gone)

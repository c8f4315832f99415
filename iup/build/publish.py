"""Publish sealed files as a directory with a manifest. Sees ciphertext only.

In: sealed bytes. Out: `output/current`, which changes in one atomic step. The manifest lists opaque names, the sha256
of each ciphertext, and a keyed hash of its content. From the keyed hash the next build knows which files it can keep as
they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from iup.errors import MissingError
from iup.seal import openpgp
from iup.system import files

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.asc"
_VERSION = 1


class Receipt(NamedTuple):
    """One file that lies in the result: whose (an opaque name), what it is, and the keyed hash of its content."""

    name: str
    owner: str
    content: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Published:
    """What the current result says of itself: the commits it was built from, and the day it is for."""

    commit: str
    as_of: str


def manifest(output: Path) -> Published:
    """Return what the current result says of itself; raise `MissingError` when nothing has been built."""
    try:
        values = json.loads((output / files.CURRENT / MANIFEST).read_bytes())
        return Published(str(values["commit"]), str(values["as_of"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise MissingError("det finns inget byggt resultat att lämna ut", "bygg först: build.py") from None


Stamps = tuple[str, Mapping[str, files.Stamp]]
"""A result as a build left it: the sha256 of its manifest, and the stamp of everything in its directory."""


@dataclass(frozen=True)
class PreviousResult:
    """The current result: the receipts of its files that are whole, by name, and what its manifest says.

    `intact` says that nothing at all has been touched since the build that left the stamps.
    """

    receipts: Mapping[str, Receipt]
    listed: frozenset[str] = frozenset()
    commit: str = ""
    intact: bool = False


def former(output: Path, left: Stamps) -> PreviousResult:
    """Return the current result. A file with an unchanged stamp is taken as whole; any other is hashed."""
    current = output / files.CURRENT
    try:
        data = (current / MANIFEST).read_bytes()
        manifest = json.loads(data)
        receipts = [Receipt(**entry) for entry in manifest["files"]] if manifest["version"] == _VERSION else []
        commit = str(manifest["commit"])
    except (OSError, ValueError, KeyError, TypeError):
        return PreviousResult({})
    found = files.stamps(current)
    # A manifest that was altered may say of a file what it likes.
    digest, known = left
    trusted = known if hashlib.sha256(data).hexdigest() == digest else {}
    whole = {
        receipt.name: receipt
        for receipt in receipts
        if (receipt.name in trusted and trusted[receipt.name] == found.get(receipt.name))
        or _whole(current / receipt.name, receipt)
    }
    listed = frozenset(receipt.name for receipt in receipts)
    return PreviousResult(whole, listed, commit, intact=found == trusted)


def left(output: Path) -> Stamps:
    """Return the stamps of the current result, for the next build to know it by."""
    current = output / files.CURRENT
    return hashlib.sha256((current / MANIFEST).read_bytes()).hexdigest(), files.stamps(current)


def _whole(path: Path, receipt: Receipt) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return hashlib.sha256(data).hexdigest() == receipt.sha256


class Delivery:
    """A result being gathered; nothing of it is visible before `publish`."""

    def __init__(self, output: Path) -> None:
        self._stage = files.Stage(output)
        self._receipts: dict[str, Receipt] = {}

    def add(self, name: str, owner: str, content: str, sealed: bytes) -> None:
        """Add a sealed file."""
        self._stage.add(name, sealed)
        self._receipts[name] = Receipt(name, owner, content, hashlib.sha256(sealed).hexdigest(), len(sealed))

    def keep(self, receipt: Receipt) -> None:
        """Keep a file of the former result."""
        self._stage.keep(receipt.name)
        self._receipts[receipt.name] = receipt

    def drop(self, owner: str) -> None:
        """Leave out everything of one recipient: half a bundle is worse than none."""
        for name in [name for name, receipt in self._receipts.items() if receipt.owner == owner]:
            self._stage.remove(name)
            del self._receipts[name]

    def publish(self, revision: str, day: str, signer: openpgp.Signer | None) -> None:
        """Write the manifest, sign it where there is a key, and make the result current."""
        head = json.dumps({"version": _VERSION, "commit": revision, "as_of": day})
        rows = json.dumps([self._receipts[name]._asdict() for name in sorted(self._receipts)]).replace("}, {", "},\n{")
        data = f'{head[:-1]}, "files": {rows}}}\n'.encode()
        self._stage.add(MANIFEST, data)
        if signer is not None:
            self._stage.add(SIGNATURE, openpgp.sign(data, signer))
        self._stage.publish()

    def discard(self) -> None:
        """Give up; the former result stands."""
        self._stage.discard()

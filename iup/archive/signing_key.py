"""Make the school's first signing key, or replace it with a new one.

In: an office. Out: a key in a home of its own, recorded in the ledger where there is one, and named in `office.yaml`.
The former key signs the entry that records the new one, so that whoever has checked the ledger so far can go on.

There are four steps: the key is made in a temporary place, the ledger records it, its home gets its name, and
`office.yaml` names it. If a run is killed between two steps, the next run continues from there, and nothing else is
added to the ledger before that. The home of the former key stays: nothing here deletes a key.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from iup.archive import ledger
from iup.archive.ledger import LedgerWriter
from iup.errors import MissingError, OutputError
from iup.keys import keyring, new_office
from iup.seal import openpgp
from iup.site import paths
from iup.system import files
from iup.system.git import own_repository

if TYPE_CHECKING:
    from pathlib import Path

    from iup.keys.keyring import UnlockedOffice

_DONE = "fingerprint"
_FILE = "office.yaml"


def renew(own: UnlockedOffice) -> str:
    """Make or renew the school's signing key, or finish what a killed run began; return its fingerprint."""
    newest = ledger.last(own.root)
    promised = newest.key if newest else ""
    if own.signer is not None and own_repository.differs(own.root, _FILE):
        return _named(own, own.signer.fingerprint)
    waiting = promised and (own.signer is None or promised != own.signer.fingerprint)
    aside = own.root / paths.signing_home("new")
    if waiting and keyring.signing_home(own.root, promised).name.endswith(promised):
        return _named(own, promised)
    if own.signer is None and promised and not aside.is_dir():
        raise MissingError(
            "liggaren fortsätter med en signeringsnyckel som inte finns här",
            "hämta tillbaka keyhome/ och office.yaml ur säkerhetskopian",
        )
    fingerprint = _made(aside)
    if promised and promised != fingerprint:
        LedgerWriter(own).renew(fingerprint, (aside / "pubring.gpg").read_bytes())
    try:
        aside.rename(own.root / paths.signing_home(fingerprint))
    except OSError as error:
        raise OutputError(f"katalogen {aside} går inte att byta namn på: {error.strerror}") from None
    return _named(own, fingerprint)


def _made(aside: Path) -> str:
    """Return the key that lies ready, or make it; one that was half made is thrown away."""
    ready = aside / _DONE
    if ready.is_file():
        return ready.read_text(encoding="ascii").strip()
    shutil.rmtree(aside, ignore_errors=True)
    files.private_directory(aside)
    fingerprint = new_office.take_key(aside, b"", "iup signering")
    openpgp.end_agent(aside)
    files.write_whole(ready, f"{fingerprint}\n".encode())
    return fingerprint


def _named(own: UnlockedOffice, fingerprint: str) -> str:
    """Name a key in `office.yaml` and commit that file alone."""
    files.write_whole(own.root / _FILE, keyring.describe(own.key, fingerprint))
    own_repository.commit_only(own.root, _FILE, "ny signeringsnyckel")
    return fingerprint

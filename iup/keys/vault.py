"""The vault: each recipient's passphrase, salt and derived key, sealed under the office's master key.

In: an office whose keys are at hand. Out: secrets in memory, and keys for other uses, derived by name. Each recipient
has a file of their own, so that forgetting a secret is deleting a file. One gpg call opens them all.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from iup.errors import BrokenSealError, MissingError, UsageError
from iup.seal import openpgp, symmetric
from iup.seal.passphrase import Secret, new_secret
from iup.site import paths
from iup.system import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from iup.keys.keyring import UnlockedOffice


_MASTER_BYTES = 32


@dataclass(frozen=True)
class Vault:
    """The office's secrets, opened. Keys for other uses are derived from the master key by name."""

    root: Path
    _master: bytes = field(repr=False)

    def key(self, purpose: str) -> bytes:
        """Return a key for one purpose (HMAC-SHA256 of its name under the master key)."""
        return hmac.digest(self._master, f"iup/{purpose}".encode(), sha256)

    def secret(self, recipient: str) -> Secret | None:
        """Return a recipient's secret, or None when no passphrase has been made for them."""
        path = self._path(recipient)
        if not path.is_file():
            return None
        try:
            plain = symmetric.unseal(self.key("secrets"), path.read_bytes(), recipient.encode())
        except BrokenSealError:
            raise BrokenSealError(f"lösenfrasen för {recipient} går inte att läsa ur kontorets valv") from None
        held = json.loads(plain)
        return Secret(held["passphrase"], base64.b64decode(held["salt"]), base64.b64decode(held["key"]))

    def stamps(self) -> Mapping[str, files.Stamp]:
        """Return the stamp of every recipient's secret by their id."""
        found = files.stamps(self.root / paths.SECRETS).items()
        return {name.removesuffix(".sealed"): stamp for name, stamp in found if name.endswith(".sealed")}

    def renew(self, recipient: str) -> Secret:
        """Make a new passphrase for a recipient and keep it; nothing sealed from now on opens with the former."""
        made = new_secret()
        self.keep(recipient, made)
        return made

    def keep(self, recipient: str, made: Secret) -> None:
        """Keep a secret for a recipient in place of the former."""
        held = {
            "passphrase": made.passphrase,
            "salt": base64.b64encode(made.salt).decode(),
            "key": base64.b64encode(made.key).decode(),
        }
        sealed = symmetric.seal(self.key("secrets"), json.dumps(held).encode(), recipient.encode())
        files.write_whole(self._path(recipient), sealed)

    def _path(self, recipient: str) -> Path:
        if not recipient.isascii() or not recipient.isalnum():
            raise UsageError("mottagarens id är ett id ur content/")
        return self.root / paths.secret_file(recipient)


def open_vault(office: UnlockedOffice) -> Vault:
    """Open the vault with the office's key; one gpg call."""
    path = office.root / paths.MASTER
    if not path.is_file():
        raise MissingError(f"kontorets valv saknas ({paths.MASTER})", "hämta tillbaka det ur säkerhetskopian")
    master = openpgp.unseal(path.read_bytes(), office.home)
    if len(master) != _MASTER_BYTES:
        raise BrokenSealError("kontorets valv är skadat")
    return Vault(office.root, master)

"""Which lock each recipient's files get, and under which opaque names they lie. Reads keys and makes none.

In: recipients, the tree's certificates, the office's vault. Out: a `Locked` for each recipient, or the reason why there
can be none. A bad key stops its owner and nobody else.
"""

from __future__ import annotations

import base64
import hmac
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Self

from iup.errors import SealError, UnusableKeyError
from iup.model.people import Channel
from iup.seal import certificate
from iup.seal.lock import Lock, OpenpgpLock, PassphraseLock
from iup.site.paths import certificate_file
from iup.system import clock, scratch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iup.keys.keyring import UnlockedOffice
    from iup.keys.vault import Vault
    from iup.model.recipient import Recipient
    from iup.system.files import Stamp
    from iup.system.git.trees import Tree


@dataclass(frozen=True)
class Locked:
    """A recipient's lock, what identifies it, and the stem of their file names.

    `reply_key` is the school's key as JSON, for whoever answers by OpenPGP.
    """

    recipient: Recipient
    lock: Lock
    identity: str
    stem: str
    paper: bool = False
    reply_key: str = ""


@dataclass
class Locksmith:
    """Finds the lock of each recipient. Use as a context manager: it keeps an empty GnuPG home meanwhile."""

    tree: Tree
    office: UnlockedOffice
    vault: Vault
    home: Path = field(init=False)
    _seen: dict[str, certificate.Certificate] = field(init=False, default_factory=dict)

    def __enter__(self) -> Self:
        self.home = Path(tempfile.mkdtemp(dir=scratch.place()))
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.home, ignore_errors=True)

    @cached_property
    def stamps(self) -> Mapping[str, Stamp]:
        """The stamp of each recipient's secret: a renewed passphrase has a new one."""
        return self.vault.stamps()

    def lasts(self, locked: Locked) -> bool:
        """Say whether a lock is still valid tomorrow; every build looks again at one that may end today."""
        if not isinstance(locked.lock, OpenpgpLock):
            return True
        expires = locked.lock.certificate.expires
        return expires is None or expires > clock.machine_day() + timedelta(days=1)

    def stem(self, recipient: str) -> str:
        """Return the opaque name that a recipient's files begin with."""
        return hmac.digest(self.vault.key("names"), recipient.encode(), sha256).hex()[:20]

    def lock(self, recipient: Recipient) -> Locked | SealError:
        """Return a recipient's lock, or why there is none."""
        stem = self.stem(recipient.id)
        try:
            match recipient.receiving.channel:
                case Channel.PASSPHRASE:
                    secret = self.vault.secret(recipient.id)
                    if secret is None:
                        raise UnusableKeyError("lösenfras saknas", f"build.py keys new-passphrase {recipient.id}")
                    identity = hmac.digest(self.vault.key("locks"), secret.salt, sha256).hex()
                    return Locked(recipient, PassphraseLock(secret), identity, stem)
                case Channel.OPENPGP:
                    fingerprint = recipient.receiving.certificate or ""
                    path = certificate_file(fingerprint)
                    public = self.tree.read(path) if path in self.tree else b""
                    return self._openpgp(recipient, fingerprint, public, stem)
                case Channel.PAPER:
                    # No file leaves: the pages are sealed to the office, which prints them.
                    return self._openpgp(recipient, self.office.key, self.office.certificate, stem, paper=True)
        except SealError as error:
            return error

    def _openpgp(
        self, recipient: Recipient, fingerprint: str, public: bytes, stem: str, *, paper: bool = False
    ) -> Locked:
        if fingerprint not in self._seen:
            self._seen[fingerprint] = certificate.inspect(public, fingerprint, self.home)
        signer = self.office.signer
        key = "" if paper else self._reply_key
        identity = f"{sha256(public).hexdigest()}/{signer.fingerprint if signer else ''}/{key}"
        return Locked(recipient, OpenpgpLock(self._seen[fingerprint], public, signer), identity, stem, paper, key)

    @cached_property
    def _reply_key(self) -> str:
        return json.dumps({"fingerprint": self.office.key, "key": base64.b64encode(self.office.certificate).decode()})

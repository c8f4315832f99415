"""Which recipients can be sealed to, and which keys end soon. Changes nothing.

In: a school, the tree with the certificates, the office. Out: one `KeyState` for each recipient of the day, and for the
office's own keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from iup.errors import SealError
from iup.keys.locks import Locksmith
from iup.model.people import Channel
from iup.seal import certificate
from iup.seal.lock import OpenpgpLock
from iup.view.bundle import recipients

if TYPE_CHECKING:
    from iup.keys.keyring import UnlockedOffice
    from iup.keys.vault import Vault
    from iup.model.recipient import Recipient
    from iup.model.school import School
    from iup.seal.openpgp import Signer
    from iup.system.git.trees import Tree

WARN_DAYS = 60


@dataclass(frozen=True)
class KeyState:
    """Whether a recipient can be sealed to: an empty fault is a yes; `expires` is the certificate's last day."""

    recipient: str
    channel: str
    fault: str = ""
    expires: date | None = None

    def ends_soon(self, day: date) -> bool:
        """Say whether the certificate ends within the warning time."""
        return self.expires is not None and self.expires - timedelta(days=WARN_DAYS) <= day


def examine(school: School, tree: Tree, office: UnlockedOffice, vault: Vault, day: date) -> tuple[KeyState, ...]:
    """Return the state of every recipient's key, the office's two keys first."""
    with Locksmith(tree, office, vault) as locksmith:
        own = [_own(locksmith, "kontoret", office.key, office.certificate)]
        if office.signer is not None:
            own.append(_signing(locksmith, office.signer))
        return (*own, *(_state(locksmith, recipient) for recipient in recipients(school, day)))


def _own(locksmith: Locksmith, name: str, fingerprint: str, public: bytes) -> KeyState:
    try:
        found = certificate.inspect(public, fingerprint, locksmith.home)
    except SealError as error:
        return KeyState(name, Channel.OPENPGP, error.message)
    return KeyState(name, Channel.OPENPGP, expires=found.expires)


def _signing(locksmith: Locksmith, signer: Signer) -> KeyState:
    public = (signer.home / "pubring.gpg").read_bytes()
    try:
        ends = certificate.inspect_signing(public, signer.fingerprint, locksmith.home)
    except SealError as error:
        return KeyState("signering", Channel.OPENPGP, error.message)
    return KeyState("signering", Channel.OPENPGP, expires=ends)


def _state(locksmith: Locksmith, recipient: Recipient) -> KeyState:
    channel = recipient.receiving.channel
    found = locksmith.lock(recipient)
    if isinstance(found, SealError):
        return KeyState(recipient.id, channel, found.message)
    expires = found.lock.certificate.expires if isinstance(found.lock, OpenpgpLock) and not found.paper else None
    return KeyState(recipient.id, channel, expires=expires)

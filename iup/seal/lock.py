"""What a recipient's files are locked with: a passphrase or a certificate, behind the same two calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iup.seal import aespdf, openpgp, page

if TYPE_CHECKING:
    from pathlib import Path

    from iup.seal.aespdf import Personal
    from iup.seal.certificate import Certificate
    from iup.seal.openpgp import Signer
    from iup.seal.passphrase import Secret


@dataclass(frozen=True)
class PassphraseLock:
    """An AES-256 PDF and a self-decrypting page."""

    secret: Secret = field(repr=False)
    ending = ""

    def pdf(self, plain: bytes, _home: Path, personal: Personal) -> bytes:
        """Seal a PDF."""
        return aespdf.seal(plain, self.secret.passphrase, personal)

    def page(self, fragments: str, _open_page: str, shell: str, _home: Path) -> bytes:
        """Seal fragments into a shell."""
        return page.seal(fragments.encode(), self.secret, shell.encode())


@dataclass(frozen=True)
class OpenpgpLock:
    """OpenPGP messages to one certificate."""

    certificate: Certificate
    public: bytes
    signer: Signer | None
    ending = ".pgp"

    def pdf(self, plain: bytes, home: Path, personal: Personal) -> bytes:
        """Seal a PDF."""
        return self._seal(openpgp.padded_pdf(aespdf.personal_pdf(plain, personal)), home)

    def page(self, _fragments: str, open_page: str, _shell: str, home: Path) -> bytes:
        """Seal a whole open page."""
        return self._seal(openpgp.padded_html(open_page.encode()), home)

    def _seal(self, plain: bytes, home: Path) -> bytes:
        keyring = home / f"{self.certificate.fingerprint}.gpg"
        if not keyring.is_file():
            keyring.write_bytes(self.public)
        return openpgp.seal(plain, self.certificate, keyring, home, self.signer)


Lock = PassphraseLock | OpenpgpLock

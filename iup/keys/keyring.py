"""The office: the keys and passphrases that a build needs and teachers never have.

    OFFICE/office.yaml          which keys the office and the school have
    OFFICE/register/            personnummer and addresses, committed
    OFFICE/keyhome/office/      GnuPG home of the office's key      } never committed,
    OFFICE/keyhome/signing/     GnuPG home of the signing key alone } backed up by themselves; a later signing key has
                                a home of its own, signing-<fingerprint>
    OFFICE/secrets/master.pgp   the vault's master key, encrypted to the office's key
    OFFICE/secrets/<id>.sealed  one recipient's passphrase, salt and derived key, AES-256-GCM under the master key

One file a recipient, so that forgetting one is deleting one. Envelope encryption instead of one OpenPGP message each: a
build opens the vault with a single gpg call, however many recipients there are.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Field

from iup.errors import BrokenSealError, MissingError, UsageError
from iup.model.base import Fingerprint, Record
from iup.seal import openpgp
from iup.seal.passphrase import Secret, new_secret
from iup.site import decode, strict_yaml
from iup.system import files
from iup.system.git import plumbing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_REGISTER = "Här står personnummer och adresser, en fil för var och en: <id>.yaml. Se docs/architecture.md.\n"
_MASTER_BYTES = 32
_IV_BYTES = 12


M = TypeVar("M", bound=Record)


def record(model: type[M], path: Path, known: Mapping[str, object], what: str, hint: str = "") -> M:
    """Read a record that the office has written itself; `known` is what its place says of it.

    Raises `BrokenSealError` where it is gone, or is not as it was written.
    """
    try:
        values = strict_yaml.parse(path.read_bytes())
    except (OSError, strict_yaml.StrictYamlError):
        values = {}
    found, _ = decode.decode(model, {**values, **known}, path.name)
    if found is None:
        raise BrokenSealError(f"{what} i kontoret går inte att läsa", hint)
    return found


class OfficeFile(Record):
    """`office.yaml`."""

    key: Fingerprint = Field(alias="kontorsnyckel")
    signing_key: Fingerprint | None = Field(default=None, alias="signeringsnyckel")


@dataclass(frozen=True)
class Office:
    """An office whose keys are at hand."""

    root: Path
    key: str
    signer: openpgp.Signer | None

    @property
    def certificate(self) -> bytes:
        """The office's own public key: what paper bundles are sealed to."""
        return (self.root / "keyhome" / "office.gpg").read_bytes()

    @property
    def workplace(self) -> Path:
        """Where plain text of the archive may lie while it is worked on: in the repository, which has it anyway."""
        return plumbing.common_directory(self.root) / "iup-arbete"


@contextmanager
def opened(root: Path) -> Iterator[Office]:
    """Hold the office's keys for as long as the block runs; the agents that keep them in memory end with it.

    They end before it as well: an agent whose home was moved away for a while answers for an empty one. Whoever uses
    the same office at the same time keeps theirs, and the last to go ends them.
    """
    office = _read(root)
    homes = (root / "keyhome" / "office", *((office.signer.home,) if office.signer else ()))

    def end_agents() -> None:
        for home in homes:
            openpgp.end_agent(home)

    with files.shared(root / "keyhome", end_agents):
        yield office


def _read(root: Path) -> Office:
    """Read `office.yaml`."""
    try:
        values = strict_yaml.parse((root / "office.yaml").read_bytes())
    except (OSError, strict_yaml.StrictYamlError):
        raise MissingError(f"{root}/office.yaml går inte att läsa") from None
    record, _ = decode.decode(OfficeFile, values, "office.yaml")
    if record is None:
        raise MissingError(f"{root}/office.yaml saknar kontorets nyckel")
    signing = signing_home(root, record.signing_key or "")
    if not record.signing_key or not signing.is_dir():
        return Office(root, record.key, None)
    return Office(root, record.key, openpgp.Signer(openpgp.reachable(signing), record.signing_key))


def signing_home(root: Path, fingerprint: str) -> Path:
    """Return the home of a signing key: one of its own, or the one that the office was made with."""
    own = root / "keyhome" / f"signing-{fingerprint}"
    return own if own.is_dir() else root / "keyhome" / "signing"


def describe(key: str, signing_key: str) -> bytes:
    """Return `office.yaml` for two keys."""
    return f"kontorsnyckel: {key}\nsigneringsnyckel: {signing_key}\n".encode()


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
        sealed = path.read_bytes()
        try:
            plain = AESGCM(self.key("secrets")).decrypt(sealed[:_IV_BYTES], sealed[_IV_BYTES:], recipient.encode())
        except (InvalidTag, ValueError):
            raise BrokenSealError(f"lösenfrasen för {recipient} går inte att läsa ur kontorets valv") from None
        held = json.loads(plain)
        return Secret(held["passphrase"], base64.b64decode(held["salt"]), base64.b64decode(held["key"]))

    def stamps(self) -> Mapping[str, files.Stamp]:
        """Return the stamp of every recipient's secret by their id."""
        found = files.stamps(self.root / "secrets").items()
        return {name.removesuffix(".sealed"): stamp for name, stamp in found if name.endswith(".sealed")}

    def renew(self, recipient: str) -> Secret:
        """Make a new passphrase for a recipient and keep it; the former opens nothing that is sealed from now on."""
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
        iv = secrets.token_bytes(_IV_BYTES)
        sealed = AESGCM(self.key("secrets")).encrypt(iv, json.dumps(held).encode(), recipient.encode())
        files.write_whole(self._path(recipient), iv + sealed)

    def _path(self, recipient: str) -> Path:
        if not recipient.isascii() or not recipient.isalnum():
            raise UsageError("mottagarens id är ett id ur content/")
        return self.root / "secrets" / f"{recipient}.sealed"


def open_vault(office: Office) -> Vault:
    """Open the vault with the office's key; one gpg call."""
    path = office.root / "secrets" / "master.pgp"
    if not path.is_file():
        raise MissingError("kontorets valv saknas (secrets/master.pgp)", "hämta tillbaka det ur säkerhetskopian")
    master = openpgp.unseal(path.read_bytes(), office.root / "keyhome" / "office")
    if len(master) != _MASTER_BYTES:
        raise BrokenSealError("kontorets valv är skadat")
    return Vault(office.root, master)


def create(root: Path, *, office_key: bytes = b"", signing_key: bytes = b"") -> None:
    """Make a new office with its own git repository. Without key material given, new keys are made."""
    if root.exists() and any(root.iterdir()):
        raise UsageError(f"{root} finns redan och är inte tom")
    for name in ("register", "keyhome/office", "keyhome/signing", "secrets"):
        files.private_directory(root / name)
    key = take_key(root / "keyhome" / "office", office_key, "iup kontoret")
    signing = take_key(root / "keyhome" / "signing", signing_key, "iup signering")
    (root / "keyhome" / "office.gpg").write_bytes((root / "keyhome" / "office" / "pubring.gpg").read_bytes())
    files.write_whole(root / "office.yaml", describe(key, signing))
    files.write_whole(root / ".gitignore", b"keyhome/\nsecrets/\n")
    files.write_whole(root / "register" / "README.md", _REGISTER.encode())  # git keeps no empty directory
    gpg = openpgp.wrapper(root / "keyhome" / "office", [str(root / "keyhome" / "office.gpg")])
    sealed = gpg.encrypt(secrets.token_bytes(_MASTER_BYTES), [key], armor=False, always_trust=True)
    if not sealed.ok:
        raise MissingError("gpg kan inte kryptera till kontorets nyckel")
    files.write_whole(root / "secrets" / "master.pgp", bytes(sealed.data))
    plumbing.create(root, "kontoret skapas")
    for name in ("office", "signing"):
        openpgp.end_agent(root / "keyhome" / name)


def take_key(home: Path, material: bytes, name: str) -> str:
    """Import or make a key in a home of its own, and lay its public part beside as the only keyring."""
    gpg = openpgp.wrapper(openpgp.reachable(home))
    if material:
        found = openpgp.take_in(home, material)
    else:
        asked = gpg.gen_key_input(
            key_type="EDDSA",
            key_curve="ed25519",
            subkey_type="ECDH",
            subkey_curve="cv25519",
            name_real=name,
            name_email="iup@localhost",
            expire_date="5y",
            no_protection=True,
        )
        found = [gpg.gen_key(asked).fingerprint]
    if not found or not found[0]:
        raise MissingError("gpg kan inte skapa eller läsa in nyckeln")
    fingerprint = str(found[0])
    files.write_whole(home / "pubring.gpg", gpg.export_keys([fingerprint], armor=False))
    return fingerprint

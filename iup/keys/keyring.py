"""The office's directory on disk: the keys and passphrases that a build needs and teachers never have.

    OFFICE/office.yaml          which keys the office and the school have
    OFFICE/register/            personnummer and addresses, committed
    OFFICE/keyhome/office/      GnuPG home of the office's key      } never committed,
    OFFICE/keyhome/signing/     GnuPG home of the signing key alone } backed up by themselves; a later signing key has
                                a home of its own, signing-<fingerprint>
    OFFICE/secrets/master.pgp   the vault's master key, encrypted to the office's key
    OFFICE/secrets/<id>.sealed  one recipient's passphrase, salt and derived key, AES-256-GCM under the master key

Each recipient has a file of their own, so that forgetting a secret is deleting a file. Only the master key is an
OpenPGP message, so that a build opens the vault with a single gpg call, however many recipients there are.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field

from iup.errors import BrokenSealError, MissingError
from iup.model.base import Fingerprint, Record
from iup.seal import openpgp
from iup.site import decode, paths, strict_yaml
from iup.system import files
from iup.system.git import plumbing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path


M = TypeVar("M", bound=Record)


def record(model: type[M], path: Path, known: Mapping[str, object], what: str, hint: str = "") -> M:
    """Read a record that the office has written itself; `known` is what its path says of it.

    Raises `BrokenSealError` where it is missing or is not as it was written.
    """
    try:
        values = strict_yaml.parse(path.read_bytes())
    except (*files.MISSING, strict_yaml.StrictYamlError):
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
class UnlockedOffice:
    """An office whose keys are at hand."""

    root: Path
    key: str
    signer: openpgp.Signer | None

    @property
    def home(self) -> Path:
        """The GnuPG home of the office's own key."""
        return self.root / paths.OFFICE_HOME

    @property
    def ring(self) -> Path:
        """The key ring that has the office's own public key alone."""
        return self.root / paths.OFFICE_RING

    @property
    def certificate(self) -> bytes:
        """The office's own public key: what paper bundles are sealed to."""
        return self.ring.read_bytes()

    @property
    def workplace(self) -> Path:
        """Where plain text of the archive may lie while it is worked on: in the repository, which holds it anyway."""
        return plumbing.common_directory(self.root) / "iup-arbete"


def lock(root: Path) -> AbstractContextManager[None]:
    """Hold the office's lock, which whoever writes in the office has; `LockedError` at once where somebody else has."""
    return files.locked(root / paths.SECRETS)


@contextmanager
def opened(root: Path) -> Iterator[UnlockedOffice]:
    """Hold the office's keys for as long as the block runs; gpg's agents, which keep them in memory, end with it.

    They are ended before the block too: an agent whose home was moved away for a while acts for an empty one. Others
    who use the same office at the same time keep their agents, and the last one ends them.
    """
    office = _read(root)
    homes = (office.home, *((office.signer.home,) if office.signer else ()))

    def end_agents() -> None:
        for home in homes:
            openpgp.end_agent(home)

    with files.shared(root / paths.KEYHOME, end_agents):
        yield office


def _read(root: Path) -> UnlockedOffice:
    """Read `office.yaml`."""
    try:
        values = strict_yaml.parse((root / "office.yaml").read_bytes())
    except (*files.MISSING, strict_yaml.StrictYamlError):
        raise MissingError(f"{root}/office.yaml går inte att läsa") from None
    record, _ = decode.decode(OfficeFile, values, "office.yaml")
    if record is None:
        raise MissingError(f"{root}/office.yaml saknar kontorets nyckel")
    signing = signing_home(root, record.signing_key or "")
    if not record.signing_key or not signing.is_dir():
        return UnlockedOffice(root, record.key, None)
    return UnlockedOffice(root, record.key, openpgp.Signer(openpgp.reachable(signing), record.signing_key))


def signing_home(root: Path, fingerprint: str) -> Path:
    """Return the home of a signing key: one of its own, or the one that the office was made with."""
    own = root / paths.signing_home(fingerprint)
    return own if own.is_dir() else root / paths.SIGNING_HOME


def describe(key: str, signing_key: str) -> bytes:
    """Return `office.yaml` for two keys."""
    return f"kontorsnyckel: {key}\nsigneringsnyckel: {signing_key}\n".encode()

"""Make a new office: its directories, its two keys, its vault and its repository.

In: an empty directory and, for an invented office, key material. Out: an office on disk. An existing one is refused.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from iup.errors import MissingError, UsageError
from iup.keys.keyring import describe
from iup.keys.vault import _MASTER_BYTES
from iup.seal import openpgp
from iup.site import paths
from iup.system import files
from iup.system.git import own_repository

if TYPE_CHECKING:
    from pathlib import Path


_REGISTER = "Här står personnummer och adresser, en fil för var och en: <id>.yaml. Se docs/files.md.\n"


def create(root: Path, *, office_key: bytes = b"", signing_key: bytes = b"") -> None:
    """Make a new office with its own git repository. Without key material given, new keys are made."""
    if root.exists() and any(root.iterdir()):
        raise UsageError(f"{root} finns redan och är inte tom")
    for name in (paths.REGISTER, paths.OFFICE_HOME, paths.SIGNING_HOME, paths.SECRETS):
        files.private_directory(root / name)
    key = take_key(root / paths.OFFICE_HOME, office_key, "iup kontoret")
    signing = take_key(root / paths.SIGNING_HOME, signing_key, "iup signering")
    (root / paths.OFFICE_RING).write_bytes((root / paths.OFFICE_HOME / "pubring.gpg").read_bytes())
    files.write_whole(root / "office.yaml", describe(key, signing))
    files.write_whole(root / ".gitignore", f"{paths.KEYHOME}/\n{paths.SECRETS}/\n".encode())
    files.write_whole(root / paths.REGISTER / "README.md", _REGISTER.encode())  # git keeps no empty directory
    gpg = openpgp.wrapper(root / paths.OFFICE_HOME, [str(root / paths.OFFICE_RING)])
    sealed = gpg.encrypt(secrets.token_bytes(_MASTER_BYTES), [key], armor=False, always_trust=True)
    if not sealed.ok:
        files.require_writable(root / paths.OFFICE_HOME)
        raise MissingError("gpg kan inte kryptera till kontorets nyckel")
    files.write_whole(root / paths.MASTER, bytes(sealed.data))
    own_repository.create(root, "kontoret skapas")
    for home in (paths.OFFICE_HOME, paths.SIGNING_HOME):
        openpgp.end_agent(root / home)


def take_key(home: Path, material: bytes, name: str) -> str:
    """Import or make a key in a home of its own, and put its public part beside it as the only keyring."""
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
        files.require_writable(home)
        raise MissingError("gpg kan inte skapa eller läsa in nyckeln")
    fingerprint = str(found[0])
    files.write_whole(home / "pubring.gpg", gpg.export_keys([fingerprint], armor=False))
    return fingerprint

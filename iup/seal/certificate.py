"""What an OpenPGP certificate file is: whose, until when, and whether it can be encrypted to.

Asks gpg (`--show-keys`) and reads its colon records (GnuPG doc/DETAILS), never its prose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from iup.errors import UnusableKeyError, UsageError
from iup.system import programs

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 100_000
_WHY = {
    "r": "nyckeln är återkallad",
    "e": "nyckeln har gått ut",
    "d": "nyckeln är avstängd",
    "i": "nyckeln är ogiltig",
}
_WEAK = {"1": 3072, "16": 3072, "17": 3072}  # OpenPGP algorithm id: smallest bits we take (RSA, ElGamal, DSA)


@dataclass(frozen=True)
class Certificate:
    """A certificate that can be encrypted to: fingerprint, the long ids of its encryption keys, last day."""

    fingerprint: str
    encryption_keys: frozenset[str]
    expires: date | None


@dataclass(frozen=True)
class HandedOver:
    """A usable certificate from a file that somebody handed over, and a keyring with that certificate alone."""

    certificate: Certificate
    keyring: Path


def handed_over(path: Path, home: Path) -> HandedOver:
    """Read a certificate file, armoured or not; the keyring is written in `home`, a private directory.

    Raises `UsageError` for a file that cannot be read, `UnusableKeyError` for one that is not one usable key.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"filen {path} går inte att läsa: {error.strerror}") from None
    keyring = home / "recipient.gpg"
    keyring.write_bytes(_binary(data, home))
    return HandedOver(inspect(data, _fingerprint(data, home), home), keyring)


def inspect(data: bytes, fingerprint: str, home: Path) -> Certificate:
    """Return what a certificate file is; raise `UnusableKeyError` when it is not one usable key of that fingerprint."""
    main, records = _read(data, fingerprint, home)
    usable = [r for r in records if r[0] in ("pub", "sub") and "e" in r[11] and r[1] not in _WHY and not _is_weak(r)]
    if not usable or "E" not in main[11]:
        raise UnusableKeyError("nyckeln går inte att kryptera till")
    days = [day for record in (main, *usable) if (day := _day(record[6])) is not None]
    return Certificate(fingerprint, frozenset(r[4] for r in usable), min(days, default=None))


def inspect_signing(data: bytes, fingerprint: str, home: Path) -> date | None:
    """Return the last day of a signing key; raise `UnusableKeyError` when it cannot sign."""
    main, _ = _read(data, fingerprint, home)
    if "S" not in main[11]:
        raise UnusableKeyError("nyckeln går inte att signera med")
    return _day(main[6])


def _fingerprint(data: bytes, home: Path) -> str:
    """Return the fingerprint of the first key in a file; `inspect` says whether it is the only one, and usable."""
    return next((record[9] for record in _records(data, home) if record[0] == "fpr"), "")


def is_only(data: bytes, fingerprint: str, home: Path) -> bool:
    """Say whether a file holds one public key of a fingerprint, expired or not, and no secret key."""
    records = _records(data, home)
    kinds = [record[0] for record in records]
    prints = [record[9] for record in records if record[0] == "fpr"]
    return "sec" not in kinds and kinds.count("pub") == 1 and prints[:1] == [fingerprint]


def _binary(data: bytes, home: Path) -> bytes:
    """Return a certificate file, armoured or not, as the bytes that gpg takes as a keyring."""
    if not data.lstrip().startswith(b"-----BEGIN PGP PUBLIC KEY"):
        return data
    return programs.run(
        "gpg", ["--homedir", str(home), "--batch", "--no-options", "--dearmor"], feed=data, timeout=20
    ).out


def _read(data: bytes, fingerprint: str, home: Path) -> tuple[list[str], list[list[str]]]:
    """Return the primary key's record and all records of a file that holds exactly one key, the expected one."""
    records = _records(data, home)
    kinds = [record[0] for record in records]
    if "sec" in kinds:
        raise UnusableKeyError("filen innehåller en hemlig nyckel, som aldrig ska ligga här")
    if kinds.count("pub") != 1:
        raise UnusableKeyError("filen ska innehålla precis en nyckel")
    main = records[kinds.index("pub")]
    if next((record[9] for record in records if record[0] == "fpr"), "") != fingerprint:
        raise UnusableKeyError("filen innehåller en annan nyckel än den som fingeravtrycket säger")
    if main[1] in _WHY:
        raise UnusableKeyError(_WHY[main[1]])
    return main, records


def _records(data: bytes, home: Path) -> list[list[str]]:
    """Return what gpg says of a file, one list of fields a record."""
    if not data:
        raise UnusableKeyError("certifikatfilen saknas")
    if len(data) > MAX_BYTES:
        raise UnusableKeyError("certifikatfilen är för stor")
    try:
        shown = programs.run(
            "gpg",
            ["--homedir", str(home), "--batch", "--no-options", "--no-auto-key-locate", "--with-colons", "--show-keys"],
            feed=data,
            timeout=20,
        )
    except programs.TimedOutError as error:
        raise UnusableKeyError(error.message) from None  # it may be this file: the others are to be served
    return [line.split(":") for line in shown.out.decode("utf-8", "replace").splitlines()]


def _is_weak(record: list[str]) -> bool:
    return int(record[2] or 0) < _WEAK.get(record[3], 0)


def _day(seconds: str) -> date | None:
    return datetime.fromtimestamp(int(seconds), UTC).date() if seconds.isdigit() else None

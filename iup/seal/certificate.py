"""What an OpenPGP certificate file is: whose, until when, and whether it can be encrypted to.

Asks gpg (`--show-keys`) and reads its colon records (GnuPG doc/DETAILS), never its prose.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha1
from typing import TYPE_CHECKING

from iup.errors import UnusableKeyError, UsageError
from iup.system import programs
from iup.text import digits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 100_000
_WHY = {
    "r": "nyckeln är återkallad",
    "d": "nyckeln är avstängd",
    "i": "nyckeln är ogiltig",
}
_ENDED = "e"
_NO_PART = "nyckeln har ingen del att kryptera till, bara att skriva under med"
# Algorithms of OpenPGP that a gpg of today takes (RFC 4880 9.1, RFC 6637, and EdDSA).
_KNOWN = frozenset({1, 2, 3, 16, 17, 18, 19, 22})
_NEWEST = 4  # the version of keys that every gpg takes
_PUBLIC, _ALGORITHM = frozenset({6, 14}), 5  # tags of packets; the byte of a key that names its algorithm
_PUBLIC_KEY, _SECRET = 6, frozenset({5, 7})  # tags of packets
_SECRET_TEXT = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-|AGE-SECRET-KEY-1"
    rb"|\((?:\d+:)?(?:protected-)?private-key"
)
_ARMOUR = re.compile(rb"-----BEGIN PGP [A-Z ,/0-9]+-----[ \t]*\n(.*?)(?:-----END|\Z)", re.DOTALL)
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
    parts = [record for record in records if record[0] in ("pub", "sub")]
    usable = [r for r in parts if "e" in r[11] and r[1] not in (*_WHY, _ENDED) and not _is_weak(r)]
    if not usable or "E" not in main[11]:
        raise UnusableKeyError(_why_unusable(parts, data))
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


def primary_fingerprint(data: bytes) -> str:
    """Return the fingerprint of the one public key in a binary certificate file; empty for anything else.

    Reads the packets itself (RFC 4880, 4.2 and 12.2; version 4), so that a check needs no gpg. Whether the key is any
    good is not asked.
    """
    try:
        packets = list(_packets(data))
    except IndexError:
        return ""
    tags = [tag for tag, _ in packets]
    if not packets or tags[0] != _PUBLIC_KEY or tags.count(_PUBLIC_KEY) != 1 or _SECRET & set(tags):
        return ""
    body = packets[0][1]
    if body[:1] != b"\x04":
        return ""
    return sha1(b"\x99" + len(body).to_bytes(2) + body, usedforsecurity=False).hexdigest().upper()


def holds_secret_key(data: bytes) -> bool:
    """Say whether a secret key lies in a file: of OpenPGP, also behind a public one or called one, of SSH or PEM."""
    return bool(_SECRET_TEXT.search(data)) or any(map(_has_secret_packet, (data, *_armoured(data))))


def _armoured(data: bytes) -> Iterator[bytes]:
    """Yield what the blocks of a file hold, whatever they call themselves."""
    for block in _ARMOUR.finditer(data.replace(b"\r\n", b"\n")):
        body = block[1].rpartition(b"\n\n")[2]
        lines = (line for line in body.splitlines() if not line.startswith(b"="))
        try:
            yield a2b_base64(b"".join(lines))
        except ValueError:
            continue


def _has_secret_packet(data: bytes) -> bool:
    try:
        return any(tag in _SECRET for tag, _ in _packets(data))
    except IndexError:  # a secret key would have come before what cannot be read
        return False


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and body of each packet; raise `IndexError` for what is no row of packets."""
    at = 0
    while at < len(data):
        head, first = data[at], data[at + 1]
        if head & 0xC0 == 0xC0:  # noqa: PLR2004  the new format
            tag, size = head & 0x3F, 1 if first < 192 else 2 if first < 224 else 5  # noqa: PLR2004  as the RFC says
            length = first if size == 1 else int.from_bytes(data[at + 2 : at + 6])
            if size == 2:  # noqa: PLR2004  likewise
                length = ((first - 192) << 8) + data[at + 2] + 192
        else:
            tag, size = (head & 0x3C) >> 2, 1 << (head & 3)
            length = int.from_bytes(data[at + 1 : at + 1 + size])
        at += 1 + size + length
        if not head & 0x80 or size > 5 or at > len(data):  # noqa: PLR2004  likewise
            raise IndexError
        yield tag, data[at - length : at]


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
        later = "pub" not in kinds and (version := _version(data)) > _NEWEST
        raise UnusableKeyError(
            f"nyckeln är av OpenPGP version {version}, som det här gpg inte känner"
            if later
            else "filen ska innehålla precis en nyckel"
        )
    main = records[kinds.index("pub")]
    if next((record[9] for record in records if record[0] == "fpr"), "") != fingerprint:
        raise UnusableKeyError("filen innehåller en annan nyckel än den som fingeravtrycket säger")
    if main[1] in _WHY:
        raise UnusableKeyError(_WHY[main[1]])
    if main[1] == _ENDED:
        raise UnusableKeyError(f"nyckeln gick ut {_day(main[6])}")
    return main, records


def _why_unusable(parts: list[list[str]], data: bytes) -> str:
    """Say why none of a key's parts can be encrypted to, by the first that was meant for it."""
    part = next((part for part in parts if "e" in part[11]), None)
    if part is None:  # gpg leaves out what it does not know
        unknown = next((body[_ALGORITHM] for body in _public(data) if body[_ALGORITHM] not in _KNOWN), None)
        return f"nyckeln är av ett slag (algoritm {unknown}) som det här gpg inte känner" if unknown else _NO_PART
    if part[1] == _ENDED:
        return f"nyckelns del att kryptera till gick ut {_day(part[6])}"
    if part[1] in _WHY:
        return f"nyckelns del att kryptera till går inte att använda: {_WHY[part[1]]}"
    return f"nyckelns del att kryptera till är för kort: {part[2]} bitar, minst {_WEAK.get(part[3], 0)}"


def _version(data: bytes) -> int:
    """Return the version of the first public key in a file; 0 where there is none."""
    return next((body[0] for body in _public(data)), 0)


def _public(data: bytes) -> Iterator[bytes]:
    """Yield the public keys in a file and their parts, as far as it can be read."""
    for block in (data, *_armoured(data)):
        with suppress(IndexError):
            yield from (body for tag, body in _packets(block) if tag in _PUBLIC and len(body) > _ALGORITHM)


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
    return (digits.number(record[2]) or 0) < _WEAK.get(record[3], 0)


def _day(seconds: str) -> date | None:
    return None if (moment := digits.number(seconds)) is None else datetime.fromtimestamp(moment, UTC).date()

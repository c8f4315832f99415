"""OpenPGP key pairs that are the same for the same seed: Ed25519 to sign, Curve25519 to decrypt (RFC 4880, 6637).

gpg cannot make a key from a seed, and takes much longer. The invented certificates are files of `content/`, which must
be the same bytes each time. So the few packets are written here, and gpg reads them like its own. Nobody may use such a
key for anything real: whoever knows the seed has it.

The signatures of an invented archive are made here too, by a published key. A gpg process for each of tens of thousands
of commits would take longer than all their content. gpg and `archive verify` check them like any others.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

if TYPE_CHECKING:
    from collections.abc import Callable

_CREATED = 1785585600  # 2026-08-01, before the invented school's autumn
_YEARS = 20 * 365 * 86400
_SECRET, _PUBLIC, _SECRET_SUB, _PUBLIC_SUB, _USER, _SIGNATURE = 5, 6, 7, 14, 13, 2
_EDDSA, _ECDH, _SHA256 = 22, 18, 8
_ED25519 = bytes.fromhex("092b06010401da470f01")
_CURVE25519 = bytes.fromhex("0a2b060104019755010501")
_KEY_WRAP = bytes.fromhex("03010807")  # SHA-256, AES-128
_CERTIFY, _BIND, _DATA = 0x13, 0x18, 0x00
_ARMOUR = re.compile(rb"-----BEGIN [^\n]+-----\n(?:[^\n]+\n)*\n(?P<body>[A-Za-z0-9+/=\n]+?)\n=")


@dataclass(frozen=True)
class KeyPair:
    """A certificate as `content/keys` has it, the secret key that opens what is sealed to it, and its fingerprint."""

    fingerprint: str
    public: bytes
    secret: bytes


@dataclass(frozen=True)
class SigningKey:
    """A published signing key, like those in `tests/keys`, to sign what is invented."""

    created: int
    fingerprint: bytes
    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def read(cls, armoured: bytes) -> SigningKey:
        """Read an unprotected Ed25519 key from the armour that gpg exports it in."""
        found = _ARMOUR.search(armoured)
        packets = base64.b64decode(found["body"]) if found else b""
        head = 2 if packets[0] & 0x40 or not packets[0] & 3 else 3
        public = 6 + len(_ED25519) + 2 + 33
        body = packets[head:]
        bits = int.from_bytes(body[public + 1 : public + 3], "big")
        scalar = body[public + 3 : public + 3 + (bits + 7) // 8].rjust(32, b"\0")
        key = Ed25519PrivateKey.from_private_bytes(scalar)
        fingerprint = sha1(_hashed(body[:public]), usedforsecurity=False).digest()
        return cls(int.from_bytes(body[1:5], "big"), fingerprint, key)

    def sign(self, data: bytes) -> bytes:
        """Return a detached, armoured signature, dated when the key was made: gpg believes none that is older."""
        told = [b"\x21\x04" + self.fingerprint, b"\x02" + self.created.to_bytes(4, "big")]
        made = _packet(_SIGNATURE, _signature(_DATA, told, data, self.fingerprint, self._key.sign))
        body = base64.encodebytes(made).replace(b"\n", b"")
        lines = [body[at : at + 64] for at in range(0, len(body), 64)]
        return b"\n".join(
            (b"-----BEGIN PGP SIGNATURE-----", b"", *lines, b"=" + _checksum(made), b"-----END PGP SIGNATURE-----", b"")
        )


def _checksum(data: bytes) -> bytes:
    """Return the CRC-24 that ends an armour (RFC 4880, 6.1)."""
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return base64.b64encode(crc.to_bytes(3, "big"))


def key_pair(seed: str) -> KeyPair:
    """Return the key pair of a seed."""
    own = _private(seed, "sign")
    signing = Ed25519PrivateKey.from_private_bytes(own)
    opening = bytearray(_private(seed, "open"))
    opening[0] &= 248
    opening[31] = opening[31] & 127 | 64
    head = _body(_EDDSA, _ED25519, signing.public_key().public_bytes_raw())
    encrypting = X25519PrivateKey.from_private_bytes(bytes(opening)).public_key().public_bytes_raw()
    sub = _body(_ECDH, _CURVE25519, encrypting) + _KEY_WRAP
    user = b"TEST ONLY <test@test.example>"
    fingerprint = sha1(_hashed(head), usedforsecurity=False).digest()

    def sign(kind: int, flags: int, what: bytes) -> bytes:
        return _signature(kind, _about_key(kind, flags, fingerprint), what, fingerprint, signing.sign)

    certified = sign(_CERTIFY, 0x03, _hashed(head) + b"\xb4" + len(user).to_bytes(4, "big") + user)
    bound = sign(_BIND, 0x0C, _hashed(head) + _hashed(sub))
    middle = _packet(_USER, user) + _packet(_SIGNATURE, certified)
    end = _packet(_SIGNATURE, bound)
    public = _packet(_PUBLIC, head) + middle + _packet(_PUBLIC_SUB, sub) + end
    # A native scalar is little-endian, a number in OpenPGP big-endian.
    secret = _secret(_SECRET, head, own) + middle + _secret(_SECRET_SUB, sub, bytes(reversed(opening))) + end
    return KeyPair(fingerprint.hex().upper(), public, secret)


def _private(seed: str, use: str) -> bytes:
    return sha256(f"iup invented {use} {seed}".encode()).digest()


def _body(algorithm: int, curve: bytes, point: bytes) -> bytes:
    return b"\x04" + _CREATED.to_bytes(4, "big") + bytes([algorithm]) + curve + _number(b"\x40" + point)


def _secret(tag: int, body: bytes, scalar: bytes) -> bytes:
    """Return a secret key's packet without protection, as the throwaway keys in `tests/keys` are."""
    number = _number(scalar)
    return _packet(tag, body + b"\x00" + number + (sum(number) & 0xFFFF).to_bytes(2, "big"))


def _about_key(kind: int, flags: int, fingerprint: bytes) -> list[bytes]:
    """Return what a signature on a key tells: whose, when, what the key is for, how long, and what it prefers."""
    told = [
        b"\x21\x04" + fingerprint,
        b"\x02" + _CREATED.to_bytes(4, "big"),
        b"\x1b" + bytes([flags]),
        b"\x09" + _YEARS.to_bytes(4, "big"),
    ]
    if kind == _CERTIFY:
        told += [b"\x0b\x09\x08\x07", b"\x15\x0a\x09\x08", b"\x1e\x01"]  # AES, SHA-2, integrity protection
    return told


def _signature(kind: int, told: list[bytes], what: bytes, fingerprint: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    subpackets = b"".join(bytes([len(part)]) + part for part in told)
    start = bytes([4, kind, _EDDSA, _SHA256]) + len(subpackets).to_bytes(2, "big") + subpackets
    digest = sha256(what + start + b"\x04\xff" + len(start).to_bytes(4, "big")).digest()
    issuer = b"\x09\x10" + fingerprint[-8:]
    made = sign(digest)
    return start + len(issuer).to_bytes(2, "big") + issuer + digest[:2] + _number(made[:32]) + _number(made[32:])


def _number(value: bytes) -> bytes:
    stripped = value.lstrip(b"\x00")
    bits = int.from_bytes(stripped, "big").bit_length()
    return bits.to_bytes(2, "big") + stripped


def _hashed(body: bytes) -> bytes:
    return b"\x99" + len(body).to_bytes(2, "big") + body


def _packet(tag: int, body: bytes) -> bytes:
    return bytes([0x80 | tag << 2 | 1]) + len(body).to_bytes(2, "big") + body

"""Seal what the office keeps for itself: AES-256-GCM (NIST SP 800-38D), with the nonce in front.

In: a key of 32 bytes, a text, and a name that the sealed form is bound to. The name is not in the sealed form, which
does not open without it. Out: 12 bytes of nonce, then ciphertext and tag. Knows neither where a key comes from nor
where the result lies, and does not hide the length.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from iup.errors import BrokenSealError

_NONCE_BYTES = 12


def seal(key: bytes, plain: bytes, bound_to: bytes = b"") -> bytes:
    """Return a text sealed under a key of 32 bytes, under a nonce that is drawn each time."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes = b"") -> bytes:
    """Return what was sealed; raise `BrokenSealError` for another key or binding or a changed byte: they look the same.

    Whoever knows what the file is for says so in a message of their own.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise BrokenSealError("det förseglade är skadat, eller så är det förseglat med en annan nyckel") from None

"""Passphrases: made, never chosen; and the key that a page is sealed with.

Seven words of a list of 2,048 give 77 bits. The words are ASCII, because a PDF password typed as NFD does not open a
file sealed as NFC. The PDF takes the words exactly as printed, joined by hyphens; the page also takes spaces and
capitals.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

WORDS = 7
ITERATIONS = 600_000
SALT_BYTES = 16
KEY_BYTES = 32
_NOT_LETTERS = re.compile("[^a-z]+")


@dataclass(frozen=True)
class Secret:
    """What one passphrase recipient's files are sealed with. The derived key is kept, so a build derives nothing."""

    passphrase: str = field(repr=False)
    salt: bytes = field(repr=False)
    key: bytes = field(repr=False)


@cache
def words() -> tuple[str, ...]:
    """Return the word list."""
    return tuple(resources.files("iup.seal").joinpath("words.txt").read_text(encoding="ascii").split())


def new_secret() -> Secret:
    """Make a new passphrase with its salt and key."""
    passphrase = "-".join(secrets.choice(words()) for _ in range(WORDS))
    salt = secrets.token_bytes(SALT_BYTES)
    return Secret(passphrase, salt, derive(passphrase, salt))


def normalised(typed: str) -> str:
    """Return a typed passphrase as it was made: lower case, words joined by single hyphens.

    Any other character separates words: phones type long dashes and narrow spaces.
    """
    return "-".join(_NOT_LETTERS.sub(" ", typed.lower()).split())


def derive(passphrase: str, salt: bytes, iterations: int = ITERATIONS) -> bytes:
    """Derive a 256-bit key by PBKDF2-HMAC-SHA256 (RFC 8018)."""
    kdf = PBKDF2HMAC(algorithm=SHA256(), length=KEY_BYTES, salt=salt, iterations=iterations)
    return kdf.derive(passphrase.encode())

"""The page seal: one HTML file that opens itself in a browser, without network, when given the passphrase.

The payload is AES-256-GCM (NIST SP 800-38D) under a PBKDF2-SHA256 key (`passphrase`). The header line is JSON with the
version first. It is authenticated as associated data, so that no parameter can be weakened on the way. What is sealed
is an HTML fragment, padded with spaces. The shell around it comes from `documents.html`; this module only puts the
payload into it and takes it out again.

    <script type="application/json" id="sealed">{"v":1,"kdf":"PBKDF2-SHA256","iterations":600000,"salt":"…","iv":"…"}
    base64 of ciphertext and tag
    </script>
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from iup.errors import BrokenSealError, LeakError, WrongKeyError
from iup.seal.padding import padme
from iup.seal.passphrase import ITERATIONS, SALT_BYTES, Secret, derive, normalised

VERSION = 1
IV_BYTES = 12
SLOT = "{{SEALED}}"
# In a fragment that can be answered; what people write is escaped, so these quotes stand in none of it.
_TICKET_SLOT = 'data-ticket="{{TICKET}}"'
_TAG_BYTES = 16
_PAYLOAD = re.compile(
    rb'<script type="application/json" id="sealed">(\{[^\n<]{1,400}\})\n([A-Za-z0-9+/=]{4,200000000})\n</script>'
)
# A header from outside may not make us work for ever, nor less than we promise.
_MOST_ITERATIONS = 10_000_000


@dataclass(frozen=True)
class _Header:
    salt: bytes
    iv: bytes
    iterations: int


def seal(fragment: bytes, secret: Secret, shell: bytes) -> bytes:
    """Return the shell with the fragment sealed into its slot, checked to open with the key and with no other."""
    padded = fragment + b" " * (padme(len(fragment) + _TAG_BYTES) - _TAG_BYTES - len(fragment))
    header = json.dumps(
        {
            "v": VERSION,
            "kdf": "PBKDF2-SHA256",
            "iterations": ITERATIONS,
            "salt": base64.b64encode(secret.salt).decode(),
            "iv": base64.b64encode(iv := secrets.token_bytes(IV_BYTES)).decode(),
        },
        separators=(",", ":"),
    ).encode()
    ciphertext = AESGCM(secret.key).encrypt(iv, padded, header)
    sealed = shell.replace(SLOT.encode(), header + b"\n" + base64.b64encode(ciphertext) + b"\n")
    if _opened(sealed, secret.key) != padded or _opens_with(sealed, secrets.token_bytes(len(secret.key))):
        raise LeakError("en låst sida gick inte att öppna igen som den skulle; inget skickas")
    return sealed


def personal(fragment: str, ticket: str, stem: str) -> str:
    """Return a fragment with the ticket of one recipient's copy and the stem of their files in its slot."""
    return fragment.replace(_TICKET_SLOT, f'data-ticket="{ticket}" data-to="{stem}"', 1) if ticket else fragment


def unseal(sealed: bytes, passphrase: str) -> bytes:
    """Return the fragment in a locked page; the passphrase may be typed with spaces and capitals."""
    header, _, _ = _parsed(sealed)
    key = derive(normalised(passphrase), header.salt, header.iterations)
    return _opened(sealed, key).rstrip(b" ")


def is_page(data: bytes) -> bool:
    """Say whether a file looks like a locked page."""
    return b'id="sealed"' in data


def _opens_with(sealed: bytes, key: bytes) -> bool:
    try:
        _opened(sealed, key)
    except WrongKeyError:
        return False
    return True


def _opened(sealed: bytes, key: bytes) -> bytes:
    header, line, ciphertext = _parsed(sealed)
    try:
        return AESGCM(key).decrypt(header.iv, ciphertext, line)
    except InvalidTag:
        # GCM cannot tell a wrong key from an altered text, and neither may we.
        raise WrongKeyError("lösenfrasen är inte den som sidan låstes med, eller så är filen ändrad") from None


def _parsed(sealed: bytes) -> tuple[_Header, bytes, bytes]:
    """Return the header, its line as it stands (it is authenticated), and the ciphertext with its tag."""
    found = _PAYLOAD.search(sealed)
    if found is None:
        raise BrokenSealError("sidan är skadad eller avkortad: det låsta innehållet går inte att hitta")
    try:
        values = json.loads(found[1])
        if values["v"] != VERSION:
            raise BrokenSealError("sidan är av en version som det här programmet inte känner")
        header = _Header(
            salt=base64.b64decode(values["salt"], validate=True),
            iv=base64.b64decode(values["iv"], validate=True),
            iterations=int(values["iterations"]),
        )
        ciphertext = base64.b64decode(found[2], validate=True)
        fits = values["kdf"] == "PBKDF2-SHA256" and ITERATIONS <= header.iterations <= _MOST_ITERATIONS
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BrokenSealError("sidan är skadad: huvudet går inte att läsa") from None
    sizes = (len(header.salt), len(header.iv))
    if sizes != (SALT_BYTES, IV_BYTES) or not fits or len(ciphertext) < _TAG_BYTES:
        raise BrokenSealError("sidan är skadad: huvudet har värden som inte kan stämma")
    return header, found[1], ciphertext

"""The reply file of a self-decrypting page: what somebody wrote in the page, sealed to the office on their own machine.

It has two lines. The first is JSON with the version first; it is authenticated. The second is base64 of AES-256-GCM
(NIST SP 800-38D) under a key that HKDF-SHA256 (RFC 5869) derives from the page's own key. So whoever could open the
page, and the office, can make and open it, and nobody else. `templates/page/reply.js` writes the same format; the
vectors in tests/vectors hold the two equal.

    {"v":1,"iup":"svar","to":"<stem of the recipient's files>","iv":"…"}
    base64 of ciphertext and tag
"""

from __future__ import annotations

import base64
import json
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from iup.errors import BrokenSealError, WrongKeyError
from iup.seal.padding import padme

VERSION = 1
IV_BYTES = 12
MAX_BYTES = 1_000_000
_KEY_BYTES = 32
_TAG_BYTES = 16
_INFO = b"iup/reply/1"
_ADDITIONAL = b"iup svar 1\n"
_STEM = re.compile(r"[0-9a-f]{20}")
_AROUND = b"\xef\xbb\xbf\r\n"
_FIRST = re.compile(rb'\{"v":[0-9]{1,9},"iup":"svar"')
_WHOLE = re.compile(rb"(\{[^\n]{1,300}\})\n([A-Za-z0-9+/]{4,2000000}={0,2})\n?")


def seal(body: bytes, secret_key: bytes, stem: str, iv: bytes) -> bytes:
    """Return a reply file. `secret_key` is the page's key, `iv` 12 random bytes that are used once."""
    padded = body + b" " * (padme(len(body) + _TAG_BYTES) - _TAG_BYTES - len(body))
    values = {"v": VERSION, "iup": "svar", "to": stem, "iv": base64.b64encode(iv).decode()}
    header = json.dumps(values, separators=(",", ":")).encode()
    ciphertext = AESGCM(_derived(secret_key)).encrypt(iv, padded, _ADDITIONAL + header)
    return header + b"\n" + base64.b64encode(ciphertext) + b"\n"


def is_reply(data: bytes) -> bool:
    """Say whether a file looks like a reply, of this version or another."""
    return _FIRST.match(data.lstrip(_AROUND)) is not None


def _as_written(data: bytes) -> bytes:
    """Return a reply file without what mail programs do to it: a mark at its beginning, other and more line ends."""
    first, _, rest = data.lstrip(_AROUND).partition(b"\n")
    return first.rstrip() + b"\n" + b"".join(rest.split()) + b"\n"


def stem_of(data: bytes) -> str:
    """Return the stem of the recipient's files, which tells whose key opens the reply."""
    return _parsed(data)[0]


def unseal(data: bytes, secret_key: bytes) -> bytes:
    """Return what was written; raise `WrongKeyError` for another's reply or an altered one, which look the same."""
    _, iv, header, ciphertext = _parsed(data)
    try:
        plain = AESGCM(_derived(secret_key)).decrypt(iv, ciphertext, _ADDITIONAL + header)
    except InvalidTag:
        raise WrongKeyError("svaret är inte låst av den som det säger, eller så är filen ändrad") from None
    return plain.rstrip(b" ")


def _derived(secret_key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_INFO).derive(secret_key)


def _parsed(data: bytes) -> tuple[str, bytes, bytes, bytes]:
    """Return the recipient's stem, the iv, the header's line as it stands (it is authenticated) and the ciphertext."""
    found = _WHOLE.fullmatch(_as_written(data)) if len(data) <= MAX_BYTES else None
    if found is None:
        raise BrokenSealError("svarsfilen är skadad, avkortad eller för stor")
    try:
        values = json.loads(found[1])
        if values["v"] != VERSION:
            raise BrokenSealError("svarsfilen är av en version som det här programmet inte känner")
        stem, iv = str(values["to"]), base64.b64decode(values["iv"], validate=True)
        ciphertext = base64.b64decode(found[2], validate=True)
        fits = values["iup"] == "svar" and _STEM.fullmatch(stem) is not None and len(iv) == IV_BYTES
    except (KeyError, TypeError, ValueError):
        raise BrokenSealError("svarsfilen är skadad: huvudet går inte att läsa") from None
    if not fits or len(ciphertext) < _TAG_BYTES:
        raise BrokenSealError("svarsfilen är skadad: huvudet har värden som inte kan stämma")
    return stem, iv, found[1], ciphertext

"""How a text may be written: the folds in which two writings of it are one, and the bytes it may stand as, both ways.

In: a text, or bytes. Out: the text folded; the bytes that it may be written as (`forms`); every text that bytes may be
(`decodings`). Knows nothing of files, and does not unpack what is compressed or encrypted.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

# Marks that stand alone after composition, soft hyphens, and what is there but not seen.
_UNSEEN = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]")

_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}\s{0,2}){4,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{12,}={0,2}")
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_OCTAL = re.compile(rb"\\([0-7]{3})")
_UTF = ("utf-8", "utf-16-be", "utf-16-le")


def composed(text: str) -> str:
    """Return a text without soft hyphens, and each letter with its marks as one character."""
    return unicodedata.normalize("NFC", text.replace("\u00ad", ""))


def folded(text: str) -> str:
    """Return a text without what may differ between two ways of writing the same: soft hyphens, marks, case."""
    return composed(text).casefold()


def folded_markup(text: str) -> str:
    """Return the same of a text that may be HTML."""
    return folded(html.unescape(text))


def bare(text: str) -> str:
    """Return a text folded further: compatible characters made equal, lone marks and what is not seen gone."""
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _UNSEEN.sub("", wide)


def forms(text: str) -> frozenset[bytes]:
    """Return a text as bytes in the ways that files and git may hold it."""
    plain, apart = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    escaped = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    in_quotes = json.dumps(plain, ensure_ascii=False)[1:-1]
    found = {
        plain,
        apart,
        html.escape(plain),
        escaped.replace('"', "&#34;").replace("'", "&#39;"),
        json.dumps(plain)[1:-1],
        in_quotes,
        # YAML in quotes of the two kinds: what stands beyond the first 65,536 characters (an emoji) is written out.
        plain.replace("'", "''"),
        _BEYOND.sub(lambda character: f"\\U{ord(character[0]):08X}", in_quotes),
    }
    written = {form.encode() for form in found}
    with suppress(UnicodeEncodeError):
        written.add(plain.encode("latin-1"))
    return frozenset(written)


def decodings(data: bytes) -> tuple[str, ...]:
    """Return bytes as text in every way that a program might have written text: also as hex, base64 and escapes."""
    found: dict[str, None] = {}
    for raw in (data, *_unwrapped(data)):
        for text in (raw.decode("latin-1"), *(raw.decode(code, "ignore") for code in _UTF)):
            found[text] = None
        found[raw[1:].decode("utf-16-be", "ignore")] = None
        found[raw[1:].decode("utf-16-le", "ignore")] = None
        if b"\0" in raw:
            found[raw.replace(b"\0", b"").decode("latin-1")] = None
    text = data.decode("utf-8", "ignore")
    if "&" in text:
        found[html.unescape(text)] = None
    return tuple(found)


def _unwrapped(data: bytes) -> Iterator[bytes]:
    """Yield what is written in bytes as other bytes."""
    digits = [b"".join(run.split()) for run in _HEX.findall(data)]
    if digits:
        yield b" ".join(bytes.fromhex(run.decode()) for run in digits)
    coded = [decoded for run in _BASE64.findall(data) if (decoded := _from_base64(run))]
    if coded:
        yield b" ".join(coded)
    if _OCTAL.search(data):
        yield _OCTAL.sub(lambda octal: bytes([int(octal[1], 8) & 0xFF]), data)
    if b"%" in data:
        yield unquote_to_bytes(data)


def _from_base64(run: bytes) -> bytes:
    try:
        return base64.b64decode(run[: len(run) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""

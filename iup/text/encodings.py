"""How a text may be written: the folds in which two writings of it are one, and the bytes it may stand as, both ways.

In: a text, or bytes. Out: the text folded; the bytes that it may be written as (`forms`); what is written in bytes as
other bytes (`unwrapped`), and every text that bytes may be (`decodings`). The two ways know the same: who searches with
`forms` in bytes and in what they unwrap to meets what `decodings` reads. What `forms` writes out, HTML's and JSON's
escapes, is not unwrapped. Knows nothing of files, and does not unpack what is compressed or encrypted.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import string
import unicodedata
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from iup.text import broken
from iup.text.invisible import UNSEEN, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

# Marks that stand alone after composition, and what is there but not seen.
_UNSEEN = re.compile(f"[\u0300-\u036f{UNSEEN}]")
# The same in UTF-8 and as JSON writes it out, for whoever searches bytes.
_UNSEEN_BYTES = re.compile(
    rb"\xc2\xad|\xcd\x8f|\xd8\x9c|\xe1(?:\x85[\x9f\xa0]|\x9e[\xb4\xb5]|\xa0[\x8b-\x8f])"
    rb"|\xe2(?:\x80[\x8b-\x8f\xaa-\xae]|\x81[\xa0-\xaf])|\xe3\x85\xa4|\xef(?:\xb8[\x80-\x8f]|\xbb\xbf|\xbe\xa0)"
    rb"|\xf3\xa0[\x80-\xbf][\x80-\xbf]|\\u(?:00[aA][dD]|061[cC]|200[b-fB-F]|2060|[fF][eE]0[0-9a-fA-F]|[fF][eE][fF][fF])"
)

_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}\s{0,2}){4,}")
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_OCTAL = re.compile(rb"\\([0-7]{3})")
# As JSON, YAML and many languages escape characters: UTF-16 in a row of halves, a code, a line end, a sign.
_ESCAPED = re.compile(
    rb"((?:\\u[0-9A-Fa-f]{4})+)|\\x([0-9A-Fa-f]{2})|\\U00(0[0-9A-Fa-f]{5}|10[0-9A-Fa-f]{4})|\\([nrt])|\\([\"'\\/])"
)
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_WIDE = re.compile(rb"(?:[^\0]\0){4,}|(?:\0[^\0]){4,}")
_UTF = ("utf-8", "utf-16-be", "utf-16-le")
# So many hexadecimal digits or signs of base64 in a row are looked into; a word or a path is as long as the least.
_SHORT, _MOST_MARKS = 2000, 500
_LEAST_HEX = 8
LEAST_BASE64 = 12
LONG_BASE64 = 24
# Every byte as a sign for its kind, so that a row of a kind is found by a search for bytes.
_HEXADECIMAL = bytes(ord("h") if chr(byte) in string.hexdigits else ord(" ") for byte in range(256))
_SIGNS = f"{string.ascii_letters}{string.digits}+/"
_IN_BASE64 = bytes(ord("b") if chr(byte) in _SIGNS else ord(" ") for byte in range(256))


def composed(text: str) -> str:
    """Return a text without what is not seen in it, each letter with its marks as one character and broken ones mended.

    So names are found in it; what is shown of it is what somebody wrote, `as_written`.
    """
    return as_written(broken.mended(text))


def as_written(text: str) -> str:
    """Return a text without what is not seen in it, and each letter with its marks as one character."""
    return nfc(visible(text))


def folded(text: str) -> str:
    """Return a text without what may differ between two ways of writing the same: what is not seen, marks, case."""
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


def nfc(text: str) -> str:
    """Return a text composed (Unicode's form C); one with marks upon marks without end is left as it is.

    The time that takes grows with the square of the marks in a row (UAX #15, 12.1, allows thirty), and a home or a file
    can have a million. No text may have so many, so that it is refused wherever it is judged.
    """
    if len(text) > _SHORT and _row_of_marks().search(text):
        return text
    return unicodedata.normalize("NFC", text)


@cache
def _row_of_marks() -> re.Pattern[str]:
    marks = "".join(character for character in map(chr, range(0x300, 0x1E950)) if unicodedata.combining(character))
    return re.compile(f"[{re.escape(marks)}]{{{_MOST_MARKS},}}")


def visible_bytes(data: bytes) -> bytes:
    """Return bytes without the characters that are not seen, in UTF-8 or written out in JSON."""
    return _UNSEEN_BYTES.sub(b"", data)


def decodings(data: bytes) -> tuple[str, ...]:
    """Return bytes as text in every way that a program might have written text: also as hex, base64 and escapes."""
    found: dict[str, None] = {}
    for raw in (data, _ESCAPED.sub(_character, data), *unwrapped(data)):
        for text in (raw.decode("latin-1"), *(raw.decode(code, "ignore") for code in _UTF)):
            found[text] = None
        found[raw[1:].decode("utf-16-be", "ignore")] = None
        found[raw[1:].decode("utf-16-le", "ignore")] = None
        if b"\0" in raw:
            found[raw.replace(b"\0", b"").decode("latin-1")] = None
    text = data.decode("utf-8", "ignore")
    if "&" in text:
        found[html.unescape(text)] = None
    if "''" in text:
        found[text.replace("''", "'")] = None
    return tuple(found)


def unwrapped(data: bytes, least: int = LEAST_BASE64) -> Iterator[bytes]:
    """Yield what is written in bytes as other bytes: hex, base64 of so many signs, escapes, UTF-16 in between."""
    if b"h" * _LEAST_HEX in data.translate(_HEXADECIMAL, b" \t\n\v\f\r"):
        digits = [b"".join(run.split()) for run in _HEX.findall(data)]
        if digits:
            yield b" ".join(bytes.fromhex(run.decode()) for run in digits)
    if b"b" * least in data.translate(_IN_BASE64):
        coded = [decoded for run in _base64(least).findall(data) if (decoded := _from_base64(run))]
        if coded:
            yield b" ".join(coded)
    if _OCTAL.search(data):
        yield _OCTAL.sub(lambda octal: bytes([int(octal[1], 8) & 0xFF]), data)
    if _PERCENT.search(data):
        yield unquote_to_bytes(data)
    if b"\0" in data and (wide := _WIDE.findall(data)):
        yield b" ".join(run.replace(b"\0", b"") for run in wide)


def _character(escape: re.Match[bytes]) -> bytes:
    """Return the character that an escape stands for, in UTF-8."""
    halves, short, long, _, sign = escape.groups()
    if halves:
        return bytes.fromhex(halves.replace(b"\\u", b"").decode()).decode("utf-16-be", "replace").encode()
    if short or long:
        return chr(int(short or long, 16)).encode("utf-8", "replace")
    return sign or b"\n"


@cache
def _base64(least: int) -> re.Pattern[bytes]:
    return re.compile(rb"[A-Za-z0-9+/]{%d,}={0,2}" % least)


def _from_base64(run: bytes) -> bytes:
    try:
        return base64.b64decode(run[: len(run) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""

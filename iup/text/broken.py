"""Letters that were lost between two encodings, and what they were.

In: a text. Out: where it holds what nobody typed (`mÃ¤ter`, U+FFFD, a character of one font's own), and the letter that
it probably was; and the text with such letters mended, for whoever searches it. Mends nothing that is shown: what a
person wrote, a person puts right.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from unicodedata import category
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

# UTF-8 that was read as the encoding of Windows: its bytes from 80 to BF as they come out there.
_TAIL = "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122"
# What other programs have characters of their own for, as the inside of a class; U+F0B7 is Word's bullet, and read so.
PRIVATE = "\ue000-\uf0b6\uf0b8-\uf8ff\U000f0000-\U0010fffd"
_BROKEN = re.compile(
    rf"\ufffd|[{PRIVATE}]"
    rf"|[ÃÂ][{_TAIL}]|â[€‚„†ˆ‰™][{_TAIL}]|ðŸ[{_TAIL}]{{2}}|(?:[ÐÑØÙ][{_TAIL}]){{2,}}|ï»¿|[├┬][\u00a0-\u00ff\u2500-\u259f]"
    r"|&(?:[AOUaou]uml|[Aa]ring|eacute|nbsp|amp|quot|[lg]t|#\d{2,5});|(?:[=%]C3[=%][89AB][0-9A-F])+|\\u00[0-9a-f]{2}"
)
# A letter of two or three bytes in UTF-8 that was read as Windows' encoding or Latin-1: its first byte, and the rest.
_LETTER = re.compile(rf"[\u00c2-\u00df][{_TAIL}]|[\u00e0-\u00ef][{_TAIL}]{{2}}")
# Something of each, which is looked for in a fifth of the time.
_MAY_BE_LETTER = re.compile(rf"[{_TAIL}](?<=[\u00c2-\u00ef].)")
# Swedish ends a word with these first bytes, and goes on with such signs.
_MAY_END_A_WORD = frozenset("ÄÅÉÖÜ")
# Something of every broken sign in UTF-8; to look for these takes a tenth of the time, and few files have any of them.
_TRACES = (
    *(b"\xee", b"\xef", b"\xf3", b"\xf4", b"&", b"\\", b"C3", b"\xe2\x94"),
    *(sign.encode() for sign in "ÃÂâÐÑØÙŸï"),
)


def may_be_broken(data: bytes) -> bool:
    """Say whether a file in UTF-8 may hold a broken sign; most do not."""
    return any(trace in data for trace in _TRACES)


def mended(text: str) -> str:
    """Return a text with each letter put right that was read in the wrong encoding, once: how it is searched."""
    return text if text.isascii() or not _MAY_BE_LETTER.search(text) else _LETTER.sub(_letter, text)


def places(text: str) -> list[int]:
    """Return where each character of the mended text stands in a text, and where the text ends."""
    found: list[int] = []
    at = 0
    for match in _LETTER.finditer(text):
        if (letter := _letter(match)) != match[0]:
            found += [*range(at, match.start()), *[match.start()] * len(letter)]
            at = match.end()
    return [*found, *range(at, len(text) + 1)]


def _letter(match: re.Match[str]) -> str:
    """Return the letter, or the mark upon one, that some characters were; themselves where that cannot be told."""
    known = _decoded(b"".join(_windows(one) for one in match[0]), "utf-8")
    if not known or category(known)[0] not in "LM":
        return match[0]
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    # "Å”" ends a quotation; a word that goes on, or began with small letters, was broken.
    if match[0][0] in _MAY_END_A_WORD and not (before.islower() or after.islower() or match[0][-1].isalpha()):
        return match[0]
    return known


def meant(sign: str) -> str:
    """Return what a broken sign probably was, between quotation marks; empty where that cannot be told."""
    known = _meant(sign)
    return f"”{known}”" if known and known != sign and known.isprintable() and not known.isspace() else ""


def _meant(sign: str) -> str:
    if sign.startswith("&"):
        return unescape(sign)
    if sign.startswith(("=", "%")):
        return unquote(sign.replace("=", "%"))
    if sign.startswith("\\u"):
        return chr(int(sign.removeprefix("\\u"), base=16))
    if sign[:1] in ("├", "┬"):
        return _decoded(sign.encode("cp850", "ignore"), "utf-8")
    if len(sign) == 1 and "\x80" <= sign <= "\x9f":
        return _decoded(sign.encode("latin-1"), "cp1252")
    return _decoded(b"".join(_windows(one) for one in sign), "utf-8")


def _windows(one: str) -> bytes:
    try:
        return one.encode("cp1252")
    except UnicodeEncodeError:
        return one.encode("latin-1", "ignore")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""


def broken_signs(text: str) -> Iterator[tuple[int, str]]:
    """Yield each broken sign of a text with where it begins."""
    return ((found.start(), found[0]) for found in _BROKEN.finditer(text))
